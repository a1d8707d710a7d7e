"""An order as it is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from riskgate.core.account.stored import OrderRecord
from riskgate.core.money import plain, plain_figure, plain_or_none
from riskgate.schemas.codec import decode


def order_body(record: OrderRecord, now: datetime) -> dict[str, Any]:
    """Return an order as stored; an approval whose reservation ran out reads as expired."""
    order = record.order
    expired = record.expires_at is not None and record.expires_at <= now and not record.status.is_final
    average = record.filled_notional / record.filled_quantity if record.filled_quantity else None
    return {
        "client_order_id": order.client_order_id,
        "order_id": record.order_id,
        "account_id": order.account_id,
        "status": "expired" if expired else record.status.value,
        "symbol": order.symbol,
        "venue": order.venue,
        "strategy": order.strategy,
        "side": order.side.value,
        "type": order.type.value,
        "quantity": plain(record.quantity),
        "filled_quantity": plain(record.filled_quantity),
        "average_fill_price": plain_figure(average),
        "price": plain_or_none(order.price),
        "trigger_price": plain_or_none(order.trigger_price),
        "stop_loss_price": plain_or_none(order.stop_loss_price),
        "reduce_only": order.reduce_only,
        "post_only": order.post_only,
        "time_in_force": order.time_in_force.value,
        "expires_at": order.expires_at,
        "route": order.route,
        "tags": list(order.tags),
        "decision": decode(record.answer, dict),
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }
