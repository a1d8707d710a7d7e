"""An order found again, by the venue's id or by ours, wherever the venue keeps it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from riskgate.adapters.exchange.call_log import CcxtCall
from riskgate.adapters.exchange.client import ExchangeClient, ccxt_call
from riskgate.adapters.exchange.errors import ccxt_errors
from riskgate.adapters.exchange.order_history import CALLS, list_methods, list_period
from riskgate.adapters.exchange.own_lists import OWN_LISTS
from riskgate.adapters.exchange.paging import read_whole
from riskgate.adapters.exchange.parse import Row, to_milliseconds, to_order
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import Rejected, VenueAnswerInvalid
from riskgate.core.instrument import MarketType
from riskgate.core.venues.model import VenueOrder, VenueOrderRef

#: An order is made within this of its sending by our clock, however late its request came.
_EARLY_MS, _LATE_MS = 60_000, 900_000


def find_order(client: ExchangeClient, ref: VenueOrderRef) -> VenueOrder | None:
    """Return an order as the venue sees it, or None where it knows none; see `Exchange.get_order`."""
    own = OWN_LISTS.get(client.ccxt_id)
    if own is not None and own.find_order is not None:
        client.market(ref.symbol)
        return own.find_order(client, ref)
    if not (ref.has_trigger and keeps_triggers_apart(client)):
        return _find(client, ref)
    row = _find_row(client, ref, {"trigger": True})
    waiting = to_order(row) if row is not None else None
    named = _placed_by(client, row, waiting) if row is not None and waiting is not None else None
    if waiting is not None and waiting.status is not OrderStatus.UNKNOWN and named is None:
        return waiting
    # It has fired, or the venue has forgotten it: what it placed is an order of its own, under the same client id or
    # under an id that the trigger names.
    if not ref.client_order_id and named is None:
        return waiting
    placed = _find(client, replace(ref, exchange_order_id=named))
    if placed is None or waiting is None:
        return placed or waiting
    ours = placed.client_order_id or waiting.client_order_id
    return replace(placed, type=waiting.type, trigger_price=waiting.trigger_price, client_order_id=ours)


def _placed_by(client: ExchangeClient, row: Row, waiting: VenueOrder) -> str | None:
    """Return the id of the order that a fired trigger has placed, where its row, or a call of its own, names it."""
    name, info = client.rules.fired_id_field, row.get("info")
    named = info.get(name) if name is not None and isinstance(info, Mapping) else None
    path = client.rules.fired_path if client.market_type is MarketType.SPOT else None
    if not named and path is not None and waiting.status is OrderStatus.UNKNOWN:
        asked = {"planOrderId": waiting.exchange_order_id}
        call = CcxtCall("sub_orders", (asked,), lambda ccxt: ccxt.request(path, ["private", "spot"], "GET", asked))
        placed = client.read(call).get("data") or [{}]
        named = placed[0].get("orderId")
    return str(named) if named else None


def _find(client: ExchangeClient, ref: VenueOrderRef) -> VenueOrder | None:
    row = _find_row(client, ref, {})
    return to_order(row) if row is not None else None


def _find_row(client: ExchangeClient, ref: VenueOrderRef, parameters: dict[str, Any]) -> Row | None:
    filters = client.rules.order_filters
    if filters is not None and (filters[0] is not None or ref.exchange_order_id is None):
        return _find_by_filter(client, ref, parameters, filters)
    in_lists = parameters.get("trigger") is True and client.rules.triggers_in_lists
    if in_lists or (ref.exchange_order_id is None and not client.rules.finds_by_client_id):
        return _find_in_lists(client, ref, parameters)
    wanted = {} if ref.exchange_order_id else {"clientOrderId": ref.client_order_id}
    row = _ask_one(client, ref, {**parameters, **wanted})
    if row is None and client.rules.forgets_ended:
        # What ended without a fill is in the list of its period alone.
        return _find_in_lists(client, ref, parameters, ask_first=False)
    return row


def _ask_one(client: ExchangeClient, ref: VenueOrderRef, asked: dict[str, Any]) -> Row | None:
    arguments = (ref.exchange_order_id, ref.symbol, asked)
    try:
        row: Row | None = client.read(CcxtCall("fetch_order", arguments, lambda ccxt: _fetch_or_none(ccxt, ref, asked)))
    except Rejected as refusal:
        if refusal.venue_code not in client.rules.unknown_codes:
            raise
        return None
    if row is not None and row.get("id") is None and "clientOrderId" in asked and not _answers_with_data(client):
        # No error, and no order either: what that means is decided by the lists.
        return _find_in_lists(client, replace(ref, exchange_order_id=None), {}, ask_first=False)
    return row


def _answers_with_data(client: ExchangeClient) -> bool:
    answer = client.last_answer
    return not isinstance(answer, Mapping) or bool(answer.get("data", True))


def _find_by_filter(
    client: ExchangeClient, ref: VenueOrderRef, parameters: dict[str, Any], filters: tuple[str | None, str]
) -> Row | None:
    """Look for one order in the lists of resting, then of finished orders, filtered by its id.

    In this order: what ends in between has left the first list for the second.
    """
    theirs, ours = filters
    by_theirs = theirs is not None and ref.exchange_order_id is not None
    wanted = {theirs: ref.exchange_order_id} if by_theirs else {ours: ref.client_order_id}
    # Without a start the venue looks back some days only; its clock may be behind ours.
    since = to_milliseconds(ref.sent_at) - _EARLY_MS if ref.sent_at is not None else None
    starts = {"fetch_open_orders": None} | dict.fromkeys(_finished_lists(client), since)
    for method, start in starts.items():
        call = ccxt_call(method, ref.symbol, start, None, {**parameters, **wanted})
        rows = client.read_list("order", call, to_order)
        if rows.unreadable:
            raise VenueAnswerInvalid("the exchange's answer about an order cannot be read")
        for row in rows:
            order = to_order(row)
            # A venue that does not know a filter answers with the whole list.
            known = order.exchange_order_id if by_theirs else order.client_order_id
            if known == next(iter(wanted.values())):
                found: Row = row
                return found
    return None


def ask_open(
    symbol: str | None, parameters: Mapping[str, Any], limit: int | None, page: Mapping[str, Any]
) -> CcxtCall[Any]:
    """Return the call for one page of open orders."""
    return ccxt_call("fetch_open_orders", symbol, None, limit, {**parameters, **page})


def _fetch_or_none(ccxt: Any, ref: VenueOrderRef, parameters: dict[str, Any]) -> Any:
    try:
        # ccxt builds its text of an order that is not there from an id that must be one.
        return ccxt.fetch_order(ref.exchange_order_id or "", ref.symbol, parameters)
    except ccxt_errors().OrderNotFound:
        return None


def _find_in_lists(
    client: ExchangeClient, ref: VenueOrderRef, parameters: dict[str, Any], *, ask_first: bool = True
) -> Row | None:
    """Look for an order among open, then among the orders made about when it was sent, each list to its end.

    Raises VenueAnswerInvalid: nobody knows when it was sent, or a row cannot be read: it may be there.
    """
    if not client.has("fetchOpenOrders"):
        raise VenueAnswerInvalid("the exchange cannot look up an order by its client order id")
    unreadable = client.rows.count
    name, wanted = ("id", ref.exchange_order_id) if ref.exchange_order_id else ("clientOrderId", ref.client_order_id)
    found: Row
    if client.rules.finds_resting_by_client_id and ask_first:
        resting = _ask_one(client, ref, {**parameters, "clientOrderId": ref.client_order_id})
        if resting is not None:
            return resting
    else:
        ask = partial(ask_open, ref.symbol, parameters)
        for found in read_whole(client, "fetchOpenOrders", "order", ask, to_order, every_settle=False):
            if found.get(name) == wanted:
                return found
    if ref.sent_at is None:
        raise VenueAnswerInvalid("no list of the exchange can be searched to its end: it is not known when it was sent")
    sent_ms = to_milliseconds(ref.sent_at)
    # Where orders are listed by when they ended, that may be any time since.
    end_ms = (client.now_ms if client.rules.lists_by_end else sent_ms) + _LATE_MS
    for found in list_period(client, ref.symbol, sent_ms - _EARLY_MS, end_ms, parameters):
        if found.get(name) == wanted:
            return found
    if client.rows.count > unreadable:
        raise VenueAnswerInvalid("a row of the exchange's lists cannot be read: it may be this order")
    return None


def _finished_lists(client: ExchangeClient) -> tuple[str, ...]:
    """Return ccxt's lists that together hold every finished order."""
    return tuple(CALLS[name] for name in list_methods(client))


def keeps_triggers_apart(client: ExchangeClient) -> bool:
    """Tell whether a waiting trigger is asked for, and cancelled, in a way of its own."""
    rules = client.rules
    if rules.triggers_in_lists:
        return True
    return rules.sends_triggers and not rules.lists_triggers_too and client.feature("fetchOrder", "trigger") is True
