"""PRICE_COLLAR: no price far from the market, in any state of the account."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType
from riskgate.core.orders.events import RULES
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    DISABLED,
    NOT_APPLICABLE,
    PASSED,
    SELL,
    SWAP,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_quote,
    run_check,
)

CODE = DenyCode.PRICE_COLLAR
LIMITS = build_limits(price_collar_fraction_max="0.05", price_collar_reducing_fraction_max="0.20")


@pytest.mark.parametrize(
    ("price", "outcome"),
    [("95", PASSED), ("94.99", VIOLATED), ("100", PASSED), ("105", PASSED), ("105.01", VIOLATED), ("1", VIOLATED)],
)
@pytest.mark.parametrize("side", [BUY, SELL])
def test_limit_price_when_beyond_the_band_then_denied_on_both_sides(side: Side, price: str, outcome: object) -> None:
    assert run_check(CODE, build_order(1, price, side=side), limits=LIMITS).outcome is outcome


@pytest.mark.parametrize(
    ("price", "outcome"), [("80", PASSED), ("79.99", VIOLATED), ("120", PASSED), ("120.01", VIOLATED)]
)
def test_exit_when_beyond_its_wider_band_then_denied(price: str, outcome: object) -> None:
    state = build_account(positions=[build_position(10)])

    assert run_check(CODE, build_order(1, price, side=SELL), state, limits=LIMITS).outcome is outcome


@pytest.mark.parametrize(
    ("entries", "exits", "price", "outcome"),
    [
        ("0.05", "0.01", "95", PASSED),
        ("0.05", "0.01", "94.99", VIOLATED),
        (None, "0.01", "50", DISABLED),
        ("0.05", None, "50", DISABLED),
    ],
)
def test_exit_when_its_own_band_is_the_narrower_one_then_judged_as_an_entry_would_be(
    entries: str | None, exits: str | None, price: str, outcome: object
) -> None:
    limits = build_limits(price_collar_fraction_max=entries, price_collar_reducing_fraction_max=exits)
    state = build_account(positions=[build_position(10)])

    assert run_check(CODE, build_order(1, price, side=SELL), state, limits=limits).outcome is outcome


@pytest.mark.parametrize(("ask", "outcome"), [("110.52", PASSED), ("110.53", VIOLATED)])
def test_market_order_when_its_expected_fill_is_far_from_the_mid_then_denied(ask: str, outcome: object) -> None:
    quote = build_quote(bid=Decimal(100), ask=Decimal(ask))

    assert run_check(CODE, build_order(type=OrderType.MARKET), quote=quote, limits=LIMITS).outcome is outcome


def test_stop_when_not_triggered_yet_then_compared_with_its_trigger() -> None:
    far = build_order(1, 90, type=OrderType.STOP, side=SELL)
    assert run_check(CODE, far, limits=LIMITS).outcome is PASSED
    near = build_order(1, "85.5", type=OrderType.STOP_LIMIT, side=SELL, trigger_price=90)
    assert run_check(CODE, near, limits=LIMITS).outcome is PASSED
    beyond = build_order(1, "85.49", type=OrderType.STOP_LIMIT, side=SELL, trigger_price=90)
    assert run_check(CODE, beyond, limits=LIMITS).outcome is VIOLATED


@pytest.mark.parametrize(("price", "outcome"), [("105", PASSED), ("105.01", VIOLATED)])
def test_stop_limit_when_triggered_already_then_compared_with_the_market(price: str, outcome: object) -> None:
    order = build_order(1, price, type=OrderType.STOP_LIMIT, trigger_price=50)

    assert run_check(CODE, order, limits=LIMITS).outcome is outcome


def test_reference_when_missing_then_not_applicable() -> None:
    assert run_check(CODE, build_order(), quote=None, limits=LIMITS).outcome is NOT_APPLICABLE
    one_sided = build_quote(bid=None, last=None)
    assert run_check(CODE, build_order(), quote=one_sided, limits=LIMITS).outcome is NOT_APPLICABLE


def test_limit_when_none_then_disabled() -> None:
    assert run_check(CODE, build_order(1, 10_000)).outcome is DISABLED


@pytest.mark.parametrize("rules", [1, 2, RULES])
@pytest.mark.parametrize(("trigger", "is_far"), [(105, False), ("105.01", False), (140, True), (60, False)])
def test_trigger_when_far_from_the_market_then_an_entry_is_denied_since_the_second_rules_and_an_exit_never(
    rules: int, trigger: object, *, is_far: bool
) -> None:
    """It would wait unseen, to be sent at any price; an exit protects, however far away. One that is met waits for nothing."""
    held = build_account(positions=[build_position(-5, SWAP)])
    stop = build_order(1, None, type=OrderType.STOP, symbol=SWAP, trigger_price=trigger)
    entry = run_check(CODE, stop, limits=LIMITS, rules=rules).outcome
    assert entry is (VIOLATED if is_far and rules >= 2 else PASSED)
    assert run_check(CODE, stop, held, limits=LIMITS, rules=rules).outcome is PASSED
