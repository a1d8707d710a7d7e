"""USD-M futures trading: /fapi order, conditional order and trade routes."""

from . import algo
from .context import Context
from .errors import VenueError, no_such_order, unknown_order
from .instruments import Instrument
from .order_params import algo_order, swap_order
from .orders import AlgoOrder
from .queries import find_order, forgotten, page, page_orders, page_trades
from .render import Json, swap_trade
from .render import algo_order as render_algo
from .render import swap_order as render

# Orders and trades are paged within seven days.
SPAN_DAYS = 7
_ALL_CANCELLED: Json = {"code": 200, "msg": "The operation of cancel all open order is done."}


def place(ctx: Context) -> Json:
    """POST /fapi/v1/order. An ACK is the order as accepted, without its fills."""
    order = ctx.venue.engine.place(swap_order(ctx, ctx.instrument()))
    answer = render(order)
    if (ctx.params.text("newOrderRespType") or "ACK") == "ACK":
        instrument = order.instrument
        answer |= {
            "status": "NEW",
            "executedQty": f"{0:.{instrument.quantity_places}f}",
            "cumQty": f"{0:.{instrument.quantity_places}f}",
            "cumQuote": f"{0:.{instrument.quote_places}f}",
            "avgPrice": f"{0:.{instrument.price_places + 3}f}",
        }
    return answer


def amend(ctx: Context) -> Json:
    """PUT /fapi/v1/order."""
    order = find_order(ctx, ctx.instrument())
    if ctx.params.required("side") != str(order.side):
        raise VenueError(-1117, "Invalid side.")
    quantity = ctx.params.required_decimal("quantity")
    price = ctx.params.required_decimal("price")
    return render(ctx.venue.engine.amend(order, quantity=quantity, price=price))


def query(ctx: Context) -> Json:
    """GET /fapi/v1/order."""
    order = find_order(ctx, ctx.instrument())
    if forgotten(ctx, order):
        raise no_such_order()
    return render(order)


def query_open(ctx: Context) -> Json:
    """GET /fapi/v1/openOrder."""
    order = find_order(ctx, ctx.instrument())
    if not order.is_open:
        raise no_such_order()
    return render(order)


def cancel(ctx: Context) -> Json:
    """DELETE /fapi/v1/order."""
    order = find_order(ctx, ctx.instrument(), missing=unknown_order())
    return render(ctx.venue.engine.cancel(order))


def cancel_all(ctx: Context) -> Json:
    """DELETE /fapi/v1/allOpenOrders: succeeds without open orders too."""
    for order in ctx.caller.open_orders("swap", ctx.instrument().symbol):
        ctx.venue.engine.cancel(order)
    return dict(_ALL_CANCELLED)


def open_orders(ctx: Context) -> list[Json]:
    """GET /fapi/v1/openOrders."""
    instrument = ctx.optional_instrument()
    symbol = None if instrument is None else instrument.symbol
    return [render(order) for order in ctx.caller.open_orders("swap", symbol)]


def all_orders(ctx: Context) -> list[Json]:
    """GET /fapi/v1/allOrders."""
    instrument = ctx.optional_instrument()
    orders = [
        order
        for order in ctx.caller.orders.values()
        if order.instrument.market == "swap"
        and (instrument is None or order.instrument.key == instrument.key)
        and not forgotten(ctx, order)
    ]
    return [render(order) for order in page_orders(ctx, orders, SPAN_DAYS)]


def user_trades(ctx: Context) -> list[Json]:
    """GET /fapi/v1/userTrades."""
    return [swap_trade(trade) for trade in page_trades(ctx, SPAN_DAYS)]


def _render_algo(ctx: Context, item: AlgoOrder) -> Json:
    actual = None if item.order_id is None else ctx.venue.state.orders[item.order_id]
    return render_algo(item, algo.status_of(ctx.venue.engine, item), actual)


def _find_algo(ctx: Context, missing: VenueError) -> AlgoOrder:
    """Return the caller's newest conditional order that `algoId` or `clientAlgoId` names."""
    algo_id, client_id = ctx.params.integer("algoId"), ctx.params.text("clientAlgoId")
    if algo_id is None and client_id is None:
        raise VenueError(-1102, "Param 'algoId' or 'clientAlgoId' must be sent, but both were empty/null!")
    for item in reversed(ctx.venue.state.algos.values()):
        named = algo_id in (None, item.algo_id) and client_id in (None, item.client_algo_id)
        if named and item.account_id == ctx.caller.account_id:
            return item
    raise missing


def _algos(ctx: Context, instrument: Instrument | None) -> list[AlgoOrder]:
    return [
        item
        for item in ctx.venue.state.algos.values()
        if item.account_id == ctx.caller.account_id and (instrument is None or item.instrument.key == instrument.key)
    ]


def place_algo(ctx: Context) -> Json:
    """POST /fapi/v1/algoOrder."""
    item = algo.place_algo(ctx.venue.engine, algo_order(ctx, ctx.instrument()))
    return _render_algo(ctx, item)


def query_algo(ctx: Context) -> Json:
    """GET /fapi/v1/algoOrder."""
    return _render_algo(ctx, _find_algo(ctx, no_such_order()))


def cancel_algo(ctx: Context) -> Json:
    """DELETE /fapi/v1/algoOrder."""
    item = algo.cancel_algo(ctx.venue.engine, _find_algo(ctx, unknown_order()))
    return {
        "algoId": item.algo_id,
        "clientAlgoId": item.client_algo_id,
        "code": "200",
        "msg": "success",
    }


def cancel_all_algos(ctx: Context) -> Json:
    """DELETE /fapi/v1/algoOpenOrders."""
    for item in _algos(ctx, ctx.instrument()):
        if item.status == "NEW" and item.order_id is None:
            algo.cancel_algo(ctx.venue.engine, item)
    return dict(_ALL_CANCELLED)


def open_algos(ctx: Context) -> list[Json]:
    """GET /fapi/v1/openAlgoOrders."""
    found = _algos(ctx, ctx.optional_instrument())
    return [_render_algo(ctx, item) for item in found if item.status == "NEW" and item.order_id is None]


def all_algos(ctx: Context) -> list[Json]:
    """GET /fapi/v1/allAlgoOrders."""
    found = page(
        ctx,
        _algos(ctx, ctx.instrument()),
        record_id=lambda item: item.algo_id,
        at_ms=lambda item: item.created_ms,
        id_parameter="algoId",
        span_days=SPAN_DAYS,
    )
    return [_render_algo(ctx, item) for item in found]
