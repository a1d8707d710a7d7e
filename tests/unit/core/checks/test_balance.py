"""INSUFFICIENT_BALANCE, INSUFFICIENT_MARGIN: what an order needs is there, working orders counted."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.core.account.document import Balance
from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    DISABLED,
    NOT_APPLICABLE,
    PASSED,
    SELL,
    SPOT,
    SWAP,
    VENUE,
    VIOLATED,
    approve,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_quote,
    build_working,
    run_check,
)

BALANCE, MARGIN = DenyCode.INSUFFICIENT_BALANCE, DenyCode.INSUFFICIENT_MARGIN
LIMITS = build_limits(balance_required=True)
LEVERED = build_limits(balance_required=True, leverage_max="5")


@pytest.mark.parametrize(("quantity", "outcome"), [("99.999", PASSED), ("100", PASSED), ("100.001", VIOLATED)])
def test_spot_buy_when_it_costs_more_quote_than_free_then_denied(quantity: str, outcome: object) -> None:
    assert run_check(BALANCE, build_order(quantity), limits=LIMITS).outcome is outcome


@pytest.mark.parametrize(("quantity", "outcome"), [("2.5", PASSED), ("2.501", VIOLATED)])
def test_spot_sell_when_it_sells_more_base_than_free_then_denied(quantity: str, outcome: object) -> None:
    state = build_account(balances={VENUE: {"BTC": Balance(total=Decimal("2.5")), "USDT": Balance(total=Decimal(9))}})

    assert run_check(BALANCE, build_order(quantity, side=SELL), state, limits=LIMITS).outcome is outcome


@pytest.mark.parametrize("side", [BUY, SELL])
def test_spot_order_when_the_venue_holds_nothing_then_denied(side: Side) -> None:
    state = build_account(balances={})

    assert run_check(BALANCE, build_order(side=side), state, limits=LIMITS).outcome is VIOLATED


def test_spot_buy_when_working_orders_hold_the_quote_then_only_the_rest_is_free() -> None:
    state = approve(build_account(1000), build_order(6, client_order_id="first"))

    assert run_check(BALANCE, build_order(4), state, limits=LIMITS).outcome is PASSED
    assert run_check(BALANCE, build_order("4.001"), state, limits=LIMITS).outcome is VIOLATED


def test_spot_buy_when_the_venue_holds_more_than_we_reserved_then_the_larger_counts() -> None:
    held = build_account(balances={VENUE: {"USDT": Balance(total=Decimal(1000), used=Decimal(700))}})

    assert run_check(BALANCE, build_order(3), held, limits=LIMITS).outcome is PASSED
    assert run_check(BALANCE, build_order("3.001"), held, limits=LIMITS).outcome is VIOLATED


def test_spot_buy_when_its_limit_is_above_the_market_then_the_venue_holds_the_limit() -> None:
    state = build_account(1000)
    quote = build_quote(price=50)

    assert run_check(BALANCE, build_order(10, 100), state, limits=LIMITS, quote=quote).outcome is PASSED
    assert run_check(BALANCE, build_order("10.001", 100), state, limits=LIMITS, quote=quote).outcome is VIOLATED


@pytest.mark.parametrize(("quantity", "outcome"), [("499.999", PASSED), ("500", PASSED), ("500.001", VIOLATED)])
@pytest.mark.parametrize("side", [BUY, SELL])
def test_swap_order_when_its_margin_is_more_than_free_then_denied(side: Side, quantity: str, outcome: object) -> None:
    order = build_order(quantity, symbol=SWAP, side=side)

    assert run_check(MARGIN, order, limits=LEVERED).outcome is outcome


def test_swap_order_when_positions_and_working_orders_hold_margin_then_only_the_rest_is_free() -> None:
    state = build_account(
        1000,
        positions=[build_position(-20, "ETH/USDT:USDT")],
        working=[build_working(10, SWAP, unit_reserved=Decimal(20))],
    )

    assert run_check(MARGIN, build_order(20, symbol=SWAP), state, limits=LEVERED).outcome is PASSED
    assert run_check(MARGIN, build_order("20.001", symbol=SWAP), state, limits=LEVERED).outcome is VIOLATED


def test_swap_order_when_no_leverage_is_set_then_the_whole_notional_is_margin() -> None:
    assert run_check(MARGIN, build_order(100, symbol=SWAP), limits=LIMITS).outcome is PASSED
    assert run_check(MARGIN, build_order("100.001", symbol=SWAP), limits=LIMITS).outcome is VIOLATED


@pytest.mark.parametrize(("code", "symbol"), [(BALANCE, SPOT), (MARGIN, SWAP)])
def test_exit_when_nothing_is_free_then_exempt(code: DenyCode, symbol: str) -> None:
    state = build_account(positions=[build_position(10, symbol)], balances={})

    order = build_order(10, symbol=symbol, side=SELL)
    assert run_check(code, order, state, limits=LIMITS).outcome is NOT_APPLICABLE


@pytest.mark.parametrize(("code", "symbol"), [(BALANCE, SWAP), (MARGIN, SPOT)])
def test_order_when_of_the_other_market_type_then_not_applicable(code: DenyCode, symbol: str) -> None:
    assert run_check(code, build_order(symbol=symbol), limits=LIMITS).outcome is NOT_APPLICABLE


@pytest.mark.parametrize(("code", "symbol"), [(BALANCE, SPOT), (MARGIN, SWAP)])
def test_order_when_it_cannot_be_valued_then_not_applicable_and_when_off_then_disabled(
    code: DenyCode, symbol: str
) -> None:
    order = build_order(symbol=symbol, type=OrderType.MARKET)

    assert run_check(code, order, limits=LIMITS, quote=None).outcome is NOT_APPLICABLE
    assert run_check(code, order, build_account(balances={})).outcome is DISABLED


@pytest.mark.parametrize(("rules", "outcome"), [(1, PASSED), (2, PASSED), (3, VIOLATED), (4, VIOLATED), (6, VIOLATED)])
def test_spot_sell_when_a_part_of_it_reduces_then_all_of_it_leaves_the_wallet_since_the_third_rules(
    rules: int, outcome: object
) -> None:
    balances = {VENUE: {"BTC": Balance(total=Decimal(5)), "USDT": Balance(total=Decimal(9))}}
    state = build_account(positions=[build_position(5)], balances=balances)

    assert run_check(BALANCE, build_order(6, side=SELL), state, limits=LIMITS, rules=rules).outcome is outcome
