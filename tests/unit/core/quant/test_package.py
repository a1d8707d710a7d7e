"""Rules of the package itself: pure, numpy only, small modules and functions, documented."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[4] / "layers" / "shared" / "riskgate" / "core" / "quant"
MODULES = sorted(PACKAGE.glob("*.py"))
FORBIDDEN = {"os", "time", "random", "uuid", "logging"}


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module or ""


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.fixture(params=MODULES, ids=lambda path: path.stem)
def tree(request: pytest.FixtureRequest) -> ast.Module:
    path: Path = request.param
    return ast.parse(path.read_text(encoding="utf-8"))


def test_package_has_modules() -> None:
    assert len(MODULES) > 20


def test_imports_when_any_module_then_core_numpy_and_pure_standard_library(tree: ast.Module) -> None:
    for name in imports(tree):
        top = name.partition(".")[0]
        assert top not in FORBIDDEN, name
        assert top in {"numpy", "riskgate"} | set(sys.stdlib_module_names), name
        assert top != "riskgate" or name.startswith("riskgate.core."), name


def test_random_state_when_used_then_only_as_a_generator_argument_or_from_a_seed(tree: ast.Module) -> None:
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "random"
    }
    assert used <= {"Generator", "default_rng"}
    # Without a seed it would take the system's entropy.
    made = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("default_rng")
    ]
    assert all(len(call.args) == 1 for call in made)


def test_functions_when_any_then_at_most_fifty_lines(tree: ast.Module) -> None:
    for function in functions(tree):
        assert (function.end_lineno or 0) - function.lineno < 50, function.name


def test_module_when_any_then_at_most_three_hundred_lines() -> None:
    for path in MODULES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path.name


def test_public_functions_when_any_then_one_sentence_first_and_no_sections(tree: ast.Module) -> None:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            first, *rest = (ast.get_docstring(node) or "").splitlines()
            assert first.endswith((".", ":")), node.name
            assert not any(line.startswith("---") for line in rest), node.name


def test_formulas_from_outside_when_any_estimator_then_the_source_is_named() -> None:
    sourced = {path.stem for path in MODULES if "Source: " in path.read_text(encoding="utf-8")}
    assert sourced >= {
        "cornish_fisher", "coverage_tests", "decomposition", "distributions", "historical",
        "historical_shocks", "hypothetical", "liquidity", "margin", "montecarlo", "parametric", "quantiles",
        "traffic_light",
    }  # fmt: skip
