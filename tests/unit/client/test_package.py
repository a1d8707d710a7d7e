"""The client as a bot installs it: its metadata, its wheel, and what it imports."""

from __future__ import annotations

import ast
import email
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest
from flit_core import buildapi

PACKAGE = Path(__file__).parents[3] / "infra" / "client"
SOURCES = sorted((PACKAGE / "src" / "riskgate_client").rglob("*.py"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with its own backend."""
    folder = tmp_path_factory.mktemp("dist")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(PACKAGE)
        return folder / buildapi.build_wheel(str(folder))


def test_wheel_when_built_then_it_asks_for_httpx_alone(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        told = email.message_from_bytes(archive.read(metadata))

    assert [need.partition(">")[0] for need in told.get_all("Requires-Dist", [])] == ["httpx"]
    assert (told["Name"], told["Requires-Python"], told["License-Expression"]) == ("riskgate-client", ">=3.10", "MIT")
    assert "riskgate_client/py.typed" in names
    assert {f"riskgate_client/{path.relative_to(PACKAGE / 'src' / 'riskgate_client')}" for path in SOURCES} <= set(
        names
    )
    assert not [name for name in names if not name.startswith(("riskgate_client/", "riskgate_client-"))]


def test_wheel_when_installed_in_a_bots_environment_then_it_works_without_the_gateway(
    wheel: Path, tmp_path: Path
) -> None:
    target = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", str(target)]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    script = (
        "import sys, riskgate_client as c\n"
        "c.Client('https://gateway.test', 'rg_x', 'demo').close()\n"
        "assert not {'riskgate', 'ccxt', 'pydantic', 'boto3'} & set(sys.modules), sys.modules\n"
        "print(c.__file__)"
    )
    path = f"{target}:{Path(httpx.__file__).parents[1]}"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(target))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_source_when_read_then_python_3_10_understands_it_and_nothing_but_httpx_is_imported(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))

    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - sys.stdlib_module_names <= {"httpx", "riskgate_client"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_source_when_it_counts_money_then_without_floats(path: Path) -> None:
    """Seconds are floats; what an order is made of is not."""
    if path.stem not in {"requests", "models", "account", "decoding", "core", "reading", "wanted", "placing", "book"}:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert "float" not in calls
