"""One `forget` drops every client: no module keeps one beside it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from riskgate.adapters.aws import lazy

ROOT = Path(__file__).parents[4]
PACKAGE = ROOT / "layers" / "shared" / "riskgate"
FILES = [
    path for folder in (PACKAGE / "adapters", PACKAGE / "runtime", ROOT / "functions") for path in folder.rglob("*.py")
]
#: They keep what is the same in every life of a process: a file of the package, classes and their fields, a document, fonts.
CONSTANTS = {
    "adapters/chart_png.py",
    "adapters/exchange_table.py",
    "adapters/sector_map.py",
    "adapters/dynamodb/documents.py",
    "adapters/exchange/build.py",
    "functions/admin_api/app.py",
    "functions/dashboard/app.py",
    "runtime/api/request_log.py",
}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else ROOT).as_posix()


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, list[Callable[[], None]]]:
    """Give the module as a process has it that is about to be a snapshot, and what runs when it wakes."""
    after_restore: list[Callable[[], None]] = []
    runtime = SimpleNamespace(register_after_restore=after_restore.append)
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    assert lazy.__file__ is not None
    spec = spec_from_file_location("fresh_lazy", lazy.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, after_restore


def test_lazy_when_a_process_wakes_from_a_snapshot_then_everything_is_built_anew(
    fresh: tuple[ModuleType, list[Callable[[], None]]],
) -> None:
    module, after_restore = fresh
    clients = {name: module.lazy(lambda region: [region]) for name in ("store", "queue")}
    closed: list[str] = []
    module.on_forget(lambda: closed.append("bot"))
    before = {name: build("here") for name, build in clients.items()}
    assert all(build("here") is before[name] for name, build in clients.items())

    for hook in after_restore:
        hook()

    assert all(build("here") is not before[name] for name, build in clients.items())
    assert closed == ["bot"]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_client_when_a_module_keeps_it_then_forget_drops_it(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    imported = {a.name for n in nodes if isinstance(n, ast.ImportFrom) for a in n.names}
    empty = [
        ast.unparse(node)
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and node.value is not None
        and ast.unparse(node.value) in {"{}", "[]", "set()", "dict()", "list()"}
    ]
    globals_set = [name for node in nodes if isinstance(node, ast.Global) for name in node.names]
    if name_of(path) == "adapters/aws/lazy.py":
        return

    assert name_of(path) in CONSTANTS or not imported & {"cache", "lru_cache"}
    assert not globals_set
    assert not empty or "on_forget" in imported, f"{empty} outlives a restore"
    assert "snapshot_restore_py" not in path.read_text(encoding="utf-8")
