"""Run pytest on a gateway with a fault in it, in a fork of this process, which has all other packages imported.

What a module does while it is imported can be judged only where it is imported anew. The gateway and its tests are;
the packages that they stand on are most of the time of such a start, and are the same for all mutants. Which ones there
are is learnt from the forks: this process imports what a fork had to import.
"""

from __future__ import annotations

import gc
import importlib
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.mutation.fork import in_fork
from tests.mutation.replaced import replace
from tests.mutation.run import HANGS_AFTER_SECONDS, ROOT

#: What runs these arguments rewrites no assertion of a plugin that is there already: nobody reads them.
ARGUMENTS = ["-q", "-x", "-n0", "-W", "ignore::pytest.PytestAssertRewriteWarning", "-p", "no:randomly", "-p", "no:cacheprovider"]  # fmt: skip
#: Of what is a package of others: where its files are.
OTHERS = (sys.prefix, sys.base_prefix)


class _Watch:
    """Keeps the first thing that failed."""

    def __init__(self) -> None:
        self.failed: list[tuple[str, str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._keep(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._keep(report)

    def _keep(self, report: Any) -> None:
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            told = (crash.message if crash is not None else str(report.longrepr)).strip()
            self.failed.append((report.nodeid, told.partition("\n")[0][:120]))


def in_warmed_process(sources: Mapping[str, str], tests: Sequence[str]) -> dict[str, Any]:
    """Return what became of modules with other texts: killed by which test, or not."""
    gc.freeze()
    answer = in_fork(lambda: _run(sources, tests), HANGS_AFTER_SECONDS)
    if answer is None:
        return {"outcome": "killed", "by": "time limit or crash"}
    code, failed, names = answer
    _warm(names)
    if code == pytest.ExitCode.OK:
        return {"outcome": "survived", "tests": len(tests)}
    if code == pytest.ExitCode.USAGE_ERROR and not failed and any("::" in test for test in tests):
        # The name of a test may tell a value that the mutant changed: then its whole file is asked.
        return in_warmed_process(sources, list(dict.fromkeys(test.partition("::")[0] for test in tests)))
    by, why = failed[0] if failed else ("import", f"pytest ended with {code}")
    return {"outcome": "killed", "by": by, "why": why}


def _run(sources: Mapping[str, str], tests: Sequence[str]) -> tuple[int, list[tuple[str, str]], list[str]]:
    """Run the tests in this process; return pytest's exit code, what failed and which packages of others are there."""
    replace(sources)
    watch = _Watch()
    code = pytest.main([f"--rootdir={ROOT}", *ARGUMENTS, *tests], plugins=[watch])
    files = {name: str(getattr(module, "__file__", None) or "") for name, module in list(sys.modules.items())}
    return int(code), watch.failed, [name for name, file in files.items() if file.startswith(OTHERS)]


def _warm(names: Sequence[str]) -> None:
    """Import what a fork had to; what cannot be, it imports again."""
    for name in names:
        if name not in sys.modules:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    importlib.import_module(name)
                except Exception:  # noqa: BLE001, S112 any package may refuse as it likes
                    continue
