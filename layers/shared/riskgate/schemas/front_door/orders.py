"""Orders as bots write them for Binance, read into the gateway's own request."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from riskgate.core.errors import InvalidRequest
from riskgate.core.front_door.refusals import Refusal, illegal, invalid_value, missing, not_offered, not_required
from riskgate.core.front_door.symbols import unified_symbol
from riskgate.core.instrument import MarketType
from riskgate.core.money import plain
from riskgate.core.order import Order
from riskgate.schemas.front_door.parameters import Parameters
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.failed import ValidationFailed
from riskgate.schemas.http.requests.orders import OrderRequest

#: Marks an order that came through the front door; the other tag is the request's own.
TAG = "front-door"
_REQUEST_TAG = "request-"

_SPOT_ID_RANGE, _SWAP_ID_RANGE = "^[a-zA-Z0-9-_]{1,36}$", "^[.A-Z:a-z0-9_-]{1,36}$"
_IDS = {MarketType.SPOT: re.compile(_SPOT_ID_RANGE), MarketType.SWAP: re.compile(_SWAP_ID_RANGE)}
#: Binance's types and ours: with a limit price, with a trigger.
_TYPES = {
    MarketType.SPOT: {
        "LIMIT": "limit",
        "LIMIT_MAKER": "limit",
        "MARKET": "market",
        "STOP_LOSS": "stop",
        "STOP_LOSS_LIMIT": "stop_limit",
    },
    MarketType.SWAP: {"LIMIT": "limit", "MARKET": "market"},
}
_ALGO_TYPES = {"STOP": "stop_limit", "STOP_MARKET": "stop"}
_OFFERED_ELSEWHERE = frozenset({"STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"})
#: Say how the answer looks or for whom an order is, and nothing about the order.
_IGNORED = ("newOrderRespType", "strategyId", "strategyType")


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """An order to place, and what its answer says that the gateway's order does not: the venue's own words."""

    order: Order
    market_type: MarketType
    venue_type: str
    time_in_force: str
    is_algo: bool = False
    response_type: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """For whom an order is read: the key's account, strategy and venue; `fingerprint` is the request's own."""

    account_id: str
    strategy: str
    venue: str
    fingerprint: str


def read_client_id(parameters: Parameters, name: str, market_type: MarketType, generated: str) -> str:
    """Return the bot's id for an order, or the one made for it."""
    text = parameters.text(name)
    return generated if text is None else check_client_id(text, name, market_type)


def check_client_id(text: str, name: str, market_type: MarketType) -> str:
    """Return a text that can be a bot's id for an order. Raises Refusal: -1100, -4015."""
    if _IDS[market_type].fullmatch(text) is None:
        if market_type is MarketType.SPOT:
            raise illegal(name, _SPOT_ID_RANGE)
        raise Refusal(-4015, "Client order id is not valid.")
    return text


def read_order(
    parameters: Parameters, market_type: MarketType, sender: Sender, *, also_read: tuple[str, ...] = ()
) -> Placement:
    """Read an order of ``POST /api/v3/order`` or ``POST /fapi/v1/order``; Refusal where it is none that we place."""
    kind = parameters.required("type").upper()
    if kind not in _TYPES[market_type]:
        if market_type is MarketType.SWAP and kind in _OFFERED_ELSEWHERE:
            text = "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead."
            raise Refusal(-4120, text)
        raise Refusal(-1116, "Invalid orderType.")
    ours = _TYPES[market_type][kind]
    force, post_only, expires_at = _time_in_force(parameters, kind, market_type)
    fields: dict[str, Any] = {
        "client_order_id": read_client_id(parameters, "newClientOrderId", market_type, _generated(sender)),
        "type": ours,
        "time_in_force": force,
        "post_only": post_only,
        "expires_at": expires_at,
        **_prices(parameters, needs_price=ours.endswith("limit"), trigger="stopPrice" if "stop" in ours else ""),
    }
    if market_type is MarketType.SPOT:
        fields["quote_quantity"] = _text(parameters.decimal("quoteOrderQty"))
        if fields["quote_quantity"] is not None and kind != "MARKET":
            raise not_required("quoteOrderQty")
    return _finish(parameters, fields, kind, market_type, sender, also_read=also_read)


def read_algo_order(parameters: Parameters, sender: Sender) -> Placement:
    """Read a conditional order of ``POST /fapi/v1/algoOrder``."""
    if parameters.required("algoType") != "CONDITIONAL":
        raise invalid_value("algoType")
    kind = parameters.required("type").upper()
    if kind not in _ALGO_TYPES:
        raise Refusal(-1116, "Invalid orderType. The risk gateway places STOP and STOP_MARKET.")
    if parameters.flag("closePosition"):
        raise not_offered("closePosition is not offered: send the quantity with reduceOnly.")
    force, post_only, expires_at = _time_in_force(parameters, kind, MarketType.SWAP)
    if post_only or expires_at is not None:
        raise Refusal(-1115, "Invalid timeInForce. The risk gateway takes GTC, IOC and FOK here.")
    fields: dict[str, Any] = {
        "client_order_id": read_client_id(parameters, "clientAlgoId", MarketType.SWAP, _generated(sender)),
        "type": _ALGO_TYPES[kind],
        "time_in_force": force,
        **_prices(parameters, needs_price=kind == "STOP", trigger="triggerPrice"),
    }
    placement = _finish(parameters, fields, kind, MarketType.SWAP, sender, also_read=())
    return replace(placement, is_algo=True)


