"""An order in ccxt's words and the venue's own: exactly as it was approved, or refused before anything is sent."""

from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

from riskgate.adapters.exchange.build import ORDER_EXPIRY_MS
from riskgate.adapters.exchange.client import ExchangeClient, ccxt_call
from riskgate.adapters.exchange.parse import to_decimal, to_milliseconds
from riskgate.core.errors import (
    InvalidRequest,
    Rejected,
    Transient,
    VenueAnswerInvalid,
)
from riskgate.core.instrument import MarketType
from riskgate.core.money import plain
from riskgate.core.order import TimeInForce
from riskgate.core.side import Side
from riskgate.core.venues.model import NewVenueOrder

#: ccxt's word for each that venues have for a margin mode, in lower case.
_MARGIN_MODES = {"cross": "cross", "crossed": "cross", "isolated": "isolated"}


def order_arguments(client: ExchangeClient, order: NewVenueOrder) -> tuple[Any, ...]:
    """Return ccxt's arguments. Raises InvalidRequest for what would not be sent exactly as it is."""
    rules = client.rules
    if not client.trades:
        raise InvalidRequest("orders are not sent to this exchange", code="VENUE_TRADING_UNSUPPORTED")
    market = client.market(order.symbol)
    if order.type.has_limit_price != (order.limit_price is not None):
        raise InvalidRequest("only limit orders take a limit price, and they need one", code="PRICE_INVALID")
    if order.type.has_trigger_price != (order.trigger_price is not None):
        raise InvalidRequest("only stop orders take a trigger price, and they need one", code="PRICE_INVALID")
    quantity = _on_grid(client, "amount_to_precision", order.symbol, order.quantity)
    prices = [
        None if price is None else _on_grid(client, "price_to_precision", order.symbol, price)
        for price in (order.limit_price, order.trigger_price)
    ]
    parameters: dict[str, Any] = {rules.client_id_parameter: order.client_order_id}
    parameters |= _time_in_force(client, order) | _deadline(client, order)
    if prices[1] is not None:
        parameters |= _trigger(client, order, prices[1])
        if rules.trigger_id_parameter is not None:
            parameters[rules.trigger_id_parameter] = order.client_order_id
    parameters |= {"postOnly": True} if order.post_only else {}
    parameters |= {"reduceOnly": True} if order.reduce_only else {}
    executed = "limit" if order.type.has_limit_price else "market"
    if executed == "market" and order.side is Side.BUY and client.market_type is MarketType.SPOT:
        if rules.buys_at_market_by_cost:
            raise InvalidRequest("the exchange buys at market by what is spent", code="ORDER_TYPE_UNSUPPORTED")
        parameters |= rules.market_buy
        parameters |= rules.market_buy_terms(quantity) if rules.market_buy_terms is not None else {}
    if rules.names_margin_mode and client.market_type is MarketType.SWAP:
        parameters["marginMode"] = _ask_margin_mode(client, order.symbol)
    lots = int(quantity) if rules.whole_lots else quantity
    price = prices[0]
    if executed == "market" and rules.market_needs_price:
        # What it may cost at most is worked out from there.
        price = prices[1] or _touch(client, order)
    if executed == "market" and prices[1] is not None and rules.trigger_slippage is not None:
        parameters["slippage"] = rules.trigger_slippage
    return market["symbol"], executed, order.side.value, lots, price, parameters


def _deadline(client: ExchangeClient, order: NewVenueOrder) -> dict[str, Any]:
    """Return by when the exchange is to take an order: a late one must not come after it was looked for in vain."""
    name, window = client.rules.deadline_parameter, client.rules.spot_window
    if window is not None and client.market_type is MarketType.SPOT and not order.type.has_trigger_price:
        return {window[0]: str(client.signed_ms), window[1]: str(ORDER_EXPIRY_MS)}
    return {} if name is None else {name: client.write_time(client.now_ms + ORDER_EXPIRY_MS)}


