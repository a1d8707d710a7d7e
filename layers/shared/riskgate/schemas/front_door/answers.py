"""Orders in Binance's JSON, numbers as it writes them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from riskgate.core.account.document import OrderStatus
from riskgate.core.account.order_names import short_symbol
from riskgate.core.instrument import MarketType
from riskgate.core.money import REPORT_CONTEXT, ZERO
from riskgate.core.order import Order, OrderType, TimeInForce
from riskgate.schemas.messages.worked import WorkedFill, WorkedOrder

type Json = dict[str, Any]

_STATUS = {
    OrderStatus.APPROVED: "NEW",
    OrderStatus.SUBMITTING: "NEW",
    OrderStatus.SUBMITTED: "NEW",
    OrderStatus.UNKNOWN: "NEW",
    OrderStatus.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    OrderStatus.FILLED: "FILLED",
    OrderStatus.CANCELLED: "CANCELED",
    OrderStatus.EXPIRED: "EXPIRED",
    OrderStatus.REJECTED: "REJECTED",
    OrderStatus.DENIED: "REJECTED",
}
_TYPES = {
    MarketType.SPOT: {
        OrderType.LIMIT: "LIMIT",
        OrderType.MARKET: "MARKET",
        OrderType.STOP: "STOP_LOSS",
        OrderType.STOP_LIMIT: "STOP_LOSS_LIMIT",
    },
    MarketType.SWAP: {
        OrderType.LIMIT: "LIMIT",
        OrderType.MARKET: "MARKET",
        OrderType.STOP: "STOP_MARKET",
        OrderType.STOP_LIMIT: "STOP",
    },
}
_PLACES = Decimal("1e-8")
#: Spot orders that are answered without a word about fills, unless more is asked for.
_ACKNOWLEDGED = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT", "LIMIT_MAKER"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """An order with what became of it, as far as a bot is told."""

    order: Order
    worked: WorkedOrder
    market_type: MarketType


def number(value: Decimal | None) -> str:
    """Return an amount with eight places, as Binance writes most; more only where it has more."""
    amount = ZERO if value is None else value
    rounded = amount.quantize(_PLACES, context=REPORT_CONTEXT)
    return f"{rounded if rounded == amount else amount:f}"


def milliseconds(at: datetime) -> int:
    """Return an instant as Binance has it."""
    return int(at.timestamp() * 1000)


def type_of(order: Order, market_type: MarketType) -> str:
    """Return Binance's type of an order."""
    if order.post_only and market_type is MarketType.SPOT:
        return "LIMIT_MAKER"
    return _TYPES[market_type][order.type]


def status_of(status: OrderStatus) -> str:
    """Return Binance's status of an order."""
    return _STATUS[status]


def placed(shown: Shown, response_type: str) -> Json:
    """Return the answer to a new order."""
    return swap_order(shown) if shown.market_type is MarketType.SWAP else _spot_placed(shown, response_type)


def _spot_placed(shown: Shown, response_type: str) -> Json:
    order, worked = shown.order, shown.worked
    kind = type_of(order, MarketType.SPOT)
    wanted = response_type or ("ACK" if kind in _ACKNOWLEDGED else "FULL")
    at = milliseconds(worked.updated_at)
    answer: Json = _named(shown) | {"transactTime": at}
    if wanted == "ACK":
        return answer
    answer |= _spot_terms(shown)
    if order.trigger_price is not None:
        answer["stopPrice"] = number(order.trigger_price)
    else:
        answer["workingTime"] = at
    if wanted == "FULL":
        answer["fills"] = [_fill(fill) for fill in worked.fills]
    return answer


def spot_cancelled(shown: Shown, cancel_id: str) -> Json:
    """Return the answer to a cancel on spot: `clientOrderId` is the cancel's own there."""
    named = _named(shown)
    return {
        **named,
        "origClientOrderId": named["clientOrderId"],
        "clientOrderId": cancel_id,
        "transactTime": milliseconds(shown.worked.updated_at),
        **_spot_terms(shown),
    }


