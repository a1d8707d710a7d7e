"""The one log line of a request: who asked for what, with which amounts, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

#: Fields that lines tell of a request or an answer: names, amounts and codes. What is not listed is not told.
TOLD = (
    "client_order_id", "strategy", "venue", "symbol", "side", "type", "quantity", "quote_quantity", "price",
    "trigger_price", "stop_loss_price", "take_profit_price", "time_in_force", "reduce_only", "post_only", "route",
    "fill_id", "fee", "fee_currency", "transfer_id", "amount", "currency", "exit_id", "fraction", "market", "hedge_id",
    "mode", "scope", "key", "engaged", "equity", "decision", "code", "status", "order_id", "exchange_order_id",
    "filled_quantity", "remaining_quantity", "slippage_bps", "realized_pnl", "trading_state", "audit_sequence",
)  # fmt: skip
#: Legs of a batch that a line tells; the rest is counted.
LEGS_TOLD = 10


def tell(value: Any) -> dict[str, Any]:
    """Return what a line tells of a request's body or of an answer; of a batch, of each of its orders."""
    kind: Any = type(value)
    told = {name: found for name in _told_names(kind) if _is_plain(found := getattr(value, name))}
    orders = getattr(value, "orders", None) if "orders" in _names(kind) else None
    if isinstance(orders, list | tuple):
        told |= {"orders": [tell(order) for order in orders[:LEGS_TOLD]], "order_count": len(orders)}
    return told


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | Decimal)


@lru_cache(maxsize=128)
def _told_names(kind: type[Any]) -> tuple[str, ...]:
    names = _names(kind)
    return tuple(name for name in TOLD if name in names)


def _names(kind: type[Any]) -> frozenset[str]:
    fields: Iterable[str] = getattr(kind, "model_fields", ()) or getattr(kind, "__struct_fields__", ())
    return frozenset(fields)
