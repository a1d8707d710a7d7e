"""A build of the gateway as the next version may be: today's tree with other documents, other rules, another engine."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from riskgate.core.orders.events import RULES

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / "layers" / "shared"
#: What the next version is called, and by which rules it decides.
NEXT_ENGINE, NEXT_RULES = "99.0.0", RULES + 1
#: What the build was called whose entries name nothing.
UNNAMED_ENGINE = "1.2.0"
#: The strategy whose orders use what is new.
ANNOTATED = "annotated"

_ENGINE = ("__init__.py", r'ENGINE_VERSION = ".*"', f'ENGINE_VERSION = "{NEXT_ENGINE}"')
_RULES = ("core/orders/events.py", rf"^RULES = {RULES}$", f"RULES = {NEXT_RULES}")

_FIELD = ("core/account/document.py", r"^(    limits_version: int)$")
_STEP = """

from dataclasses import replace as _replace

SCHEMAS = dict(SCHEMAS)
for _kind, _more in {steps}:
    _now = SCHEMAS.get(_kind, Schema())
    _version = _now.version + 1
    SCHEMAS[_kind] = _replace(_now, version=_version, **_more(_version))
"""
_STEPS = ("schemas/versions.py", r"\Z")

#: A field more in the account, its orders and its messages, used by one strategy's orders alone.
GROWN = (
    _ENGINE,
    _RULES,
    (*_FIELD, r"\1\n    annotations: dict[str, str] = field(default_factory=dict)"),
    ("core/account/stored.py", r"^(    order_id: str)$", r'\1\n    annotation: str = ""'),
    ("schemas/messages/order.py", r"^(    kind: MessageKind)$", r'\1\n    annotation: str = ""'),
    (
        *_STEPS,
        _STEP.format(steps="{kind: lambda _: {} for kind in ('AccountState', 'OrderRecord', 'OrderMessage')}.items()"),
    ),
    (
        "core/ledger/apply.py",
        r"^(    version = state\.version \+ 1 if state is not None else 1)$",
        rf"""    if isinstance(event, OrderDecided) and event.rules >= {NEXT_RULES} and event.order.strategy == "{ANNOTATED}":
        after = replace(after, annotations=after.annotations | {{event.order.client_order_id: "seen"}})
\1""",
    ),
    (
        "app/ledger/commit_event.py",
        r"replace\(record, trace_id=trace_id\)",
        f'replace(record, trace_id=trace_id, annotation="seen" if record.order.strategy == "{ANNOTATED}" else "")',
    ),
)

_TRIPS = r"\bround_trips\b"
_RENAME = "(lambda tree: {{'{1}' if name == '{0}' else name: value for name, value in tree.items()}})"
_UP, _DOWN = _RENAME.format("round_trips", "closed_trips"), _RENAME.format("closed_trips", "round_trips")
_BOTH_WAYS = f"{{'oldest_reader': n, 'upcasters': {{**_now.upcasters, n - 1: {_UP}}}, 'downcasters': {{n: {_DOWN}}}}}"
#: A field of the account that is called otherwise: every document's bytes are others.
RENAMED = (
    _ENGINE,
    _RULES,
    ("core/account/document.py", _TRIPS, "closed_trips"),
    ("core/protections/__init__.py", _TRIPS, "closed_trips"),
    ("core/protections/repeated_execution.py", _TRIPS, "closed_trips"),
    ("core/safeguards/locks.py", _TRIPS, "closed_trips"),
    ("schemas/shape/first_fields.py", _TRIPS, "closed_trips"),
    (*_STEPS, _STEP.format(steps=f"{{'AccountState': lambda n: {_BOTH_WAYS}}}.items()").replace("\\", "\\\\")),
)
#: The build before entries named anything (ADR 0080): it writes what it read whole, and knows nothing of names.
UNNAMED = (
    ("__init__.py", r'ENGINE_VERSION = ".*"', f'ENGINE_VERSION = "{UNNAMED_ENGINE}"'),
    ("app/ledger/commit_event.py", r"import name_inputs$", "import Inputs"),
    ("app/ledger/commit_event.py", r"name_inputs\(step\.event, .*\)$", "Inputs(event=step.event)"),
    ("app/ledger/entry.py", r"^        oldest_reader=.*\n        named=.*\n", ""),
    ("adapters/dynamodb/items.py", r"^            held=held_inputs\.parse_held\(item, head\),\n", ""),
    ("schemas/log/audit_entry.py", r"^    oldest_reader: .*\n    named: .*\n", ""),
    ("schemas/log/audit_entry.py", r"if not self\.named:", "if True:"),
    ("schemas/versions.py", r'"AuditEntry": Schema\(version=3\)', '"AuditEntry": Schema(version=2)'),
    ("app/audit/engines.py", r"^    if entry\.oldest_reader and .*:$", "    if False:"),
)
#: A field more, and everything else was forgotten.
FORGOTTEN = ((*_FIELD, r'\1\n    annotation: str = ""'),)


def build_next(folder: Path, changes: tuple[tuple[str, str, str], ...]) -> Path:
    """Write a changed copy of the package into a folder; return what is put on the path of a process that runs it."""
    shutil.copytree(SHARED / "riskgate", folder / "riskgate", ignore=shutil.ignore_patterns("__pycache__"))
    for name, pattern, text in changes:
        path = folder / "riskgate" / name
        changed, count = re.subn(pattern, text, path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert count, f"{name} has nothing like {pattern}"
        path.write_text(changed, encoding="utf-8")
    return folder


def environment_of(build: Path) -> Mapping[str, str]:
    """Return the environment of a process that runs a build."""
    paths = [str(build), str(ROOT), str(ROOT / "infra" / "client" / "src")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}


def command_of(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of the tests."""
    return [sys.executable, "-m", module, *arguments]
