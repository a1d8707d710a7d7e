"""What people see of an order at its venue: its id there, what its fills cost, why it was refused.

Kept with the account so that one read shows it; no check and no breaker looks at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from riskgate.core.account.document import REJECTED_ORDERS_MAX, AccountState, RejectedOrder, WorkingOrder
from riskgate.core.money import ZERO
from riskgate.core.replacing import replace

#: The first rules that keep it.
VENUE_SIDE_SINCE = 4
#: Venues' reasons are cut to this many characters.
REASON_LENGTH_MAX = 200


def name_at_venue(order: WorkingOrder, exchange_order_id: str | None, rules: int) -> WorkingOrder:
    """Return a working order with its venue's id of it, where that is told."""
    if rules < VENUE_SIDE_SINCE or not exchange_order_id:
        return order
    return replace(order, exchange_order_id=exchange_order_id)


def add_fill(
    order: WorkingOrder, quantity: Decimal, price: Decimal, fees: Mapping[str, Decimal], rules: int
) -> WorkingOrder:
    """Return a working order with a fill's value and fees added; its quantities are as before that fill.

    Where earlier fills were not kept the sums would tell of some alone: they stay unknown.
    """
    if rules < VENUE_SIDE_SINCE or (order.filled_quantity and order.filled_notional is None):
        return order
    totals = order.fees | {name: order.fees.get(name, ZERO) + amount for name, amount in fees.items()}
    return replace(
        order,
        filled_notional=(order.filled_notional or ZERO) + quantity * price,
        fees={name: amount for name, amount in totals.items() if amount},
    )


def keep_venue_side(before: WorkingOrder, terms: WorkingOrder, *, is_sent_anew: bool) -> WorkingOrder:
    """Return new terms of an order with what its fills cost so far; sent anew it is another order at the venue."""
    return replace(
        terms,
        exchange_order_id="" if is_sent_anew else before.exchange_order_id,
        filled_notional=before.filled_notional,
        fees=before.fees,
    )


def note_rejection(state: AccountState, order: WorkingOrder, reason: str, now: datetime) -> AccountState:
    """Return the state that remembers an order its venue refused, the latest of them only."""
    rejected = RejectedOrder(
        at=now,
        client_order_id=order.client_order_id,
        venue=order.venue,
        symbol=order.symbol,
        strategy=order.strategy,
        side=order.side,
        type=order.type,
        quantity=order.quantity + order.filled_quantity,
        price=order.limit_price or order.rest_price,
        reason=reason[:REASON_LENGTH_MAX],
    )
    return replace(state, rejected_orders=(*state.rejected_orders, rejected)[-REJECTED_ORDERS_MAX:])
