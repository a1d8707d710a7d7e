"""The page of proof, section by section, each from its record."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.proof import sections, tables

ROOT = Path(__file__).resolve().parents[2]
RECORDS, PAGE = ROOT / "infra" / "docs" / "proof", ROOT / "infra" / "docs" / "proof.md"

type Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of the page: the record it is written from, and the command that writes that."""

    key: str
    title: str
    command: str
    write: Callable[[Record], str]
    #: What the command writes, and what is kept of it, given what was kept before.
    source: Path
    keep: Callable[[Record, Record | None], Record] = lambda written, _: written

    @property
    def record_path(self) -> Path:
        """Return where the record is kept."""
        return RECORDS / f"{self.key}.json"


def _written(name: str) -> Path:
    return ROOT / ".local" / f"{name}.json"


SECTIONS = (
    Section(
        key="sim",
        title="Simulation",
        command="make sim SEEDS=200000",
        write=sections.write_simulation,
        source=_written("sim"),
        keep=sections.keep_simulation,
    ),
    Section(
        key="planted",
        title="Planted faults",
        command="python -m tests.proof.planted",
        write=sections.write_planted,
        source=_written("planted"),
    ),
    Section(
        key="mutants",
        title="Mutation testing",
        command="make mutants",
        write=sections.write_mutants,
        source=ROOT / "tests" / "mutation" / "record.json",
        keep=lambda written, _: sections.keep_mutants(written),
    ),
    Section(
        key="fuzz",
        title="Requests that schemathesis makes up",
        command="make fuzz",
        write=sections.write_fuzz,
        source=_written("fuzz"),
    ),
    Section(
        key="bad_input",
        title="Bad input",
        command="make e2e",
        write=tables.write_bad_input,
        source=_written("bad_input"),
    ),
    Section(
        key="soak",
        title="Load and soak",
        command="make soak MINUTES=30",
        write=sections.write_soak,
        source=_written("soak"),
    ),
    Section(
        key="drills",
        title="Kill switch under load",
        command="make drills KILLS=200",
        write=sections.write_drills,
        source=_written("drills"),
    ),
    Section(key="chaos", title="Chaos", command="make chaos", write=sections.write_chaos, source=_written("chaos")),
)

_HEAD = """# Proof

Written by `python -m tests.proof` from the [records](proof) of the runs named in each section. A figure says what was done and found, on which machine,
and no more: what was never tried stands in the [last section](#aws-only).
"""

_AWS_ONLY = """## AWS only

Nothing of this was ever run here. The template, the model of DynamoDB and the arithmetic of [How far it goes](scale.md) are all that stands behind it.

- **DynamoDB's own refusals**: throttled tables and partitions, transaction conflicts between accounts of one shard, at the rates of a busy deployment. In the
  tests they are made up, one by one.
- **The durability of DynamoDB, S3 and SQS**, a lost zone, restores to a point in time.
- **CloudWatch**: no alarm has ever been set off by a metric, no dashboard has drawn one. Names, dimensions and thresholds are held against what the code publishes.
- **Lambda**: SnapStart, cold starts and concurrency of AWS, its throttles, its timeouts to the second. The emulator starts a process.
- **Deployment**: canaries and their way back (CodeDeploy), CloudFormation's own order of changes, quotas of an AWS account.
- **KMS, Object Lock, TTL, WAF, X-Ray**: they stand in the template, and tests read them there. What the emulator makes of them proves nothing.
- **IAM by AWS**: roles are enforced by the emulator in `make e2e`, and read by tests of the template.
- **API Gateway's** own throttles, timeouts and errors.
- **Real exchanges and Telegram**: orders were sent to simulated ones. Before real money, [Going live](going-live.md) tries yours.
- **Load** beyond what a machine with 2 cores and the emulator give: a few orders a second.
"""


def read_records() -> dict[str, Record | None]:
    """Return the kept records by section; None where there is none yet."""
    return {section.key: read_record(section.record_path) for section in SECTIONS}


def read_record(path: Path) -> Record | None:
    """Return what is kept of a run; None where nothing is."""
    if not path.exists():
        return None
    record: Record = json.loads(path.read_text(encoding="utf-8"))
    return record


def render(records: Mapping[str, Record | None]) -> str:
    """Return the page of records by section."""
    parts = [_HEAD]
    for section in SECTIONS:
        record = records[section.key]
        if section.key == "bad_input":
            # Most of it is the table, which needs no run.
            text = tables.write_bad_input(record)
        else:
            text = section.write(record) if record else f"No run is recorded yet: `{section.command}`.\n"
        parts.append(f"## {section.title}\n\n{text}")
    parts.append(f"## Faults, one by one\n\n{tables.write_faults()}")
    return "\n".join([*parts, _AWS_ONLY])
