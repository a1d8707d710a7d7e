"""Kraken Futures' orders and fills, from its list of open orders and its history of events.

ccxt reads one page of the history, calls an order that was placed a cancelled one, and makes up the fees of fills. The
history tells events: the newest of an order is how it stands. A trigger that fires keeps its id as an order.

Source: Kraken's Futures REST documentation (openorders; history v3: orders, triggers, executions).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from riskgate.adapters.exchange.call_log import CcxtCall
from riskgate.adapters.exchange.client import ExchangeClient
from riskgate.adapters.exchange.parse import Row, invalid, to_decimal, to_instant, to_milliseconds, to_order, to_text
from riskgate.adapters.exchange.parse import to_trade as read_trade
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.money import ZERO, plain
from riskgate.core.venues.model import VenueOrder, VenueOrderRef, VenueTrade

#: Kraken caps a page at a thousand.
_COUNT, _PAGES_MAX = 1000, 400
#: An order is made within this of its sending by our clock.
_EARLY_MS = 60_000
#: Orders of these kinds never rest: what was not taken at once is gone.
_IMMEDIATE = frozenset({"ioc", "market", "fillorkill", "liquidation"})
#: Where an event keeps the order as it stands after it, and what that is; None: it says nothing about an order.
_EVENTS: Mapping[str, tuple[str, str] | None] = {
    "OrderPlaced": ("order", "open"),
    "OrderUpdated": ("newOrder", "open"),
    "OrderCancelled": ("order", "canceled"),
    "OrderRejected": ("order", "rejected"),
    "OrderEditRejected": ("oldOrder", "open"),
    "OrderNotFound": None,
    "OrderTriggerPlaced": ("order", "open"),
    "OrderTriggerUpdated": ("newOrderTrigger", "open"),
    "OrderTriggerCancelled": ("order", "canceled"),
    "OrderTriggerActivated": ("order", "closed"),
    "OrderTriggerEditRejected": ("oldOrderTrigger", "open"),
}


def list_open_orders(client: ExchangeClient, symbol: str | None) -> tuple[VenueOrder, ...]:
    """Return all resting orders and waiting triggers: one list holds them all."""
    rows = _open_rows(client)
    orders = [to_order(row) for row in rows]
    return tuple(order for order in orders if symbol in {None, order.symbol})


def list_orders(client: ExchangeClient, symbol: str | None, start_ms: int, end_ms: int) -> tuple[VenueOrder, ...]:
    """Return the orders that were made in a period, as the newest event of each tells; triggers too."""
    found: dict[str, Row] = {}
    for row in _merge(_events(client, "orders", start_ms), _events(client, "triggers", start_ms)):
        if start_ms <= int(row["timestamp"]) <= end_ms and symbol in {None, row["symbol"]}:
            found.setdefault(str(row["id"]), row)
    return tuple(to_order(row) for row in found.values())


def list_trades(client: ExchangeClient, symbol: str | None, start_ms: int, end_ms: int) -> tuple[VenueTrade, ...]:
    """Return all fills of a period by time, with the fees that were paid."""
    found = [_to_fill(client, row) for row in _pages(client, "trade", "executions", start_ms, _to_fill)]
    trades = {
        str(row["id"]): read_trade(row)
        for row in found
        if start_ms <= int(row["timestamp"]) <= end_ms and symbol in {None, row["symbol"]}
    }
    return tuple(sorted(trades.values(), key=lambda trade: (trade.executed_at, trade.trade_id)))


def find_order(client: ExchangeClient, ref: VenueOrderRef) -> VenueOrder | None:
    """Look for an order among the open ones, then in the history from its sending on.

    In this order: what ends in between has left the list and is in the history. Raises VenueAnswerInvalid: nobody
    knows when it was sent, or a row cannot be read: it may be there.
    """
    unreadable = client.rows.count
    seen = next((row for row in _open_rows(client) if _is(row, ref)), None)
    if seen is not None and (seen["triggerPrice"] is not None or not ref.has_trigger) and seen["amount"] is not None:
        return to_order(seen)
    if ref.sent_at is None and seen is None:
        raise VenueAnswerInvalid("no list of the exchange can be searched to its end: it is not known when it was sent")
    start_ms = to_milliseconds(ref.sent_at) - _EARLY_MS if ref.sent_at is not None else int((seen or {})["timestamp"])
    placed = seen or next((row for row in _events(client, "orders", start_ms) if _is(row, ref)), None)
    trigger = None
    if placed is None or ref.has_trigger:
        trigger = next((row for row in _events(client, "triggers", start_ms) if _is(row, ref)), None)
    if placed is None and trigger is None:
        if client.rows.count > unreadable:
            raise VenueAnswerInvalid("a row of the exchange's lists cannot be read: it may be this order")
        return None
    return to_order(_join(placed, trigger))


def _join(placed: Row | None, trigger: Row | None) -> Row:
    """Return an order with the terms of the trigger that it came from."""
    if placed is None or trigger is None:
        return placed or trigger or {}
    kept = ("triggerPrice", "type", "price", "timestamp")
    amount = trigger["amount"] if placed["amount"] is None else placed["amount"]
    ours = placed["clientOrderId"] or trigger["clientOrderId"]
    return {**placed, **{name: trigger[name] for name in kept}, "amount": amount, "clientOrderId": ours}


def _merge(orders: Iterator[Row], triggers: Iterator[Row]) -> list[Row]:
    """Return the newest event of each order, with its trigger's terms where it came from one."""
    newest: dict[str, Row] = {}
    waiting: dict[str, Row] = {}
    for row in orders:
        newest.setdefault(str(row["id"]), row)
    for row in triggers:
        waiting.setdefault(str(row["id"]), row)
    return [_join(newest.get(name), waiting.get(name)) for name in dict.fromkeys([*newest, *waiting])]


