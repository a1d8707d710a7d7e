"""Executions: position, average price, profit, balances, what remains reserved, slippage."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from riskgate.core.account.document import AccountState, Balance, OrderStatus, Position
from riskgate.core.order import OrderType
from riskgate.core.orders.fills import FillResult
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    SELL,
    SPOT,
    SWAP,
    VENUE,
    apply,
    approve,
    build_account,
    build_fill,
    build_instrument,
    build_limits,
    build_market,
    build_order,
    build_position,
    build_quote,
    build_submitted,
    dec,
)

KEY, SWAP_KEY = f"{VENUE}:{SPOT}", f"{VENUE}:{SWAP}"


def fill(
    state: AccountState, side: Side, quantity: str, price: str, *, symbol: str = SWAP, **changes: object
) -> tuple[AccountState, FillResult]:
    """Report an execution of an order of exactly its size, approved before at its price."""
    order = build_order(quantity, price, symbol=symbol, side=side)
    result = apply(state, build_fill(order, quantity, price, **changes))
    assert result.fill is not None
    return result.state, result.fill


def held(quantity: str, price: str = "100", symbol: str = SWAP) -> AccountState:
    return build_account(positions=[build_position(quantity, symbol, price)])


def only_position(state: AccountState) -> Position:
    (position,) = state.positions.values()
    return position


@pytest.mark.parametrize(
    ("before", "side", "quantity", "price", "after", "average", "realized"),
    [
        ("0", BUY, "2", "110", "2", "110", "0"),
        ("0", SELL, "2", "110", "-2", "110", "0"),
        ("2", BUY, "2", "110", "4", "105", "0"),
        ("-2", SELL, "6", "120", "-8", "115", "0"),
        ("2", SELL, "1", "110", "1", "100", "10"),
        ("-2", BUY, "1", "110", "-1", "100", "-10"),
        ("2", SELL, "5", "90", "-3", "90", "-20"),
        ("-2", BUY, "5", "90", "3", "90", "20"),
    ],
)
def test_fill_when_applied_then_position_average_and_profit_follow(
    before: str, side: Side, quantity: str, price: str, after: str, average: str, realized: str
) -> None:
    state, result = fill(held(before) if before != "0" else build_account(), side, quantity, price)

    position = only_position(state)
    assert (position.quantity, position.average_price) == (Decimal(after), Decimal(average))
    assert result.realized_pnl == Decimal(realized)


@pytest.mark.parametrize(("before", "side", "realized"), [("2", SELL, "20"), ("-2", BUY, "-20")])
def test_fill_when_it_closes_the_position_then_nothing_is_held(before: str, side: Side, realized: str) -> None:
    state, result = fill(held(before), side, "2", "110")

    assert not state.positions
    assert state.exposure.gross == state.exposure.open_positions == 0
    assert result.realized_pnl == Decimal(realized)
    assert state.equity == 10_000 + Decimal(realized)


def test_equity_when_filled_away_from_the_mark_then_moves_by_the_difference_and_the_fee() -> None:
    state, result = fill(held("2"), BUY, "3", "104", fee=Decimal("1.5"))

    assert result.fee == Decimal("1.5")
    assert state.equity == Decimal(10_000) - 3 * 4 - Decimal("1.5")


@pytest.mark.parametrize(
    ("currency", "fee"),
    [(None, "0.02"), ("USDT", "0.02"), ("BTC", "2"), ("BNB", "6"), ("DOGE", None)],
    ids=["settle by default", "settle", "base at the price", "by its rate", "unknown"],
)
def test_fee_when_in_any_currency_then_in_base_currency_or_unknown(currency: str | None, fee: str | None) -> None:
    state = replace(build_account(), rates={"BNB": Decimal(300)})

    _, result = fill(state, BUY, "1", "100", fee=Decimal("0.02"), fee_currency=currency)

    assert result.fee == (None if fee is None else Decimal(fee))


def test_balances_when_spot_then_base_against_quote_and_the_fee() -> None:
    state, _ = fill(build_account(), BUY, "2", "110", symbol=SPOT, fee=Decimal("0.001"), fee_currency="BTC")

    balances = state.balances[VENUE]
    assert balances["USDT"] == Balance(total=Decimal(10_000 - 220))
    assert balances["BTC"] == Balance(total=Decimal("1.999"))


def test_balances_when_swap_then_only_profit_and_fee_arrive() -> None:
    state, _ = fill(held("2"), SELL, "2", "110", fee=Decimal(1))

    assert state.balances[VENUE] == {"USDT": Balance(total=Decimal(10_000 + 20 - 1))}


def test_contracts_when_larger_than_one_unit_and_not_in_base_currency_then_profit_is_converted() -> None:
    order = build_order(10, 90, symbol="BTC/EUR:EUR", side=SELL)
    instrument = build_instrument("BTC/EUR:EUR", contract_size=Decimal("0.1"))
    state = build_account(
        positions=[build_position(10, "BTC/EUR:EUR", contract_size=Decimal("0.1"), rate=Decimal("1.25"))],
        rates={"EUR": Decimal("1.25")},
    )

    result = apply(state, build_fill(order, 10, 90, market=build_market(order, instrument=instrument, quote=None)))

    assert result.fill is not None
    assert result.fill.realized_pnl == Decimal("-12.5")
    assert result.state.equity == Decimal("9987.5")
    assert result.state.balances[VENUE]["EUR"].total == -10


def test_order_when_partly_filled_then_the_rest_stays_reserved() -> None:
    order = build_order(10, stop_loss_price=90)
    state = approve(build_account(), order)

    first = apply(state, build_fill(order, 4))

    assert first.fill is not None
    assert (first.fill.status, first.fill.remaining) == (OrderStatus.PARTIALLY_FILLED, dec(6))
    working = first.state.working_orders["o1"]
    assert (working.quantity, working.increasing_quantity, working.filled_quantity) == (dec(6), dec(6), dec(4))
    assert first.state.exposure.gross == 1000
    assert first.state.exposure.open_risk == 100

    last = apply(first.state, build_fill(order, 6, fill_id="f2"))
    assert last.fill is not None
    assert last.fill.status is OrderStatus.FILLED
    assert not last.state.working_orders
    assert last.state.exposure.gross == 1000


def test_order_when_filled_after_its_reservation_ended_then_still_accounted_for() -> None:
    order = build_order(10)
    state = apply(build_account(), replace(build_submitted(order), rules=1)).state
    later = NOW + HOUR

    result = apply(state, build_fill(order, 10, executed_at=later), now=later)

    assert result.expired == ("o1",)
    assert only_position(result.state).quantity == 10
    assert result.state.exposure.gross == 1000


def test_exit_when_another_fill_closed_its_position_first_then_it_counts_as_an_entry_from_then_on() -> None:
    """Two orders were to reduce; the venue filled the other one first: what remains would open a short."""
    waiting = build_order(10, symbol=SWAP, side=SELL, client_order_id="waiting")
    capped = build_order(10, symbol=SWAP, side=SELL, client_order_id="capped", reduce_only=True)
    state = approve(approve(held("10"), waiting), capped)
    assert state.working_orders["waiting"].increasing_quantity == 0

    state = apply(state, build_fill(capped, 10)).state

    assert state.working_orders["waiting"].increasing_quantity == 10
    assert state.exposure.gross == 1000


@pytest.mark.parametrize("seconds", [1, 10**9])
def test_execution_when_dated_ahead_then_taken_as_now(seconds: int) -> None:
    """Dated ahead, it would keep the mark from moving until then."""
    order = build_order(1)
    filled = apply(build_account(), build_fill(order, 1, executed_at=NOW + timedelta(seconds=seconds))).state
    assert only_position(filled).marked_at == NOW

    later = NOW + MINUTE
    marked = approve(filled, build_order(client_order_id="o2"), now=later, quote=build_quote(price=90, at=later))
    assert only_position(marked).mark_price == 90


def test_fill_when_the_first_thing_of_a_new_day_then_the_night_counts_for_the_day_it_is_seen() -> None:
    """The baseline is what was known before midnight, not what the fill's own quote makes of it."""
    limits = build_limits(daily_loss_fraction_max="0.03")
    state, morning = held("50"), NOW + DAY
    order = build_order(1, 90, symbol=SWAP, side=SELL)
    quote = build_quote(SWAP, price=90, at=morning)
    event = build_fill(order, 1, 90, executed_at=morning, market=build_market(order, quote=quote))

    after = apply(state, event, limits=limits, now=morning).state

    assert after.day.baseline == 10_000
    assert after.equity == 9_500
    assert "DAILY_LOSS" in after.breakers


@pytest.mark.parametrize(
    ("side", "price", "bps"), [(BUY, "101", "100"), (BUY, "99", "-100"), (SELL, "99", "100"), (SELL, "101", "-100")]
)
def test_slippage_when_worse_than_decided_then_positive(side: Side, price: str, bps: str) -> None:
    state, result = fill(build_account(), side, "1", price, decision_price=Decimal(100))

    assert result.slippage_bps == Decimal(bps)
    assert state.slippage[0].cost == Decimal(bps) / 100
    assert state.slippage[0].notional == 100


def test_slippage_when_many_fills_then_the_last_twenty_of_a_day_are_kept() -> None:
    state = build_account()
    for minute in range(30):
        at = NOW + minute * MINUTE
        order = build_order(1, client_order_id=f"o{minute}")
        state = apply(state, build_fill(order, 1, executed_at=at), now=at).state
    assert [sample.at for sample in state.slippage] == [NOW + minute * MINUTE for minute in range(10, 30)]

    late = NOW + DAY + 19 * MINUTE
    state = apply(state, build_fill(build_order(1, client_order_id="late"), 1, executed_at=late), now=late).state
    assert len(state.slippage) == 11


def closed_at(at: datetime, quantity: int, order_id: str, state: AccountState, **order: object) -> AccountState:
    exit_order = build_order(quantity, 90, symbol=SWAP, side=SELL, client_order_id=order_id, **order)
    return apply(state, build_fill(exit_order, quantity, 90, executed_at=at), now=at).state


