"""Make a seeded random sample of mutants: faults of one token each, by Cosmic Ray's operators and two of our own.

Runs in ``.local/venv-mutants``: ``python -m tests.mutation.sites SAMPLE SEED every|some OUT PACKAGE...``.

A site is a place in the source where at least one mutant can be made. All sites are put in the order of module and line,
every k-th is taken, and of its mutants one by chance: so each module has its share, and a line with twenty possible
operators no more than one with two.
"""

from __future__ import annotations

import ast
import json
import random
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import parso
from cosmic_ray.ast import ast_nodes
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.operators.provider import OperatorProvider

SOURCES = Path("layers/shared")
#: Same value, same object: what this program compares with `is` are members of enumerations, None and types.
SAME = frozenset({frozenset({"Eq", "Is"}), frozenset({"NotEq", "IsNot"})})
#: What is compared with `is` has no order that anybody would ask for.
UNORDERED = frozenset(
    f"ReplaceComparisonOperator_{one}_{other}" for one in ("Is", "IsNot") for other in ("Lt", "LtE", "Gt", "GtE")
)
#: They need a name to put in, and there is none that would be a likely mistake.
LEFT_OUT = frozenset({"VariableReplacer", "VariableInserter"})
#: Names of attributes and conditions are code; in the rules texts are written for people, and samples hold them.
WITH_TEXTS = "riskgate/adapters"
#: What takes a text for people: errors, and what names the thing that cannot be read.
TELLING = frozenset({"reading", "require_known"})
#: What takes a type that is written as a text: it does nothing.
TYPING = frozenset({"cast"})

Span = tuple[tuple[int, int], tuple[int, int]]
#: Line and column where something begins, and where it ends.
Place = tuple[int, int, int, int]


class DeleteStatement(Operator):  # type: ignore[misc]
    """Leave out a call, a raise or a sum that is carried on: what was forgotten."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """Yield the statement where it is one of these."""
        if node.type != "simple_stmt":
            return
        first = node.children[0]
        call = first.type == "atom_expr" and first.children[-1].type == "trailer" and first.get_last_leaf().value == ")"
        carried = first.type == "expr_stmt" and first.children[1].type in {"annassign", "operator"}
        carried = carried and getattr(first.children[1], "value", "=") not in {"=", ":"}
        if call or carried or first.type == "raise_stmt":
            yield first.start_pos, first.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Put `pass` there."""
        del index
        first = node.children[0]
        node.children[0] = parso.python.tree.Keyword("pass", first.start_pos, first.get_first_leaf().prefix)
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        """Return none."""
        return ()


