"""A pytest plugin: collect once, see which test runs which line, then run each mutant's tests in a fork of this process.

``-p tests.mutation.session`` with ``RISKGATE_MUTANTS`` naming the folder of ``mutants.json``; writes ``results.json`` there.
The code of functions is exchanged in place. What a module does while it is imported (constants, defaults, decorators) is
left to a fork that imports the mutant (`tests/mutation/warmed.py`).
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from tests.mutation.coverage import Coverage, Lines, choose, digest_sources, join, write
from tests.mutation.fork import in_fork
from tests.mutation.replaced import Replacing

VARIABLE = "RISKGATE_MUTANTS"
#: Tests of one mutant take at most this long by what they took before, and are taken for hung at the other.
BUDGET_SECONDS = float(os.environ.get("RISKGATE_MUTANTS_BUDGET", "8"))
HANGS_AFTER_SECONDS = 60.0
TOOL = 4


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Judge the mutants in place of a run."""
    folder = Path(os.environ[VARIABLE])
    mutants = json.loads((folder / "mutants.json").read_text(encoding="utf-8"))
    gc.unfreeze()
    functions = _list_functions()
    gc.freeze()
    lines, seconds, is_new = _read_coverage(session, folder)
    results = folder / "results.json"
    judged = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    if is_new:
        judged = {name: outcome for name, outcome in judged.items() if outcome["outcome"] == "killed"}
    for mutant in mutants:
        if mutant["id"] in judged:
            continue
        started = time.monotonic()
        judged[mutant["id"]] = _judge(session, mutant, functions, lines, seconds)
        judged[mutant["id"]]["seconds"] = round(time.monotonic() - started, 2)
        write(results, json.dumps(judged, indent=1).encode())
        print(mutant["id"], mutant["module"], mutant["line"], judged[mutant["id"]], file=sys.stderr, flush=True)  # noqa: T201
    return True


def _list_functions() -> dict[str, list[FunctionType]]:
    """Return every function of the gateway, by the file that it is in."""
    found: dict[str, list[FunctionType]] = defaultdict(list)
    for item in gc.get_objects():
        if type(item) is FunctionType and "/riskgate/" in item.__code__.co_filename:
            found[item.__code__.co_filename].append(item)
    return found


def _run_item(item: pytest.Item, following: pytest.Item | None) -> str:
    """Run one test, keeping the fixtures that the one after it needs; return how it failed, empty where it passed."""
    failed: list[str] = []

    class Watch:
        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed:
                crash = getattr(report.longrepr, "reprcrash", None)
                failed.append((crash.message if crash is not None else str(report.longrepr)).partition("\n")[0][:120])

    watch = Watch()
    item.config.pluginmanager.register(watch)
    try:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    finally:
        item.config.pluginmanager.unregister(watch)
    return failed[0] if failed else ""


def _read_coverage(session: pytest.Session, folder: Path) -> tuple[Lines, list[float], bool]:
    """Return which tests ran each line, how long each took, and whether tests are new; what fails as it is is left out.

    What a test ran is kept as long as no source of the gateway changes, and only tests of new names are run for it: of
    new lines in known tests it knows nothing.
    """
    names = [item.nodeid for item in session.items]
    shared = folder.parents[1] / f"coverage-{digest_sources()}.pickle"
    known: Coverage = pickle.loads(shared.read_bytes()) if shared.exists() else ([], {}, [], [])  # noqa: S301 our own file
    missing = [item for item in session.items if item.nodeid not in set(known[0])]
    if missing:
        covered = in_fork(lambda: _cover(missing), 3600)
        if shared.exists():  # another session may have written what it ran
            known = pickle.loads(shared.read_bytes())  # noqa: S301 our own file
        known = join(known, covered)
        # What fails is asked again by the next run: it may be right by then.
        write(shared, pickle.dumps(([name if name not in known[3] else "" for name in known[0]], *known[1:3], [])))
    numbers = {name: number for number, name in enumerate(names)}
    here = {number: numbers[name] for number, name in enumerate(known[0]) if name in numbers}
    lines = {place: {here[number] for number in tests if number in here} for place, tests in known[1].items()}
    seconds = dict(zip(known[0], known[2], strict=True))
    taken, failing = [seconds[name] for name in names], [name for name in known[3] if name in numbers]
    own = folder / "coverage.pickle"
    is_new = not own.exists() or pickle.loads(own.read_bytes())[0] != names  # noqa: S301 our own file
    write(own, pickle.dumps((names, lines, taken, failing)))
    if failing:
        print("fail as it is:", failing, file=sys.stderr)  # noqa: T201
    return lines, taken, is_new


