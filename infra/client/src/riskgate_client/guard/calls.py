"""ccxt's methods that place, change or cancel orders, each with ccxt's own arguments, as one of four calls."""

from __future__ import annotations

# ruff: noqa: A002, D103, N803 -- names and arguments are ccxt's, which describes them
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from riskgate_client.guard.actions import Call, Cancel, CancelAll, CancelSeveral, Create, CreateSeveral, Edit, Params
from riskgate_client.guard.methods import with_twins

_NONE: Params = {}


def create_order(symbol: Any, type: Any, side: Any, amount: Any, price: Any = None, params: Params = _NONE) -> Call:
    return Create(symbol=symbol, type=type, side=side, amount=amount, price=price, params=params)


def create_limit_order(symbol: Any, side: Any, amount: Any, price: Any, params: Params = _NONE) -> Call:
    return create_order(symbol, "limit", side, amount, price, params)


def create_market_order(symbol: Any, side: Any, amount: Any, price: Any = None, params: Params = _NONE) -> Call:
    return create_order(symbol, "market", side, amount, price, params)


def create_limit_buy_order(symbol: Any, amount: Any, price: Any, params: Params = _NONE) -> Call:
    return create_order(symbol, "limit", "buy", amount, price, params)


def create_limit_sell_order(symbol: Any, amount: Any, price: Any, params: Params = _NONE) -> Call:
    return create_order(symbol, "limit", "sell", amount, price, params)


def create_market_buy_order(symbol: Any, amount: Any, params: Params = _NONE) -> Call:
    return create_order(symbol, "market", "buy", amount, None, params)


def create_market_sell_order(symbol: Any, amount: Any, params: Params = _NONE) -> Call:
    return create_order(symbol, "market", "sell", amount, None, params)


def create_market_order_with_cost(symbol: Any, side: Any, cost: Any, params: Params = _NONE) -> Call:
    return create_order(symbol, "market", side, None, None, {**params, "cost": cost})


def create_market_buy_order_with_cost(symbol: Any, cost: Any, params: Params = _NONE) -> Call:
    return create_market_order_with_cost(symbol, "buy", cost, params)


def create_market_sell_order_with_cost(symbol: Any, cost: Any, params: Params = _NONE) -> Call:
    return create_market_order_with_cost(symbol, "sell", cost, params)


def create_post_only_order(
    symbol: Any,
    type: Any,
    side: Any,
    amount: Any,
    price: Any = None,
    params: Params = _NONE,
) -> Call:
    return create_order(symbol, type, side, amount, price, {**params, "postOnly": True})


def create_reduce_only_order(
    symbol: Any,
    type: Any,
    side: Any,
    amount: Any,
    price: Any = None,
    params: Params = _NONE,
) -> Call:
    return create_order(symbol, type, side, amount, price, {**params, "reduceOnly": True})


def create_trigger_order(
    symbol: Any,
    type: Any,
    side: Any,
    amount: Any,
    price: Any = None,
    triggerPrice: Any = None,
    params: Params = _NONE,
) -> Call:
    return create_order(symbol, type, side, amount, price, {**params, "triggerPrice": triggerPrice})


def create_stop_limit_order(
    symbol: Any,
    side: Any,
    amount: Any,
    price: Any,
    triggerPrice: Any,
    params: Params = _NONE,
) -> Call:
    return create_trigger_order(symbol, "limit", side, amount, price, triggerPrice, params)


def create_stop_market_order(symbol: Any, side: Any, amount: Any, triggerPrice: Any, params: Params = _NONE) -> Call:
    return create_trigger_order(symbol, "market", side, amount, None, triggerPrice, params)


def create_stop_loss_order(
    symbol: Any,
    type: Any,
    side: Any,
    amount: Any,
    price: Any = None,
    stopLossPrice: Any = None,
    params: Params = _NONE,
) -> Call:
    return create_order(symbol, type, side, amount, price, {**params, "stopLossPrice": stopLossPrice})


def create_order_with_take_profit_and_stop_loss(
    symbol: Any,
    type: Any,
    side: Any,
    amount: Any,
    price: Any = None,
    takeProfit: Any = None,
    stopLoss: Any = None,
    params: Params = _NONE,
) -> Call:
    attached = {"takeProfit": takeProfit, "stopLoss": stopLoss}
    given = {name: {"triggerPrice": price} for name, price in attached.items() if price is not None}
    return create_order(symbol, type, side, amount, price, {**params, **given})


