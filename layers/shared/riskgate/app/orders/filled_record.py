"""An order's item after a fill."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.core.ledger.apply import Result
from riskgate.core.money import ZERO
from riskgate.core.orders.events import FillRecorded
from riskgate.core.orders.fees import sum_fees


def whole_of(record: OrderRecord) -> Decimal:
    """Return an order's quantity; while it is being replaced, the larger of its two."""
    return max(record.quantity, record.next_terms.quantity) if record.next_terms is not None else record.quantity


def filled_record(record: OrderRecord, fill: FillRecorded, result: Result, now: datetime) -> OrderRecord:
    """Return an order's item after a fill."""
    assert result.fill is not None  # noqa: S101 a fill event answers one
    filled = record.filled_quantity + fill.quantity
    whole, was_denied = whole_of(record), record.status is OrderStatus.DENIED
    status = result.fill.status if not record.status.is_final else record.status
    if record.order.client_order_id in result.expired:
        status = OrderStatus.EXPIRED
    fees = {name: record.filled_fees.get(name, ZERO) + amount for name, amount in sum_fees(fill).items()}
    return replace(
        record,
        status=OrderStatus.FILLED if filled >= whole and not was_denied else status,
        filled_fees={name: amount for name, amount in {**record.filled_fees, **fees}.items() if amount},
        has_rebates=record.has_rebates or not record.filled_quantity,
        is_kept=record.order.client_order_id in result.state.kept_orders,
        filled_quantity=filled,
        filled_notional=record.filled_notional + fill.quantity * fill.price,
        updated_at=now,
    )
