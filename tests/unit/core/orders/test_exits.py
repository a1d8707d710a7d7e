"""Exits stay possible: with every limit breached at once, what only shrinks a position passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import (
    POSITIONS_MAX,
    WORKING_ORDERS_MAX,
    AccountState,
    RecentOrder,
    SlippageSample,
    TradingState,
    Venue,
)
from riskgate.core.account.exposure import hold_coins
from riskgate.core.account.parts import Breaker, Heartbeat, Lock
from riskgate.core.checks.duplicate_order import fingerprint
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import MarketType, Quote
from riskgate.core.limits import Cooldown, DrawdownGuard, Limits, LossStreak, LowProfit, StoplossGuard, StrategyRules
from riskgate.core.money import with_risk_context
from riskgate.core.order import Order, OrderType, StopKeeper
from riskgate.core.orders.events import RULES
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    DAY,
    HOUR,
    NOW,
    SECOND,
    SELL,
    SPOT,
    SWAP,
    VENUE,
    VIOLATED,
    build_account,
    build_order,
    build_position,
    build_quote,
    build_working,
    dec,
    decide,
    evaluate_order,
)
from tests.support.hypothesis_profiles import THOROUGH

HELD = Decimal(50)
#: Every limit that can be switched on, at its tightest.
TIGHT = replace(
    Limits(),
    symbols_allowed=("ADA/USDT",),
    symbols_denied=(SPOT, SWAP),
    strategy_symbols={"trend": ()},
    strategies={"carry": StrategyRules()},
    order_notional_min=Decimal(10**9),
    order_notional_max=Decimal(1),
    stop_loss_required=True,
    daily_trades_max=1,
    order_rate_max=1,
    open_positions_max=1,
    stoploss_guard=StoplossGuard(stops=1),
    loss_streak=LossStreak(losses=1, lock_minutes=60),
    cooldown=Cooldown(minutes=60),
    low_profit=LowProfit(window_minutes=60, profit_fraction_min=Decimal(1), trades_min=1, lock_minutes=60),
    drawdown_guard=DrawdownGuard(
        window_minutes=60, trades_min=1, drawdown_fraction_max=Decimal("0.0001"), lock_minutes=60
    ),
    repeated_execution_max=1,
    price_impact_bps_max=Decimal(1),
    liquidation_distance_fraction_min=Decimal("0.5"),
    margin_ratio_max=Decimal("0.1"),
    funding_rate_fraction_max=Decimal("0.001"),
    stablecoin_depeg_fraction_max=Decimal("0.01"),
)
#: What an exit may still be denied for: a kill switch, and input nobody could execute.
NEVER_EXEMPT = {
    DenyCode.KILL_SWITCH_ENGAGED,
    DenyCode.KILL_SWITCH_UNREADABLE,
    DenyCode.TRADING_HALTED,
    DenyCode.ACCOUNT_UNKNOWN,
    DenyCode.INSTRUMENT_NOT_FOUND,
    DenyCode.PRICE_INVALID,
    DenyCode.QUANTITY_INVALID,
    DenyCode.REDUCE_ONLY_INVALID,
    DenyCode.TIME_IN_FORCE_INVALID,
    DenyCode.PRICE_COLLAR,
    DenyCode.QUOTE_STALE,
}
LOCKS = ("STOPLOSS_GUARD", "LOSS_STREAK", "COOLDOWN", "LOW_PROFIT", "DRAWDOWN_GUARD", "REPEATED_EXECUTION")


def build_wreck(symbol: str, side: Side, twin: Order | None = None) -> AccountState:
    """Return a wreck in which `twin` was approved a moment ago."""
    state = _build_wreck(symbol, side)
    if twin is None or twin.quantity is None:
        return state
    recent = RecentOrder(at=NOW, client_order_id="twin", fingerprint=fingerprint(twin, twin.quantity, RULES))
    return replace(state, recent_orders=(*state.recent_orders, recent))


@cache
def _build_wreck(symbol: str, side: Side) -> AccountState:
    """Return an account with nothing left of its equity, its time, its room or its good name.

    It holds 50 units in one market, short where the exit is a buy.
    """
    others = [build_position(1000, f"C{number}/USDT") for number in range(POSITIONS_MAX)]
    own = build_position(
        HELD * -side.sign,
        symbol,
        average_price=Decimal(500),
        liquidation_price=Decimal(100),
        funding_rate=Decimal(-side.sign),
    )
    working = [build_working(9, f"D{n}/USDT", client_order_id=f"w{n}") for n in range(WORKING_ORDERS_MAX)]
    recent = tuple(RecentOrder(at=NOW, client_order_id=f"r{n}", fingerprint="other") for n in range(50))
    total_loss = Breaker(tripped_at=NOW - DAY, observed=Decimal(1), limit=Decimal("0.03"), clears_on=date(2026, 11, 19))
    state = build_account(
        "-100",
        positions=[own, *others],
        working=working,
        balances={},
        venues=(Venue(venue=VENUE, market_type=MarketType.SPOT), Venue(venue="kraken", market_type=MarketType.SPOT)),
        venue_equity={VENUE: Decimal(10**9)},
        equity_at=NOW - 30 * DAY,
        trading_state=TradingState.REDUCING,
        breakers=dict.fromkeys(("DAILY_LOSS", "WEEKLY_DRAWDOWN", "MAX_DRAWDOWN"), total_loss),
        recent_orders=recent,
        slippage=(SlippageSample(at=NOW - HOUR, notional=Decimal(1), cost=Decimal(1)),),
        locks=tuple(Lock(code=code, scope="all", key="*", reason="wreck", until=None) for code in LOCKS),
        heartbeats={"trend": Heartbeat(at=NOW - DAY, interval_seconds=1)},
        peak_equity=Decimal(10**6),
        margin_ratios={VENUE: Decimal(1)},
        depegs={"USDT": Decimal("0.5")},
    )
    state = replace(
        state,
        day=replace(state.day, baseline=Decimal(10**6), approved_orders=10**6),
        week=replace(state.week, peak=Decimal(10**6)),
    )
    # As every account of today: each decision would do it anew, and it takes longer than all else.
    return with_risk_context(hold_coins)(state)


def read_quote(symbol: str, age: int) -> Quote:
    """Return a quote with a wide spread, nothing traded and no depth."""
    return build_quote(
        symbol,
        at=NOW - age * SECOND,
        bid=Decimal(95),
        ask=Decimal(105),
        volume_24h=None,
        bid_depth=Decimal(0),
        ask_depth=Decimal(0),
    )


@st.composite
def exits(draw: st.DrawFn) -> Order:
    """Draw an exit of at most the position: any size, side, market type, order type, flag."""
    symbol = draw(st.sampled_from([SPOT, SWAP]))
    side = SELL if symbol == SPOT else draw(st.sampled_from([BUY, SELL]))
    lots = draw(st.integers(1, int(HELD * 1000)))
    price = Decimal(draw(st.integers(8_500, 11_500))) / 100
    return build_order(
        Decimal(lots) / 1000,
        price,
        symbol=symbol,
        side=side,
        type=draw(st.sampled_from(list(OrderType))),
        reduce_only=draw(st.booleans()),
        stop_loss_price=draw(st.sampled_from([None, 1, 10**6])),
    )


def test_wreck_when_an_entry_is_tried_then_nearly_every_check_of_the_catalogue_denies() -> None:
    """The state is as bad as it is meant to be: only what broken input would violate is left out."""
    keeper = {"stop_loss_price": 106, "stop_kept_by": StopKeeper.VENUE}
    entry = build_order(60, symbol=SPOT, side=BUY, type=OrderType.MARKET, **keeper)

    evaluation = evaluate_order(
        entry, build_wreck(SPOT, SELL, entry), limits=TIGHT, quote=read_quote(SPOT, 100), report=None
    )

    not_here = {
        DenyCode.STOP_LOSS_REQUIRED,  # it has a stop
        DenyCode.MARKET_TYPE_MISMATCH,  # the venue trades both types
        DenyCode.ORDER_TYPE_UNSUPPORTED,  # its venue places every type
        DenyCode.INSUFFICIENT_MARGIN,  # it is spot
        DenyCode.MARGIN_RATIO,  # it is spot
        DenyCode.MARKET_TYPE_MISMATCH,  # its venue trades spot
        DenyCode.SELF_MATCH,  # nothing rests on the other side
        DenyCode.MAX_OPEN_POSITIONS,  # it adds to an open position
        DenyCode.NO_REFERENCE_PRICE,  # or most others could not tell
    }
    assert set(dict(evaluation.violations)) >= set(DenyCode) - NEVER_EXEMPT - not_here


@THOROUGH
@given(order=exits(), age=st.sampled_from([None, 0, 31, 300]))
def test_exit_when_every_limit_is_breached_then_passes_at_any_size(order: Order, age: int | None) -> None:
    quote = None if age is None else read_quote(order.symbol, age)
    state = build_wreck(order.symbol, order.side, order)

    after, decision = decide(state, order, limits=TIGHT, quote=quote)

    assert decision.approved, decision.evaluation.violations
    assert after.working_orders[order.client_order_id].increasing_quantity == 0
    assert decision.reserved == (dec(0), dec(0)), "an exit takes no room away from others"


@THOROUGH
@given(order=exits(), beyond=st.integers(1, 10**9))
def test_order_when_it_crosses_zero_by_any_amount_then_denied(order: Order, beyond: int) -> None:
    flip = replace(order, quantity=HELD + Decimal(beyond) / 1000)

    _, decision = decide(build_wreck(order.symbol, order.side), flip, limits=TIGHT, quote=read_quote(order.symbol, 0))

    assert not decision.approved
    assert DenyCode.TRADING_REDUCING in dict(decision.evaluation.violations)


@THOROUGH
@given(order=exits())
def test_order_when_it_adds_to_the_position_then_denied(order: Order) -> None:
    adding = replace(order, side=BUY if order.side is SELL else SELL)

    _, decision = decide(build_wreck(order.symbol, order.side), adding, limits=TIGHT, quote=read_quote(order.symbol, 0))

    assert not decision.approved
    assert DenyCode.TRADING_REDUCING in dict(decision.evaluation.violations)


@THOROUGH
@given(parts=st.lists(st.integers(1, 20_000), min_size=1, max_size=8), side=st.sampled_from([BUY, SELL]))
def test_exits_when_in_many_parts_of_a_swap_then_together_never_more_than_the_position(
    parts: list[int], side: Side
) -> None:
    state = build_account(positions=[build_position(HELD * -side.sign, SWAP)], trading_state=TradingState.REDUCING)
    state = replace(
        state, breakers={"MAX_DRAWDOWN": Breaker(tripped_at=NOW, observed=Decimal(1), limit=Decimal("0.2"))}
    )
    approved = Decimal(0)
    for number, lots in enumerate(parts):
        order = build_order(Decimal(lots) / 1000, symbol=SWAP, side=side, client_order_id=f"x{number}")
        fits = order.quantity is not None and approved + order.quantity <= HELD
        state, decision = decide(state, order)
        assert decision.approved is fits
        if decision.approved and order.quantity is not None:
            approved += order.quantity


def test_exit_when_it_closes_the_whole_position_after_a_day_then_still_passes() -> None:
    """Rolling the sessions and releasing reservations on the way changes nothing about it."""
    state, later = build_wreck(SPOT, SELL), NOW + timedelta(days=30)

    _, decision = decide(state, build_order(HELD, side=SELL), limits=TIGHT, now=later)

    assert decision.approved
    assert dict(decision.evaluation.checks)[DenyCode.TRADING_REDUCING].outcome is not VIOLATED