def _is(row: Row, ref: VenueOrderRef) -> bool:
    if ref.exchange_order_id is not None:
        return bool(row["id"] == ref.exchange_order_id)
    return bool(row["clientOrderId"] == ref.client_order_id)


def _open_rows(client: ExchangeClient) -> list[Row]:
    call = _ask("privateGetOpenorders", {}, "openOrders")
    rows = client.read_list("order", call, lambda row: to_order(_to_open(client, row)))
    return [_to_open(client, row) for row in rows]


def _to_open(client: ExchangeClient, row: Row) -> Row:
    left = row.get("unfilledSize")
    filled = to_decimal(row.get("filledSize", "0"), "filled quantity")
    trigger = row.get("stopPrice")
    if left is None and trigger is None:
        raise invalid("quantity")
    return {
        "id": row.get("order_id"),
        "clientOrderId": row.get("cliOrdId") or row.get("cli_ord_id"),
        "symbol": _symbol(client, row.get("symbol")),
        "side": row.get("side"),
        "type": "market" if row.get("limitPrice") is None else "limit",
        "status": "open",
        "price": row.get("limitPrice"),
        "triggerPrice": trigger,
        "amount": None if left is None else plain(filled + to_decimal(left, "quantity")),
        "filled": plain(filled),
        "reduceOnly": row.get("reduceOnly"),
        "timestamp": client.parse_time(row.get("receivedTime")),
        "lastUpdateTimestamp": client.parse_time(row.get("lastUpdateTime")),
    }


def _events(client: ExchangeClient, kind: str, start_ms: int) -> Iterator[Row]:
    """Return orders as events tell them, the newest first, back to a time."""
    for row in _pages(client, "order", kind, start_ms, _to_event):
        event = _to_event(client, row)
        if event is not None:
            yield event


def _pages(
    client: ExchangeClient, what: str, path: str, start_ms: int, read: Callable[[ExchangeClient, Row], Any]
) -> Iterator[Row]:
    method = f"historyGet{path.capitalize()}"
    asked: dict[str, Any] = {"version": "v3", "since": max(start_ms - 1, 0), "sort": "desc", "count": _COUNT}
    for _ in range(_PAGES_MAX):
        rows = client.read_list(what, _ask(method, dict(asked), "elements"), lambda row: read(client, row))
        token = client.last_answer.get("continuationToken")
        yield from rows
        if not token:
            return
        asked["continuation_token"] = str(token)
    raise VenueAnswerInvalid("the exchange's pages do not end")


