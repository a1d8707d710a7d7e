"""Take over what a venue says about an order: that it has it, its fills, its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from riskgate.app.ledger.commit_event import Acting
from riskgate.app.ledger.entry import trace_of
from riskgate.app.orders.record_fill import Fill, record_order_fill
from riskgate.app.ports.exchange import Exchange
from riskgate.app.routing.steps import accept, close, require_revision
from riskgate.app.routing.worker import WORKER_ACTOR, Worker
from riskgate.app.venues.job_context import RetryLater
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.core.errors import Conflict
from riskgate.core.money import ZERO, plain
from riskgate.core.orders.events import FillRecorded
from riskgate.core.venues.model import VenueOrder, VenueOrderRef, VenueTrade
from riskgate.observability import log_action, logger

FILL_CONFLICT = "fill_conflict"
FILL_RECORDED = "fill_recorded"

#: A venue's clock may be behind ours: fills are asked for from this long before the order was approved.
CLOCK_MARGIN = timedelta(seconds=60)
#: A venue lists a fill a little later than it counts it in the order.
TRADE_READS_MAX = 4
TRADE_PAUSE_SECONDS = 0.5


def ref_of(exchange: Exchange, record: OrderRecord) -> VenueOrderRef:
    """Return what finds the order at the venue, whether or not it was acknowledged."""
    return VenueOrderRef(
        client_order_id=exchange.client_order_id(record.order_id, record.revision),
        symbol=record.order.symbol,
        has_trigger=record.order.type.has_trigger_price,
        exchange_order_id=record.exchange_order_id,
        sent_at=record.created_at - CLOCK_MARGIN,
    )


def settle_order(
    worker: Worker,
    exchange: Exchange,
    record: OrderRecord,
    seen: VenueOrder,
    *,
    reason: str = "",
    actor: str = WORKER_ACTOR,
    keep_open: bool = False,
) -> OrderRecord:
    """Bring an order to where the venue has it: accepted, its fills recorded, ended where it has ended.

    Parameters
    ----------
    reason : str, why it ended, where somebody asked for that; `actor` is who.
    keep_open : bool, the order goes on under new terms although this one has ended.

    Raises
    ------
    RetryLater : the venue counts fills that it does not list yet.
    """
    record = accept(worker, record, seen.exchange_order_id)
    if seen.filled_quantity:
        trades = _list_all_fills(worker, exchange, record, seen)
        record_venue_fills(record, trades, worker=worker)
        worker.noticed.trades.extend(trades)
        current = worker.deps.store.get_order(record.order.account_id, record.order.client_order_id)
        require_revision(current, record)
        record = current
    if record.status.is_final or not seen.status.is_final or keep_open:
        return record
    if seen.status is OrderStatus.FILLED:
        raise RetryLater("the venue counts more fills than it lists")
    return close(worker, record, seen.status, reason or f"{seen.status.value} at the venue", actor=actor)


def record_venue_fills(record: OrderRecord, trades: Sequence[VenueTrade], *, worker: Worker) -> None:
    """Account for an order's fills as its venue lists them; each counts once, under the venue's own trade id."""
    for trade in trades:
        record_venue_fill(Acting(deps=worker.deps, actor=WORKER_ACTOR, now=worker.clock()), record, trade)


def record_venue_fill(acting: Acting, record: OrderRecord, trade: VenueTrade) -> bool:
    """Account for one fill as the venue lists it; a fee it does not tell counts as none.

    Returns
    -------
    bool, whether the fill is new.
    """
    fill = Fill(
        fill_id=trade.trade_id,
        quantity=trade.quantity,
        price=trade.price,
        executed_at=trade.executed_at,
        fee=trade.fee or ZERO,
        fee_currency=trade.fee_currency,
        other_fees=trade.other_fees,
    )
    order = record.order
    started = acting.deps.monotonic()
    try:
        answered = record_order_fill(
            acting,
            order.account_id,
            order.client_order_id,
            fill,
            from_venue=True,
        )
    except Conflict:
        # The venue corrected a trade that is in the log: reconciliation will show the difference.
        logger.error(FILL_CONFLICT, client_ref=order.client_order_id, fill_id=trade.trade_id)
        return False
    if not answered.replayed:
        log_action(
            FILL_RECORDED,
            FillRecorded.event_name,
            client_ref=order.client_order_id,
            trace_id=trace_of(acting, (record,)),
            request={
                "fill_id": fill.fill_id,
                "quantity": plain(fill.quantity),
                "price": plain(fill.price),
                "fee": plain(fill.fee),
            },
            response={"slippage_bps": answered.value.slippage_bps, "status": answered.value.status},
            duration_ms=round((acting.deps.monotonic() - started) * 1000),
        )
    return not answered.replayed


def _list_all_fills(worker: Worker, exchange: Exchange, record: OrderRecord, seen: VenueOrder) -> list[VenueTrade]:
    """Return the fills of one venue order, all of those that the venue counts in it."""
    since = record.created_at - CLOCK_MARGIN
    for attempt in range(TRADE_READS_MAX):
        if attempt:
            worker.pause(TRADE_PAUSE_SECONDS * attempt)
        worker.require_time()
        trades = [
            trade
            for trade in exchange.list_trades(record.order.symbol, since, thorough=attempt > 0)
            if trade.exchange_order_id == seen.exchange_order_id
        ]
        if sum((trade.quantity for trade in trades), ZERO) >= seen.filled_quantity:
            return trades
    raise RetryLater("the venue counts fills that it does not list yet")
