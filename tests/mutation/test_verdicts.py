"""A verdict is about a line that is there, and says why what was put in its place changes nothing."""

from __future__ import annotations

import json

import pytest

from tests.mutation.__main__ import TELLS, VERDICTS
from tests.mutation.planted import SOURCES

ALL = json.loads(VERDICTS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("verdict", ALL, ids=lambda verdict: f"{verdict['module']}: {verdict['before']}")
def test_verdict_when_its_line_is_gone_then_it_must_go_too(verdict: dict[str, str]) -> None:
    source = SOURCES / (verdict["module"].replace(".", "/") + ".py")
    assert verdict["before"] in [line.strip() for line in source.read_text(encoding="utf-8").splitlines()]
    assert verdict["after"] != verdict["before"]
    assert len(verdict["reason"]) > len("equivalent")


def test_verdicts_when_counted_then_one_for_each_mutant() -> None:
    assert len({tuple(verdict[key] for key in TELLS) for verdict in ALL}) == len(ALL)
