"""Spot trading: /api/v3 order routes."""

from .context import Context
from .errors import VenueError, unknown_order
from .money import ZERO, fixed
from .order_params import client_id, spot_order
from .orders import Order
from .queries import find_order, page_orders, page_trades
from .render import Json, spot_order_cancelled, spot_order_placed, spot_trade
from .render import spot_order as render

# Orders and trades are paged within one day when both ends are given.
SPAN_DAYS = 1
_FULL_BY_DEFAULT = frozenset({"LIMIT", "MARKET"})


def _parse_new(ctx: Context) -> tuple[Order, str]:
    order = spot_order(ctx, ctx.instrument())
    default = "FULL" if order.type in _FULL_BY_DEFAULT else "ACK"
    response_type = ctx.params.text("newOrderRespType") or default
    if response_type not in ("ACK", "RESULT", "FULL"):
        raise VenueError(-1130, "Data sent for parameter 'newOrderRespType' is not valid.")
    return order, response_type


def place(ctx: Context) -> Json:
    """POST /api/v3/order."""
    order, response_type = _parse_new(ctx)
    ctx.params.refuse_unread()
    return spot_order_placed(ctx.venue.engine.place(order), response_type)


def query(ctx: Context) -> Json:
    """GET /api/v3/order."""
    return render(find_order(ctx, ctx.instrument()))


def cancel(ctx: Context) -> Json:
    """DELETE /api/v3/order."""
    order = find_order(ctx, ctx.instrument(), missing=unknown_order())
    cancel_id = client_id(ctx, "newClientOrderId")
    return spot_order_cancelled(ctx.venue.engine.cancel(order), cancel_id)


def cancel_all(ctx: Context) -> list[Json]:
    """DELETE /api/v3/openOrders."""
    instrument = ctx.instrument()
    orders = ctx.caller.open_orders("spot", instrument.symbol)
    if not orders:
        raise unknown_order()
    cancel_id = client_id(ctx, "newClientOrderId")
    return [spot_order_cancelled(ctx.venue.engine.cancel(order), cancel_id) for order in orders]


def cancel_replace(ctx: Context) -> Json:
    """POST /api/v3/order/cancelReplace, in both of its modes.

    VenueError -2022 when nothing was replaced, -2021 when only one half succeeded; `data` says which.
    """
    params = ctx.params
    mode = params.required("cancelReplaceMode")
    if mode not in ("STOP_ON_FAILURE", "ALLOW_FAILURE"):
        raise VenueError(-1130, "Data sent for parameter 'cancelReplaceMode' is not valid.")
    order, response_type = _parse_new(ctx)
    old_id, old_client_id = params.integer("cancelOrderId"), params.text("cancelOrigClientOrderId")
    cancel_id = params.text("cancelNewClientOrderId") or f"auto-{ctx.venue.state.sequences.next()}"
    if old_id is None and old_client_id is None:
        raise VenueError(
            -1102,
            "Param 'cancelOrigClientOrderId' or 'cancelOrderId' must be sent, but both were empty/null!",
        )
    params.refuse_unread()
    found = [
        item
        for item in ctx.caller.open_orders("spot", order.instrument.symbol)
        if old_id in (None, item.order_id) and old_client_id in (None, item.client_order_id)
    ]
    cancelled = placed = None
    cancel_error = place_error = None
    if found:
        cancelled = spot_order_cancelled(ctx.venue.engine.cancel(found[0]), cancel_id)
    else:
        cancel_error = unknown_order()
    attempted = cancelled is not None or mode == "ALLOW_FAILURE"
    if attempted:
        try:
            placed = spot_order_placed(ctx.venue.engine.place(order), response_type)
        except VenueError as error:
            place_error = error
    return _replace_answer(cancelled, cancel_error, placed, place_error, attempted=attempted)


def _replace_answer(
    cancelled: Json | None,
    cancel_error: VenueError | None,
    placed: Json | None,
    place_error: VenueError | None,
    *,
    attempted: bool,
) -> Json:
    """Build a cancel-replace answer, or raise it when one half failed."""
    data: Json = {
        "cancelResult": "FAILURE" if cancelled is None else "SUCCESS",
        "newOrderResult": ("FAILURE" if attempted else "NOT_ATTEMPTED") if placed is None else "SUCCESS",
        "cancelResponse": cancel_error.body() if cancel_error else cancelled,
        "newOrderResponse": place_error.body() if place_error else placed,
    }
    if cancelled is not None and placed is not None:
        return data
    if cancelled is None and placed is None:
        raise VenueError(-2022, "Order cancel-replace failed.", 400, data=data)
    raise VenueError(-2021, "Order cancel-replace partially failed.", 409, data=data)


def open_orders(ctx: Context) -> list[Json]:
    """GET /api/v3/openOrders."""
    instrument = ctx.optional_instrument()
    symbol = None if instrument is None else instrument.symbol
    return [render(order) for order in ctx.caller.open_orders("spot", symbol)]


def all_orders(ctx: Context) -> list[Json]:
    """GET /api/v3/allOrders."""
    instrument = ctx.instrument()
    orders = [item for item in ctx.caller.orders.values() if item.instrument.key == instrument.key]
    return [render(order) for order in page_orders(ctx, orders, SPAN_DAYS)]


def my_trades(ctx: Context) -> list[Json]:
    """GET /api/v3/myTrades."""
    return [spot_trade(trade) for trade in page_trades(ctx, SPAN_DAYS)]


def account(ctx: Context) -> Json:
    """GET /api/v3/account."""
    caller = ctx.caller
    omit_zero = ctx.params.flag("omitZeroBalances")
    key = ctx.key
    return {
        "makerCommission": int(caller.fees.spot_maker * 10_000),
        "takerCommission": int(caller.fees.spot_taker * 10_000),
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": fixed(caller.fees.spot_maker),
            "taker": fixed(caller.fees.spot_taker),
            "buyer": fixed(ZERO),
            "seller": fixed(ZERO),
        },
        "canTrade": key is not None and key.permissions.enable_spot_and_margin_trading,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": caller.updated_ms,
        "accountType": "SPOT",
        "balances": [
            {
                "asset": asset,
                "free": fixed(ctx.distorted(asset, balance.free)),
                "locked": fixed(balance.locked),
            }
            for asset, balance in sorted(caller.spot.balances.items())
            if balance.total or not omit_zero
        ],
        "permissions": ["SPOT"],
    }