def create_orders(orders: Sequence[Mapping[str, Any]], params: Params = _NONE) -> Call:
    return CreateSeveral(
        orders=tuple(
            Create(
                symbol=order["symbol"],
                type=order["type"],
                side=order["side"],
                amount=order.get("amount"),
                price=order.get("price"),
                params={**params, **(order.get("params") or {})},
            )
            for order in orders
        )
    )


def edit_order(
    id: Any,
    symbol: Any,
    type: Any,
    side: Any,
    amount: Any = None,
    price: Any = None,
    params: Params = _NONE,
) -> Call:
    return Edit(id=id, symbol=symbol, type=type, side=side, amount=amount, price=price, params=params)


def edit_limit_order(id: Any, symbol: Any, side: Any, amount: Any, price: Any = None, params: Params = _NONE) -> Call:
    return edit_order(id, symbol, "limit", side, amount, price, params)


def edit_limit_buy_order(id: Any, symbol: Any, amount: Any, price: Any = None, params: Params = _NONE) -> Call:
    return edit_order(id, symbol, "limit", "buy", amount, price, params)


def edit_limit_sell_order(id: Any, symbol: Any, amount: Any, price: Any = None, params: Params = _NONE) -> Call:
    return edit_order(id, symbol, "limit", "sell", amount, price, params)


def edit_order_with_client_order_id(
    clientOrderId: Any,
    symbol: Any,
    type: Any,
    side: Any,
    amount: Any = None,
    price: Any = None,
    params: Params = _NONE,
) -> Call:
    return edit_order(None, symbol, type, side, amount, price, {**params, "clientOrderId": clientOrderId})


def cancel_order(id: Any, symbol: Any = None, params: Params = _NONE) -> Call:
    return Cancel(id=id, symbol=symbol, params=params)


def cancel_order_with_client_order_id(clientOrderId: Any, symbol: Any = None, params: Params = _NONE) -> Call:
    return Cancel(id=None, symbol=symbol, params={**params, "clientOrderId": clientOrderId})


def cancel_unified_order(order: Mapping[str, Any], params: Params = _NONE) -> Call:
    return Cancel(id=order["id"], symbol=order.get("symbol"), params=params)


def cancel_orders(ids: Collection[Any], symbol: Any = None, params: Params = _NONE) -> Call:
    return CancelSeveral(cancels=tuple(Cancel(id=each, symbol=symbol, params=params) for each in ids))


def cancel_orders_with_client_order_ids(
    clientOrderIds: Collection[Any],
    symbol: Any = None,
    params: Params = _NONE,
) -> Call:
    named = [{**params, "clientOrderId": each} for each in clientOrderIds]
    return CancelSeveral(cancels=tuple(Cancel(id=None, symbol=symbol, params=each) for each in named))


def cancel_orders_for_symbols(orders: Sequence[Mapping[str, Any]], params: Params = _NONE) -> Call:
    return CancelSeveral(
        cancels=tuple(Cancel(id=order["id"], symbol=order.get("symbol"), params=params) for order in orders)
    )


def cancel_all_orders(symbol: Any = None, params: Params = _NONE) -> Call:
    return CancelAll(symbol=symbol, params=params)


_FORMS: tuple[Callable[..., Call], ...] = (
    create_order,
    create_limit_order,
    create_market_order,
    create_limit_buy_order,
    create_limit_sell_order,
    create_market_buy_order,
    create_market_sell_order,
    create_market_order_with_cost,
    create_market_buy_order_with_cost,
    create_market_sell_order_with_cost,
    create_post_only_order,
    create_reduce_only_order,
    create_trigger_order,
    create_stop_limit_order,
    create_stop_market_order,
    create_stop_loss_order,
    create_order_with_take_profit_and_stop_loss,
    create_orders,
    edit_order,
    edit_limit_order,
    edit_limit_buy_order,
    edit_limit_sell_order,
    edit_order_with_client_order_id,
    cancel_order,
    cancel_order_with_client_order_id,
    cancel_unified_order,
    cancel_orders,
    cancel_orders_with_client_order_ids,
    cancel_orders_for_symbols,
    cancel_all_orders,
)
#: By ccxt's name. Through a WebSocket or not, orders go through the gateway.
FORMS: dict[str, Callable[..., Call]] = {
    **{form.__name__: form for form in _FORMS},
    "create_stop_order": create_trigger_order,
}
FORMS |= {f"{name}_ws": form for name, form in FORMS.items()}
_BY_SPELLING = with_twins(FORMS)


def form_of(name: str) -> Callable[..., Call] | None:
    """Return what reads the arguments of a method that acts on orders, in either spelling; None for any other."""
    found = _BY_SPELLING.get(name)
    return FORMS[found] if found is not None else None
