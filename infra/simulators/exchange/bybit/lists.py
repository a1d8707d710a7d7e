"""What became of orders: /v5/order/realtime and history, /v5/execution/list."""

from infra.simulators.exchange.accounts import Funding
from infra.simulators.exchange.context import Context
from infra.simulators.exchange.orders import Order, Trade
from infra.simulators.exchange.render import Json

from .errors import bad_parameter
from .ids import read_id
from .orders import find_order, named_orders, passes_filter
from .pages import DAY_MS, Place, page, period
from .render import exec_type, funding_row, order_row, status_of, trade_row

ORDERS_DEFAULT, ORDERS_MAX = 20, 50
EXECUTIONS_DEFAULT, EXECUTIONS_MAX = 50, 100
#: So many ended orders of a category can be asked for beside the open ones.
RECENT_ENDED = 500
_UNFILLED = frozenset({"Cancelled", "Rejected", "Deactivated"})
_OPEN_ONLY, _RECENT = "0", "1"


def realtime(ctx: Context) -> Json:
    """GET /v5/order/realtime: the open orders, or recent ended ones; by an id either."""
    params = ctx.params
    if params.text("orderId") is not None or params.text("orderLinkId") is not None:
        order = find_order(ctx)
        found = [order] if order is not None and (order.is_open or order in _recent(ctx)) else []
    elif (params.text("openOnly") or _OPEN_ONLY) == _OPEN_ONLY:
        found = [order for order in named_orders(ctx) if order.is_open]
    elif params.text("openOnly") == _RECENT:
        recent = _recent(ctx)
        found = [order for order in named_orders(ctx) if order in recent]
    else:
        raise bad_parameter("params error: openOnly invalid")
    return _orders(ctx, found)


def history(ctx: Context) -> Json:
    """GET /v5/order/history: ended orders of a period; those without a fill only for a day."""
    start, end = period(ctx)
    params = ctx.params
    if params.text("orderId") is not None or params.text("orderLinkId") is not None:
        order = find_order(ctx)
        found = [] if order is None else [order]
    else:
        found = _named_or_all(ctx)
    wanted = params.text("orderStatus")
    kept = [
        order
        for order in found
        if not order.is_open
        and start <= order.created_ms <= end
        and wanted in {None, status_of(order)}
        and not _forgotten(ctx, order)
    ]
    return _orders(ctx, kept)


def executions(ctx: Context) -> Json:
    """GET /v5/execution/list: fills, and funding payments of contracts."""
    start, end = period(ctx)
    kind = ctx.params.text("execType")
    rows: list[Trade | Funding] = [trade for trade in _trades(ctx) if kind in {None, _kind(ctx, trade)}]
    if ctx.market == "swap" and kind in {None, "Funding"}:
        rows += _fundings(ctx)
    kept = [row for row in rows if start <= row.at_ms <= end]
    return page(
        ctx,
        kept,
        _place_of_execution,
        lambda row: _execution(ctx, row),
        default=EXECUTIONS_DEFAULT,
        most=EXECUTIONS_MAX,
    )


def _orders(ctx: Context, found: list[Order]) -> Json:
    visible = [order for order in found if order.listed_ms <= ctx.now_ms and passes_filter(ctx, order)]
    return page(ctx, visible, _place_of_order, order_row, default=ORDERS_DEFAULT, most=ORDERS_MAX)


def _place_of_order(order: Order) -> Place:
    return order.created_ms, order.order_id


def _recent(ctx: Context) -> list[Order]:
    ended = [o for o in ctx.caller.orders.values() if not o.is_open and o.instrument.market == ctx.market]
    return sorted(ended, key=lambda order: order.updated_ms)[-RECENT_ENDED:]


def _named_or_all(ctx: Context) -> list[Order]:
    params = ctx.params
    if any(params.text(name) is not None for name in ("symbol", "baseCoin", "settleCoin")):
        return named_orders(ctx)
    return [order for order in ctx.caller.orders.values() if order.instrument.market == ctx.market]


def _forgotten(ctx: Context, order: Order) -> bool:
    old = ctx.now_ms - order.updated_ms > DAY_MS
    return old and not order.executed and status_of(order) in _UNFILLED


def _trades(ctx: Context) -> list[Trade]:
    params = ctx.params
    order_id, link, symbol = params.text("orderId"), params.text("orderLinkId"), params.text("symbol")
    number = None if order_id is None else read_id(order_id) or 0
    orders = ctx.caller.orders
    return [
        trade
        for trade in ctx.caller.trades
        if trade.instrument.market == ctx.market
        and number in {None, trade.order_id}
        and link in {None, orders[trade.order_id].client_order_id}
        and symbol in {None, trade.instrument.symbol}
        and orders[trade.order_id].listed_ms <= ctx.now_ms
    ]


def _fundings(ctx: Context) -> list[Funding]:
    symbol = ctx.params.text("symbol")
    return [payment for payment in ctx.caller.funding if symbol in {None, payment.symbol}]


def _kind(ctx: Context, trade: Trade) -> str:
    return exec_type(ctx.caller.orders[trade.order_id])


def _place_of_execution(row: Trade | Funding) -> Place:
    if isinstance(row, Funding):
        return row.at_ms, row.payment_id
    return row.at_ms, (row.trade_id << 64) | row.order_id


def _execution(ctx: Context, row: Trade | Funding) -> Json:
    if isinstance(row, Funding):
        return funding_row(row, ctx.venue.state.instrument("swap", row.symbol))
    rate = ctx.caller.fees.rate(ctx.market, is_maker=row.is_maker)
    return trade_row(row, ctx.caller.orders[row.order_id], rate)
