"""What histories came to, kept in a file that later runs of the same code add to."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.simulation.ranges import Total

ROOT = Path(__file__).resolve().parents[2]
#: What a history is made from: the gateway, and all that stands around it here.
SOURCES = ("layers/shared/riskgate", "tests/simulation", "tests/support")

type Record = dict[str, Any]


def digest_code() -> str:
    """Return a digest of all that decides what a seed comes to; no test module does."""
    digest = sha256()
    for folder in SOURCES:
        paths = (path for path in (ROOT / folder).rglob("*.py") if not path.name.startswith("test_"))
        for path in sorted(paths):
            digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def make_record(total: Total, failed: list[dict[str, Any]], *, first: int, seconds: float) -> Record:
    """Return the record of one run: its seeds from `first` on, and seconds by the wall."""
    histories = total.counts["histories"]
    return {
        "code": digest_code(),
        "runs": [{"first": first, "histories": histories, "seconds": round(seconds, 1)}],
        "histories": histories,
        "cpu_seconds": round(total.cpu_seconds, 1),
        "trace": f"{total.trace:016x}",
        "violations": failed,
        "faults_injected": dict(sorted(total.injected.items())),
        "invariants_evaluated": dict(sorted(total.evaluated.items())),
        "counts": dict(sorted(total.counts.items())),
    }


def add(record: Record, other: Record) -> Record:
    """Return both runs as one.

    Raises ValueError: they are of different code, or share a seed.
    """
    if record["code"] != other["code"]:
        raise ValueError(f"histories of {record['code']} and of {other['code']} are not of the same code")
    runs = _join([*record["runs"], *other["runs"]])
    sums = {
        name: dict(sorted((Counter(record[name]) + Counter(other[name])).items()))
        for name in ("faults_injected", "invariants_evaluated", "counts")
    }
    return {
        "code": record["code"],
        "runs": runs,
        "histories": record["histories"] + other["histories"],
        "cpu_seconds": round(record["cpu_seconds"] + other["cpu_seconds"], 1),
        "trace": f"{int(record['trace'], 16) ^ int(other['trace'], 16):016x}",
        "violations": [*record["violations"], *other["violations"]],
        **sums,
    }


def _join(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return runs in the order of their seeds, those that follow on each other as one."""
    joined: list[dict[str, Any]] = []
    for run in sorted(runs, key=lambda one: int(one["first"])):
        last = joined[-1] if joined else None
        end = last["first"] + last["histories"] if last is not None else None
        if last is None or end is None or end < run["first"]:
            joined.append(dict(run))
            continue
        if end > run["first"]:
            raise ValueError(f"seed {run['first']} is in both")
        last["histories"] += run["histories"]
        last["seconds"] = round(last["seconds"] + run["seconds"], 1)
    return joined


def write(path: Path, record: Record, *, adds: bool) -> None:
    """Write a record; with `adds` it is added to the one that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if adds and path.exists():
        record = add(json.loads(path.read_text(encoding="utf-8")), record)
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
