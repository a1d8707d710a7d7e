"""Fees in the bought coin, in a third one, several at once, and rebates: what arrives, and what equity loses."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState
from riskgate.core.account.results import begin_results
from riskgate.core.ledger.apply import Result
from riskgate.core.levels.notices import NoticeKind
from riskgate.core.limits import LossStreak
from riskgate.core.order import Fee
from riskgate.core.orders.events import RULES
from riskgate.core.orders.fees import COINS_SINCE, FeesCharged
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    NOW,
    SELL,
    SPOT,
    SWAP,
    VENUE,
    Number,
    apply,
    approve,
    build_account,
    build_fill,
    build_instrument,
    build_limits,
    build_market,
    build_order,
    build_position,
    build_reported,
    build_snapshot,
    dec,
)
from tests.support.hypothesis_profiles import QUICK

KEY = f"{VENUE}:{SPOT}"
BNB = f"{VENUE}:BNB/USDT"


def trade(
    state: AccountState, side: Side, quantity: Number, price: Number = 100, *, symbol: str = SPOT, **changes: Any
) -> Result:
    """Record an execution by the rules of today."""
    order = build_order(quantity, price, symbol=symbol, side=side)
    return apply(state, build_fill(order, quantity, price, rules=RULES, **changes))


def quantity_of(state: AccountState, key: str = KEY) -> Decimal:
    return state.positions[key].quantity if key in state.positions else Decimal(0)


def test_position_when_the_fee_is_in_the_bought_coin_then_what_arrived_and_flat_when_that_is_sold() -> None:
    """Bought 1, fee 0.001: a phantom of 0.001 stayed an open position after 0.999 was sold."""
    bought = trade(build_account(), BUY, 1, fee=dec("0.001"), fee_currency="BTC").state

    assert quantity_of(bought) == dec("0.999")
    assert bought.balances[VENUE]["BTC"].total == dec("0.999")
    assert bought.equity == dec("9999.9")
    assert bought.exposure.gross == dec("99.9")

    sold = trade(bought, SELL, "0.999").state
    assert (sold.positions, sold.exposure.open_positions, sold.equity) == ({}, 0, dec("9999.9"))


def test_position_when_its_market_has_moved_then_the_fee_costs_what_the_coin_is_worth_now() -> None:
    held = build_account(positions=[build_position(1, SPOT, 100, mark_price=dec(110))])

    after = trade(held, BUY, 1, 100, fee=dec("0.5"), fee_currency="BTC").state

    assert quantity_of(after) == dec("1.5")
    assert after.equity == 10_000 + dec("1.5") * 110 - 110 - 100


@pytest.mark.parametrize("left", ["0.0009", "0.009"])
def test_remnant_when_too_small_to_be_sold_then_no_position_and_still_in_equity(left: str) -> None:
    instrument = build_instrument(SPOT, step_size=dec("0.001"), quantity_min=dec("0.01"))
    held = build_account(positions=[build_position(1, SPOT, 100)], balances={VENUE: {}})
    order = build_order(1, side=SELL)
    market = build_market(order, instrument=instrument, quote=None)

    after = trade(held, SELL, 1 - dec(left), market=market).state

    assert (after.positions, after.exposure.open_positions, after.equity) == ({}, 0, held.equity)


@pytest.mark.parametrize(("rules", "kept"), [(COINS_SINCE - 1, True), (COINS_SINCE, False)])
def test_remnant_when_by_earlier_rules_then_a_position(rules: int, *, kept: bool) -> None:
    instrument = build_instrument(SPOT, notional_min=dec(10))
    held = build_account(positions=[build_position(1, SPOT, 100)])
    order = build_order(1, side=SELL)
    sold = build_fill(order, "0.99", rules=rules, market=build_market(order, instrument=instrument, quote=None))
    assert bool(apply(held, sold).state.positions) == kept


def test_remnant_when_its_exit_still_works_then_it_stays_a_position() -> None:
    """The next part of the same exit finds what it closes."""
    instrument = build_instrument(SPOT, notional_min=dec(10))
    held = build_account(positions=[build_position("0.15", SPOT, 100)])
    order = build_order("0.15", side=SELL)
    market = build_market(order, instrument=instrument, quote=None)
    working = approve(held, order)
    assert working.working_orders

    partly = apply(working, build_fill(order, "0.1", rules=RULES, market=market)).state
    assert quantity_of(partly) == dec("0.05")
    done = apply(partly, build_fill(order, "0.05", fill_id="f2", rules=RULES, market=market)).state
    assert not done.positions


def test_fee_when_in_a_third_coin_without_a_rate_then_pending_until_a_reading_prices_it() -> None:
    result = trade(build_account(), BUY, 1, fee=dec("0.01"), fee_currency="BNB")

    assert result.fill is not None
    assert result.fill.fee is None
    assert result.state.pending_fees == {VENUE: {"BNB": dec("0.01")}}
    assert result.state.balances[VENUE]["BNB"].total == dec("-0.01")
    assert result.state.equity == 10_000

    read = apply(result.state, build_snapshot(9_994, positions=(build_reported(1),), rates={"BNB": dec(600)})).state
    assert (read.pending_fees, read.equity) == ({}, 9_994)


def test_fees_when_several_coins_at_several_venues_wait_then_each_is_kept() -> None:
    state = build_account()
    for number, currency in enumerate(("BNB", "ZRX", "ADA", "BNB")):
        state = trade(state, BUY, 1, fee=dec("0.01"), fee_currency=currency, fill_id=f"f{number}").state
    assert state.pending_fees == {VENUE: {"BNB": dec("0.02"), "ZRX": dec("0.01"), "ADA": dec("0.01")}}


def test_fee_when_a_reading_does_not_price_its_coin_then_still_pending() -> None:
    pending = trade(build_account(), BUY, 1, fee=dec("0.01"), fee_currency="BNB").state

    assert apply(pending, build_snapshot(positions=(build_reported(1),))).state.pending_fees == {
        VENUE: {"BNB": dec("0.01")}
    }


def test_fee_when_its_coin_gets_a_price_by_a_later_fill_then_charged_then() -> None:
    pending = trade(build_account(), BUY, 1, fee=dec("0.01"), fee_currency="BNB").state

    after = trade(pending, BUY, 2, 600, symbol="BNB/USDT").state

    assert (after.pending_fees, after.equity) == ({}, 9_994)
    assert quantity_of(after, BNB) == dec("1.99") == after.balances[VENUE]["BNB"].total


def test_fee_when_a_later_fill_tells_its_coins_price_then_charged_then_though_none_is_held() -> None:
    pending = trade(build_account(), BUY, 1, fee=dec("0.01"), fee_currency="BNB").state

    after = trade(pending, SELL, 1, fee_rates={"BNB": dec(600)}).state

    assert (after.pending_fees, after.equity, after.positions) == ({}, 9_994, {})


def test_fee_when_a_quote_told_its_coins_price_then_charged_at_once() -> None:
    result = trade(build_account(), BUY, 1, fee=dec("0.01"), fee_currency="BNB", fee_rates={"BNB": dec(600)})

    assert result.fill is not None
    assert (result.fill.fee, result.state.equity, result.state.pending_fees) == (6, 9_994, {})


def test_fee_when_its_coin_is_held_then_it_leaves_that_position() -> None:
    state = build_account(positions=[build_position(2, "BNB/USDT", 600)])

    after = trade(state, BUY, 1, fee=dec("0.01"), fee_currency="BNB").state

    assert quantity_of(after, BNB) == dec("1.99")
    assert after.equity == 9_994
    assert after.exposure.by_asset == {"BNB": dec(1_194), "BTC": dec(100)}


def test_fees_when_several_then_each_in_its_coin() -> None:
    state = replace(build_account(), rates={"BNB": dec(600)})

    result = trade(
        state,
        BUY,
        1,
        fee=dec("0.001"),
        fee_currency="BTC",
        other_fees=(Fee(amount=dec("0.01"), currency="BNB"), Fee(amount=dec(0), currency="GT"), Fee(amount=dec(2))),
    )

    assert result.fill is not None
    assert result.fill.fee == dec("8.1")
    assert result.state.equity == 10_000 - dec("8.1")
    moved = {asset: balance.total for asset, balance in result.state.balances[VENUE].items()}
    assert moved == {"USDT": dec(9_898), "BTC": dec("0.999"), "BNB": dec("-0.01")}


@pytest.mark.parametrize(("currency", "amount"), [(None, "-0.4"), ("BTC", "-0.004")])
def test_rebate_when_paid_then_income(currency: str | None, amount: str) -> None:
    result = trade(build_account(), BUY, 1, fee=dec(amount), fee_currency=currency)

    assert result.fill is not None
    assert (result.fill.fee, result.state.equity) == (dec("-0.4"), dec("10000.4"))
    assert quantity_of(result.state) == (1 if currency is None else dec("1.004"))


def test_rebate_when_larger_than_any_venue_pays_then_not_believed_and_told() -> None:
    """A bot could write equity for itself with a fee below zero."""
    result = trade(build_account(), BUY, 1, fee=dec(-500))

    assert (result.state.equity, result.state.balances[VENUE]["USDT"].total) == (10_000, 9_900)
    told = [notice for notice in result.notices if notice.kind is NoticeKind.FILL_SUSPECT]
    assert [notice.detail for notice in told] == ["fill f1 of o1: a rebate of 500 USDT does not count"]


@pytest.mark.parametrize("symbol", [SPOT, SWAP])
def test_closed_trade_when_fees_eat_the_profit_then_a_loss_and_three_of_them_lock(symbol: str) -> None:
    """Three round trips of +0.05 before and -0.15 after fees locked nothing."""
    limits = build_limits(loss_streak=LossStreak(losses=2, lock_minutes=30))
    state = build_account()
    for number in range(2):
        for side, price in ((BUY, "100"), (SELL, "100.05")):
            order = build_order(1, price, symbol=symbol, side=side, client_order_id=f"{side}{number}")
            state = apply(state, build_fill(order, 1, price, rules=RULES, fee=dec("0.1")), limits=limits).state

    assert [t.realized_pnl for t in state.closed_trades] == [dec("-0.15")] * 2
    assert state.locks


def test_entry_fees_when_a_part_is_closed_then_its_share_goes_with_it() -> None:
    state = trade(build_account(), BUY, 4, symbol=SWAP, fee=dec(2)).state

    state = trade(state, SELL, 1, 110, symbol=SWAP, fee=dec("0.25")).state

    (position,), (closed,) = state.positions.values(), state.closed_trades
    assert (closed.realized_pnl, position.entry_fees) == (10 - dec("0.5") - dec("0.25"), dec("1.5"))


def test_fee_when_by_earlier_rules_then_as_it_was() -> None:
    order = build_order(1)
    after = apply(build_account(), build_fill(order, 1, fee=dec("0.001"), fee_currency="BTC", rules=3)).state

    assert (quantity_of(after), after.positions[KEY].entry_fees, after.equity) == (1, None, dec("9999.9"))


amounts = st.decimals("0.01", "5", places=2)
fees = st.lists(
    st.tuples(st.sampled_from(["BTC", "USDT", "BNB", "GT"]), st.decimals("-0.00004", "0.001", places=5)), max_size=3
)


@QUICK
@given(st.lists(st.tuples(st.sampled_from([BUY, SELL]), amounts, st.integers(90, 110), fees), max_size=12))
def test_balances_when_fees_are_paid_in_anything_then_those_of_plain_bookkeeping(
    fills: list[tuple[Side, Decimal, int, list[tuple[str, Decimal]]]],
) -> None:
    """Holdings, balances and equity are what adding up by hand gives, whatever the fees are paid in."""
    state = replace(build_account(), rates={"BNB": dec(600)})
    book = {"USDT": dec(10_000)}
    for number, (side, asked, price, paid) in enumerate(fills):
        coins = book.get("BTC", dec(0))
        quantity = asked if side is BUY else min(asked, coins - dec("0.01"))
        if quantity <= 0:
            continue
        order = build_order(quantity, price, side=side, client_order_id=f"o{number}")
        listed = tuple(Fee(amount=amount, currency=currency) for currency, amount in paid)
        event = build_fill(
            order, quantity, price, fill_id=f"f{number}", other_fees=listed, rules=RULES, executed_at=NOW
        )
        moves = [("BTC", quantity * side.sign), ("USDT", -quantity * price * side.sign)]
        largest = dec("0.01") * quantity * price
        rates = {"BTC": dec(price), "USDT": dec(1), "BNB": dec(600), "GT": None}
        sums: dict[str, Decimal] = {}
        for currency, amount in paid:
            sums[currency] = sums.get(currency, dec(0)) + amount
        for currency, amount in sums.items():
            rate = rates[currency]
            if rate is None or amount >= 0 or -amount * rate <= largest:
                moves.append((currency, -amount))
        for currency, amount in moves:
            book[currency] = book.get(currency, dec(0)) + amount
        state = apply(state, event).state

    balances = {asset: held.total for asset, held in state.balances[VENUE].items() if held.total}
    assert balances == {asset: amount for asset, amount in book.items() if amount}
    assert quantity_of(state) == book.get("BTC", dec(0))
    mark = state.positions[KEY].mark_price if KEY in state.positions else dec(0)
    worth = book["USDT"] + book.get("BTC", dec(0)) * mark + book.get("BNB", dec(0)) * 600
    assert state.equity == worth
    assert state.pending_fees.get(VENUE, {}).get("GT", dec(0)) == -book.get("GT", dec(0))


@pytest.mark.parametrize(("worth", "counted"), [("5", "2"), (None, "5")])
def test_fees_when_some_are_not_priced_then_results_hold_those_that_are(worth: str | None, counted: str) -> None:
    """What is priced of a fill whose fees are all priced is moved by `worth`, not here."""
    charged = FeesCharged(worth=None if worth is None else dec(worth), priced=dec(3), settled=dec(2))
    results = begin_results(build_account())
    assert charged.in_results(results) == replace(results, fees=dec(counted))


def test_fees_when_a_rebate_waits_then_it_waits_on_for_a_reading() -> None:
    rebate = trade(build_account(), BUY, 1, fee=dec("-0.01"), fee_currency="BNB").state
    after = trade(rebate, BUY, 2, 600, symbol="BNB/USDT").state
    assert after.pending_fees == {VENUE: {"BNB": dec("-0.01")}}


def test_fee_when_paid_in_the_bought_coin_of_a_market_in_another_currency_then_worth_its_price_in_base_currency() -> (
    None
):
    """A tenth of a coin at 100 EUR, a euro worth 1.25: twelve and a half."""
    state = build_account(rates={"EUR": dec("1.25")})
    filled = trade(state, BUY, 1, symbol="BTC/EUR", fee=dec("0.1"), fee_currency="BTC").fill
    assert filled is not None
    assert filled.fee == dec("12.5")


@pytest.mark.parametrize(("symbol", "held"), [(SPOT, "0.9"), (SWAP, "1")])
def test_fee_when_told_in_the_base_coin_then_only_of_spot_it_leaves_the_position(symbol: str, held: str) -> None:
    after = trade(build_account(), BUY, 1, symbol=symbol, fee=dec("0.1"), fee_currency="BTC").state
    assert quantity_of(after, f"{VENUE}:{symbol}") == dec(held)
