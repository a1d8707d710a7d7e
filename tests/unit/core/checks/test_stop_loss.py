"""STOP_LOSS_REQUIRED, STOP_LOSS_WRONG_SIDE: entries carry a stop that can protect them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.limits import StopRule
from riskgate.core.order import OrderType, StopKeeper
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    DISABLED,
    NOT_APPLICABLE,
    PASSED,
    SELL,
    SPOT,
    SWAP,
    VIOLATED,
    build_account,
    build_instrument,
    build_limits,
    build_order,
    build_position,
    build_quote,
    run_check,
)

REQUIRED, WRONG_SIDE = DenyCode.STOP_LOSS_REQUIRED, DenyCode.STOP_LOSS_WRONG_SIDE
LIMITS = build_limits(stop_loss_required=True)


def test_stop_when_required_and_missing_then_denied() -> None:
    assert run_check(REQUIRED, build_order(), limits=LIMITS).outcome is VIOLATED
    assert run_check(REQUIRED, build_order(stop_loss_price=90), limits=LIMITS).outcome is PASSED


def test_stop_when_not_required_then_disabled() -> None:
    assert run_check(REQUIRED, build_order()).outcome is DISABLED


def test_exit_when_a_stop_is_required_then_exempt_and_a_flip_is_not() -> None:
    state = build_account(positions=[build_position(10, SWAP)])

    assert run_check(REQUIRED, build_order(10, symbol=SWAP, side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(REQUIRED, build_order(11, symbol=SWAP, side=SELL), state, limits=LIMITS).outcome is VIOLATED


@pytest.mark.parametrize(
    ("side", "stop", "outcome"),
    [
        (BUY, "99.99", PASSED),
        (BUY, "100", VIOLATED),
        (BUY, "100.01", VIOLATED),
        (SELL, "100.01", PASSED),
        (SELL, "100", VIOLATED),
        (SELL, "99.99", VIOLATED),
    ],
)
@pytest.mark.parametrize("kind", list(OrderType))
def test_stop_when_on_the_wrong_side_of_the_price_then_denied(
    kind: OrderType, side: Side, stop: str, outcome: object
) -> None:
    order = build_order(type=kind, symbol=SWAP, side=side, stop_loss_price=stop)

    assert run_check(WRONG_SIDE, order).outcome is outcome


@pytest.mark.parametrize(
    ("side", "target", "outcome"),
    [
        (BUY, "100.01", PASSED),
        (BUY, "100", VIOLATED),
        (BUY, "90", VIOLATED),
        (SELL, "99.99", PASSED),
        (SELL, "40", PASSED),
        (SELL, "100", VIOLATED),
        (SELL, "110", VIOLATED),
    ],
)
def test_take_profit_when_on_the_losing_side_of_the_price_then_denied(side: Side, target: str, outcome: object) -> None:
    stop = 90 if side is BUY else 110
    order = build_order(symbol=SWAP, side=side, stop_loss_price=stop, take_profit_price=Decimal(target))

    assert run_check(WRONG_SIDE, order).outcome is outcome


def test_stop_when_a_limit_order_would_cross_then_compared_with_the_price_it_gets() -> None:
    crossing = build_order(1, 104, stop_loss_price=101)

    assert run_check(WRONG_SIDE, crossing, quote=build_quote(price=100)).outcome is VIOLATED


def test_stop_when_on_the_wrong_side_of_an_exit_then_exempt() -> None:
    state = build_account(positions=[build_position(10)])

    assert run_check(WRONG_SIDE, build_order(side=SELL, stop_loss_price=1), state).outcome is NOT_APPLICABLE


def test_stop_when_nothing_tells_the_price_then_not_applicable() -> None:
    order = build_order(type=OrderType.MARKET, stop_loss_price=Decimal(90))

    assert run_check(WRONG_SIDE, order, quote=None).outcome is NOT_APPLICABLE
    assert run_check(WRONG_SIDE, build_order()).outcome is NOT_APPLICABLE


AT_VENUE, BY_STRATEGY = StopKeeper.VENUE, StopKeeper.STRATEGY


@pytest.mark.parametrize(
    ("symbol", "can_rest", "changes", "outcome"),
    [
        (SWAP, False, {"stop_kept_by": BY_STRATEGY}, NOT_APPLICABLE),
        (SWAP, False, {}, NOT_APPLICABLE),
        (SWAP, False, {"route": True}, NOT_APPLICABLE),
        (SWAP, False, {"stop_kept_by": AT_VENUE}, VIOLATED),
        (SWAP, False, {"stop_kept_by": BY_STRATEGY, "take_profit_price": Decimal(110)}, VIOLATED),
        (SWAP, False, {"stop_kept_by": BY_STRATEGY, "trailing_fraction": Decimal("0.1")}, VIOLATED),
        (SWAP, True, {"stop_kept_by": AT_VENUE}, PASSED),
        (SWAP, True, {"route": True}, PASSED),
        (SWAP, True, {"take_profit_price": Decimal(110), "route": True}, PASSED),
        (SPOT, True, {"stop_kept_by": AT_VENUE}, PASSED),
        (SPOT, True, {"trailing_fraction": Decimal("0.1"), "route": True}, PASSED),
        (SPOT, True, {"take_profit_price": Decimal(110), "route": True}, VIOLATED),
    ],
)
def test_stop_when_the_venue_is_to_keep_it_then_denied_where_it_cannot(
    symbol: str, can_rest: bool, changes: dict[str, Any], outcome: object
) -> None:
    order = build_order(symbol=symbol, stop_loss_price=90, **changes)
    market = build_instrument(symbol, stop_orders=can_rest)
    assert run_check(DenyCode.STOP_UNSUPPORTED, order, instrument=market).outcome is outcome


@pytest.mark.parametrize(("kept_by", "outcome"), [(AT_VENUE, PASSED), (BY_STRATEGY, VIOLATED), (None, VIOLATED)])
def test_stop_when_one_at_the_venue_is_required_then_no_other_will_do(
    kept_by: StopKeeper | None, outcome: object
) -> None:
    order = build_order(symbol=SWAP, stop_loss_price=90, stop_kept_by=kept_by)
    limits = replace(build_limits(), stop_loss_required=StopRule.AT_VENUE)
    assert run_check(REQUIRED, order, limits=limits).outcome is outcome
