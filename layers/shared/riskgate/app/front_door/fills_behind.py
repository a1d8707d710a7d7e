"""Orders of which the venue shows more executed than the books have: fills that nobody has booked yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from riskgate.core.account.document import AccountState
from riskgate.core.front_door.views import OrderFields
from riskgate.core.routing.steps import AT_VENUE


def list_behind(rows: Iterable[Mapping[str, Any]], fields: OrderFields, state: AccountState) -> tuple[str, ...]:
    """Return the working orders of which the venue shows more executed than the account's books have."""
    behind = []
    for row in rows:
        order = state.working_orders.get(str(row.get(fields.client_id, "")))
        shown = Decimal(str(row.get("executedQty") or 0))
        if order is not None and order.status in AT_VENUE and shown > order.filled_quantity:
            behind.append(order.client_order_id)
    return tuple(behind)
