"""One log line for each call to a venue: which, with which amounts, what came back and how long it took."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from riskgate.core.venues.model import VenueOrder
from riskgate.observability import log_action

VENUE_CALLED = "venue_called"
#: What ccxt works out from what it has read: no request leaves.
LOCAL = frozenset({"amount_to_precision", "price_to_precision"})
#: What the arguments of a method are; of any other the first is a symbol if it is a text.
_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "create_order": ("symbol", "type", "side", "amount", "price", "params"),
    "cancel_order": ("id", "symbol", "params"),
    "fetch_order": ("id", "symbol", "params"),
}
#: Parameters that lines tell; others may hold anything.
_PARAMETERS = frozenset(
    {"clientOrderId", "newClientOrderId", "triggerPrice", "timeInForce", "postOnly", "reduceOnly", "trigger"}
)
_ROW = ("id", "clientOrderId", "symbol", "status", "side", "amount", "price", "average", "filled")
_FIELDS = ("exchange_order_id", "status", "quantity", "filled_quantity", "average_price")


@dataclass(frozen=True, slots=True)
class CcxtCall[T]:
    """A call ready to be made: `run` makes it, `method` and `arguments` are what lines tell of it."""

    method: str
    arguments: tuple[Any, ...]
    run: Callable[[Any], T]


def log_call(venue: str, call: CcxtCall[Any], outcome: Any, duration_ms: int) -> None:
    """Write the line of a call; `outcome` is what it returned, or the error it raised."""
    if call.method in LOCAL:
        return
    log_action(
        VENUE_CALLED,
        call.method,
        venue=venue,
        request=tell_request(call),
        response=tell_response(outcome),
        duration_ms=duration_ms,
    )


def tell_request(call: CcxtCall[Any]) -> dict[str, Any]:
    """Return the names and amounts of a request."""
    names = _ARGUMENTS.get(call.method, ("symbol",))
    told: dict[str, Any] = {}
    for name, value in zip(names, call.arguments, strict=False):
        if isinstance(value, Mapping):
            told |= {key: entry for key, entry in value.items() if key in _PARAMETERS}
        elif isinstance(value, str | int | float | Decimal):
            told[name] = value
    return told


def tell_response(outcome: Any) -> dict[str, Any]:
    """Return what of an answer a line tells: of an order its figures, of a list its length, of an error its kind."""
    if isinstance(outcome, Exception):
        # Its text may be the venue's whole answer; what is known of it stands in the line of who asked.
        return {"outcome": "failed", "error": type(outcome).__name__}
    told: dict[str, Any] = {"outcome": "answered"}
    if isinstance(outcome, VenueOrder):
        told |= {name: getattr(outcome, name, None) for name in _FIELDS}
    elif isinstance(outcome, Mapping) and "id" in outcome:
        told |= {name: outcome.get(name) for name in _ROW}
    elif isinstance(outcome, list | tuple | Mapping):
        told["rows"] = len(outcome)
    return {name: value for name, value in told.items() if value is not None}