def _ask(method: str, asked: dict[str, Any], name: str) -> CcxtCall[list[Any]]:
    return CcxtCall(method, (), lambda ccxt: _list(getattr(ccxt, method)(asked), name))


def _to_event(client: ExchangeClient, row: Row) -> Row | None:
    """Read an event as an order; None for one that says nothing of an order, of a market that is not offered too."""
    event = row.get("event")
    if not isinstance(event, Mapping) or len(event) != 1:
        raise invalid("event")
    ((kind, told),) = event.items()
    if kind not in _EVENTS or not isinstance(told, Mapping):
        raise invalid("kind of event")
    place = _EVENTS[kind]
    if place is None:
        return None
    order = told.get(place[0])
    if not isinstance(order, Mapping):
        raise invalid("order")
    found = _from_history(client, order, place[1], str(told.get("orderError", "")))
    to_order(found)
    return found


def _from_history(client: ExchangeClient, order: Row, status: str, error: str) -> Row:
    options = order.get("triggerOptions")
    waits = isinstance(options, Mapping)
    # What is left, and what was filled; of a trigger all is left.
    left = to_decimal(order.get("quantity"), "quantity")
    filled = ZERO if waits else to_decimal(order.get("filled"), "filled quantity")
    kind = str(order.get("orderType")).lower()
    if not waits:
        if status == "open" and not left:
            status = "closed"
        elif kind in _IMMEDIATE and (status == "open" or "would_not" in error):
            status = "canceled"
    price = order.get("limitPrice") or None
    at_market = price is None or kind == "market"
    return {
        "id": to_text(order.get("uid"), "order id"),
        "clientOrderId": order.get("clientId") or None,
        "symbol": _symbol(client, order.get("tradeable")),
        "side": str(order.get("direction")).lower(),
        "type": "market" if at_market else "limit",
        "status": status,
        "timeInForce": {"ioc": "IOC", "fillorkill": "FOK"}.get(kind),
        "price": None if at_market else price,
        "triggerPrice": options.get("triggerPrice") if isinstance(options, Mapping) else None,
        "amount": plain(left + filled),
        "filled": plain(filled),
        "reduceOnly": order.get("reduceOnly"),
        "timestamp": to_milliseconds(to_instant(order.get("timestamp"), "time")),
        "lastUpdateTimestamp": order.get("lastUpdateTimestamp"),
    }


def _to_fill(client: ExchangeClient, row: Row) -> Row:
    event = row.get("event") or {}
    told = event.get("Execution") or event.get("execution")
    execution = told.get("execution") if isinstance(told, Mapping) else None
    order = execution.get("order") if isinstance(execution, Mapping) else None
    if not isinstance(execution, Mapping) or not isinstance(order, Mapping):
        raise invalid("execution")
    symbol = _symbol(client, order.get("tradeable"))
    data = execution.get("orderData") or {}
    found = {
        "id": execution.get("uid"),
        "order": order.get("uid"),
        "clientOrderId": order.get("clientId") or None,
        "symbol": symbol,
        "side": str(order.get("direction")).lower(),
        "amount": execution.get("quantity"),
        "price": execution.get("price"),
        "timestamp": to_milliseconds(to_instant(execution.get("timestamp"), "time")),
        "takerOrMaker": execution.get("executionType"),
        # Multi-collateral contracts pay their fees in the quote currency.
        "fee": {"cost": data.get("fee"), "currency": client.load_markets().get(symbol, {}).get("quote", "USD")},
    }
    read_trade(found)
    return found


def _symbol(client: ExchangeClient, native: object) -> str:
    """Return the symbol of a contract, whose name is written in either case; of one that is not known the name."""
    name = to_text(native, "market").upper()
    return client.symbol_of(name) or name


def _list(body: Any, name: str) -> list[Any]:
    rows = body.get(name) if isinstance(body, Mapping) else None
    if not isinstance(rows, list):
        raise invalid(name)
    return rows