def _ask_margin_mode(client: ExchangeClient, symbol: str) -> str:
    """Return a market's margin mode, `cross` or `isolated`: an order in the other one is refused."""
    try:
        # ccxt takes any other word for `cross`: the venue's own is read.
        info = client.read(ccxt_call("fetch_margin_mode", symbol)).get("info")
        mode = str(info.get("marginMode")).lower() if isinstance(info, Mapping) else ""
    except VenueAnswerInvalid:
        mode = ""
    if mode not in _MARGIN_MODES:
        raise InvalidRequest("the exchange does not tell the market's margin mode", code="ORDER_NOT_SENT")
    return _MARGIN_MODES[mode]


def _touch(client: ExchangeClient, order: NewVenueOrder) -> str:
    """Return the best price that an order at market meets. Raises Transient: nothing rests there."""
    book = client.read(ccxt_call("fetch_order_book", order.symbol, 1))
    levels = book.get("asks" if order.side is Side.BUY else "bids")
    if not levels:
        raise Transient("the exchange has no price to send an order at market with", code="EXCHANGE_UNAVAILABLE")
    return plain(to_decimal(levels[0][0], "price"))


def _on_grid(client: ExchangeClient, method: str, symbol: str, value: Decimal) -> str:
    """Return a figure as text; off the venue's grid it is refused, since ccxt would round it in silence."""
    name = "quantity" if method.startswith("amount") else "price"
    refusal = InvalidRequest(f"the {name} is not on the exchange's grid", code=f"{name.upper()}_INVALID")
    if not value.is_finite() or value <= 0:
        raise refusal
    text = plain(value)
    try:
        rounded = client.read(ccxt_call(method, symbol, text))
    except (Rejected, VenueAnswerInvalid):
        # Rounded to nothing, or the venue tells no precision.
        raise refusal from None
    if Decimal(rounded) != value:
        raise refusal
    return text


def _time_in_force(client: ExchangeClient, order: NewVenueOrder) -> dict[str, Any]:
    if order.time_in_force is TimeInForce.GTC:
        return {}
    refusal = InvalidRequest("the exchange has no such time in force", code="TIME_IN_FORCE_INVALID")
    offered = client.feature("createOrder", "timeInForce") or {}
    if offered.get(order.time_in_force.value) is not True:
        raise refusal
    terms = client.rules.immediate_terms.get(order.time_in_force.value)
    parameters: dict[str, Any] = {"timeInForce": order.time_in_force.value} if terms is None else dict(terms)
    own = client.rules.gtd_in_seconds
    if order.time_in_force is TimeInForce.GTD and own is not None:
        if order.expires_at is None:
            raise refusal
        seconds = (to_milliseconds(order.expires_at) - client.now_ms) // 1000
        if seconds < 1:
            raise InvalidRequest("the order would end at once", code="TIME_IN_FORCE_INVALID")
        return {"timeInForce": own[0], own[1]: seconds}
    if order.time_in_force is TimeInForce.GTD:
        if client.rules.gtd_parameter is None or order.expires_at is None:
            raise refusal
        # The futures' venues take whole seconds.
        ends = order.expires_at.replace(microsecond=0)
        as_text = ends.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        parameters[client.rules.gtd_parameter] = as_text if client.rules.gtd_is_text else to_milliseconds(ends)
    return parameters


def _trigger(client: ExchangeClient, order: NewVenueOrder, price: str) -> dict[str, Any]:
    name = client.rules.trigger_parameter
    if not client.rules.sends_triggers or client.feature("createOrder", name) is not True:
        raise InvalidRequest("no stop orders are sent to this exchange", code="ORDER_TYPE_UNSUPPORTED")
    parameters = {name: price}
    # What is called a stop loss has its direction in its name; some classes would send the word on as it stands.
    words = client.rules.names_trigger_direction and client.feature("createOrder", "triggerDirection") is True
    if words and name == "triggerPrice":
        # A stop buys into a rise and sells into a fall.
        parameters["triggerDirection"] = "ascending" if order.side is Side.BUY else "descending"
    return parameters | dict(client.rules.trigger_terms)
