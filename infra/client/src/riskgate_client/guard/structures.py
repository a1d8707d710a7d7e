"""The gateway's orders as ccxt's order structures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from riskgate_client.models import Order
from riskgate_client.requests import NewOrder, to_text

_STATUSES = {
    "denied": "rejected",
    "approved": "open",
    "submitting": "open",
    "submitted": "open",
    "partially_filled": "open",
    "unknown": "open",
    "filled": "closed",
    "cancelled": "canceled",
    "rejected": "rejected",
    "expired": "expired",
}


def to_structure(
    order: Order, order_id: str, number: Callable[[str], Any], *, contract_size: Decimal = Decimal(1)
) -> dict[str, Any]:
    """Return ccxt's structure; `number` makes the exchange's own kind of number of a text."""

    def of(amount: Decimal | None) -> Any:
        return None if amount is None else number(to_text(amount))

    average = order.average_fill_price
    cost = order.filled_quantity * average * contract_size if average is not None else Decimal(0)
    fees = [{"currency": currency, "cost": of(paid)} for currency, paid in order.fees.items()]
    return {
        "id": order_id,
        "clientOrderId": order.client_order_id,
        "timestamp": _milliseconds(order.created_at),
        "datetime": _text(order.created_at),
        "lastTradeTimestamp": None,
        "lastUpdateTimestamp": _milliseconds(order.updated_at),
        "symbol": order.symbol,
        "type": "limit" if order.type in {"limit", "stop_limit"} else "market",
        "timeInForce": "PO" if order.post_only else order.time_in_force,
        "postOnly": order.post_only,
        "reduceOnly": order.reduce_only,
        "side": order.side,
        "price": of(order.price if order.price is not None else average),
        "triggerPrice": of(order.trigger_price),
        "stopPrice": of(order.trigger_price),
        "stopLossPrice": of(order.stop_loss_price),
        "takeProfitPrice": of(order.take_profit_price),
        "amount": of(order.quantity),
        "filled": of(order.filled_quantity),
        "remaining": of(order.remaining_quantity if not order.is_final else order.quantity - order.filled_quantity),
        "average": of(average),
        "cost": of(cost),
        "status": _STATUSES.get(order.status, "open"),
        "fee": fees[0] if len(fees) == 1 else None,
        "fees": fees,
        "trades": [],
        "info": {
            "status": order.status,
            "reason": order.reason,
            "order_id": order.order_id,
            "exchange_order_id": order.exchange_order_id,
        },
    }


def pending_structure(order: NewOrder, number: Callable[[str], Any]) -> dict[str, Any]:
    """Return the structure of an approved order that could not be read since: open, and nothing known of fills."""
    amount, price = (None if given is None else number(str(given)) for given in (order.quantity, order.price))
    known = {"id": order.client_order_id, "clientOrderId": order.client_order_id, "symbol": order.symbol}
    unknown = dict.fromkeys(
        ("timestamp", "datetime", "lastTradeTimestamp", "filled", "remaining", "average", "cost", "fee")
    )
    kind = "limit" if order.type in {"limit", "stop_limit"} else "market"
    terms = {"type": kind, "side": order.side, "amount": amount, "price": price, "status": "open"}
    return {**known, **unknown, **terms, "reduceOnly": order.reduce_only, "fees": [], "trades": [], "info": {}}


def contract_size_of(market: Mapping[str, Any]) -> Decimal:
    """Return the base units of one contract, 1 on spot."""
    size = market.get("contractSize")
    return Decimal(str(size)) if market.get("contract") and size else Decimal(1)


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def _text(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