class ReplaceString(Operator):  # type: ignore[misc]
    """Spell a text otherwise."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """Yield a text that is no docstring, and no code of an attribute's type ("S", "BOOL"): nothing works without."""
        if node.type == "string" and node.parent.type != "simple_stmt":
            text = ast.literal_eval(node.value)
            if len(text) > 1 and text != "BOOL":
                yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Put another letter in front."""
        del index
        quote = node.value.index(node.value[-1])
        node.value = f"{node.value[: quote + 1]}X{node.value[quote + 1 :]}"
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        """Return none."""
        return ()


def list_operators() -> dict[str, type[Operator]]:
    """Return all operators by name."""
    provider = OperatorProvider()
    found = {name: provider[name] for name in provider if name not in LEFT_OUT | UNORDERED}
    kept = {n: o for n, o in found.items() if frozenset(n.split("_")[1:]) not in SAME}
    return kept | {"DeleteStatement": DeleteStatement, "ReplaceString": ReplaceString}


def list_untyped(source: str) -> list[Place]:
    """Return the spans that no behaviour follows from, and mypy holds.

    Annotations, names of types, what only the type checker imports; and how a class is declared: `frozen=True` stops
    no program that is right.
    """
    spans = []
    for node in ast.walk(ast.parse(source)):
        parts: list[Any] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parts = [node.returns, *node.type_params]
        elif isinstance(node, ast.arg | ast.AnnAssign):
            parts = [node.annotation]
        elif isinstance(node, ast.ClassDef):
            arguments = [d.keywords for d in node.decorator_list if isinstance(d, ast.Call)]
            parts = [keyword for keywords in (node.keywords, *arguments) for keyword in keywords]
        elif isinstance(node, ast.TypeAlias) or (
            isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        ):
            parts = [node]
        spans += [_place_of(part) for part in parts if part is not None]
    return spans


def list_told(source: str) -> list[Place]:
    """Return the places of texts for people: the first argument of an error, and what names the thing that is read."""
    places = []
    for node in ast.walk(ast.parse(source)):
        call = node.exc if isinstance(node, ast.Raise) else node
        if not isinstance(call, ast.Call) or not call.args:
            continue
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if isinstance(node, ast.Raise) or name in TYPING:
            places.append(call.args[0])
        elif name in TELLING:
            places += [part for part in call.args if isinstance(part, ast.Constant) and " " in str(part.value)]
    return [_place_of(part) for part in places]


def _place_of(node: Any) -> Place:
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def list_sites(module: Path) -> Iterator[list[tuple[str, int, Span]]]:
    """Yield for each site of a module its mutants: operator, occurrence, place."""
    source = module.read_text(encoding="utf-8")
    untyped = list_untyped(source)
    operators = {name: kind() for name, kind in list_operators().items()}
    if WITH_TEXTS not in module.as_posix():
        del operators["ReplaceString"]
    told = list_told(source)
    counts: dict[str, int] = defaultdict(int)
    sites: dict[Span, list[tuple[str, int, Span]]] = defaultdict(list)
    for node in ast_nodes(parso.parse(source)):
        if node.type in {"name", "newline", "endmarker", "atom", "trailer", "arglist", "suite", "file_input"}:
            continue
        # The `*` before names that must be given: every caller gives them, and mypy holds it.
        is_marker = node.type == "operator" and node.parent.type in {"parameters", "param"}
        for name, operator in operators.items():
            for span in operator.mutation_positions(node):
                occurrence, counts[name] = counts[name], counts[name] + 1
                line, column = span[0]
                left_out = untyped + told if name == "ReplaceString" else untyped
                if not is_marker and not any((a, b) <= (line, column) < (c, d) for a, b, c, d in left_out):
                    sites[span].append((name, occurrence, span))
    for span in sorted(sites):
        yield sites[span]


def sample(packages: list[str], count: int, seed: int, *, every: bool) -> tuple[list[dict[str, Any]], int]:
    """Return mutants of some packages, in an order by chance, and how many sites there are.

    With `every`, one more of each module that is too small for the sample to have met it.
    """
    chance = random.Random(f"{seed} {packages}")  # noqa: S311 a sample, no secret
    modules = sorted(path for package in packages for path in (SOURCES / package).rglob("*.py"))
    sites = [(module, site) for module in modules for site in list_sites(module)]
    step = max(len(sites) / count, 1)
    start = chance.random() * step
    taken = [sites[int(start + step * n)] for n in range(min(count, len(sites))) if int(start + step * n) < len(sites)]
    missed = sorted({module for module, _ in sites} - {module for module, _ in taken}) if every else []
    taken += [(module, chance.choice([site for place, site in sites if place == module])) for module in missed]
    made = [mutant for module, site in taken for mutant in _choose(module, site, chance)]
    chance.shuffle(made)
    return made, len(sites)


def _choose(module: Path, site: list[Any], chance: random.Random) -> Iterator[dict[str, Any]]:
    """Yield one mutant of a site: the first that is a program, in an order by chance."""
    for chosen in chance.sample(site, len(site)):
        mutant = make(module, chosen)
        if mutant is not None:
            yield mutant
            return


def make(module: Path, chosen: tuple[str, int, Span]) -> dict[str, Any] | None:
    """Return a mutant: where it is, the line before and after, the whole source; None where it is no program or the same."""
    name, occurrence, ((line, column), _) = chosen
    source = module.read_text(encoding="utf-8")
    try:
        mutated = mutate_code(source, list_operators()[name](), occurrence)
    except AttributeError:
        # Of exceptions it replaces plain names alone, not those with dots.
        return None
    if mutated is None or mutated == source or not _compiles(mutated):
        return None
    old, new = source.splitlines(), mutated.splitlines()
    return {
        "id": f"{module.relative_to(SOURCES).as_posix()}:{line}:{column}:{name}:{occurrence}",
        "module": module.relative_to(SOURCES).with_suffix("").as_posix().replace("/", "."),
        "operator": name,
        "line": line,
        "lines": list_lines(source, line),
        "before": old[line - 1].strip(),
        "after": new[line - 1].strip() if line <= len(new) else "",
        "source": mutated,
    }


def list_lines(source: str, line: int) -> list[int]:
    """Return the lines of the statement that a line is part of; of one with a body those above it."""
    spans = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or line):
            body = getattr(node, "body", None)
            spans.append((node.lineno, max(body[0].lineno - 1, node.lineno) if body else node.end_lineno or line))
    start, end = max(spans, default=(line, line))  # a decorator is above its function
    return list(range(start, end + 1))


def _compiles(source: str) -> bool:
    """Tell whether a source is a program that the compiler does not warn of: no test is needed for that."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SyntaxWarning)
            compile(source, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def main() -> None:
    """Write a sample."""
    count, seed, every, out, *packages = sys.argv[1:]
    mutants, sites = sample(packages, int(count), int(seed), every=every == "every")
    Path(out).write_text(json.dumps({"sites": sites, "mutants": mutants}), encoding="utf-8")
    print(f"{len(mutants)} mutants of {sites} sites in {', '.join(packages)}")  # noqa: T201


if __name__ == "__main__":
    main()
