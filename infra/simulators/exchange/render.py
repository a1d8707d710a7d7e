"""Orders and trades in the venue's JSON, numbers as strings of the venue's precision."""

from .money import ZERO, fixed
from .orders import AlgoOrder, Order, Trade

type Json = dict[str, object]


def _spot_terms(order: Order) -> Json:
    """Return the fields every spot order answer has."""
    return {
        "price": fixed(order.price),
        "origQty": fixed(order.quantity),
        "executedQty": fixed(order.executed),
        "origQuoteOrderQty": fixed(order.quote_budget or ZERO),
        "cummulativeQuoteQty": fixed(order.quote_executed),
        "status": str(order.status),
        "timeInForce": str(order.time_in_force),
        "type": order.type,
        "side": str(order.side),
        "selfTradePreventionMode": str(order.self_trade_prevention),
    }


def spot_order(order: Order) -> Json:
    """Render a spot order as queries return it."""
    return {
        "symbol": order.instrument.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        **_spot_terms(order),
        "stopPrice": fixed(order.stop_price or ZERO),
        "icebergQty": fixed(ZERO),
        "time": order.created_ms,
        "updateTime": order.updated_ms,
        "isWorking": order.is_working,
        "workingTime": -1 if order.working_ms is None else order.working_ms,
    }


def spot_order_placed(order: Order, response_type: str) -> Json:
    """Render the answer to a new spot order: ACK, RESULT or FULL."""
    answer: Json = {
        "symbol": order.instrument.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        "transactTime": order.created_ms,
    }
    if response_type == "ACK":
        return answer
    answer |= _spot_terms(order)
    if order.stop_price is not None:
        answer["stopPrice"] = fixed(order.stop_price)
    if order.working_ms is not None:
        answer["workingTime"] = order.working_ms
    if response_type == "FULL":
        answer["fills"] = [
            {
                "price": fixed(trade.price),
                "qty": fixed(trade.quantity),
                "commission": fixed(trade.fee),
                "commissionAsset": trade.fee_asset,
                "tradeId": trade.trade_id,
            }
            for trade in order.fills
        ]
    return answer


def spot_order_cancelled(order: Order, cancel_id: str) -> Json:
    """Render the answer to a cancel; `clientOrderId` is the cancel's own id there."""
    return {
        "symbol": order.instrument.symbol,
        "origClientOrderId": order.client_order_id,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": cancel_id,
        "transactTime": order.updated_ms,
        **_spot_terms(order),
    }


def spot_trade(trade: Trade) -> Json:
    """Render one of the caller's spot trades."""
    return {
        "symbol": trade.instrument.symbol,
        "id": trade.trade_id,
        "orderId": trade.order_id,
        "orderListId": -1,
        "price": fixed(trade.price),
        "qty": fixed(trade.quantity),
        "quoteQty": fixed(trade.quote_quantity),
        "commission": fixed(trade.fee),
        "commissionAsset": trade.fee_asset,
        "time": trade.at_ms,
        "isBuyer": trade.side == "BUY",
        "isMaker": trade.is_maker,
        "isBestMatch": True,
    }


def swap_order(order: Order) -> Json:
    """Render a futures order."""
    instrument = order.instrument
    average = order.quote_executed / order.executed if order.executed else ZERO
    return {
        "orderId": order.order_id,
        "symbol": instrument.symbol,
        "status": str(order.status),
        "clientOrderId": order.client_order_id,
        "price": fixed(order.price, instrument.price_places),
        "avgPrice": fixed(average, instrument.price_places + 3),
        "origQty": fixed(order.quantity, instrument.quantity_places),
        "executedQty": fixed(order.executed, instrument.quantity_places),
        "cumQty": fixed(order.executed, instrument.quantity_places),
        "cumQuote": fixed(order.quote_executed, instrument.quote_places),
        "timeInForce": str(order.time_in_force),
        "type": order.type,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": str(order.side),
        "positionSide": "BOTH",
        "stopPrice": fixed(ZERO, instrument.price_places),
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": order.type,
        "priceMatch": "NONE",
        "selfTradePreventionMode": str(order.self_trade_prevention),
        "goodTillDate": order.expires_at_ms or 0,
        "time": order.created_ms,
        "updateTime": order.updated_ms,
    }


def swap_trade(trade: Trade) -> Json:
    """Render one of the caller's futures trades."""
    instrument = trade.instrument
    return {
        "symbol": instrument.symbol,
        "id": trade.trade_id,
        "orderId": trade.order_id,
        "side": str(trade.side),
        "price": fixed(trade.price, instrument.price_places),
        "qty": fixed(trade.quantity, instrument.quantity_places),
        "realizedPnl": fixed(trade.realized_pnl),
        "marginAsset": instrument.quote,
        "quoteQty": fixed(trade.quote_quantity, instrument.quote_places),
        "commission": fixed(trade.fee),
        "commissionAsset": trade.fee_asset,
        "time": trade.at_ms,
        "positionSide": "BOTH",
        "maker": trade.is_maker,
        "buyer": trade.side == "BUY",
    }


def algo_order(algo: AlgoOrder, status: str, actual: Order | None) -> Json:
    """Render a futures conditional order; `actual` is the order it has placed."""
    places = algo.instrument.price_places
    return {
        "algoId": algo.algo_id,
        "clientAlgoId": algo.client_algo_id,
        "algoType": "CONDITIONAL",
        "orderType": algo.type,
        "symbol": algo.instrument.symbol,
        "side": str(algo.side),
        "positionSide": "BOTH",
        "timeInForce": str(algo.time_in_force),
        "quantity": fixed(algo.quantity, algo.instrument.quantity_places),
        "algoStatus": status,
        "triggerPrice": fixed(algo.trigger_price, places),
        "price": fixed(algo.price, places),
        "icebergQuantity": None,
        "selfTradePreventionMode": str(algo.self_trade_prevention),
        "workingType": algo.working_type,
        "priceMatch": "NONE",
        "closePosition": algo.close_position,
        "priceProtect": False,
        "reduceOnly": algo.reduce_only,
        "createTime": algo.created_ms,
        "updateTime": algo.updated_ms,
        "triggerTime": algo.triggered_ms,
        "goodTillDate": 0,
        "actualOrderId": "" if actual is None else str(actual.order_id),
        "actualPrice": fixed(actual.quote_executed / actual.executed if actual and actual.executed else ZERO, places),
    }
