"""Builds beside each other in one process: the gateway's sources once more under another name, with a version's changes.

Lambda runs two versions in processes of their own. Here each build has modules of its own: the package and the tests
that use it are loaded under names that end with the build's (`riskgate_grown`, `tests_grown`), changed as
`tests/support/next_version.py` changes them. So each build has its own classes, its own caches and its own simulation.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from tests.support import next_version
from tests.support.next_version import GROWN, NEXT_RULES, RENAMED, ROOT, SHARED, UNNAMED

type Changes = tuple[tuple[str, str, str], ...]

#: What is loaded under a build's own name, and where its sources are. The tables, and what loads builds, belong to none.
FOLDERS = {"riskgate": SHARED / "riskgate", "tests": ROOT / "tests", "infra": ROOT / "infra"}
_SHARED = r"support\.(?:dynamodb|next_version)|simulation\.(?:builds|bridge|release)"
_NAMES = re.compile(rf"\b(riskgate|tests|infra)\b(?=\.[A-Za-z_]|\s+import\b)(?!\.(?:{_SHARED})\b)")


@dataclass(frozen=True, kw_only=True)
class Build:
    """One build: nothing is loaded before it is asked for. `replaced` is what stands for what in all of its sources."""

    name: str
    changes: Changes = ()
    replaced: tuple[tuple[str, str], ...] = field(default=())

    def module(self, name: str) -> ModuleType:
        """Return a module of this build by the name that its sources have."""
        return import_module(self.name_of(name))

    def name_of(self, original: str) -> str:
        """Return what a module is called in this build."""
        root, dot, rest = original.partition(".")
        return f"{root}_{self.name}{dot}{rest}" if self.name and root in FOLDERS else original

    def original_of(self, name: str) -> str:
        """Return what a module of this build is called in its sources; an empty text: it is none of them."""
        root, dot, rest = name.partition(".")
        suffix = f"_{self.name}" if self.name else ""
        original = root.removesuffix(suffix)
        return f"{original}{dot}{rest}" if original + suffix == root and original in FOLDERS else ""

    def source_of(self, path: Path) -> str:
        """Return a source as this build has it. Raises ValueError: a change of it finds nothing to change."""
        text = path.read_text(encoding="utf-8")
        for name, pattern, new in self.changes:
            if path != FOLDERS["riskgate"] / name and path != ROOT / name:
                continue
            text, count = re.subn(pattern, new, text, flags=re.MULTILINE)
            if not count:
                raise ValueError(f"{name} has nothing like {pattern}")
        for old, new in self.replaced:
            text = text.replace(old, new)
        return _NAMES.sub(rf"\1_{self.name}", text)


class _Loader(SourceFileLoader):
    """Compiles what a build's sources say; nothing of it is kept on disk."""

    def __init__(self, build: Build, fullname: str, path: str) -> None:
        super().__init__(fullname, path)
        self._build = build

    def get_code(self, fullname: str) -> CodeType:
        """Return a module's code."""
        del fullname
        text = self._build.source_of(Path(self.path)) if self.path.endswith(".py") else ""
        return compile(text, self.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    """Finds the modules of one build."""

    def __init__(self, build: Build) -> None:
        self._build = build

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """Return where a module of the build comes from; None for all others."""
        del path, target
        original = self._build.original_of(fullname)
        if not original:
            return None
        root, *parts = original.split(".")
        place = FOLDERS[root].joinpath(*parts)
        if not place.is_dir():
            source = place.with_suffix(".py")
            loader = _Loader(self._build, fullname, str(source))
            return spec_from_file_location(fullname, source, loader=loader) if source.exists() else None
        source = place / "__init__.py"
        loader = _Loader(self._build, fullname, str(source if source.exists() else place))
        return spec_from_file_location(fullname, loader.path, loader=loader, submodule_search_locations=[str(place)])


#: Whose orders use what is new; set by each history. Nobody's: both builds serve to the end.
_USERS = ("__init__.py", r"\Z", "\nUSERS: set[str] = set()\n")
_IMPORT = "\\1from riskgate import USERS\n"
#: The message to the worker has the new field, too.
_SENT = (
    "app/orders/hand_over.py",
    r"^(        kind=kind,)$",
    r'\1\n        annotation="seen" if record.order.strategy in USERS else "",',
)
_USING = tuple(
    (name, r"(from __future__ import annotations\n)", _IMPORT)
    for name in ("core/ledger/apply.py", "app/ledger/commit_event.py", "app/orders/hand_over.py")
)
_USES = ((f'strategy == "{next_version.ANNOTATED}"', "strategy in USERS"),)
#: An entry of the log with a field more.
_NOTED = (
    (
        "schemas/log/audit_entry.py",
        r"^(    named: tuple.*)$",
        r"\1\n    remark: str | msgspec.UnsetType = msgspec.UNSET",
    ),
    ("schemas/versions.py", r'"AuditEntry": Schema\(version=3\)', '"AuditEntry": Schema(version=4)'),
    (
        "app/ledger/entry.py",
        r"^(        named=named or UNSET,)$",
        r'\1\n        remark="next" if acting.actor.startswith("token:") else UNSET,',
    ),
)
#: What checks ask of an entry that its build does not have.
_UNASKED = (("tests/simulation/checks.py", r"entry\.named or \(\)", "()"),)

#: All builds there are; the one without a name is what was imported as ever.
BUILDS = {
    build.name: build
    for build in (
        Build(name=""),
        Build(name="grown", changes=(*GROWN, _USERS, *_USING, _SENT, *_NOTED), replaced=_USES),
        Build(name="renamed", changes=(*RENAMED, *_NOTED)),
        Build(name="unnamed", changes=(*UNNAMED, *_UNASKED)),
        # A build with a fault in it, see planted.py: what came with its rules is applied to what earlier ones decided.
        Build(
            name="rewriting",
            changes=(*GROWN, _USERS, *_USING, _SENT),
            replaced=(*_USES, (f"event.rules >= {NEXT_RULES} and ", "")),
        ),
    )
}
sys.meta_path[:0] = [_Finder(build) for build in BUILDS.values() if build.name]
