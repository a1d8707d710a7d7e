"""Fault D3: a version that changes what is stored still replays every log there is, and reads every document."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from riskgate import ENGINE_VERSION
from tests.support import next_version
from tests.support.next_version import FORGOTTEN, GROWN, NEXT_ENGINE, RENAMED, build_next, command_of, environment_of
from tests.support.replay_corpus import CORPUS


def count_entries() -> int:
    """Return how many entries the corpus's logs have."""
    indexes = (json.loads(path.read_text(encoding="utf-8")) for path in CORPUS.glob("*/scenarios.json"))
    return sum(chain["entries"] for index in indexes for row in index["scenarios"] for chain in row["chains"])


@pytest.mark.parametrize(
    ("changes", "engine"),
    [(GROWN, NEXT_ENGINE), (RENAMED, NEXT_ENGINE), (FORGOTTEN, ENGINE_VERSION)],
    ids=["fields-more", "field-renamed", "field-more-without-a-step"],
)
def test_corpus_when_the_next_version_replays_it_then_byte_for_byte(
    tmp_path: Path, changes: tuple[tuple[str, str, str], ...], engine: str
) -> None:
    build = build_next(tmp_path, changes)
    ran = subprocess.run(
        command_of("tests.support.replay_corpus"),
        cwd=next_version.ROOT,
        env=environment_of(build),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    told = json.loads(ran.stdout)
    assert told.pop("orders") > 0
    assert told == {"engine": engine, "replayed": count_entries(), "findings": []}