def spot_order(shown: Shown) -> Json:
    """Return a spot order as a query shows one."""
    order, at = shown.order, milliseconds(shown.worked.updated_at)
    return {
        **_named(shown),
        **_spot_terms(shown),
        "stopPrice": number(order.trigger_price),
        "icebergQty": number(None),
        "time": at,
        "updateTime": at,
        "isWorking": order.trigger_price is None,
        "workingTime": at if order.trigger_price is None else -1,
    }


def swap_order_queried(shown: Shown) -> Json:
    """Return an order of USD-M futures as a query shows one."""
    return swap_order(shown) | {"time": milliseconds(shown.worked.updated_at)}


def swap_order(shown: Shown) -> Json:
    """Return an order of USD-M futures."""
    order, worked = shown.order, shown.worked
    average = worked.filled_notional / worked.filled_quantity if worked.filled_quantity else ZERO
    kind = type_of(order, MarketType.SWAP)
    good_till = milliseconds(order.expires_at) if order.expires_at is not None else 0
    named = _named(shown)
    del named["orderListId"]
    return {
        **named,
        "status": status_of(worked.status),
        "price": number(order.price),
        "avgPrice": number(average),
        "origQty": number(worked.quantity),
        "executedQty": number(worked.filled_quantity),
        "cumQty": number(worked.filled_quantity),
        "cumQuote": number(worked.filled_notional),
        "timeInForce": _force_of(order, MarketType.SWAP),
        "type": kind,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": order.side.value.upper(),
        "positionSide": "BOTH",
        "stopPrice": number(order.trigger_price),
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": kind,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "goodTillDate": good_till,
        "updateTime": milliseconds(worked.updated_at),
    }


def algo_order(shown: Shown) -> Json:
    """Return a conditional order of USD-M futures."""
    order, worked = shown.order, shown.worked
    at = milliseconds(worked.updated_at)
    return {
        "algoId": int(worked.exchange_order_id or 0),
        "clientAlgoId": order.client_order_id,
        "algoType": "CONDITIONAL",
        "orderType": type_of(order, MarketType.SWAP),
        "symbol": short_symbol(order.symbol),
        "side": order.side.value.upper(),
        "positionSide": "BOTH",
        "timeInForce": order.time_in_force.value,
        "quantity": number(worked.quantity),
        "algoStatus": status_of(worked.status),
        "triggerPrice": number(order.trigger_price),
        "price": number(order.price),
        "icebergQuantity": None,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "workingType": "CONTRACT_PRICE",
        "priceMatch": "NONE",
        "closePosition": False,
        "priceProtect": False,
        "reduceOnly": order.reduce_only,
        "createTime": at,
        "updateTime": at,
        "triggerTime": 0,
        "goodTillDate": 0,
    }


def algo_cancelled(shown: Shown) -> Json:
    """Return the answer to the cancel of a conditional order."""
    return {
        "algoId": int(shown.worked.exchange_order_id or 0),
        "clientAlgoId": shown.order.client_order_id,
        "code": "200",
        "msg": "success",
    }


def _named(shown: Shown) -> Json:
    return {
        "symbol": short_symbol(shown.order.symbol),
        "orderId": int(shown.worked.exchange_order_id or 0),
        "orderListId": -1,
        "clientOrderId": shown.order.client_order_id,
    }


def _spot_terms(shown: Shown) -> Json:
    order, worked = shown.order, shown.worked
    return {
        "price": number(order.price),
        "origQty": number(worked.quantity),
        "executedQty": number(worked.filled_quantity),
        "origQuoteOrderQty": number(order.quote_quantity),
        "cummulativeQuoteQty": number(worked.filled_notional),
        "status": status_of(worked.status),
        "timeInForce": _force_of(order, MarketType.SPOT),
        "type": type_of(order, MarketType.SPOT),
        "side": order.side.value.upper(),
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }


def _force_of(order: Order, market_type: MarketType) -> str:
    if order.post_only and market_type is MarketType.SWAP:
        return "GTX"
    return TimeInForce(order.time_in_force).value


def _fill(fill: WorkedFill) -> Json:
    return {
        "price": number(fill.price),
        "qty": number(fill.quantity),
        "commission": number(fill.fee),
        "commissionAsset": fill.fee_currency,
        "tradeId": int(fill.trade_id) if fill.trade_id.isdecimal() else -1,
    }
