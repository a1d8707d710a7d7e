"""The metrics that the code publishes, and which functions can: those that import the module."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE, FUNCTIONS = ROOT / "layers" / "shared", ROOT / "functions"
#: A metric is published by its literal name, or by a variable that holds one of the names in the same module.
_PUBLISHED = re.compile(r'(?:add_metric\(\s*name=|(add_venue_metric)\(\s*)"([A-Z]\w+)"')
_BY_VARIABLE = re.compile(r"add_metric\(\s*name=[a-z]")
_NAME = re.compile(r'"([A-Z][a-z]+[A-Z]\w+)"')


@cache
def list_published() -> dict[Path, frozenset[str]]:
    """Return the names of the metrics that each module publishes."""
    found = {}
    for path in (path for folder in (PACKAGE, FUNCTIONS) for path in folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        names = {name for _, name in _PUBLISHED.findall(text)}
        names |= set(_NAME.findall(text)) if _BY_VARIABLE.search(text) else set()
        if names:
            found[path] = frozenset(names)
    return found


def list_services() -> list[str]:
    """Return the names of all functions."""
    return sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py"))


@cache
def list_published_by(service: str) -> frozenset[str]:
    """Return the names of the metrics that a function can publish."""
    reached = _list_reached(FUNCTIONS / service / "app.py")
    return frozenset().union(*(names for path, names in list_published().items() if path in reached))


@cache
def list_of_venues() -> frozenset[str]:
    """Return the names of the metrics that have the dimension `venue`."""
    found = (_PUBLISHED.findall(path.read_text(encoding="utf-8")) for path in list_published())
    return frozenset(name for names in found for of_venue, name in names if of_venue)


def _list_reached(start: Path) -> set[Path]:
    """Return the modules that one imports, and that these import."""
    reached: set[Path] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += [one for name in _list_imports(path) if (one := _find(name)) is not None]
    return reached


@cache
def _list_imports(path: Path) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


@cache
def _find(name: str) -> Path | None:
    path = PACKAGE.joinpath(*name.split("."))
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.is_file()), None)
