"""What was approved can fill in any order, in any parts: no size limit is ever exceeded by it (I1).

Measured from the positions themselves, not from the engine's totals, at prices that do not move.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState, OrderStatus, WorkingOrder
from riskgate.core.limits import Limits
from riskgate.core.money import with_risk_context
from riskgate.core.order import Order, OrderType
from riskgate.core.orders.events import OrderClosed
from tests.support.builders import (
    BUY,
    NOW,
    SECOND,
    SELL,
    apply,
    build_fill,
    build_limits,
    build_market,
    build_quote,
    dec,
    decide,
)
from tests.support.hypothesis_profiles import THOROUGH
from tests.support.strategies import MARKETS, SWAPS, build_rich_account, orders

LIMITS = build_limits(
    position_size_fraction_max="0.10",
    open_positions_max=3,
    gross_exposure_fraction_max="0.25",
    net_delta_fraction_max="0.15",
    leverage_max="3",
    sector_fraction_max="0.15",
    asset_fraction_max="0.12",
    open_risk_fraction_max="0.06",
    daily_trades_max=12,
)


@st.composite
def market_orders(draw: st.DrawFn) -> Order:
    """Draw a market order in a swap: it may open, add, reduce or turn."""
    order = draw(orders(sensible=True))
    symbol = order.symbol if order.symbol in SWAPS else "BTC/USDT:USDT"
    return replace(order, symbol=symbol, type=OrderType.MARKET, price=None, trigger_price=None)


class Venue:
    """A venue where everything trades at 100 and approved orders fill in parts, in any order."""

    def __init__(self) -> None:
        self.state: AccountState = build_rich_account()
        self.orders: dict[str, Order] = {}
        self.now = NOW
        self.entries = 0

    def submit(self, order: Order) -> None:
        """Ask for an order; what is approved will fill."""
        self.now += SECOND
        order = replace(order, client_order_id=f"o{len(self.orders)}-{self.now:%H%M%S}")
        quote = build_quote(order.symbol, at=self.now)
        self.state, decision = decide(
            self.state, order, limits=LIMITS, now=self.now, instrument=MARKETS[order.symbol], quote=quote
        )
        if decision.approved:
            self.orders[order.client_order_id] = order
            self.entries += decision.working is not None and decision.working.counted

    def fill(self, name: str, share: str) -> None:
        """Fill a part of what remains of an order, at the price everything has."""
        working = self.state.working_orders[name]
        order = self.orders[name]
        quantity = min(working.quantity, max((working.quantity * dec(share)).quantize(dec("0.001")), dec("0.001")))
        if order.reduce_only:
            # The venue cancels what would do more than reduce.
            position = self.state.positions.get(order.key)
            left = -position.quantity * order.side.sign if position is not None else dec(0)
            quantity = min(quantity, left)
        if quantity <= 0:
            closed = OrderClosed(client_order_id=name, status=OrderStatus.CANCELLED)
            self.state = apply(self.state, closed, limits=LIMITS, now=self.now).state
            return
        market = build_market(order, instrument=MARKETS[order.symbol], quote=None)
        event = build_fill(order, quantity, market=market, executed_at=self.now)
        self.state = apply(self.state, event, limits=LIMITS, now=self.now).state

    def list_working(self) -> list[WorkingOrder]:
        return [self.state.working_orders[name] for name in sorted(self.state.working_orders)]


@with_risk_context
def assert_within(state: AccountState, limits: Limits, *, with_net: bool) -> None:
    """Fail where the positions alone exceed a size limit."""
    equity = state.equity
    held = list(state.positions.values())
    values = {position.key: position.value for position in held}
    by_asset: dict[str, Decimal] = {}
    by_sector: dict[str, Decimal] = {}
    risk = Decimal(0)
    for position in held:
        size = abs(position.value)
        by_asset[position.asset] = by_asset.get(position.asset, Decimal(0)) + size
        sector = position.sector or "unknown"
        by_sector[sector] = by_sector.get(sector, Decimal(0)) + size
        stop = position.stop_loss_price
        risk += size if stop is None else size * abs(position.mark_price - stop) / position.mark_price
    gross = sum((abs(value) for value in values.values()), Decimal(0))
    bounds = {
        "position_size_fraction_max": max((abs(value) for value in values.values()), default=Decimal(0)) / equity,
        "gross_exposure_fraction_max": gross / equity,
        "leverage_max": gross / equity,
        "asset_fraction_max": max(by_asset.values(), default=Decimal(0)) / equity,
        "sector_fraction_max": max(by_sector.values(), default=Decimal(0)) / equity,
        "open_risk_fraction_max": risk / equity,
        "open_positions_max": Decimal(len(held)),
    }
    if with_net:
        bounds["net_delta_fraction_max"] = abs(sum(values.values(), Decimal(0))) / equity
    exceeded = {name: value for name, value in bounds.items() if value > getattr(limits, name)}
    assert not exceeded


actions = st.lists(
    st.one_of(market_orders(), st.tuples(st.integers(0, 9), st.sampled_from(["0.2", "0.5", "1"]))),
    min_size=5,
    max_size=30,
)


@THOROUGH
@given(steps=actions, finish=st.randoms(use_true_random=False))
def test_limits_when_orders_and_fills_interleave_in_any_way_then_never_exceeded(
    steps: list[Order | tuple[int, str]], finish: object
) -> None:
    """An exit may leave the net larger than it was: being exempt, it is not held against that limit."""
    venue = Venue()
    exits = False
    for step in steps:
        if isinstance(step, Order):
            venue.submit(step)
            exits = exits or any(order.quantity != order.increasing_quantity for order in venue.list_working())
        elif venue.orders and (working := venue.list_working()):
            index, share = step
            venue.fill(working[index % len(working)].client_order_id, share)
        assert_within(venue.state, LIMITS, with_net=not exits)
    while working := venue.list_working():
        venue.fill(finish.choice(working).client_order_id, "0.5")  # type: ignore[attr-defined]
        assert_within(venue.state, LIMITS, with_net=not exits)
    assert venue.entries <= 12
    assert venue.state.equity == 10_000


@THOROUGH
@given(
    entries=st.lists(market_orders(), min_size=1, max_size=6),
    exits=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["0.3", "1"]), st.booleans()), max_size=4),
    later=st.lists(market_orders(), min_size=1, max_size=6),
    finish=st.randoms(use_true_random=False),
)
def test_net_when_exits_were_approved_before_the_entries_then_never_exceeded_either(
    entries: list[Order], exits: list[tuple[int, str, bool]], later: list[Order], finish: object
) -> None:
    """An entry is judged as if any of the exits before it had filled and any had not."""
    venue = Venue()
    for order in entries:
        venue.submit(order)
        for working in venue.list_working():
            venue.fill(working.client_order_id, "1")
    held = [venue.state.positions[key] for key in sorted(venue.state.positions)]
    for index, share, reduce_only in exits:
        if held:
            position = held[index % len(held)]
            side = SELL if position.quantity > 0 else BUY
            quantity = max((abs(position.quantity) * dec(share)).quantize(dec("0.001")), dec("0.001"))
            template = replace(entries[0], symbol=position.symbol, side=side, quantity=quantity)
            venue.submit(replace(template, reduce_only=reduce_only, stop_loss_price=None))
    for order in later:
        before = venue.state
        venue.submit(order)
        new = [o for o in venue.list_working() if o.client_order_id not in before.working_orders]
        if new and not new[0].counted:
            # Another exit: exempt, so this limit is not promised after it.
            venue.state = before
    while working_orders := venue.list_working():
        venue.fill(finish.choice(working_orders).client_order_id, "0.5")  # type: ignore[attr-defined]
        assert abs(sum((p.value for p in venue.state.positions.values()), Decimal(0))) <= 1500
