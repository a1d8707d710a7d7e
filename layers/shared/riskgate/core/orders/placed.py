"""How long an order that a bot places itself stays reserved: what was placed lives as long as it may fill."""

from __future__ import annotations

from datetime import datetime, timedelta

from riskgate.core.account.document import AccountState, OrderStatus, WorkingOrder
from riskgate.core.account.legs import end_of
from riskgate.core.order import Order, OrderType, TimeInForce
from riskgate.core.replacing import replace

#: The first rules by which the clock releases an approval that nobody confirmed as placed.
CONFIRMED_SINCE = 4
#: A bot that never confirms what it placed says nothing by its silence: so long its orders stay reserved at least.
SILENT_FOR = timedelta(hours=24)
#: Strategies known to confirm their orders, at most; those beyond are taken for silent ones.
CONFIRMING_MAX = 100


def reserve_until(state: AccountState, order: Order, placeable_until: datetime, now: datetime) -> datetime | None:
    """Return until when an approval is reserved; None: as long as it may be placed, where its bot confirms.

    An order good till a date is reserved to that date.
    """
    if order.expires_at is not None:
        return order.expires_at
    return None if order.strategy in state.confirming else max(placeable_until, now + SILENT_FOR)


def find_end(order: WorkingOrder, kept: frozenset[str]) -> datetime | None:
    """Return when the clock releases a working order; None: only the venue's or the bot's word does."""
    if order.client_order_id in kept:
        return None
    return end_of(order)


def confirm_placed(state: AccountState, client_order_id: str, *, by_bot: bool = True) -> AccountState:
    """Keep an order that its bot placed reserved until its end is told, or its date comes.

    `by_bot`: its strategy confirms what it places; from then on the clock releases what it does not confirm.
    """
    order = state.working_orders.get(client_order_id)
    if order is None or order.status not in {OrderStatus.APPROVED, OrderStatus.PARTIALLY_FILLED}:
        return state
    status = OrderStatus.SUBMITTED if order.status is OrderStatus.APPROVED else order.status
    placed = replace(order, status=status)
    state = replace(state, working_orders={**state.working_orders, client_order_id: placed})
    if not order.good_till and client_order_id not in state.kept_orders:
        state = replace(state, kept_orders=(*state.kept_orders, client_order_id))
    is_known = order.strategy in state.confirming
    if by_bot and not is_known and len(state.confirming) < CONFIRMING_MAX:
        state = replace(state, confirming=(*state.confirming, order.strategy))
    return state


def may_rest(order: Order) -> bool:
    """Tell whether what a fill leaves of an order may still fill."""
    return order.type is not OrderType.MARKET and order.time_in_force not in {TimeInForce.IOC, TimeInForce.FOK}