def _cover(items: list[pytest.Item]) -> Coverage:
    monitoring = sys.monitoring
    monitoring.use_tool_id(TOOL, "mutants")
    lines: Lines = defaultdict(set)
    now = -1

    def on_line(code: CodeType, line: int) -> Any:
        if "/riskgate/" in code.co_filename:
            lines[code.co_filename, line].add(now)
        return monitoring.DISABLE

    monitoring.register_callback(TOOL, monitoring.events.LINE, on_line)
    monitoring.set_events(TOOL, monitoring.events.LINE)
    seconds, failing = [], []
    for number, (item, following) in enumerate(pairwise([*items, None])):
        assert item is not None
        now = number
        monitoring.restart_events()
        started = time.process_time()  # of a machine that others use too, a clock tells nothing
        if _run_item(item, following):
            failing.append(item.nodeid)
            for tests in lines.values():
                tests.discard(number)
        seconds.append(time.process_time() - started)
    return [item.nodeid for item in items], dict(lines), seconds, failing


def _judge(
    session: pytest.Session,
    mutant: dict[str, Any],
    functions: dict[str, list[FunctionType]],
    lines: Lines,
    seconds: list[float],
) -> dict[str, Any]:
    """Return what became of a mutant."""
    path = _path_of(mutant["module"])
    # What no test imported before it runs is imported by it, and then it is the mutant.
    is_imported = mutant["module"] in sys.modules
    swaps = _list_swaps(path, mutant["source"], functions[path]) if is_imported else []
    if swaps is None:
        return {"outcome": "imported"}
    tests = lines.get((path, mutant["line"]), set())
    for line in () if tests else mutant["lines"]:
        tests = tests | lines.get((path, line), set())
    if not is_imported and len(tests) <= 1:
        # Run once, by the first test that imported it: it may tell for all others.
        tests = {number for (file, _), numbers in lines.items() if file == path for number in numbers}
    if not tests:
        return {"outcome": "survived", "tests": 0}

    names = [item.nodeid for item in session.items]
    chosen = choose(mutant["module"], tests, names, seconds, BUDGET_SECONDS)
    spent = sum(seconds[number] for number in chosen)

    def run() -> dict[str, Any]:
        sys.meta_path.insert(0, Replacing({mutant["module"]: mutant["source"]}))
        for function, code in swaps:
            function.__code__ = code
        items = [session.items[number] for number in chosen]
        for item, following in pairwise([*items, None]):
            assert item is not None
            why = _run_item(item, following)
            if why:
                return {"outcome": "killed", "by": item.nodeid, "why": why}
        return {"outcome": "survived", "tests": len(chosen), "of": len(tests)}

    return in_fork(run, HANGS_AFTER_SECONDS + 5 * spent) or {"outcome": "killed", "by": "time limit or crash"}


def _path_of(module: str) -> str:
    return str(Path(__file__).parents[2] / "layers" / "shared" / (module.replace(".", "/") + ".py"))


def _list_swaps(path: str, source: str, functions: list[FunctionType]) -> list[tuple[FunctionType, CodeType]] | None:
    """Return which functions get which code; None where the module itself does something else."""
    old = compile(Path(path).read_text(encoding="utf-8"), path, "exec", dont_inherit=True)
    new = compile(source, path, "exec", dont_inherit=True)
    pairs = list(_pair(old, new))
    if any(a is None or b is None for a, b in pairs):
        return None
    changed = {a: b for a, b in pairs if a is not None and b is not None and _differs(a, b)}
    if any(not a.co_flags & 0x02 for a in changed):  # no CO_NEWLOCALS: the module or a class
        return None
    # What encloses them carries their code, and is exchanged too.
    carrying = {a: b for a, b in pairs if a is not None and b is not None and a.co_flags & 0x02 and a != b}
    swaps = [(f, carrying[f.__code__]) for f in functions if f.__code__ in carrying]
    if not swaps or any(len(f.__code__.co_freevars) != len(code.co_freevars) for f, code in swaps):
        return None
    return swaps


def _pair(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType | None, CodeType | None]]:
    yield old, new
    inner = [[c for c in code.co_consts if isinstance(c, CodeType)] for code in (old, new)]
    if [c.co_qualname for c in inner[0]] != [c.co_qualname for c in inner[1]]:
        yield None, None
        return
    for a, b in zip(*inner, strict=True):
        yield from _pair(a, b)


def _differs(old: CodeType, new: CodeType) -> bool:
    """Tell whether two codes do something else, apart from those inside them."""
    plain = [[(type(c), c) for c in code.co_consts if not isinstance(c, CodeType)] for code in (old, new)]
    return old.co_code != new.co_code or plain[0] != plain[1] or old.co_names != new.co_names
