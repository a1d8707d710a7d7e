"""The account under any sequence of events: its totals are those of the book, and the log alone gives it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from riskgate.core.account.document import AccountState, OrderStatus, TradingState, Venue
from riskgate.core.account.exposure import compute_exposure
from riskgate.core.account.leg_sums import compute_leg
from riskgate.core.account.legs import Book, book_of, find_leg
from riskgate.core.errors import Conflict, NotFound
from riskgate.core.instrument import MarketType, Quote
from riskgate.core.ledger.account_events import LimitsChanged, SnapshotRecorded
from riskgate.core.ledger.apply import apply_event
from riskgate.core.ledger.events import Event
from riskgate.core.limits import Cooldown, Limits, LossStreak
from riskgate.core.money import with_risk_context
from riskgate.core.order import Order
from riskgate.core.orders.events import RULES, BatchDecided, FillRecorded, OrderClosed, OrderDecided, OrderModified
from riskgate.core.safeguards.events import BreakerReset, KillSwitchChanged
from riskgate.schemas.codec import decode, encode
from tests.support.builders import (
    ACCOUNT_ID,
    NOW,
    VENUE,
    build_inputs,
    build_market,
    build_quote,
    build_registration,
    build_reported,
    build_snapshot,
    build_transfer,
    dec,
)
from tests.support.hypothesis_profiles import STATEFUL
from tests.support.strategies import (
    MARKETS,
    RATES,
    SYMBOLS,
    any_orders,
    lots,
    opposite,
    orders,
    positions,
    prices,
    stops,
)

LOOSE = replace(
    Limits(),
    balance_required=False,
    risk_per_trade_fraction_max=None,
    open_risk_fraction_max=None,
    order_notional_fraction_max=dec("0.5"),
    position_size_fraction_max=dec("0.5"),
    asset_fraction_max=dec("0.6"),
    sector_fraction_max=dec("0.9"),
    strategy_fraction_max=None,
    venue_equity_fraction_max=None,
    var_fraction_max=None,
    stress_loss_fraction_max=None,
    correlation_max=None,
    daily_trades_max=None,
    order_rate_max=None,
    slippage_budget_bps_max=None,
    price_collar_fraction_max=None,
    state_max_age_seconds=None,
    loss_streak=LossStreak(losses=2, lock_minutes=5),
    cooldown=Cooldown(minutes=1),
)


class AccountMachine(RuleBasedStateMachine):
    """One account, and a shadow that only knows what was written down about it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.limits = LOOSE
        self.state: AccountState
        self.shadow: AccountState | None = None
        self.kept: AccountState | None = None
        self.events = 0
        self.sent: dict[str, Order] = {}
        self.prices = dict.fromkeys(SYMBOLS, Decimal(100))

    def feed(self, event: Event) -> Any:
        """Apply an event, and the event as it was written down to the account as it was written down."""
        before = self.shadow
        try:
            result = apply_event(ACCOUNT_ID, before, self.limits, event, self.now)
        except (Conflict, NotFound):
            return None
        written = decode(encode(event), type(event))
        replayed = apply_event(ACCOUNT_ID, before, self.limits, written, self.now)
        assert encode(replayed.state) == encode(result.state)
        assert [d.approved for d in replayed.decisions] == [d.approved for d in result.decisions]
        for again, first in zip(replayed.decisions, result.decisions, strict=True):
            assert again.evaluation.checks == first.evaluation.checks
        self.events += 1
        self.kept = apply_event(ACCOUNT_ID, self.kept, self.limits, event, self.now).state
        assert encode(self.kept) == encode(result.state)
        self.state = result.state
        self.shadow = decode(encode(result.state), AccountState)
        assert self.shadow == self.state
        return result

    def quote(self, symbol: str) -> Quote:
        return build_quote(symbol, self.prices[symbol], at=self.now)

    def market(self, order: Order) -> dict[str, Any]:
        return {"instrument": MARKETS[order.symbol], "quote": self.quote(order.symbol)}

    def submitted(self, order: Order, kind: type[Any] = OrderDecided) -> Any:
        inputs = build_inputs(order, **self.market(order))
        return kind(order=order, market=inputs.market, kill_switches=inputs.kill_switches, report=None)

    def named(self, order: Order, leg: int = 0) -> Order:
        return replace(order, client_order_id=f"o{self.events}-{leg}")

    @initialize()
    def register(self) -> None:
        venues = (Venue(venue=VENUE, market_type=MarketType.SPOT),)
        self.feed(build_registration(venues=venues, limits=LOOSE))
        self.feed(build_snapshot(10_000, rates=RATES))

    @rule(order=any_orders)
    def submit(self, order: Order) -> None:
        order = self.named(order)
        result = self.feed(self.submitted(order))
        if result is not None and result.decisions[0].approved:
            self.sent[order.client_order_id] = order

    @rule(legs=st.lists(orders(sensible=True), min_size=1, max_size=3))
    def submit_batch(self, legs: list[Order]) -> None:
        named = [self.named(order, leg) for leg, order in enumerate(legs)]
        result = self.feed(BatchDecided(legs=tuple(self.submitted(order) for order in named)))
        if result is not None and all(decision.approved for decision in result.decisions):
            self.sent |= {order.client_order_id: order for order in named}

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), quantity=lots, stop=stops)
    def modify(self, data: st.DataObject, quantity: Decimal, stop: Decimal | None) -> None:
        order = self.sent[data.draw(st.sampled_from(sorted(self.sent)))]
        changed = replace(order, quantity=quantity, stop_loss_price=stop)
        result = self.feed(self.submitted(changed, OrderModified))
        if result is not None and result.decisions[0].approved:
            self.sent[order.client_order_id] = changed

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), share=st.sampled_from(["0.1", "0.5", "1"]), price=prices, fee=st.integers(0, 3))
    def fill(self, data: st.DataObject, share: str, price: Decimal, fee: int) -> None:
        """Report an execution, now or late, of an order that works or worked."""
        order = self.sent[data.draw(st.sampled_from(sorted(self.sent)))]
        working = self.state.working_orders.get(order.client_order_id)
        remaining = working.quantity if working is not None else order.quantity
        assert remaining is not None
        self.feed(
            FillRecorded(
                rules=RULES,
                order=order,
                fill_id=f"f{self.events}",
                quantity=remaining * dec(share),
                price=price,
                executed_at=self.now,
                market=build_market(order, **self.market(order)),
                decision_price=Decimal(100),
                fee=Decimal(fee),
            )
        )

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), status=st.sampled_from([OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.EXPIRED]))
    def close(self, data: st.DataObject, status: OrderStatus) -> None:
        name = data.draw(st.sampled_from(sorted(self.sent)))
        self.feed(OrderClosed(client_order_id=name, status=status))

    @precondition(lambda self: self.state.positions)
    @rule(data=st.data(), share=st.sampled_from(["0.25", "1"]), reduce_only=st.booleans())
    def leave(self, data: st.DataObject, share: str, *, reduce_only: bool) -> None:
        """Ask for an exit of a part of a position."""
        position = self.state.positions[data.draw(st.sampled_from(sorted(self.state.positions)))]
        order = data.draw(orders())
        side = opposite(order.side) if position.quantity * order.side.sign > 0 else order.side
        quantity = (abs(position.quantity) * dec(share)).quantize(dec("0.001"))
        self.submit(replace(order, symbol=position.symbol, side=side, quantity=quantity, reduce_only=reduce_only))

    @rule(symbol=st.sampled_from(SYMBOLS), price=st.one_of(st.integers(96, 104), st.integers(60, 140)))
    def move_price(self, symbol: str, price: int) -> None:
        self.prices[symbol] = Decimal(price)

    @rule(seconds=st.sampled_from([1, 3, 60, 300, 900, 86_400, 7 * 86_400, -3600]))
    def pass_time(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(data=st.data(), equity=st.sampled_from([10_000, 10_000, 9_600, 12_000, 7_000, 0]), late=st.booleans())
    def take_snapshot(self, data: st.DataObject, equity: int, *, late: bool) -> None:
        self.feed(self.seen(data, equity, self.now - timedelta(minutes=10 * late)))

    def seen(self, data: st.DataObject, equity: int, at: datetime) -> SnapshotRecorded:
        symbols = data.draw(st.lists(st.sampled_from(SYMBOLS), unique=True, max_size=3))
        drawn = [data.draw(positions(symbol)) for symbol in symbols]
        reported = tuple(
            build_reported(p.quantity, p.symbol, self.prices[p.symbol], contract_size=p.contract_size, sector=p.sector)
            for p in drawn
        )
        return build_snapshot(equity, taken_at=at, positions=reported)

    @rule(data=st.data())
    def administer(self, data: st.DataObject) -> None:
        """Do one of the things people do to an account."""
        sector = data.draw(st.sampled_from(["store", "layer1", "defi"]))
        limits = replace(LOOSE, leverage_max=dec(data.draw(st.integers(1, 5))))
        amount = data.draw(st.sampled_from([-2_000, -1, 1, 5_000]))
        venues = (Venue(venue=VENUE, market_type=MarketType.SPOT),)
        reset = [BreakerReset(name=name, reason="looked at") for name in (*self.state.breakers, "COOLDOWN")]
        choices: list[Event] = [
            build_registration(venues=venues, sectors={"BTC": sector}),
            LimitsChanged(limits=limits, limits_hash="h", loosened=()),
            build_transfer(amount, transfer_id=f"t{self.events}", executed_at=self.now),
            KillSwitchChanged(scope="global", key="", engaged=True, reason="test"),
            *reset,
        ]
        event = data.draw(st.sampled_from(choices))
        if self.feed(event) is not None and isinstance(event, LimitsChanged):
            self.limits = event.limits

    @invariant()
    def totals_are_those_of_the_book(self) -> None:
        assert self.state.exposure == with_risk_context(compute_exposure)(self.state)

    @invariant()
    def what_is_derived_from_a_book_that_is_kept_is_what_the_book_gives(self) -> None:
        state = self.kept
        assert state is not None
        kept, anew = book_of(state), Book(dict(state.positions), dict(state.working_orders))
        keys = {*state.positions, *(order.key for order in state.working_orders.values())}
        for leg in {find_leg(state, key) for key in keys}:
            positions = [position for key, position in state.positions.items() if find_leg(state, key) == leg]
            orders = [order for order in state.working_orders.values() if find_leg(state, order.key) == leg]
            assert [list(book.positions_in(leg)) for book in (kept, anew)] == [positions] * 2
            assert [list(book.orders_in(leg)) for book in (kept, anew)] == [orders] * 2
            summed = with_risk_context(kept.sum_leg(leg, state.position_parts).leg)()
            assert summed == with_risk_context(compute_leg)(positions, orders, state.position_parts)
        assert kept.markets == anew.markets
        assert kept.find_end(state.kept_orders) == anew.find_end(state.kept_orders)
        for asset in ("USDT", "EUR", "BTC"):
            assert kept.sum_reserved(VENUE, asset) == anew.sum_reserved(VENUE, asset)

    @invariant()
    def version_counts_the_events(self) -> None:
        assert self.state.version == self.events

    @invariant()
    def every_reservation_is_within_its_order(self) -> None:
        for name, order in self.state.working_orders.items():
            assert name == order.client_order_id
            assert 0 <= order.increasing_quantity <= order.quantity
            assert order.quantity > 0

    @invariant()
    def nothing_is_held_at_zero_and_no_count_is_negative(self) -> None:
        assert all(position.quantity for position in self.state.positions.values())
        assert self.state.day.approved_orders >= 0
        assert self.state.peak_equity >= self.state.equity
        assert self.state.week.peak >= self.state.equity

    @invariant()
    def state_follows_the_breakers(self) -> None:
        expected = TradingState.REDUCING if self.state.breakers else TradingState.ACTIVE
        assert self.state.trading_state is expected


TestAccount = AccountMachine.TestCase
TestAccount.settings = STATEFUL
