"""An order as it is answered."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET

from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.core.instrument import unit_of_symbol
from riskgate.core.money import plain, plain_figure, plain_or_none
from riskgate.schemas.http.answers.base import stored
from riskgate.schemas.http.answers.orders import Decision, OrderAnswer


def describe_end(record: OrderRecord, status: OrderStatus) -> str:
    """Return why an order ended, as far as somebody said; of one that the clock released, what that means."""
    if status is not OrderStatus.EXPIRED or record.reason:
        return record.reason
    if record.order.expires_at is not None:
        return "its time in force ended"
    return "nobody confirmed in time that it was placed: cancel it at the venue if it was"


def order_body(record: OrderRecord, now: datetime) -> OrderAnswer:
    """Return an order as stored; an approval whose reservation ran out reads as expired."""
    order = record.order
    status = OrderStatus.EXPIRED if record.is_released(now) else record.status
    average = record.filled_notional / record.filled_quantity if record.filled_quantity else None
    return OrderAnswer(
        client_order_id=order.client_order_id,
        order_id=record.order_id,
        account_id=order.account_id,
        status=status,
        symbol=order.symbol,
        venue=order.venue,
        strategy=order.strategy,
        side=order.side,
        type=order.type,
        quantity=plain(record.quantity),
        quantity_unit=unit_of_symbol(order.symbol),
        filled_quantity=plain(record.filled_quantity),
        average_fill_price=plain_figure(average),
        fees={currency: plain(amount) for currency, amount in sorted(record.filled_fees.items())},
        price=plain_or_none(order.price),
        trigger_price=plain_or_none(order.trigger_price),
        stop_loss_price=plain_or_none(order.stop_loss_price),
        take_profit_price=plain_or_none(order.take_profit_price),
        trailing_fraction=plain_or_none(order.trailing_fraction),
        stop_kept_by=record.stop_kept_by,
        reduce_only=order.reduce_only,
        post_only=order.post_only,
        time_in_force=order.time_in_force,
        expires_at=order.expires_at,
        route=order.route,
        exchange_order_id=record.exchange_order_id or record.placed_as or None,
        reason=describe_end(record, status) or None,
        tags=list(order.tags),
        decision=stored(record.answer, Decision),
        created_at=record.created_at,
        updated_at=record.updated_at,
        trace_id=record.trace_id or UNSET,
        archived_at=record.archived_at or UNSET,
        archived_in=record.archived_in or UNSET,
    )
