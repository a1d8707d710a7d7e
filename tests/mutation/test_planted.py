"""Each bug that is planted is caught, by a test of every commit, for the reason it is there for."""

from __future__ import annotations

import pytest

from tests.mutation.planted import BUGS, Bug
from tests.mutation.run import in_own_process

ALL = [
    pytest.param(bug, id=name, marks=() if number < 1 else pytest.mark.long)
    for number, (name, bug) in enumerate(BUGS.items())
]


@pytest.mark.parametrize("bug", ALL)
def test_bug_when_planted_then_its_test_fails(bug: Bug) -> None:
    outcome = in_own_process({bug.module: bug.plant()}, [bug.caught_by])
    assert outcome["outcome"] == "killed", bug
    assert outcome["by"].startswith(bug.caught_by), outcome
    assert bug.shows in outcome["why"], outcome
