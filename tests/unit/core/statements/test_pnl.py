"""Profit and loss: cost methods, flips, fees, funding, totals."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.instrument import Instrument
from riskgate.core.order import Fee
from riskgate.core.side import Side
from riskgate.core.statements.coins import Reading, SeenHolding
from riskgate.core.statements.lots import CostMethod
from riskgate.core.statements.pnl import (
    Entry,
    Execution,
    FundingPayment,
    MarketPnl,
    OpeningPosition,
    compute_pnl,
)
from tests.support.builders import BUY, MINUTE, NOW, SELL, SPOT, SWAP, build_instrument, dec
from tests.support.hypothesis_profiles import QUICK

AVERAGE, FIFO = CostMethod.AVERAGE, CostMethod.FIFO
LINEAR = build_instrument(SWAP)


def fill(number: int, side: Side, quantity: str, price: str, **changes: Any) -> Execution:
    execution = Execution(
        instrument=LINEAR,
        strategy="trend",
        trade_id=str(number),
        side=side,
        quantity=dec(quantity),
        price=dec(price),
        at=NOW + number * MINUTE,
    )
    return replace(execution, **changes)


def funding(number: int, amount: str, **changes: Any) -> FundingPayment:
    payment = FundingPayment(
        instrument=LINEAR, strategy="trend", payment_id=str(number), amount=dec(amount), at=NOW + number * MINUTE
    )
    return replace(payment, **changes)


def pnl_of(*entries: Entry, method: CostMethod = AVERAGE) -> MarketPnl:
    (pnl,) = compute_pnl(entries, method).by_market.values()
    return pnl


@pytest.mark.parametrize(("method", "realized", "cost"), [(AVERAGE, "40", "110"), (FIFO, "50", "120")])
def test_close_when_part_is_sold_then_at_average_or_oldest_cost(method: CostMethod, realized: str, cost: str) -> None:
    pnl = pnl_of(fill(1, BUY, "1", "100"), fill(2, BUY, "1", "120"), fill(3, SELL, "1", "150"), method=method)
    assert (pnl.realized, pnl.cost, pnl.quantity) == (dec(realized), dec(cost), 1)
    assert pnl.unrealized(dec(130)) + pnl.realized == 60


@pytest.mark.parametrize("method", CostMethod)
def test_flip_when_long_turns_short_then_the_rest_opens_at_the_fill(method: CostMethod) -> None:
    pnl = pnl_of(fill(1, BUY, "2", "100"), fill(2, SELL, "5", "110"), method=method)
    assert (pnl.realized, pnl.quantity, pnl.average_price) == (20, -3, 110)
    assert pnl.unrealized(dec(100)) == 30


def test_short_when_bought_back_lower_then_profit_by_contract_size() -> None:
    small = build_instrument(SWAP, contract_size=dec("0.1"))
    pnl = pnl_of(fill(1, SELL, "10", "100", instrument=small), fill(2, BUY, "4", "90", instrument=small))
    assert (pnl.realized, pnl.quantity, pnl.average_price) == (4, -6, 100)
    assert pnl.balances == {"USDT": 4}


def test_fee_when_in_the_base_currency_then_paid_out_of_the_inventory_at_the_fills_price() -> None:
    spot = build_instrument(SPOT)
    pnl = pnl_of(fill(1, BUY, "1", "100", instrument=spot, fee=dec("0.001"), fee_currency="BTC"))
    assert (pnl.quantity, pnl.fees, pnl.realized) == (dec("0.999"), dec("0.1"), 0)
    assert pnl.net_realized + pnl.unrealized(dec(100)) == dec("-0.1")
    assert pnl.balances == {"BTC": dec("0.999"), "USDT": -100}


def test_fee_when_nothing_tells_its_worth_then_named_and_in_no_sum() -> None:
    pnl = pnl_of(
        fill(1, BUY, "1", "100", fee=dec("0.5"), fee_currency="BNB"),
        fill(2, BUY, "1", "100", fee=None),
        fill(3, BUY, "1", "100", fee=dec("0.5"), fee_currency="BNB", fee_rates={"BNB": dec(600)}),
        fill(4, BUY, "1", "100", fee=dec("-0.2")),
    )
    assert (pnl.unconverted_fees, pnl.unknown_fees, pnl.fees) == ({"BNB": dec("0.5")}, 1, dec("299.8"))


def test_fees_when_a_fill_paid_several_then_each_by_its_own_rate() -> None:
    several = (Fee(amount=dec("0.001"), currency="BTC"), Fee(amount=dec(0), currency="GT"))
    pnl = pnl_of(fill(1, BUY, "1", "100", instrument=build_instrument(SPOT), fee=dec("-0.2"), other_fees=several))

    assert (pnl.quantity, pnl.fees, pnl.unconverted_fees) == (dec("0.999"), dec("-0.1"), {})
    assert pnl.balances == {"BTC": dec("0.999"), "USDT": dec("-99.8")}


def test_funding_when_paid_and_received_then_part_of_what_is_earned() -> None:
    pnl = pnl_of(fill(1, BUY, "1", "100"), funding(2, "-3"), funding(3, "1"), funding(3, "1"))
    assert (pnl.funding, pnl.net_realized, pnl.balances["USDT"]) == (-2, -2, -2)


def test_executions_when_there_were_some_then_counted_and_payments_are_none() -> None:
    first, second = fill(1, BUY, "1", "100"), fill(2, SELL, "2", "120", strategy="maker")
    pnl = compute_pnl([first, first, second, funding(3, "1")], AVERAGE)
    assert pnl.by_market[LINEAR.key].executions == 2
    assert {name: book[LINEAR.key].executions for name, book in pnl.by_strategy.items()} == {"trend": 1, "maker": 1}


def test_entries_when_repeated_or_out_of_order_then_counted_once_by_time() -> None:
    first, second = fill(1, BUY, "2", "100"), fill(2, SELL, "1", "130")
    assert pnl_of(second, first, second, first, method=FIFO) == pnl_of(first, second, method=FIFO)


def test_strategies_when_they_trade_against_each_other_then_the_market_is_flat_and_each_has_its_own() -> None:
    pnl = compute_pnl([fill(1, BUY, "1", "100"), fill(2, SELL, "1", "120", strategy="maker")], AVERAGE)
    assert pnl.by_market[LINEAR.key].realized == 20
    trend, maker = pnl.by_strategy["trend"][LINEAR.key], pnl.by_strategy["maker"][LINEAR.key]
    assert (trend.realized, maker.realized) == (0, 0)
    assert trend.unrealized(dec(70)) + maker.unrealized(dec(70)) == 20


def test_opening_when_inventory_is_known_then_its_sale_realises_against_its_cost() -> None:
    spot = build_instrument(SPOT)
    opening = OpeningPosition(instrument=spot, strategy="trend", quantity=dec(2), average_price=dec(90))
    pnl = compute_pnl([fill(1, SELL, "1", "100", instrument=spot)], FIFO, opening=[opening]).by_market[spot.key]
    assert (pnl.realized, pnl.quantity, pnl.cost) == (10, 1, 90)


@pytest.mark.parametrize("is_opening", [True, False])
def test_reading_when_it_shows_what_a_strategy_holds_then_the_market_has_it_and_so_has_the_strategy(
    *, is_opening: bool
) -> None:
    held = SeenHolding(instrument=LINEAR, quantity=dec(2), average_price=dec(100), strategy="trend")
    pnl = compute_pnl([Reading(at=NOW, held=(held,), is_opening=is_opening)], AVERAGE)
    whole, own = pnl.by_market[LINEAR.key], pnl.by_strategy["trend"][LINEAR.key]
    assert {(one.quantity, one.cost, one.realized) for one in (whole, own)} == {(2, 200, 0)}
    assert {(one.opened, one.adopted) for one in (whole, own)} == {(2, 0) if is_opening else (0, 2)}


def test_swap_when_it_is_not_linear_then_refused() -> None:
    inverse: Instrument = build_instrument("BTC/USD:BTC")
    with pytest.raises(ValueError, match="not linear"):
        compute_pnl([fill(1, BUY, "1", "100", instrument=inverse)], AVERAGE)


FILLS = st.lists(
    st.tuples(st.sampled_from(Side), st.integers(1, 10**6), st.integers(1, 10**9), st.sampled_from(["a", "b"])),
    max_size=30,
)


@QUICK
@given(FILLS, st.sampled_from(CostMethod), st.integers(1, 10**9))
def test_profit_when_all_is_summed_then_the_cash_that_moved_and_what_is_held(
    trades: list[tuple[Side, int, int, str]], method: CostMethod, mark: int
) -> None:
    entries = [
        fill(n, side, str(Decimal(q) / 1000), str(Decimal(p) / 100), strategy=s)
        for n, (side, q, p, s) in enumerate(trades)
    ]
    pnl, price = compute_pnl(entries, method), Decimal(mark) / 100
    cash = sum((-e.side.sign * e.quantity * e.price for e in entries), Decimal(0))
    held = sum((e.side.sign * e.quantity for e in entries), Decimal(0))
    books = [pnl.by_market, *pnl.by_strategy.values()]
    for parts in (books[0].values(), [part for book in books[1:] for part in book.values()]):
        assert sum(part.quantity for part in parts) == held
        assert sum(part.realized + part.unrealized(price) for part in parts) == cash + held * price


def test_fee_when_its_coin_was_sold_from_another_market_then_no_lot_below_zero() -> None:
    spot, other = build_instrument(SPOT), build_instrument("BTC/USDC")
    pnl = compute_pnl(
        [
            fill(1, BUY, "5", "100", instrument=spot),
            fill(2, SELL, "4", "110", instrument=other, fee=dec("0.1"), fee_currency="BTC", rates={"USDT": dec(1)}),
        ],
        AVERAGE,
    ).by_market

    assert {name: (book.quantity, book.realized) for name, book in pnl.items()} == {spot.key: (1, 0), other.key: (0, 0)}
    assert pnl[other.key].balances == {"BTC": dec("-4.1"), "USDC": 440}


@pytest.mark.parametrize("method", CostMethod)
def test_coin_when_sold_in_another_market_then_its_cost_follows_and_quotes_are_converted(method: CostMethod) -> None:
    spot, other = build_instrument(SPOT), build_instrument("BTC/EUR")
    rates = {"USDT": dec(1), "EUR": dec("1.25")}
    pnl = compute_pnl(
        [
            fill(1, BUY, "1", "100", instrument=spot),
            fill(2, BUY, "1", "120", instrument=spot),
            fill(3, SELL, "1", "120", instrument=other, rates=rates),
            fill(4, SELL, "2", "120", instrument=other, rates=rates),
        ],
        method,
    ).by_market

    # 120 EUR are 150 USDT; the third coin nobody held.
    assert {name: (book.quantity, book.realized) for name, book in pnl.items()} == {
        spot.key: (0, 80),
        other.key: (0, 0),
    }
