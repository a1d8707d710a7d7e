"""Orders through ccxt: sent once, found again, cancelled."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from riskgate.adapters.exchange.call_log import CcxtCall
from riskgate.adapters.exchange.client import ExchangeClient, ccxt_call
from riskgate.adapters.exchange.order_arguments import order_arguments
from riskgate.adapters.exchange.order_lookup import ask_open, find_order, keeps_triggers_apart
from riskgate.adapters.exchange.own_lists import OWN_LISTS
from riskgate.adapters.exchange.paging import read_whole
from riskgate.adapters.exchange.parse import to_instant, to_order
from riskgate.core.errors import (
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Transient,
    VenueAccessDenied,
    VenueAnswerInvalid,
)
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType
from riskgate.core.venues.model import NewVenueOrder, VenueOrder, VenueOrderRef

_CANCEL_ATTEMPTS = 3


def create_order(client: ExchangeClient, order: NewVenueOrder) -> VenueOrder:
    """Send an order once; see `Exchange.create_order`."""
    if client.market_type is MarketType.SPOT:
        order = replace(order, reduce_only=False)
    arguments = order_arguments(client, order)
    try:
        sending = CcxtCall("create_order", arguments, lambda ccxt: to_order(ccxt.create_order(*arguments), order))
        return client.send(sending)
    except VenueAccessDenied:
        raise
    except Rejected as rejection:
        refusal = rejection
    # Venues refuse a client order id they know, most with the same words as any bad order: a refusal is believed
    # only when the venue does not know the order.
    found = _look_after_refusal(client, order)
    if found is None and refusal.venue_code in client.rules.duplicate_codes:
        # An order is listed only after it was accepted: this one is there.
        raise OutcomeUnknown("the exchange knows the client order id, and does not list its order yet")
    if found is None:
        raise refusal
    return found


def cancel_order(client: ExchangeClient, ref: VenueOrderRef) -> VenueOrder:
    """Cancel an order and return how it ended; see `Exchange.cancel_order`."""
    apart = ref.has_trigger and keeps_triggers_apart(client)
    parameters: dict[str, Any] = {"trigger": True} if apart else {}
    order_id = _order_id_for_cancel(client, ref)
    if order_id is None:
        parameters[client.rules.cancel_id_parameter] = ref.client_order_id
    refusal: Rejected | Transient | OutcomeUnknown | None = None
    for _ in range(_CANCEL_ATTEMPTS):
        try:
            # A second cancel of the same order does no harm.
            client.send(ccxt_call("cancel_order", order_id, ref.symbol, dict(parameters)))
            refusal = None
        except VenueAccessDenied:
            raise
        except InvalidRequest as error:
            refusal = Rejected(error.detail, venue_code=error.code)
        except (Rejected, Transient, OutcomeUnknown) as error:
            refusal = error
        if not isinstance(refusal, OutcomeUnknown):
            break
    if isinstance(refusal, Transient):
        raise refusal
    order = _after_cancel(client, ref)
    placed = order.exchange_order_id if order.exchange_order_id != (order_id or order.exchange_order_id) else None
    if order.status.is_final or (refusal is None and placed is None):
        return order
    if apart and (ref.client_order_id or placed):
        # It has fired in the meantime: what it placed is cancelled instead.
        return cancel_order(client, replace(ref, has_trigger=False, exchange_order_id=placed))
    raise refusal or OutcomeUnknown("the order may be cancelled: the exchange lists another")


def list_open_orders(client: ExchangeClient, symbol: str | None) -> tuple[VenueOrder, ...]:
    """Return all resting orders; see `Exchange.list_open_orders`."""
    if symbol is not None:
        client.market(symbol)
    own = OWN_LISTS.get(client.ccxt_id)
    if own is not None and own.list_open_orders is not None:
        return own.list_open_orders(client, symbol)
    if symbol is None and client.market_type in client.rules.lists_open_by_market:
        raise InvalidRequest("this exchange lists resting orders by market: give a symbol", code="SYMBOL_REQUIRED")
    if symbol is None and client.rules.open_markets_call is not None:
        return tuple(order for name in _markets_with_orders(client) for order in list_open_orders(client, name))
    limit = client.feature("fetchOpenOrders", "limit")
    found: dict[str, VenueOrder] = {}
    for parameters in _open_lists(client):
        rows = read_whole(
            client,
            "fetchOpenOrders",
            "order",
            partial(ask_open, symbol, parameters),
            to_order,
            every_settle=symbol is None,
            pages=client.rules.trigger_pages if parameters else None,
        )
        is_whole = client.rules.lists_all_open_orders or "fetchOpenOrders" in client.rules.pages_of(client.market_type)
        if limit is not None and len(rows) + rows.unreadable >= limit and not is_whole:
            raise VenueAnswerInvalid("the exchange does not give a complete list of open orders")
        orders = [to_order(row) for row in rows]
        found |= {f"{order.symbol} {order.exchange_order_id}": order for order in orders if not order.status.is_final}
    return tuple(found.values())


def _markets_with_orders(client: ExchangeClient) -> list[str]:
    """Return the markets of which the venue says that orders rest there: it lists orders by market only."""
    call = client.rules.open_markets_call or ""
    body = client.read(ccxt_call(call))
    data = body.get("data") if isinstance(body, Mapping) else None
    names = data.get("symbols") if isinstance(data, Mapping) else None
    if not isinstance(names, list):
        raise VenueAnswerInvalid("the exchange does not tell in which markets orders rest")
    by_id = {market["id"]: str(symbol) for symbol, market in client.load_markets().items()}
    if not set(names) <= set(by_id):
        raise VenueAnswerInvalid("orders rest in a market that is not known")
    return [by_id[name] for name in names]


def _look_after_refusal(client: ExchangeClient, order: NewVenueOrder) -> VenueOrder | None:
    ref = VenueOrderRef(
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        has_trigger=order.type in {OrderType.STOP, OrderType.STOP_LIMIT},
        sent_at=to_instant(client.now_ms, "time"),
    )
    try:
        return find_order(client, ref)
    except (Transient, Rejected, VenueAnswerInvalid, OutcomeUnknown):
        pass
    raise OutcomeUnknown("the exchange refused the order and does not say whether it knows it")


def _order_id_for_cancel(client: ExchangeClient, ref: VenueOrderRef) -> str | None:
    """Return the exchange's id, or None where the client order id is enough."""
    if ref.exchange_order_id is not None or client.rules.cancels_by_client_id:
        return ref.exchange_order_id
    found = find_order(client, ref)
    if found is None:
        raise NotFound("the exchange does not know this order", code="ORDER_NOT_FOUND")
    return found.exchange_order_id


def _after_cancel(client: ExchangeClient, ref: VenueOrderRef) -> VenueOrder:
    try:
        order = find_order(client, ref)
    except (Transient, VenueAnswerInvalid):
        order, is_seen = None, False
    else:
        is_seen = True
    if not is_seen:
        raise OutcomeUnknown("the order may be cancelled: the exchange does not list it")
    if order is None:
        raise NotFound("the exchange does not know this order", code="ORDER_NOT_FOUND")
    return order


def _open_lists(client: ExchangeClient) -> tuple[Mapping[str, Any], ...]:
    """Return the parameters of all lists of resting orders: some venues keep waiting triggers apart."""
    known = client.rules.open_lists.get(client.market_type)
    if known is not None:
        return known
    if client.rules.lists_triggers_too:
        return ({},)
    return ({}, {"trigger": True}) if client.feature("fetchOpenOrders", "trigger") is True else ({},)