def _finish(
    parameters: Parameters,
    fields: dict[str, Any],
    kind: str,
    market_type: MarketType,
    sender: Sender,
    *,
    also_read: tuple[str, ...],
) -> Placement:
    """Read what all orders have, refuse what nobody read, and check the whole as any other order is checked."""
    symbol = unified_symbol(parameters.required("symbol"), market_type)
    side = parameters.required("side").upper()
    if side not in {"BUY", "SELL"}:
        raise Refusal(-1117, "Invalid side.")
    quantity = _text(parameters.decimal("quantity"))
    if quantity is None and fields.get("quote_quantity") is None:
        raise missing("quantity")
    reduce_only = parameters.flag("reduceOnly") if market_type is MarketType.SWAP else False
    if market_type is MarketType.SWAP and parameters.text("positionSide") not in {None, "BOTH"}:
        raise Refusal(-4061, "Order's position side does not match user's setting.")
    for name, allowed in _NEUTRAL.items():
        parameters.expect(name, *allowed)
    response_type = (parameters.text("newOrderRespType") or "").upper()
    parameters.refuse_unread((*_IGNORED, *also_read))
    fields |= {
        "symbol": symbol,
        "venue": sender.venue,
        "strategy": sender.strategy,
        "side": side.lower(),
        "quantity": quantity,
        "reduce_only": reduce_only,
        "route": True,
        "tags": [TAG, _REQUEST_TAG + sender.fingerprint],
    }
    try:
        request = parse_request(OrderRequest, {name: value for name, value in fields.items() if value is not None})
    except InvalidRequest as error:
        raise _to_refusal(error) from None
    return Placement(
        order=request.to_order(sender.account_id),
        market_type=market_type,
        venue_type=kind,
        time_in_force="GTX" if fields.get("post_only") and market_type is MarketType.SWAP else fields["time_in_force"],
        response_type=response_type,
    )


#: What changes how an order works, with the values that change nothing.
_NEUTRAL: dict[str, tuple[str, ...]] = {
    "icebergQty": (),
    "trailingDelta": (),
    "priceMatch": ("NONE",),
    "priceProtect": ("FALSE",),
    "workingType": ("CONTRACT_PRICE",),
    # The default of Binance's markets. NONE would change it, for orders of whoever has switched SELF_MATCH off.
    "selfTradePreventionMode": ("EXPIRE_MAKER",),
    "closePosition": ("FALSE",),
    "activationPrice": (),
    "activatePrice": (),
    "callbackRate": (),
}


def _time_in_force(parameters: Parameters, kind: str, market_type: MarketType) -> tuple[str, bool, str | None]:
    """Return our time in force, whether the order may only rest, and when it ends."""
    text = parameters.text("timeInForce")
    good_till = parameters.integer("goodTillDate")
    timed = kind in {"LIMIT", "STOP_LOSS_LIMIT", "STOP"}
    if good_till is not None and text != "GTD":
        raise not_required("goodTillDate")
    if text is None:
        if timed and market_type is MarketType.SPOT:
            raise missing("timeInForce")
        return "GTC", kind == "LIMIT_MAKER", None
    if text not in {"GTC", "IOC", "FOK", "GTX", "GTD"}:
        raise Refusal(-1115, "Invalid timeInForce.")
    if not timed and market_type is MarketType.SPOT:
        raise not_required("timeInForce")
    if market_type is MarketType.SPOT and text in {"GTX", "GTD"}:
        raise Refusal(-1115, "Invalid timeInForce.")
    if not timed and text in {"GTX", "GTD"}:
        raise Refusal(-1115, "Invalid timeInForce.")
    if text == "GTD":
        if good_till is None or good_till > _MILLISECONDS_MAX:
            raise missing("goodTillDate")
        ends = datetime.fromtimestamp(good_till // 1000, UTC)
        return "GTD", False, ends.isoformat().replace("+00:00", "Z")
    if not timed:
        # ccxt and others send it along with orders that have none.
        return "GTC", False, None
    return ("GTC", True, None) if text == "GTX" else (text, False, None)


#: The end of 2099: what is later is no date.
_MILLISECONDS_MAX = 4_102_444_799_000


def _prices(parameters: Parameters, *, needs_price: bool, trigger: str) -> dict[str, str | None]:
    price = parameters.decimal("price")
    stop = parameters.decimal("stopPrice") if trigger != "triggerPrice" else parameters.decimal(trigger)
    if needs_price and price is None:
        raise missing("price")
    if price is not None and not needs_price:
        raise not_required("price")
    if trigger and stop is None:
        raise missing(trigger)
    if stop is not None and not trigger:
        raise not_required("stopPrice")
    return {"price": _text(price), "trigger_price": _text(stop)}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _generated(sender: Sender) -> str:
    """Return the id of an order whose bot gives none: the same for the same request."""
    return f"rg-{sender.fingerprint[:30]}"


def _to_refusal(error: InvalidRequest) -> Refusal:
    detail = error.detail
    if isinstance(error, ValidationFailed) and error.errors:
        fault = error.errors[0]
        detail = f"{fault.get('field', '')} {fault.get('message', '')}".strip()
    return Refusal(-1130, f"Data sent for a parameter is not valid: {detail[:200]}", cause=error.code)
