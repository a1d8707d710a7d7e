"""NO_REFERENCE_PRICE: what nothing tells the value of is not worth 0."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.instrument import Quote
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    NOT_APPLICABLE,
    PASSED,
    SELL,
    SWAP,
    VIOLATED,
    build_account,
    build_order,
    build_position,
    build_quote,
    evaluate_order,
    run_check,
)

CODE = DenyCode.NO_REFERENCE_PRICE


@pytest.mark.parametrize("kind", list(OrderType))
@pytest.mark.parametrize("side", [BUY, SELL])
def test_entry_when_there_is_a_quote_then_passes(kind: OrderType, side: Side) -> None:
    assert run_check(CODE, build_order(type=kind, side=side)).outcome is PASSED


@pytest.mark.parametrize("kind", list(OrderType))
@pytest.mark.parametrize("quote", [None, build_quote(bid=None, ask=None, last=None)], ids=["none", "empty"])
def test_entry_when_there_is_no_price_at_all_then_denied(kind: OrderType, quote: Quote | None) -> None:
    assert run_check(CODE, build_order(type=kind), quote=quote).outcome is VIOLATED


@pytest.mark.parametrize(
    ("side", "quote"), [(BUY, build_quote(ask=None)), (SELL, build_quote(bid=None))], ids=["no ask", "no bid"]
)
def test_market_order_when_its_side_of_the_book_is_empty_then_denied(side: Side, quote: Quote) -> None:
    assert run_check(CODE, build_order(type=OrderType.MARKET, side=side), quote=quote).outcome is VIOLATED


def test_order_when_its_limit_price_is_missing_then_denied() -> None:
    assert run_check(CODE, build_order(price=None)).outcome is VIOLATED


@pytest.mark.parametrize("kind", list(OrderType))
def test_exit_when_there_is_no_quote_then_exempt_and_valued_at_the_mark(kind: OrderType) -> None:
    state = build_account(positions=[build_position(10, price=97)])

    evaluation = evaluate_order(build_order(side=SELL, type=kind), state, quote=None)

    assert dict(evaluation.checks)[CODE].outcome is NOT_APPLICABLE
    assert evaluation.code is None
    if kind is OrderType.MARKET:
        assert evaluation.context.price == 97


def test_rate_when_the_settle_currency_has_none_then_denied() -> None:
    order = build_order(symbol="BTC/EUR")

    assert run_check(CODE, order).outcome is VIOLATED
    assert run_check(CODE, order, build_account(rates={"EUR": Decimal("1.1")})).outcome is PASSED


def test_rate_when_only_an_old_position_has_one_then_it_values_exits_but_no_entry() -> None:
    state = build_account(positions=[build_position(10, "BTC/EUR", rate=Decimal(1))])

    assert run_check(CODE, build_order(symbol="BTC/EUR"), state).outcome is VIOLATED
    assert run_check(CODE, build_order(symbol="BTC/EUR", side=SELL), state).outcome is NOT_APPLICABLE


def test_instrument_when_unknown_then_not_applicable() -> None:
    assert run_check(CODE, build_order(symbol=SWAP), instrument=None).outcome is NOT_APPLICABLE
