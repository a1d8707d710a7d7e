"""Read everything a venue says about an account that may matter since a watermark: all of it, or fail."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import permutations
from typing import Protocol

from riskgate.app.ports.exchange import Exchange
from riskgate.app.routing.settle_order import CLOCK_MARGIN, ref_of
from riskgate.app.venues.job_context import AccountJob
from riskgate.core.account.document import AccountState, OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.core.errors import InvalidRequest, RowsUnreadable, VenueAnswerInvalid
from riskgate.core.reconciliation.match import AMOUNT_QUANTUM, VenueBook, client_key, exchange_key
from riskgate.core.venues.model import UnreadableRow, VenueBalance, VenueOrder, VenueOrderRef

#: Venues list fills and orders late: every reading begins this long before the last one's end.
OVERLAP = timedelta(minutes=15)
#: No reading goes back further than this for an order that has worked since.
LOOKBACK_MAX = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """From when on a venue's history is read: `since`, and earlier in markets whose orders have worked for longer."""

    since: datetime
    by_symbol: Mapping[str, datetime]

    def start(self, symbol: str | None) -> datetime:
        """Return from when on a market is read, all markets for None."""
        if symbol is None:
            return min((self.since, *self.by_symbol.values()))
        return min(self.since, self.by_symbol.get(symbol, self.since))


class _HasSymbol(Protocol):
    @property
    def symbol(self) -> str: ...


def plan_period(read_at: datetime | None, records: Iterable[OrderRecord], now: datetime) -> Period:
    """Return the period to read: an overlap before the last reading (None: never), and back to every working order."""
    by_symbol: dict[str, datetime] = {}
    for record in records:
        if record.attempts and not record.status.is_final:
            started = max(record.created_at - CLOCK_MARGIN, now - LOOKBACK_MAX)
            by_symbol[record.order.symbol] = min(started, by_symbol.get(record.order.symbol, started))
    since = max((read_at or now) - OVERLAP, now - LOOKBACK_MAX)
    return Period(since=since, by_symbol=by_symbol)


def read_history[T: _HasSymbol](
    fetch: Callable[[str | None, datetime], tuple[T, ...]], symbols: Sequence[str], period: Period, job: AccountJob
) -> list[T]:
    """Read one kind of history of all markets at once, or market by market where the venue wants that."""
    job.require_time()
    try:
        return list(fetch(None, period.start(None)))
    except InvalidRequest as error:
        if error.code != "SYMBOL_REQUIRED":
            raise
    found: list[T] = []
    for symbol in symbols:
        job.require_time()
        found += fetch(symbol, period.start(symbol))
    return found


def read_venue_book(
    job: AccountJob,
    exchange: Exchange,
    state: AccountState,
    records: Mapping[str, OrderRecord],
    symbols: Iterable[str],
    period: Period,
    *,
    must_find: frozenset[str],
) -> VenueBook:
    """Read a venue: orders, fills, funding, balances, positions, and each of our orders that its lists do not show.

    `records` are ours at this venue by client order id; `must_find` are ids looked up although they ended before the
    period; `symbols` are read beside the markets the venue itself names. Raises GatewayError: the venue did not answer
    everything, so nothing can be said about it.
    """
    read_at = job.clock()
    job.require_time()
    balances, has_all_balances = _read_summed(exchange.list_balances)
    job.require_time()
    opened = exchange.list_open_orders()
    job.require_time()
    positions, has_all_positions = _read_summed(exchange.list_positions)
    names = {*symbols, *(order.symbol for order in opened), *(position.symbol for position in positions)}
    names = {name for name in names if exchange.has_market(name)} | _guess_markets(exchange, state, balances)
    listed = read_history(exchange.list_orders, sorted(names), period, job)
    trades = read_history(partial(exchange.list_trades, thorough=True), sorted(names), period, job)
    job.require_time()
    funding = exchange.list_funding(period.since)
    book = VenueBook(
        venue=exchange.venue,
        market_type=exchange.market_type,
        since=period.since,
        read_at=read_at,
        # What was listed later counts.
        orders=(*opened, *listed),
        trades=tuple(trades),
        balances=balances,
        positions=positions,
        funding=funding,
        has_all_balances=has_all_balances,
        has_all_positions=has_all_positions,
    )
    return _look_up_rest(job, exchange, book, records, must_find)


