"""What callers read says what happened, not how a class of the program's is called."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [ROOT / "layers" / "shared" / "riskgate", ROOT / "functions"]
#: Where a failure's class is named all the same, and who reads it.
NAMED = {
    "adapters/exchange/call_log.py": "the log",
    "adapters/exchange/errors.py": "ccxt's name of a venue's refusal is the term that bots know",
    "core/orders/evaluate.py": "the log must replay: this text is part of it",
    "observability.py": "the log",
    "runtime/api/front_door.py": "the log",
    "runtime/api/routes.py": "the log",
    "runtime/jobs/account_job.py": "the log",
    "runtime/jobs/market_data.py": "the log",
    "runtime/jobs/queues.py": "the log",
    "runtime/jobs/streams.py": "the log, and the queue of what was put aside",
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Return the product's modules by their path within the package."""
    for folder in SOURCES:
        for path in folder.rglob("*.py"):
            yield path.relative_to(folder).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def names_a_class(node: ast.AST) -> bool:
    """Tell whether this is `type(x).__name__` or `x.__class__.__name__`."""
    if not (isinstance(node, ast.Attribute) and node.attr in {"__name__", "__qualname__"}):
        return False
    owner = node.value
    if isinstance(owner, ast.Call):
        return isinstance(owner.func, ast.Name) and owner.func.id == "type"
    return isinstance(owner, ast.Attribute) and owner.attr == "__class__"


def test_class_of_a_failure_when_named_then_only_where_no_caller_reads_it() -> None:
    found = {name for name, module in sources() if any(names_a_class(node) for node in ast.walk(module))}
    assert found == set(NAMED)
