"""What has to rest at a venue for a position's stop, and what has to be done so that it does.

The plan is made anew from the account each time and is empty once everything stands. Whoever carries it out may crash
at any point, and whatever disappears at the venue is planned again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum

from riskgate.core.account.document import AccountState, OrderStatus, Position, WorkingOrder
from riskgate.core.account.legs import orders_of
from riskgate.core.instrument import Instrument, MarketType
from riskgate.core.money import ZERO
from riskgate.core.order import Order, OrderType, StopKeeper
from riskgate.core.routing.steps import AT_VENUE, IN_DOUBT
from riskgate.core.side import Side


class Purpose(StrEnum):
    """What a kept order is for; its client order id begins with it."""

    STOP = "stop-"
    TAKE_PROFIT = "take-"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptOrder:
    """An order that is to rest at the venue: `price` is its trigger or limit; None executes at market, at once."""

    purpose: Purpose
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StopPlan:
    """Kept orders to bring to the venue or look up there (`send`), to take away, and to place; each empty when done."""

    send: tuple[str, ...] = ()
    cancel: tuple[str, ...] = ()
    place: tuple[KeptOrder, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether everything stands."""
        return not (self.send or self.cancel or self.place)


def is_kept(order: WorkingOrder | Order) -> bool:
    """Tell whether the gateway itself placed the order to protect a position."""
    return order.operator_exit and order.client_order_id.startswith(tuple(Purpose))


def held_by_stops(state: AccountState, key: str) -> Decimal:
    """Return what kept orders hold at the venue in one market: they make room for any exit."""
    orders = (order for order in orders_of(state, key) if is_kept(order) and order.status in AT_VENUE)
    return max((order.quantity for order in orders), default=ZERO)


def list_watched(state: AccountState) -> list[str]:
    """Return the markets, by key, where the gateway keeps a stop, or still has an order of one."""
    held = {key for key, position in state.positions.items() if _is_kept_at_venue(position)}
    return sorted(held | {order.key for order in state.working_orders.values() if is_kept(order)})


def plan_stops(state: AccountState, key: str, instrument: Instrument | None, price: Decimal | None = None) -> StopPlan:
    """Return what is to be done for the stop of one market; `price` is the venue's last, where it was just asked for.

    Nothing is placed while an order for the same purpose rests, or may.
    """
    orders = orders_of(state, key)
    kept = sorted((o for o in orders if is_kept(o)), key=lambda o: (o.approved_at, o.client_order_id))
    wanted = _list_wanted(state, key, instrument, price)
    send, cancel, place = [], [], []
    for purpose in Purpose:
        existing = [order for order in kept if order.client_order_id.startswith(purpose)]
        target = next((order for order in wanted if order.purpose is purpose), None)
        standing = next((order for order in existing if target is not None and _fits(order, target)), None)
        for order in existing:
            if order.status in IN_DOUBT or (order is standing and order.status is OrderStatus.APPROVED):
                send.append(order.client_order_id)
            elif order is not standing:
                cancel.append(order.client_order_id)
        if target is not None and not existing:
            place.append(target)
    return StopPlan(send=tuple(send), cancel=tuple(cancel), place=tuple(place))


def _is_kept_at_venue(position: Position | None) -> bool:
    return position is not None and position.kept_stop is not None and position.kept_stop.kept_by is StopKeeper.VENUE


def _fits(order: WorkingOrder, target: KeptOrder) -> bool:
    """Tell whether an order is what is wanted; one that closes the position at market is not held back any more."""
    if order.side is not target.side:
        return False
    if order.type is OrderType.MARKET:
        return True
    price = order.stop_price if order.type.has_trigger_price else order.rest_price
    return (order.type, order.quantity, price) == (target.type, target.quantity, target.price)


def _list_wanted(
    state: AccountState, key: str, instrument: Instrument | None, price: Decimal | None
) -> Sequence[KeptOrder]:
    position = state.positions.get(key)
    if position is None or position.kept_stop is None or not _is_kept_at_venue(position) or instrument is None:
        return ()
    side = Side.SELL if position.quantity > 0 else Side.BUY
    quantity = _quantity(state, position, instrument)
    if quantity <= 0 or position.stop_loss_price is None or _is_refused(position, instrument, quantity):
        return ()
    trigger = _on_tick(position.stop_loss_price, instrument, side)
    if price is not None and (price - trigger) * side.sign >= 0:
        # The market is beyond the stop already: what it is for is done at once.
        return (KeptOrder(purpose=Purpose.STOP, side=side, type=OrderType.MARKET, quantity=quantity, price=None),)
    stop = KeptOrder(purpose=Purpose.STOP, side=side, type=OrderType.STOP, quantity=quantity, price=trigger)
    target = position.kept_stop.take_profit_price
    if target is None:
        return (stop,)
    limit = _on_tick(target, instrument, side)
    return stop, KeptOrder(purpose=Purpose.TAKE_PROFIT, side=side, type=OrderType.LIMIT, quantity=quantity, price=limit)


def _quantity(state: AccountState, position: Position, instrument: Instrument) -> Decimal:
    """Return how much the stop is for: all of the position; on spot what no other order holds, and fees have left."""
    quantity = abs(position.quantity)
    if position.market_type is MarketType.SPOT:
        balance = state.balances.get(position.venue, {}).get(position.asset)
        held = min(quantity, balance.total) if balance is not None else quantity
        quantity = held if position.quantity > 0 else ZERO
        for order in state.working_orders.values():
            same = (order.venue, order.reserved_asset, order.side) == (position.venue, position.asset, Side.SELL)
            if same and order.market_type is MarketType.SPOT and not is_kept(order):
                quantity -= order.quantity
    step = instrument.market_order_step
    lots = quantity // step * step if step else quantity
    if lots <= 0 or lots < (instrument.market_order_min or ZERO):
        return ZERO
    return min(lots, instrument.market_order_max or lots)


def _is_refused(position: Position, instrument: Instrument, quantity: Decimal) -> bool:
    """Tell whether the venue takes no order worth so little: of swaps it takes any that only reduces."""
    worth = quantity * (position.stop_loss_price or ZERO)
    return position.market_type is MarketType.SPOT and worth < (instrument.notional_min or ZERO)


def _on_tick(price: Decimal, instrument: Instrument, side: Side) -> Decimal:
    """Return a price on the venue's grid: of two the one nearer to the market from a stop's side."""
    tick = instrument.tick_size
    if not tick:
        return price
    rounding = ROUND_CEILING if side is Side.SELL else ROUND_FLOOR
    return (price / tick).to_integral_value(rounding) * tick
