"""The orders of a period, finished ones too: each venue has its own lists of them."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from riskgate.adapters.exchange.client import ExchangeClient, ccxt_call
from riskgate.adapters.exchange.history import History, at_ms
from riskgate.adapters.exchange.own_lists import OWN_LISTS
from riskgate.adapters.exchange.paging import list_settles, read_period
from riskgate.adapters.exchange.parse import Row, to_order, to_text
from riskgate.adapters.exchange.rows import Rows
from riskgate.core.errors import InvalidRequest, VenueAnswerInvalid
from riskgate.core.venues.model import VenueOrder

#: Lists that hold orders of every kind, or all that are finished.
_WHOLE = ("fetchOrders", "fetchCanceledAndClosedOrders")
_PARTS = ("fetchClosedOrders", "fetchCanceledOrders")
CALLS = {
    "fetchOrders": "fetch_orders",
    "fetchCanceledAndClosedOrders": "fetch_canceled_and_closed_orders",
    "fetchClosedOrders": "fetch_closed_orders",
    "fetchCanceledOrders": "fetch_canceled_orders",
}


def list_orders(client: ExchangeClient, symbol: str | None, start_ms: int, end_ms: int) -> tuple[VenueOrder, ...]:
    """Return the orders of a period; see `Exchange.list_orders`."""
    if symbol is not None:
        client.market(symbol)
    own = OWN_LISTS.get(client.ccxt_id)
    if own is not None:
        return own.list_orders(client, symbol, start_ms, end_ms)
    found: dict[str, VenueOrder] = {}
    for method in list_methods(client):
        if symbol is None and client.feature(method, "symbolRequired") is True:
            raise InvalidRequest("this exchange lists orders by market: give a symbol", code="SYMBOL_REQUIRED")
        # Venues that keep triggers apart list those by market only; what a trigger has placed is an order like others.
        apart = symbol is not None and lists_ended_triggers(client, method)
        kinds: tuple[dict[str, Any], ...] = ({}, {"trigger": True}) if apart else ({},)
        settles = list_settles(client, method) if symbol is None else ({},)
        for kind, settle in product(kinds, settles):
            orders = [to_order(row) for row in _read(client, method, symbol, start_ms, end_ms, {**kind, **settle})]
            found |= {f"{order.symbol} {order.exchange_order_id}": order for order in orders}
    return tuple(found.values())


def lists_ended_triggers(client: ExchangeClient, method: str) -> bool:
    """Tell whether triggers that have ended are in a list of their own."""
    rules = client.rules
    has_lists = client.feature(method, "trigger") is True or rules.triggers_in_lists
    return rules.sends_triggers and not rules.lists_ended_triggers_too and has_lists


def list_period(
    client: ExchangeClient, symbol: str, start_ms: int, end_ms: int, parameters: Mapping[str, Any]
) -> list[Row]:
    """Return ccxt's rows of the orders of a market that were made in a period; `parameters` may ask for triggers."""
    more = {"trigger": True} if parameters.get("trigger") is True else {}
    return [row for m in list_methods(client) for row in _read(client, m, symbol, start_ms, end_ms, more)]


def list_methods(client: ExchangeClient) -> tuple[str, ...]:
    """Return the lists that together hold every finished order. Raises VenueAnswerInvalid: the venue has none."""
    whole = next((name for name in _WHOLE if client.has(name)), None)
    methods = (whole,) if whole is not None else tuple(name for name in _PARTS if client.has(name))
    if not methods:
        raise VenueAnswerInvalid("the exchange does not list finished orders")
    return methods


def _read(
    client: ExchangeClient, method: str, symbol: str | None, start_ms: int, end_ms: int, more: Mapping[str, Any]
) -> list[Row]:
    # ccxt describes lists of finished orders under one of their names.
    limit = client.feature(method, "limit") or client.feature("fetchClosedOrders", "limit")

    def fetch(low: int, high: int) -> Rows:
        if client.rules.end_in_seconds is not None:
            # Seconds, rounded outwards; the venue leaves the first one out.
            since, period = low - 1000, {client.rules.end_in_seconds: high // 1000 + 1}
            call = ccxt_call(CALLS[method], symbol, since, limit, {**period, **more})
            return client.read_list("order", call, _check)
        return read_period(client, method, CALLS[method], "order", symbol, (low, high), limit, _check, more)

    history = History(
        fetch=fetch,
        identity=lambda row: f"{row.get('symbol')} {to_text(row.get('id'), 'order id')}",
        limit=limit,
        # No venue lets orders be asked for over a longer period than fills; ccxt knows the latter better.
        span_days=client.rules.span_days or min(_spans(client, method), default=None),
        thorough=True,
        whole=method in client.rules.pages_of(client.market_type),
    )
    rows = history.read(start_ms, end_ms)
    # Where orders are listed by when they ended, older ones are among them.
    return [row for row in rows if at_ms(row) >= start_ms] if client.rules.lists_by_end else rows


def _check(row: Row) -> None:
    to_order(row)
    at_ms(row)


def _spans(client: ExchangeClient, method: str) -> Iterator[int]:
    for name in (method, "fetchClosedOrders", "fetchMyTrades"):
        days = client.feature(name, "untilDays")
        if days is not None:
            yield int(days)
