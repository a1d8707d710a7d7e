"""Import modules of the gateway from other sources than their files: a fault is put in, and nothing is written to them.

A pytest plugin, for a process of its own: ``-p tests.mutation.replaced`` with ``RISKGATE_REPLACED`` naming a JSON file, module to source.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

VARIABLE = "RISKGATE_REPLACED"


class _Loader(SourceFileLoader):
    """Loads a module's text from memory."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the text; no cached one of the file's."""
        del fullname
        return compile(self._source, self.path, "exec", dont_inherit=True)


class Replacing(MetaPathFinder):
    """Finds modules whose text is another."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the file is, with another text."""
        source = self._sources.get(fullname)
        spec = PathFinder.find_spec(fullname, path, target) if source is not None else None
        if spec is not None and spec.origin is not None and source is not None:
            spec.loader = _Loader(fullname, spec.origin, source)
        return spec


def replace(sources: Mapping[str, str]) -> None:
    """Import these modules from these texts from now on; none of them may be there yet."""
    there = sources.keys() & sys.modules.keys()
    assert not there, f"imported already: {there}"
    sys.meta_path.insert(0, Replacing(sources))


if VARIABLE in os.environ:
    replace(json.loads(Path(os.environ[VARIABLE]).read_text(encoding="utf-8")))