def test_trade_when_an_exit_fills_in_parts_then_one_closed_trade() -> None:
    """A stop that fills in three parts is one stop-out, one loser, one round trip."""
    state = held("30")
    for part in range(3):
        state = closed_at(NOW + part * MINUTE, 5, "stop", state, type=OrderType.STOP)

    (trade,) = state.closed_trades
    assert (trade.realized_pnl, trade.notional, trade.stopped) == (dec(-150), dec(1500), True)
    assert trade.at == NOW + 2 * MINUTE
    assert state.round_trips == 1

    state = closed_at(NOW + 3 * MINUTE, 5, "second", state)
    assert (len(state.closed_trades), state.round_trips) == (2, 2)


@pytest.mark.parametrize(
    ("stop", "kind", "price", "stopped"),
    [
        ("95", OrderType.MARKET, "95", True),
        ("95", OrderType.MARKET, "95.01", False),
        (None, OrderType.STOP, "99", True),
        (None, OrderType.STOP, "101", False),
        (None, OrderType.MARKET, "50", False),
    ],
)
def test_trade_when_closed_at_its_stop_or_by_a_losing_stop_order_then_a_stop_out(
    stop: str | None, kind: OrderType, price: str, *, stopped: bool
) -> None:
    position = build_position(1, SWAP, stop_loss_price=None if stop is None else Decimal(stop))
    order = build_order(1, price, symbol=SWAP, side=SELL, type=kind)

    state = apply(build_account(positions=[position]), build_fill(order, 1, price)).state

    assert state.closed_trades[0].stopped is stopped


def test_stop_when_an_addition_brings_another_then_it_covers_the_whole_position() -> None:
    state = build_account(positions=[build_position(5, SWAP, stop_loss_price=Decimal(95))])
    wider = build_order(5, symbol=SWAP, stop_loss_price=90)

    assert only_position(apply(state, build_fill(wider, 5)).state).stop_loss_price == 90
    assert only_position(apply(state, build_fill(build_order(5, symbol=SWAP), 5)).state).stop_loss_price is None


def test_rate_when_nobody_knows_it_any_more_then_the_positions_own_is_used() -> None:
    position = build_position(10, "BTC/EUR:EUR", rate=Decimal("1.25"))
    order = build_order(10, 110, symbol="BTC/EUR:EUR", side=SELL)

    result = apply(build_account(positions=[position]), build_fill(order, 10, 110))

    assert result.fill is not None
    assert result.fill.realized_pnl == 125


@pytest.mark.parametrize(
    ("sectors", "sector"), [({}, "layer1"), ({"BTC": "store"}, "store"), ({"ETH": "other"}, "layer1")]
)
def test_position_when_opened_then_in_the_sector_the_account_names_else_the_markets(
    sectors: dict[str, str], sector: str
) -> None:
    state = apply(build_account(sectors=sectors), build_fill(build_order(1), 1)).state
    assert [position.sector for position in state.positions.values()] == [sector]
