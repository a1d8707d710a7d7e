"""Pick up what was filled of an account's orders at a venue since somebody last looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from riskgate.app.ledger.commit_event import Acting
from riskgate.app.monitor.run import MONITOR_ACTOR
from riskgate.app.routing.look_up_order import find_order
from riskgate.app.routing.settle_order import CLOCK_MARGIN, record_venue_fill
from riskgate.app.venues.measured_exchange import MeasuredExchange
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import OrderRecord, ReadRequest
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.routing.steps import AT_VENUE, IN_DOUBT, is_routed
from riskgate.core.routing.stop_plan import is_kept
from riskgate.core.venues.model import VenueOrder
from riskgate.observability import logger

ORDER_MISSING = "order_missing"

#: Open orders are asked for market by market up to this many: for all markets at once ccxt waits four seconds.
MARKETS_MAX = 10
#: Fills are listed from this long before the last one known: venues list some late, and not in order.
OVERLAP = timedelta(minutes=10)


@dataclass(kw_only=True, slots=True)
class VenueCount:
    """What a venue counts as filled of each order it was asked about, over all its revisions.

    `ended` are the orders that work no longer there, kept stops that it does not show too; `recorded` counts the fills
    that were picked up.
    """

    filled: dict[str, Decimal] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    recorded: int = 0


def pick_up_fills(source: MeasuredExchange, state: AccountState) -> VenueCount:
    """Account for the fills of routed orders at one venue, each once.

    Every order that may be there is compared by what the venue counts as filled, so a fill that the venue lists late is
    missed by the list and not by the count. Trades are listed only where the count is ahead. Orders in doubt
    belong to the order worker; their count alone is taken down.

    Raises GatewayError: the venue did not answer.
    """
    count = VenueCount()
    records = _list_records(source, state)
    found = _list_open(source, records)
    for record in records:
        name = record.order.client_order_id
        try:
            seen = found.get(name) or source.ask(lambda exchange, record=record: find_order(exchange, record))  # type: ignore[misc]
        except VenueAnswerInvalid as error:
            # Nothing is known of this one; the fills of the others count.
            source.lacking = f"{error.code}: order {name}: {error.detail}"
            continue
        if seen is None:
            count.filled[name] = record.filled_quantity
            if record.status in AT_VENUE:
                logger.warning(ORDER_MISSING, client_ref=name, venue=source.venue)
                if is_kept(state.working_orders[name]):
                    count.ended.append(name)
            continue
        # What earlier revisions filled is what this one was sent without.
        count.filled[name] = record.quantity - seen.remaining_quantity
        if record.status in AT_VENUE and count.filled[name] > record.filled_quantity:
            count.recorded += _record_fills(source, state, record, seen)
        if record.status in AT_VENUE and seen.status.is_final:
            count.ended.append(name)
    return count


def _list_records(source: MeasuredExchange, state: AccountState) -> list[OrderRecord]:
    working = [
        order
        for order in state.working_orders.values()
        if is_routed(order) and order.venue == source.venue and order.status in AT_VENUE | IN_DOUBT
    ]
    if not working:
        return []
    names = tuple(order.client_order_id for order in working)
    snapshot = source.job.deps.store.read(ReadRequest(account_id=state.account_id, client_order_ids=names))
    return [snapshot.records[name] for name in names if not snapshot.records[name].status.is_final]


def _list_open(source: MeasuredExchange, records: Sequence[OrderRecord]) -> dict[str, VenueOrder]:
    """Return the orders that rest, by our own id."""
    symbols: list[str | None] = [*dict.fromkeys(record.order.symbol for record in records)]
    if len(symbols) > MARKETS_MAX:
        symbols = [None]
    resting: dict[str, VenueOrder] = {}
    for symbol in symbols:
        orders = source.ask(lambda exchange, symbol=symbol: exchange.list_open_orders(symbol))  # type: ignore[misc]
        resting |= {order.client_order_id: order for order in orders if order.client_order_id is not None}
    ids = {r.order.client_order_id: source.exchange.client_order_id(r.order_id, r.revision) for r in records}
    return {name: resting[client_id] for name, client_id in ids.items() if client_id in resting}


def _record_fills(source: MeasuredExchange, state: AccountState, record: OrderRecord, seen: VenueOrder) -> int:
    """List an order's trades since the last known fill, and all of them where those do not explain the count."""
    order, created = record.order, record.created_at - CLOCK_MARGIN
    latest = max(created, state.filled_at - OVERLAP) if state.filled_at is not None else created
    recorded = 0
    for since in dict.fromkeys([latest, created]):
        recorded += _record_since(source, record, seen, since)
        known = source.job.deps.store.get_order(order.account_id, order.client_order_id)
        if known.filled_quantity >= record.quantity - seen.remaining_quantity:
            break
    return recorded


def _record_since(source: MeasuredExchange, record: OrderRecord, seen: VenueOrder, since: datetime) -> int:
    trades = source.ask(lambda exchange: exchange.list_trades(record.order.symbol, since))
    deps, clock = source.job.deps, source.job.clock
    return sum(
        record_venue_fill(Acting(deps=deps, actor=MONITOR_ACTOR, now=clock()), record, trade)
        for trade in trades
        if trade.exchange_order_id == seen.exchange_order_id
    )
