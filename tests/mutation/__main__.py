"""Judge a seeded random sample of mutants: ``make mutants SAMPLE=300 SEED=17 PACKAGE=core`` (or `dynamodb`).

A mutant meets the tests that run its line: first those of its package, and what these let pass all that stand on it. Each
session collects once, forks for each mutant and exchanges the code there (`tests/mutation/session.py`); a mutant of what
a module does while it is imported has a fork of its own that imports it (`warmed.py`). Nothing is written to the sources. `.local/mutants` keeps what
was found: the same call again goes on where the last one was stopped, and where tests are new asks them of the survivors.
"""

from __future__ import annotations

import argparse
import json
import math
import pickle
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.mutation import session
from tests.mutation.coverage import choose
from tests.mutation.run import FOLDER, ROOT, run_pytest
from tests.mutation.warmed import in_warmed_process

RECORD, VERDICTS = (Path(__file__).with_name(name) for name in ("record.json", "verdicts.json"))
GENERATOR = ROOT / ".local" / "venv-mutants" / "bin" / "python"

#: What stands on the rules and on the tables.
COMPONENT = ["tests/adapters/dynamodb", "tests/concurrency", "tests/unit/schemas", "tests/unit/openapi", *(
    f"tests/component/{room}" for room in (
        "access", "account", "alerts", "audit", "hedging", "ledger", "market", "monitor", "operators", "orders",
        "paper", "reconciliation", "risk", "routing", "safeguards", "venue_budgets", "webhooks",
    )
)]  # fmt: skip
#: By package: its sources, and the sessions that a mutant goes through until one kills it.
PACKAGES = {
    "core": ("riskgate/core", (["tests/unit/core"], COMPONENT)),
    "dynamodb": ("riskgate/adapters/dynamodb", (["tests/unit/adapters/dynamodb", *COMPONENT],)),
}
#: A fork that imports the mutant collects the files of its tests anew: it runs so many of the nearest, then so many.
OWN_TESTS, OWN_TESTS_SECONDS = (10, 60), 12.0
#: What a change of a verdict's text may not lose: the mutant as it is told.
TELLS = ("module", "operator", "before", "after")


def main() -> None:
    """Judge a sample and tell what was found."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--package", choices=PACKAGES, default="core")
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--every", action="store_true", help="one mutant at least of each module")
    parser.add_argument("--kept", action="store_true", help="ask no test: tell what the last run found")
    parser.add_argument("--record", action="store_true", help="keep the outcome in tests/mutation/record.json")
    asked = parser.parse_args()
    sources, sessions = PACKAGES[asked.package]
    folder = FOLDER / f"{asked.package}-{asked.seed}-{asked.sample}"
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "made.json"
    if not made.exists():
        command = [
            GENERATOR,
            "-m",
            "tests.mutation.sites",
            str(asked.sample),
            str(asked.seed),
            "every" if asked.every else "some",
            made,
            sources,
        ]
        subprocess.run(command, cwd=ROOT, check=True)
    found = json.loads(made.read_text(encoding="utf-8"))
    outcomes = judge(found["mutants"], folder, sessions, ask=not asked.kept)
    report = tell(asked.package, found, outcomes) | {"seed": asked.seed, "sample": asked.sample}
    (FOLDER.parent / "mutants.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    if asked.record:
        keep(asked.package, report)


def judge(
    mutants: Sequence[dict[str, Any]], folder: Path, sessions: Iterable[list[str]], *, ask: bool = True
) -> dict[str, Any]:
    """Return what became of each mutant, by id; without `ask` what is kept of it."""
    outcomes: dict[str, Any] = {}
    left, here = list(mutants), folder
    for number, tests in enumerate(sessions):
        here = folder / f"session-{number}"
        here.mkdir(exist_ok=True)
        (here / "mutants.json").write_text(json.dumps(left), encoding="utf-8")
        done = run_pytest({session.VARIABLE: str(here)}, "tests.mutation.session", tests) if ask else None
        judged = json.loads((here / "results.json").read_text(encoding="utf-8"))
        if not judged.keys() >= {mutant["id"] for mutant in left}:
            raise RuntimeError(
                f"the session ended before it had judged all: {done.stdout[-2000:] if done else 'asked none'}"
            )
        for mutant in left:
            outcome = judged[mutant["id"]]
            if outcome["outcome"] == "imported":
                outcome = _import(mutant, here, ask=ask)
            outcomes[mutant["id"]] = outcome
        left = [mutant for mutant in left if outcomes[mutant["id"]]["outcome"] == "survived"]
    for mutant in left:
        # Its line may run once in a process, before any test: while another module is imported, or behind a cache.
        if not outcomes[mutant["id"]]["tests"]:
            outcomes[mutant["id"]] = _import(mutant, here, ask=ask)
    return outcomes


def _import(mutant: dict[str, Any], folder: Path, *, ask: bool) -> dict[str, Any]:
    """Judge a mutant in a fork that imports it, by the tests of a session that run its module."""
    kept = folder / "imported.json"
    judged = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    if ask and judged.get(mutant["id"], {}).get("outcome") != "killed":
        tests = _choose(mutant["module"], folder)
        for count in OWN_TESTS:
            judged[mutant["id"]] = in_warmed_process({mutant["module"]: mutant["source"]}, tests[:count])
            if judged[mutant["id"]]["outcome"] == "killed":
                break
        kept.write_text(json.dumps(judged, indent=1), encoding="utf-8")
    outcome: dict[str, Any] = judged.get(mutant["id"], {"outcome": "survived", "tests": 0})
    return outcome


def _choose(module: str, folder: Path) -> list[str]:
    """Return tests of a session: those that run a module or are in files that name it, and then others."""
    names, lines, seconds, failing = pickle.loads((folder / "coverage.pickle").read_bytes())  # noqa: S301 our own file
    path, files = module.replace(".", "/") + ".py", {name.partition("::")[0] for name in names}
    naming = {file for file in files if module in (ROOT / file).read_text(encoding="utf-8")}
    numbers = {number for (file, _), tests in lines.items() if file.endswith(path) for number in tests}
    numbers |= {number for number, name in enumerate(names) if name.partition("::")[0] in naming}
    sound = {number for number, name in enumerate(names) if name not in failing}
    own, others = sorted(numbers & sound), sorted(sound - numbers)
    # What a module defines is used where none of its own lines runs: a class, a constant.
    chosen = choose(module, own, names, seconds, OWN_TESTS_SECONDS, naming)
    return [names[number] for number in chosen + choose(module, others, names, seconds, OWN_TESTS_SECONDS)]


def interval(successes: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a fraction."""
    if not count:
        return 0.0, 1.0
    share = successes / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return middle - half, middle + half


