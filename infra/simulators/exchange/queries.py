"""Look up orders and pages of records."""

from collections.abc import Callable, Sequence

from .context import Context
from .errors import VenueError, no_such_order
from .instruments import Instrument
from .orders import Order, Trade

LIMIT_DEFAULT = 500
LIMIT_MAX = 1000
DAY_MS = 86_400_000
# An order that ended without a fill is forgotten by the futures' API after this long.
FUTURES_FORGET_MS = 3 * DAY_MS


def find_order(ctx: Context, instrument: Instrument, *, missing: VenueError | None = None) -> Order:
    """Return the caller's order that `orderId` or `origClientOrderId` names.

    A client order id can have been used again: the newest order counts. VenueError -1102 without either; `missing`
    (-2013 by default) when there is no such order.
    """
    order_id, client_id = ctx.params.integer("orderId"), ctx.params.text("origClientOrderId")
    error = no_such_order() if missing is None else missing
    if order_id is None and client_id is None:
        raise VenueError(
            -1102,
            "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
        )
    orders = ctx.caller.orders
    if order_id is not None:
        candidate = orders.get(order_id)
        found = [candidate] if candidate is not None else []
    else:
        found = [item for item in reversed(orders.values()) if item.client_order_id == client_id]
    for order in found:
        same_client_id = client_id is None or order.client_order_id == client_id
        if order.instrument.key == instrument.key and same_client_id:
            return order
    raise error


def forgotten(ctx: Context, order: Order) -> bool:
    """Tell whether the futures' API has forgotten an order: ended without a fill, days ago."""
    old = ctx.venue.state.event_ms - order.created_ms > FUTURES_FORGET_MS
    return old and not order.is_open and not order.executed


def page[T](
    ctx: Context,
    records: Sequence[T],
    *,
    record_id: Callable[[T], int],
    at_ms: Callable[[T], int],
    id_parameter: str,
    span_days: int,
) -> list[T]:
    """Return a page of records (given oldest first) as history routes do, by time or from an id on.

    Oldest first: from the start asked for, or the latest when none is given. VenueError -1127 for too long a span,
    -1130 for a limit out of range.
    """
    params = ctx.params
    start, end = params.integer("startTime"), params.integer("endTime")
    from_id, limit = params.integer(id_parameter), params.integer("limit")
    limit = LIMIT_DEFAULT if limit is None else limit
    if not 1 <= limit <= LIMIT_MAX:
        raise VenueError(-1130, "Data sent for parameter 'limit' is not valid.")
    if start is not None and end is not None and end - start > span_days * DAY_MS:
        raise VenueError(-1127, f"More than {span_days * 24} hours between startTime and endTime.")
    if ctx.market == "swap" and from_id is None:
        return _futures_span(ctx, records, at_ms, start, end, limit, span_days)
    found = [record for record in records if from_id is None or record_id(record) >= from_id]
    found = _between(found, at_ms, start, end)
    return found[-limit:] if from_id is None and start is None else found[:limit]


def page_orders(ctx: Context, orders: Sequence[Order], span_days: int) -> list[Order]:
    """Return a page of orders, by time or from `orderId` on."""
    return page(
        ctx,
        orders,
        record_id=lambda order: order.order_id,
        at_ms=lambda order: order.created_ms,
        id_parameter="orderId",
        span_days=span_days,
    )


def page_trades(ctx: Context, span_days: int) -> list[Trade]:
    """Return a page of the caller's trades in a market, perhaps of one order, by time or from `fromId` on."""
    instrument, order_id = ctx.instrument(), ctx.params.integer("orderId")
    trades = [
        trade
        for trade in ctx.caller.trades
        if trade.instrument.key == instrument.key and order_id in (None, trade.order_id)
    ]
    return page(
        ctx,
        trades,
        record_id=lambda trade: trade.trade_id,
        at_ms=lambda trade: trade.at_ms,
        id_parameter="fromId",
        span_days=span_days,
    )


def _between[T](records: Sequence[T], at_ms: Callable[[T], int], start: int | None, end: int | None) -> list[T]:
    """Return the records of an interval, both ends included."""
    return [
        record
        for record in records
        if (start is None or at_ms(record) >= start) and (end is None or at_ms(record) <= end)
    ]


def _futures_span[T](
    ctx: Context,
    records: Sequence[T],
    at_ms: Callable[[T], int],
    start: int | None,
    end: int | None,
    limit: int,
    span_days: int,
) -> list[T]:
    """Return a page as the futures' routes do: they never look at more than their span."""
    span_ms = span_days * DAY_MS
    if start is None:
        start = (ctx.now_ms if end is None else end) - span_ms
        return _between(records, at_ms, start, end)[-limit:]
    return _between(records, at_ms, start, start + span_ms if end is None else end)[:limit]
