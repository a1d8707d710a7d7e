"""TIME_IN_FORCE_INVALID: contradictory or expired time in force."""

from __future__ import annotations

from datetime import timedelta

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType, TimeInForce
from tests.support.builders import NOW, PASSED, SELL, VIOLATED, build_account, build_order, build_position, run_check

CODE = DenyCode.TIME_IN_FORCE_INVALID


@pytest.mark.parametrize(("ahead", "outcome"), [(1, PASSED), (0, VIOLATED), (-1, VIOLATED), (None, VIOLATED)])
def test_gtd_when_its_end_is_not_ahead_then_denied(ahead: int | None, outcome: object) -> None:
    end = None if ahead is None else NOW + timedelta(seconds=ahead)
    order = build_order(time_in_force=TimeInForce.GTD, expires_at=end)

    assert run_check(CODE, order).outcome is outcome


@pytest.mark.parametrize(
    ("kind", "time_in_force", "outcome"),
    [
        (OrderType.LIMIT, TimeInForce.GTC, PASSED),
        (OrderType.STOP_LIMIT, TimeInForce.GTC, PASSED),
        (OrderType.MARKET, TimeInForce.GTC, VIOLATED),
        (OrderType.STOP, TimeInForce.GTC, VIOLATED),
        (OrderType.LIMIT, TimeInForce.IOC, VIOLATED),
        (OrderType.LIMIT, TimeInForce.FOK, VIOLATED),
    ],
)
def test_post_only_when_the_order_takes_liquidity_then_denied(
    kind: OrderType, time_in_force: TimeInForce, outcome: object
) -> None:
    order = build_order(type=kind, time_in_force=time_in_force, post_only=True)

    assert run_check(CODE, order).outcome is outcome


@pytest.mark.parametrize("time_in_force", [TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK])
def test_order_when_nothing_contradicts_then_passes(time_in_force: TimeInForce) -> None:
    assert run_check(CODE, build_order(time_in_force=time_in_force)).outcome is PASSED


def test_exit_when_contradictory_then_denied() -> None:
    state = build_account(positions=[build_position(10)])

    assert run_check(CODE, build_order(side=SELL, type=OrderType.MARKET, post_only=True), state).outcome is VIOLATED
