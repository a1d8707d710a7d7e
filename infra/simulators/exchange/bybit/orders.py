"""Order entry: /v5/order/create, amend, cancel and cancel-all. An answer only acknowledges."""

from infra.simulators.exchange.context import Context
from infra.simulators.exchange.orders import Order
from infra.simulators.exchange.render import Json

from .errors import Refusal, bad_parameter, no_order
from .ids import order_id, read_id
from .order_params import new_order
from .render import is_waiting


def create(ctx: Context) -> Json:
    """POST /v5/order/create: accepted; what becomes of it is told by the lists."""
    return _acknowledge(ctx.venue.engine.place(new_order(ctx, ctx.instrument())))


def amend(ctx: Context) -> Json:
    """POST /v5/order/amend."""
    order, params = _find_open(ctx), ctx.params
    trigger = params.decimal("triggerPrice") or order.stop_price
    quantity = params.decimal("qty") or order.quantity
    price = params.decimal("price") or order.price
    if quantity <= order.executed:
        raise Refusal(110064, "The number of contracts modified cannot be less than or equal to the filled quantity")
    if not is_waiting(order):
        return _acknowledge(ctx.venue.engine.amend(order, quantity=quantity, price=price))
    if (order.quantity, order.price, order.stop_price) == (quantity, price, trigger):
        raise bad_parameter("The order remains unchanged as the parameters entered match the existing ones.")
    order.quantity, order.price, order.stop_price = quantity, price, trigger
    order.updated_ms = ctx.venue.state.event_ms
    return _acknowledge(order)


def cancel(ctx: Context) -> Json:
    """POST /v5/order/cancel."""
    return _acknowledge(ctx.venue.engine.cancel(_find_open(ctx)))


def cancel_all(ctx: Context) -> Json:
    """POST /v5/order/cancel-all: of contracts a symbol, base coin or settle coin must be named."""
    orders = [order for order in named_orders(ctx) if order.is_open and passes_filter(ctx, order)]
    for order in orders:
        ctx.venue.engine.cancel(order)
    return {"list": [_acknowledge(order) for order in orders], "success": "1"}


def named_orders(ctx: Context) -> list[Order]:
    """Return the caller's orders in a market that symbol, base coin or settle coin name, oldest first."""
    params = ctx.params
    symbol, base, settle = params.text("symbol"), params.text("baseCoin"), params.text("settleCoin")
    if ctx.market == "swap" and symbol is None and base is None and settle is None:
        raise bad_parameter("Missing some parameters that must be filled in, symbol or settleCoin or baseCoin")
    if symbol is not None:
        ctx.instrument()
        base = settle = None
    return [
        order
        for order in ctx.caller.orders.values()
        if order.instrument.market == ctx.market
        and symbol in {None, order.instrument.symbol}
        and base in {None, order.instrument.base}
        and (settle in {None, order.instrument.quote} or ctx.market == "spot")
    ]


def passes_filter(ctx: Context, order: Order) -> bool:
    """Tell whether an order is of the kind that `orderFilter` names; without one all are."""
    wanted = ctx.params.text("orderFilter")
    return wanted is None or wanted == ("StopOrder" if is_waiting(order) else "Order")


def find_order(ctx: Context) -> Order | None:
    """Return the caller's order that `orderId`, else `orderLinkId`, names in the market."""
    text, link = ctx.params.text("orderId"), ctx.params.text("orderLinkId")
    if text is None and link is None:
        raise bad_parameter("params error: orderId or orderLinkId is required")
    if text is not None:
        order = ctx.caller.orders.get(read_id(text) or 0)
        found = [order] if order is not None else []
    else:
        found = [order for order in reversed(ctx.caller.orders.values()) if order.client_order_id == link]
    return next((order for order in found if order.instrument.market == ctx.market), None)


def _find_open(ctx: Context) -> Order:
    symbol = ctx.instrument().symbol
    order = find_order(ctx)
    is_other = order is None or order.instrument.symbol != symbol or not order.is_open
    if order is None or is_other or (ctx.market == "spot" and not passes_filter(ctx, order)):
        raise no_order(ctx.market)
    return order


def _acknowledge(order: Order) -> Json:
    link = "" if order.client_order_id.startswith("auto-") else order.client_order_id
    return {"orderId": order_id(order), "orderLinkId": link}
