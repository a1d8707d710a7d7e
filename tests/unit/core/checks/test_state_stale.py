"""STATE_STALE: no new exposure on equity nobody confirmed lately."""

from __future__ import annotations

from datetime import timedelta

import pytest

from riskgate.core.codes import DenyCode
from tests.support.builders import (
    DISABLED,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SELL,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    run_check,
)

CODE = DenyCode.STATE_STALE
LIMITS = build_limits(state_max_age_seconds=300)


@pytest.mark.parametrize(
    ("age", "outcome"), [(0, PASSED), (299, PASSED), (300, PASSED), (300.001, VIOLATED), (86_400, VIOLATED)]
)
def test_snapshot_when_older_than_the_limit_then_denied(age: float, outcome: object) -> None:
    state = build_account(equity_at=NOW - timedelta(seconds=age))

    assert run_check(CODE, build_order(), state, limits=LIMITS).outcome is outcome


def test_snapshot_when_from_the_future_then_its_age_is_unknown_and_denied() -> None:
    state = build_account(equity_at=NOW + timedelta(minutes=10))

    assert run_check(CODE, build_order(), state, limits=LIMITS).outcome is VIOLATED


def test_snapshot_when_slightly_ahead_then_passes() -> None:
    state = build_account(equity_at=NOW + timedelta(seconds=30))

    assert run_check(CODE, build_order(), state, limits=LIMITS).outcome is PASSED


def test_exit_when_the_snapshot_is_old_then_exempt() -> None:
    state = build_account(positions=[build_position(10)], equity_at=NOW - timedelta(days=30))

    assert run_check(CODE, build_order(side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE


def test_limit_when_none_then_disabled() -> None:
    assert run_check(CODE, build_order(), build_account(equity_at=NOW - timedelta(days=30))).outcome is DISABLED
