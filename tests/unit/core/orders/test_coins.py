"""Spot is held per coin: what one market bought another sells, and a sell opens nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState, Balance, TradingState
from riskgate.core.account.equity import mark_positions
from riskgate.core.account.exposure import compute_exposure, hold_coins
from riskgate.core.checks.result import CheckOutcome
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import Instrument
from riskgate.core.ledger.apply import Result, apply_event
from riskgate.core.levels.notices import NoticeKind
from riskgate.core.money import with_risk_context
from riskgate.core.orders.decide import prepare
from riskgate.core.orders.events import RULES, FillRecorded
from riskgate.core.side import Side
from tests.support.builders import (
    ACCOUNT_ID,
    BUY,
    NOW,
    SELL,
    VENUE,
    build_account,
    build_instrument,
    build_limits,
    build_market,
    build_order,
    build_position,
    build_quote,
    build_submitted,
    build_working,
    dec,
    evaluate_order,
    run_check,
)
from tests.support.hypothesis_profiles import THOROUGH

TETHER, EURO, DOLLAR = "LTC/USDT", "LTC/EUR", "LTC/USDC"
RATES = {"EUR": dec("1.25"), "USDC": dec(1)}
WALLET = {name: Balance(total=dec(10_000)) for name in ("USDT", "EUR", "USDC")}
WITH_BALANCE = build_limits(balance_required=True)


def account(*positions: Any, **changes: Any) -> AccountState:
    """Return an account with cash in three currencies and the coins its positions hold."""
    held = sum((position.quantity for position in positions), Decimal(0))
    balances = {VENUE: {**WALLET, "LTC": Balance(total=held)}}
    return build_account(positions=positions, rates=RATES, **({"balances": balances} | changes))


def fill(
    state: AccountState, side: Side, quantity: Any, price: Any = 100, symbol: str = TETHER, rules: int = RULES
) -> Result:
    """Record an execution, its market quoted at its price."""
    order = build_order(quantity, price, symbol=symbol, side=side)
    market = build_market(order, instrument=build_instrument(symbol), quote=build_quote(symbol, price))
    event = FillRecorded(
        order=order,
        fill_id="f",
        quantity=dec(quantity),
        price=dec(price),
        executed_at=NOW,
        market=market,
        decision_price=dec(price),
        rules=rules,
    )
    return apply_event(ACCOUNT_ID, state, build_limits(), event, NOW)


def bought(quantity: Any, price: Any = 100, symbol: str = TETHER, state: AccountState | None = None) -> AccountState:
    return fill(account() if state is None else state, BUY, quantity, price, symbol).state


def is_flat(state: AccountState) -> bool:
    return not state.positions and not state.exposure.gross and not state.exposure.by_asset


def test_coin_when_bought_in_one_market_and_sold_in_another_then_flat() -> None:
    state = bought(9)
    checks = evaluate_order(build_order(9, symbol=DOLLAR, side=SELL), state, limits=WITH_BALANCE)
    after = fill(state, SELL, 9, 110, DOLLAR)

    assert checks.context.is_reducing
    assert checks.code is None
    assert is_flat(after.state)
    assert after.state.equity == 10_090
    assert after.fill is not None
    assert (after.fill.realized_pnl, after.fill.oversold) == (90, 0)
    assert [notice.kind for notice in after.notices] == []
    held = after.state.balances[VENUE]
    assert [held[name].total for name in ("LTC", "USDT", "USDC")] == [0, 9_100, 10_990]


def test_coin_when_an_old_entry_is_replayed_then_short_in_the_other_market_as_it_was() -> None:
    state = fill(account(), BUY, 9, rules=3).state
    state = fill(state, SELL, 9, symbol=DOLLAR, rules=3).state

    assert sorted(position.quantity for position in state.positions.values()) == [-9, 9]
    assert not state.holds_coins
    assert is_flat(replace(hold_coins(state), positions={}))
    assert hold_coins(state).exposure.gross == 0


@pytest.mark.parametrize(("rules", "holds"), [(1, False), (3, False), (4, True), (RULES, True)])
def test_account_when_decided_by_rules_that_hold_coins_then_it_does_from_then_on(rules: int, *, holds: bool) -> None:
    before = account(build_position(1, TETHER))
    after, _ = with_risk_context(prepare)(before, build_limits(), [], NOW, rules=rules)
    assert after.holds_coins is holds


def test_coin_when_it_was_paid_in_another_currency_then_the_profit_is_converted() -> None:
    after = fill(bought(9), SELL, 4, 88, EURO)

    assert after.fill is not None
    # 88 EUR are 110 USDT.
    assert after.fill.realized_pnl == 40
    (position,) = after.state.positions.values()
    assert (position.symbol, position.quantity, position.average_price) == (TETHER, 5, 100)
    assert after.state.closed_trades[0].realized_pnl == 40
    assert after.state.equity == 10_040


def test_coin_when_sold_then_its_own_market_gives_first_and_the_largest_of_the_others_next() -> None:
    state = bought(1, symbol=EURO, price=80, state=bought(3, symbol=DOLLAR, state=bought(2)))
    state = fill(state, SELL, "2.5", symbol=EURO, price=80).state

    assert {p.symbol: p.quantity for p in state.positions.values()} == {TETHER: 2, DOLLAR: dec("1.5")}


def test_strategies_when_another_market_sells_then_the_sellers_part_goes_first() -> None:
    held = build_position(9, TETHER, strategy="carry")
    parts = {held.key: {"carry": dec(5), "trend": dec(4)}}
    state = fill(account(held, position_parts=parts), SELL, 4, symbol=DOLLAR).state

    assert state.exposure.by_strategy == {"carry": 500}


def test_sell_when_it_is_more_than_the_wallet_holds_then_denied() -> None:
    state = hold_coins(account(build_position(9, TETHER)))

    def outcome(quantity: str) -> CheckOutcome:
        order = build_order(quantity, symbol=DOLLAR, side=SELL)
        return run_check(DenyCode.INSUFFICIENT_BALANCE, order, state, limits=WITH_BALANCE).outcome

    assert outcome("9") is CheckOutcome.NOT_APPLICABLE
    assert outcome("9.001") is CheckOutcome.VIOLATED


def test_fill_when_the_venue_sold_more_than_is_held_then_booked_on_the_balance_and_told() -> None:
    after = fill(bought(9), SELL, 11, symbol=DOLLAR)

    assert is_flat(after.state)
    assert after.state.balances[VENUE]["LTC"].total == -2
    assert after.fill is not None
    assert after.fill.oversold == 2
    (told,) = [notice for notice in after.notices if notice.kind is NoticeKind.SOLD_BEYOND_HELD]
    assert told.detail == "sell 11 LTC/USDC at 100: 2 LTC more than is held"


def test_fill_when_the_wallet_held_what_was_no_position_then_nothing_is_told() -> None:
    state = account(balances={VENUE: {**WALLET, "LTC": Balance(total=dec("0.004"))}})
    after = fill(state, SELL, "0.004")

    assert is_flat(after.state)
    assert after.fill is not None
    assert after.fill.oversold == 0
    assert after.notices == ()


def test_reduce_only_when_the_coin_was_bought_elsewhere_then_it_reduces() -> None:
    state = hold_coins(account(build_position(9, TETHER)))

    def outcome(quantity: int) -> CheckOutcome:
        order = build_order(quantity, symbol=DOLLAR, side=SELL, reduce_only=True)
        return run_check(DenyCode.REDUCE_ONLY_INVALID, order, state).outcome

    assert (outcome(9), outcome(10)) == (CheckOutcome.PASSED, CheckOutcome.VIOLATED)


def test_position_size_when_two_markets_hold_the_coin_then_it_counts_once_and_whole() -> None:
    state = hold_coins(account(build_position(6, TETHER), build_position(5, DOLLAR)))
    limits = build_limits(position_size_fraction_max="0.12", open_positions_max=1)
    outcomes = {
        quantity: dict(evaluate_order(build_order(quantity, symbol=EURO, price=80), state, limits=limits).checks)
        for quantity in ("1", "1.001")
    }

    assert state.exposure.open_positions == 1
    assert outcomes["1"][DenyCode.POSITION_SIZE].outcome is CheckOutcome.PASSED
    assert outcomes["1.001"][DenyCode.POSITION_SIZE].outcome is CheckOutcome.VIOLATED
    assert outcomes["1"][DenyCode.MAX_OPEN_POSITIONS].outcome is CheckOutcome.PASSED


def test_net_delta_when_another_market_may_sell_the_coin_then_it_counts_as_under_way_once() -> None:
    resting = [
        build_working(9, symbol, side=SELL, client_order_id=symbol, increasing_quantity=Decimal(0), asset="LTC")
        for symbol in (TETHER, DOLLAR)
    ]
    state = hold_coins(account(build_position(9, TETHER), working=resting))

    assert (state.exposure.net, state.exposure.sells, state.exposure.gross) == (900, 900, 900)


def test_hedge_when_the_coin_is_held_at_another_venue_then_a_spot_sell_here_is_none() -> None:
    elsewhere = build_position(9, TETHER, venue="kraken")
    state = hold_coins(account(elsewhere, trading_state=TradingState.REDUCING))
    outcomes = {
        symbol: run_check(DenyCode.TRADING_REDUCING, build_order(5, symbol=symbol, side=SELL), state).outcome
        for symbol in (TETHER, "LTC/USDT:USDT")
    }

    assert outcomes == {TETHER: CheckOutcome.VIOLATED, "LTC/USDT:USDT": CheckOutcome.PASSED}


def test_working_sell_when_the_account_begins_to_hold_coins_then_it_reserves_nothing() -> None:
    resting = build_working(9, DOLLAR, side=SELL, asset="LTC")
    state = account(build_position(9, TETHER), working=[resting])
    assert (state.exposure.gross, hold_coins(state).exposure.gross) == (1_800, 900)


@dataclass
class Coins:
    """A plain book: units of one coin and money by currency, nothing of markets."""

    units: Decimal = Decimal(0)
    money: dict[str, Decimal] = field(default_factory=lambda: {"USDT": dec(10_000), "EUR": dec(10_000)})

    def trade(self, side: Side, quantity: Decimal, price: Decimal, currency: str) -> None:
        self.units = max(Decimal(0), self.units + side.sign * quantity)
        self.money[currency] -= side.sign * quantity * price


MARKETS: dict[str, Instrument] = {symbol: build_instrument(symbol) for symbol in (TETHER, EURO)}
trades = st.tuples(
    st.sampled_from(list(MARKETS)),
    st.sampled_from([BUY, SELL]),
    st.integers(1, 9_999).map(lambda lots: Decimal(lots) / 1000),
    st.integers(60, 140),
)


@given(st.lists(trades, min_size=1, max_size=30))
@THOROUGH
def test_books_when_two_markets_trade_one_coin_at_random_then_equal_to_the_last_unit(
    steps: list[tuple[str, Side, Decimal, int]],
) -> None:
    state, book = account(), Coins()
    limits = build_limits(balance_required=True)
    for number, (symbol, side, quantity, level) in enumerate(steps):
        # One price in both currencies: 80 EUR are 100 USDT.
        price = Decimal(level) if symbol == TETHER else Decimal(level) * 4 / 5
        order = build_order(quantity, price, symbol=symbol, side=side, client_order_id=f"o{number}")
        decided = build_submitted(order, instrument=MARKETS[symbol], quote=build_quote(symbol, price))
        result = apply_event(ACCOUNT_ID, state, limits, decided, NOW)
        assert result.decisions[0].approved is (side is BUY or quantity <= book.units)
        if not result.decisions[0].approved:
            continue
        executed = FillRecorded(
            order=order,
            fill_id="f",
            quantity=quantity,
            price=price,
            executed_at=NOW,
            market=decided.market,
            decision_price=price,
            rules=RULES,
        )
        state = apply_event(ACCOUNT_ID, result.state, limits, executed, NOW).state
        book.trade(side, quantity, price, "USDT" if symbol == TETHER else "EUR")
        marks = {f"{VENUE}:{TETHER}": Decimal(level), f"{VENUE}:{EURO}": Decimal(level) * 4 / 5}
        state = with_risk_context(mark_positions)(state, {key: (mark, NOW) for key, mark in marks.items()})

        assert all(position.quantity > 0 for position in state.positions.values())
        assert sum((position.quantity for position in state.positions.values()), Decimal(0)) == book.units
        assert state.balances[VENUE]["LTC"].total == book.units
        assert {name: state.balances[VENUE][name].total for name in book.money} == book.money
        assert state.exposure.by_asset.get("LTC", 0) == state.exposure.gross == book.units * level
        assert state.exposure == with_risk_context(compute_exposure)(state)
        wealth = book.money["USDT"] + book.money["EUR"] * RATES["EUR"] + book.units * level
        assert state.equity - 10_000 == wealth - 22_500


@pytest.mark.parametrize("symbol", [TETHER, DOLLAR])
def test_buy_when_the_venue_lent_the_coin_then_the_debt_is_paid_back_first(symbol: str) -> None:
    debt = build_position(-5, TETHER)
    after = fill(account(debt), BUY, 7, 90, symbol)

    assert after.fill is not None
    assert after.fill.realized_pnl == 50
    assert {p.symbol: p.quantity for p in after.state.positions.values()} == {symbol: 2}


def test_orders_when_the_account_begins_to_hold_coins_then_they_close_what_any_market_of_the_coin_holds() -> None:
    """A sell in another market reduces from then on; an order of the coin's swap stays what it was."""
    sell = build_working(9, DOLLAR, side=SELL, asset="LTC")
    swap = build_working(2, "LTC/USDT:USDT", side=SELL, asset="LTC", client_order_id="w2")
    before = account(build_position(6, TETHER), working=[sell, swap])
    state = hold_coins(before)
    assert {name: order.increasing_quantity for name, order in state.working_orders.items()} == {"w1": 3, "w2": 2}
    assert hold_coins(state) is state
