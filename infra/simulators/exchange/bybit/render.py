"""Orders, fills and funding in the venue's JSON: numbers and times are texts."""

from decimal import Decimal

from infra.simulators.exchange.accounts import Funding
from infra.simulators.exchange.instruments import Instrument
from infra.simulators.exchange.money import ZERO, plain
from infra.simulators.exchange.orders import Leg, Order, Side, Status, TimeInForce, Trade
from infra.simulators.exchange.render import Json
from infra.simulators.exchange.triggers import fires_upward

from .ids import execution_id, number_to_id, order_id

SIDES = {Side.BUY: "Buy", Side.SELL: "Sell"}
POSITION_INDEXES = {Leg.BOTH: 0, Leg.LONG: 1, Leg.SHORT: 2}
_STATUSES = {
    Status.NEW: "New",
    Status.PARTIALLY_FILLED: "PartiallyFilled",
    Status.FILLED: "Filled",
    Status.REJECTED: "Rejected",
}
_TIMES = {TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK"}


def is_waiting(order: Order) -> bool:
    """Tell whether an order waits, or waited to its end, for its trigger."""
    return order.stop_price is not None and not order.is_working and order.status is not Status.REJECTED


def status_of(order: Order) -> str:
    """Return the status in the venue's words."""
    if is_waiting(order):
        return "Untriggered" if order.is_open else "Deactivated"
    known = _STATUSES.get(order.status)
    if known is not None:
        return known
    return "PartiallyFilledCanceled" if order.executed and order.instrument.market == "spot" else "Cancelled"


def _reject_reason(order: Order) -> str:
    if order.status is Status.REJECTED:
        return "EC_NotEnoughBalance"
    if order.status is not Status.EXPIRED:
        return "EC_PerCancelRequest" if order.status is Status.CANCELED else "EC_NoError"
    return "EC_PostOnlyWillTakeLiquidity" if order.post_only else "EC_NoImmediateQtyToFill"


def _trigger_terms(order: Order) -> Json:
    if order.stop_price is None:
        return {"triggerPrice": "", "triggerDirection": 0, "stopOrderType": "", "triggerBy": ""}
    direction = 1 if fires_upward(order.side, order.type) else 2
    terms = {"triggerDirection": direction, "stopOrderType": "Stop", "triggerBy": "LastPrice"}
    return {"triggerPrice": plain(order.stop_price), **terms}


def order_row(order: Order) -> Json:
    """Render an order; of contracts alone it has a `tpslMode`."""
    spot = order.instrument.market == "spot"
    by_quote = order.quote_budget is not None
    left = order.remaining if order.is_open else ZERO
    average = plain(order.quote_executed / order.executed) if order.executed else ""
    fees: dict[str, Decimal] = {}
    for trade in order.fills:
        fees[trade.fee_asset] = fees.get(trade.fee_asset, ZERO) + trade.fee
    row: Json = {
        "symbol": order.instrument.symbol,
        "orderId": order_id(order),
        "orderLinkId": "" if order.client_order_id.startswith("auto-") else order.client_order_id,
        "blockTradeId": "",
        "side": SIDES[order.side],
        "orderType": "Market" if order.is_market else "Limit",
        "price": "0" if order.is_market else plain(order.price),
        "qty": plain(order.quote_budget if order.quote_budget is not None else order.quantity),
        "marketUnit": ("quoteCoin" if by_quote else "baseCoin") if spot and order.is_market else "",
        "isLeverage": "0" if spot else "",
        "positionIdx": POSITION_INDEXES[order.leg],
        "orderStatus": status_of(order),
        "cancelType": "CancelByUser" if order.status is Status.CANCELED else "UNKNOWN",
        "rejectReason": _reject_reason(order),
        "avgPrice": average,
        "leavesQty": plain(left),
        "leavesValue": plain(left * order.price),
        "cumExecQty": plain(order.executed),
        "cumExecValue": plain(order.quote_executed),
        "cumExecFee": plain(sum(fees.values(), ZERO)),
        "cumFeeDetail": {asset: plain(amount) for asset, amount in fees.items()},
        "timeInForce": "PostOnly" if order.post_only else _TIMES.get(order.time_in_force, "GTC"),
        "orderIv": "",
        **_trigger_terms(order),
        "takeProfit": "",
        "stopLoss": "",
        "reduceOnly": order.reduce_only,
        "closeOnTrigger": False,
        "lastPriceOnCreated": "",
        "placeType": "",
        "smpType": "None",
        "smpGroup": 0,
        "smpOrderId": "",
        "createdTime": str(order.created_ms),
        "updatedTime": str(order.updated_ms),
    }
    return row if spot else row | {"tpslMode": "", "createType": _create_type(order)}


def _create_type(order: Order) -> str:
    return "CreateByLiq" if order.source == "liquidation" else "CreateByUser"


def trade_row(trade: Trade, order: Order, fee_rate: Decimal) -> Json:
    """Render one of the account's fills; of contracts alone it has a `createType`."""
    instrument = trade.instrument
    row: Json = {
        "symbol": instrument.symbol,
        "orderId": order_id(order),
        "orderLinkId": "" if order.client_order_id.startswith("auto-") else order.client_order_id,
        "side": SIDES[trade.side],
        "orderPrice": plain(order.price),
        "orderQty": plain(order.quantity),
        "leavesQty": plain(order.remaining),
        "orderType": "Market" if order.is_market else "Limit",
        "stopOrderType": "UNKNOWN" if order.stop_price is None else "Stop",
        "execFee": plain(trade.fee),
        "feeRate": plain(fee_rate),
        "feeCurrency": trade.fee_asset if instrument.market == "spot" else "",
        "execId": execution_id(trade),
        "execPrice": plain(trade.price),
        "execQty": plain(trade.quantity),
        "execType": exec_type(order),
        "execValue": plain(trade.quote_quantity),
        "execTime": str(trade.at_ms),
        "isMaker": trade.is_maker,
        "markPrice": "",
        "indexPrice": "",
        "blockTradeId": "",
        "seq": trade.trade_id,
    }
    return row if instrument.market == "spot" else row | {"createType": _create_type(order), "closedSize": ""}


def exec_type(order: Order) -> str:
    """Return the kind of an order's fills: those of a liquidation are apart."""
    return "BustTrade" if order.source == "liquidation" else "Trade"


def funding_row(payment: Funding, instrument: Instrument) -> Json:
    """Render a funding payment; the fee of one that was received is negative."""
    return {
        "symbol": instrument.symbol,
        "orderId": number_to_id(payment.payment_id, "swap"),
        "orderLinkId": "",
        "side": "Buy" if payment.amount < 0 else "Sell",
        "orderType": "UNKNOWN",
        "execFee": plain(-payment.amount),
        "execId": number_to_id(payment.payment_id, "swap"),
        "execType": "Funding",
        "execTime": str(payment.at_ms),
        "isMaker": False,
        "createType": "",
        "seq": payment.payment_id,
    }