def _read_summed[T](read: Callable[[], tuple[T, ...]]) -> tuple[tuple[T, ...], bool]:
    """Read a list, and tell whether all of it could be read: the rest is compared all the same."""
    try:
        return read(), True
    except RowsUnreadable as error:
        return error.readable, False


def _guess_markets(exchange: Exchange, state: AccountState, balances: Sequence[VenueBalance]) -> set[str]:
    """Return the markets that could explain balances which are not as we know them: somebody else may trade there."""
    ours = {asset: balance.total for asset, balance in state.balances.get(exchange.venue, {}).items()}
    theirs = {balance.asset: balance.total for balance in balances}
    moved = {
        asset
        for asset in {*ours, *theirs}
        if abs(theirs.get(asset, AMOUNT_QUANTUM * 0) - ours.get(asset, AMOUNT_QUANTUM * 0)) > AMOUNT_QUANTUM
    }
    pairs = {f"{base}/{quote}" for base, quote in permutations(moved | {state.base_currency}, 2) if base in moved}
    return {symbol for symbol in pairs if exchange.has_market(symbol)}


def _look_up_rest(
    job: AccountJob,
    exchange: Exchange,
    book: VenueBook,
    records: Mapping[str, OrderRecord],
    must_find: frozenset[str],
) -> VenueBook:
    """Ask for each order that a fill names, or that we have, and that no list showed.

    An answer about one order that cannot be read says nothing of that order, and is no reason to stop.
    """
    orders, unsure, unreadable = list(book.orders), set[str](), list[UnreadableRow]()
    known = {exchange_key(order.symbol, order.exchange_order_id) for order in orders}
    known |= {client_key(order.client_order_id) for order in orders if order.client_order_id}
    unknown = {(t.symbol, t.exchange_order_id) for t in book.trades}
    for symbol, order_id in sorted(unknown):
        if exchange_key(symbol, order_id) not in known:
            job.require_time()
            ref = VenueOrderRef(client_order_id="", symbol=symbol, exchange_order_id=order_id)
            try:
                orders += _found(exchange.get_order(ref))
            except VenueAnswerInvalid as error:
                unsure.add(exchange_key(symbol, order_id))
                unreadable.append(_tell(ref, error))
    known |= {client_key(order.client_order_id) for order in orders if order.client_order_id}
    absent = set()
    for name, record in sorted(records.items()):
        if not _should_be_known(record, book.since) and not (name in must_find and record.attempts):
            continue
        found = []
        for ref in _refs(exchange, record):
            if client_key(ref.client_order_id) in known:
                found.append(ref)
                continue
            job.require_time()
            try:
                seen = _found(exchange.get_order(ref))
            except VenueAnswerInvalid as error:
                unsure.add(name)
                unreadable.append(_tell(ref, error))
                continue
            orders += seen
            found += [ref] * len(seen)
        if not found and name not in unsure:
            absent.add(name)
    return replace(
        book,
        orders=tuple(orders),
        absent=frozenset(absent),
        unsure=frozenset(unsure),
        unreadable=tuple(unreadable),
    )


def _tell(ref: VenueOrderRef, error: VenueAnswerInvalid) -> UnreadableRow:
    row_id = ref.exchange_order_id or ref.client_order_id
    return UnreadableRow(kind="order", row_id=row_id, symbol=ref.symbol, detail=error.detail)


def _refs(exchange: Exchange, record: OrderRecord) -> list[VenueOrderRef]:
    """Return what finds each revision of an order."""
    latest = ref_of(exchange, record)
    return [
        replace(latest, client_order_id=exchange.client_order_id(record.order_id, revision), exchange_order_id=None)
        for revision in range(record.revision)
    ] + [latest]


def _should_be_known(record: OrderRecord, since: datetime) -> bool:
    """Tell whether the venue must be asked about an order of ours that its lists do not show."""
    if not record.order.route or record.status is OrderStatus.DENIED:
        return False
    if not record.status.is_final:
        # One that waits to be sent is asked for as well: somebody may have sent it.
        return True
    return record.filled_quantity > 0 and record.updated_at >= since


def _found(order: VenueOrder | None) -> list[VenueOrder]:
    return [] if order is None else [order]