def tell(package: str, found: dict[str, Any], outcomes: dict[str, Any]) -> dict[str, Any]:
    """Print and return the outcome of a sample; what a verdict calls equivalent is no mutant."""
    verdicts = {tuple(verdict[key] for key in TELLS): verdict["reason"] for verdict in json.loads(VERDICTS.read_text())}
    rows = []
    for mutant in found["mutants"]:
        outcome = dict(outcomes[mutant["id"]])
        reason = verdicts.get(tuple(mutant[key] for key in TELLS))
        if outcome["outcome"] == "survived" and reason is not None:
            outcome = {"outcome": "equivalent", "reason": reason}
        rows.append({key: mutant[key] for key in (*TELLS, "line")} | outcome)
    counts = Counter(row["outcome"] for row in rows)
    judged = counts["killed"] + counts["survived"]
    low, high = interval(counts["killed"], judged)
    share = counts["killed"] / max(judged, 1)
    for row in rows:
        if row["outcome"] == "survived":
            print(f"survived  {row['module']}:{row['line']}  {row['before']}\n{'':10}{row['after']}")  # noqa: T201
    print(f"{package}: {dict(counts)}: {share:.1%} killed, {low:.1%} to {high:.1%}")  # noqa: T201
    return {
        "package": package,
        "sites": found["sites"],
        "counts": dict(counts),
        "killed_fraction": round(share, 4),
        "interval": [round(low, 4), round(high, 4)],
        "mutants": sorted(rows, key=lambda row: (row["module"], row["line"], row["operator"])),
    }


def keep(package: str, report: dict[str, Any]) -> None:
    """Write the record that is committed: one line for each mutant.

    What the first run of a sample killed stays in it, as `fresh`: nobody had seen those mutants, and no test was written
    for one. Verdicts on its survivors count for both figures.
    """
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    before, counts = record.get(package, {}), report["counts"]
    is_same = all(before.get(key) == report[key] for key in ("seed", "sample"))
    killed = before["fresh"]["killed"] if is_same else counts.get("killed", 0)
    judged = counts.get("killed", 0) + counts.get("survived", 0)
    bounds = [round(bound, 4) for bound in interval(killed, judged)]
    fresh = {"killed": killed, "killed_fraction": round(killed / max(judged, 1), 4), "interval": bounds}
    mutants = report.pop("mutants")
    record[package] = report | {"fresh": fresh, "mutants": mutants}
    lines = json.dumps(record, indent=1).replace("\n    ", " ").replace("\n   }", "}")
    RECORD.write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
