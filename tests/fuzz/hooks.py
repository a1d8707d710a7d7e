"""What schemathesis is told beyond the document. It runs in schemathesis' own environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis

if TYPE_CHECKING:
    from schemathesis.core.failures import Failure

#: Refusals of valid requests that the document states in words, as JSON Schema has none for them: how a number is
#: spelled, letters that do not show, text that only this API has written, fields that must agree.
IN_WORDS = frozenset({"NUMBER_INVALID", "CURSOR_INVALID", "STRING_INVALID"})
FIELDS_IN_WORDS = {
    "an asset has one name in the end",
    "differs from the symbol's",
    "is above the ask",
    "must not contain the same entry twice",
    "must be a whole number",  # 1.0 is one to JSON Schema
    "must be readable text",  # a pattern too long for schemathesis' generator, which then leaves it out
}
ORDERS = frozenset({"postOrder", "checkOrder"})


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Take the rules between an order's fields out: no generator can follow them all; `map_body` does for most."""
    rules = raw_schema["components"]["schemas"]["OrderRequest"].pop("allOf")
    FIELDS_IN_WORDS.update(rule["description"].partition("` ")[2] for rule in rules)


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Make most orders sound: otherwise hardly one gets as far as a decision."""
    operation = context.operation.definition.raw.get("operationId")
    orders = [body] if operation in ORDERS else body.get("orders") if isinstance(body, dict) else None
    for order in orders if isinstance(orders, list) else ():
        if isinstance(order, dict):
            _make_sound(order)
    return body


def _make_sound(order: dict[str, Any]) -> None:
    """Drop fields that exclude each other, and name a market that there is."""
    kind, lifetime = order.get("type"), order.get("time_in_force", "GTC")
    unwanted = {"take_profit_price", "trailing_fraction", "stop_kept_by"}
    unwanted |= {"quote_quantity"} if "quantity" in order else set()
    unwanted |= {"price"} if kind in ("market", "stop") else set()
    unwanted |= {"trigger_price"} if kind in ("market", "limit") else set()
    unwanted |= {"expires_at"} if lifetime != "GTD" else set()
    unwanted |= {"post_only"} if kind in ("market", "stop") or lifetime != "GTC" else set()
    for name in unwanted:
        order.pop(name, None)
    if not order.keys() & {"quantity", "quote_quantity"}:
        order["quantity"] = "0.1"
    if kind in ("limit", "stop_limit"):
        order.setdefault("price", "50000")
    if kind in ("stop", "stop_limit"):
        order.setdefault("trigger_price", "50100")
    if lifetime == "GTD":
        order.setdefault("expires_at", "2026-03-05T12:00:00Z")
    if isinstance(order.get("symbol"), str) and "/" in order["symbol"]:
        order |= {"symbol": "BTC/USDT", "venue": "binance"}


@schemathesis.hook
def filter_failure(context: Any, failure: Failure, case: Any, response: Any) -> bool:
    """Keep what is a failure: not the refusals that the document states in words."""
    if response.request.path_url.endswith("/USDT/stop"):
        # Some requests keep the slash of a market's symbol as it is: a path that there is not.
        return False
    if failure.title != "Schema-valid request rejected" or response.status_code != 400:
        return True
    problem = response.json()
    errors = [error["message"] for error in problem.get("errors", ())]
    in_words = errors and all(any(words in message for words in FIELDS_IN_WORDS) for message in errors)
    return not (problem["code"] in IN_WORDS or in_words)
