"""Run histories from the command line: many seeds on all cores, or one of them again.

Usage: python -m tests.simulation [--seeds N | --seed N] [--first N] [--minutes M] [--without A,B] [--steps N] [--add] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from tests.simulation import record
from tests.simulation.ranges import Total, run_range

#: Sets of texts come in another order in each process unless this is fixed: a seed must mean one history.
_HASHES = "PYTHONHASHSEED"
ROOT = Path(__file__).resolve().parents[2]
CHUNK = 50
FAILURES_SHOWN_MAX = 10


def main() -> int:
    """Run what the command line asks for; 1 where an invariant does not hold."""
    if os.environ.get(_HASHES) != "0":
        command = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | {_HASHES: "0"})  # noqa: S606 this very program
    options = _parse()
    started = time.monotonic()
    if options.seed is not None:
        return _run_one(options)
    total, failed = Total(), list[dict[str, Any]]()
    if options.plant:
        options.jobs = 1
    for found in _run_all(options, started):
        total.add(found)
        failed += found["failed"]
    seconds = time.monotonic() - started
    for one in sorted(failed, key=lambda f: int(f["seed"]))[:FAILURES_SHOWN_MAX]:
        _say(f"{one['violation'][:1000]}\n  again: {one['command']}")
    rate = total.counts["histories"] / seconds
    speed = total.counts["histories"] / total.cpu_seconds
    _say(
        f"{total.counts['histories']} histories in {seconds:.0f} s ({rate:.1f}/s, {speed:.1f} per CPU second), "
        f"{len(failed)} violations"
    )
    made = record.make_record(total, failed, first=options.first, seconds=seconds)
    record.write(Path(options.out), made, adds=options.add)
    return 1 if failed else 0


def _run_all(options: argparse.Namespace, started: float) -> Iterator[dict[str, Any]]:
    starts = range(options.first, options.first + options.seeds, CHUNK)
    without = frozenset(options.without.split(",")) - {""}
    sizes = {start: min(CHUNK, options.first + options.seeds - start) for start in starts}

    def is_over() -> bool:
        return bool(options.minutes) and time.monotonic() - started > options.minutes * 60

    if options.jobs == 1:
        for start, size in sizes.items():
            if is_over():
                return
            found = run_range(start, size, options.plant, without, only_releases=options.only_releases)
            yield found
            if options.plant and found["failed"]:
                return
        return
    left = iter(sizes.items())
    with ProcessPoolExecutor(options.jobs, max_tasks_per_child=40) as pool:
        # No more than will be waited for: a pool that is told to forget the rest may never end.
        run = partial(run_range, planted="", without=without, only_releases=options.only_releases)
        under_way = {pool.submit(run, *one) for one in islice(left, 2 * options.jobs)}
        while under_way:
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
            if not is_over():
                under_way |= {pool.submit(run, *one) for one in islice(left, len(done))}


def _run_one(options: argparse.Namespace) -> int:
    from tests.simulation.release import run_history  # noqa: PLC0415 what is imported reads the hash seed
    from tests.simulation.shrink import command_of, shrink  # noqa: PLC0415 as above
    from tests.simulation.world import Plan  # noqa: PLC0415 as above

    without = frozenset(options.without.split(",")) - {""}
    plan = Plan(seed=options.seed, without=without, steps_max=options.steps, weather=options.weather)
    report = run_history(plan)
    _say(json.dumps({"injected": report.injected, "counts": report.counters}, indent=1))
    if not report.violation:
        _say(f"seed {options.seed}: every invariant holds")
        return 0
    small = shrink(report, run_history)
    _say(f"{report.violation}\n\nsmallest: {small.violation}\n  again: {command_of(small.plan)}")
    return 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=2000, help="how many histories")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="run this one alone, and shrink it where it fails")
    parser.add_argument("--minutes", type=float, default=0, help="stop after so long")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--without", default="", help="kinds of faults, and actors, that are left out")
    parser.add_argument("--steps", type=int, default=1000, help="steps of each actor at most")
    parser.add_argument("--weather", type=float, help="how often faults happen: 0 never, 1 on average")
    parser.add_argument("--plant", default="", help="a fault of planted.py to put in; ends with what finds it")
    parser.add_argument("--add", action="store_true", help="add the counts to those of other seeds of the same code")
    parser.add_argument("--only-releases", action="store_true", help="leave out histories in which no release rolls")
    parser.add_argument("--out", default=str(ROOT / ".local" / "sim.json"), help="where the counts are written")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
