"""Issue an account's daily statement once the day is over: from the log alone, once, each day on the one before."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from riskgate.app.ledger.commit_event import Deps
from riskgate.app.ports.jobs import Objects
from riskgate.app.ports.store import AuditRow
from riskgate.app.reconciliation.read_own_book import PAGE, names_in
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import OrderRecord, ReadRequest
from riskgate.core.instrument import Instrument
from riskgate.core.ledger.account_events import (
    UNPROVEN,
    AccountRegistered,
    ReportedPosition,
    SnapshotRecorded,
    TransferRecorded,
)
from riskgate.core.orders.events import FillRecorded
from riskgate.core.reconciliation.events import FundingRecorded
from riskgate.core.statements.coins import Reading, SeenHolding
from riskgate.core.statements.pnl import FundingPayment
from riskgate.core.statements.statement import (
    AccountDay,
    BookedFill,
    BookedTransfer,
    StatementBook,
    build_statement,
)
from riskgate.observability import logger
from riskgate.schemas.log.audit_entry import AuditEntry, read_entry
from riskgate.schemas.texts.statement_csv import CHECKSUMS_FILE, write_statement
from riskgate.schemas.versions import read_text, write_text

STATEMENT_ISSUED = "statement_issued"

#: Events of holdings and money.
_TOLD = {"fill_recorded", "funding_recorded", "snapshot_recorded", "transfer_recorded", "account_registered"}
#: Days that one run catches up with.
DAYS_MAX = 7


@dataclass(kw_only=True, slots=True)
class _Day:
    """What the log says about one day."""

    touched: set[str]
    sequence: int
    fills: list[BookedFill] = field(default_factory=list)
    funding: list[FundingPayment] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    transfers: list[BookedTransfer] = field(default_factory=list)
    started_with: Decimal | None = None
    equity: Decimal | None = None


def issue_statements(state: AccountState, objects: Objects, *, deps: Deps, now: datetime) -> tuple[date, ...]:
    """Write the statement of each day that is over and has none yet; return those days.

    The checksums are written last: a day that has them is done. Begun again after a crash, every file stays as it was
    first written.

    Raises Transient: the bucket or the database did not answer; the next run goes on.
    """
    latest = objects.get(_latest_key(state.account_id))
    book = read_text(latest, StatementBook) if latest is not None else None
    yesterday = now.date() - timedelta(days=1)
    day = book.day + timedelta(days=1) if book is not None else _first_day(state.account_id, deps) or now.date()
    issued: list[date] = []
    while day <= yesterday and len(issued) < DAYS_MAX:
        book = _issue(state, day, book, objects, deps)
        issued.append(day)
        day += timedelta(days=1)
    return tuple(issued)


def _issue(state: AccountState, day: date, book: StatementBook | None, objects: Objects, deps: Deps) -> StatementBook:
    account_id = state.account_id
    read = _read_day(account_id, day, book, deps)
    marks = {key: position.mark_price for key, position in state.positions.items()}
    account = AccountDay(
        base_currency=state.base_currency,
        readings=tuple(read.readings),
        transfers=tuple(read.transfers),
        started_with=read.started_with,
        equity=read.equity,
    )
    statement = build_statement(day, book, read.fills, marks, read.sequence, read.funding, account)
    files = write_statement(statement, _read_orders(account_id, read.touched, deps))
    prefix = f"statements/{account_id}/{day.isoformat()}"
    if objects.get(f"{prefix}/{CHECKSUMS_FILE}") is None:
        for name, data in files.items():
            kind = "text/plain" if name == CHECKSUMS_FILE else "text/csv"
            # A file left by a run that died is written anew: the checksums, which come last, are those of all files.
            objects.put(f"{prefix}/{name}", data, content_type=f"{kind}; charset=utf-8", replace=name != CHECKSUMS_FILE)
    closing = write_text(statement.closing).encode()
    objects.put(_latest_key(account_id), closing, content_type="application/json", replace=True)
    logger.info(STATEMENT_ISSUED, account_id=account_id, day=day.isoformat(), fills=len(statement.fills))
    return statement.closing


def _latest_key(account_id: str) -> str:
    return f"statements/{account_id}/latest.json"


def _first_day(account_id: str, deps: Deps) -> date | None:
    rows = deps.store.list_audit(account_id, after=0, limit=1)
    return rows[0].at.date() if rows else None


def _read_day(account_id: str, day: date, book: StatementBook | None, deps: Deps) -> _Day:
    """Read the day's entries: from where the book of the day before ends."""
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    after = book.audit_sequence if book is not None else 0
    found = _Day(touched=set(), sequence=after)
    for row in _entries(account_id, after, deps):
        if row.at >= end:
            break
        found.sequence = row.sequence
        entry = read_entry(row.entry)
        found.touched |= set(names_in(entry.inputs))
        _note(found, row, entry)
    return found


def _note(found: _Day, row: AuditRow, entry: AuditEntry) -> None:
    """Keep what one entry says of holdings and money."""
    told = entry.answer.get("equity") if isinstance(entry.answer, dict) else None
    if isinstance(told, str):
        found.equity = Decimal(told)
    event = entry.typed_inputs(whole=True) if row.event in _TOLD else None
    if isinstance(event, FillRecorded):
        found.fills.append(BookedFill(fill=event, booked_at=row.at, actor=row.actor, sequence=row.sequence))
    elif isinstance(event, FundingRecorded):
        found.funding.append(_payment(event, row.at))
    elif isinstance(event, SnapshotRecorded) and _is_believed(entry):
        found.readings.append(_reading(event, row))
    elif isinstance(event, TransferRecorded):
        transfer = BookedTransfer(transfer_id=event.transfer_id, amount=event.amount, executed_at=event.executed_at)
        found.transfers.append(transfer)
    elif isinstance(event, AccountRegistered) and found.started_with is None:
        found.started_with = event.initial_equity


def _is_believed(entry: AuditEntry) -> bool:
    """Tell whether a reading counted: of one whose gain was not, the holdings were."""
    answer = entry.answer if isinstance(entry.answer, dict) else {}
    return bool(answer.get("confirmed")) or answer.get("reason") == UNPROVEN


def _reading(event: SnapshotRecorded, row: AuditRow) -> Reading:
    return Reading(
        at=row.at,
        sequence=row.sequence,
        held=tuple(_seen(position) for position in event.positions),
        wallets={
            venue: {name: held.total for name, held in wallet.items()} for venue, wallet in event.balances.items()
        },
        excludes=frozenset(event.excludes),
        rates=event.rates,
    )


def _seen(position: ReportedPosition) -> SeenHolding:
    base, _, rest = position.symbol.partition("/")
    instrument = Instrument(
        venue=position.venue,
        symbol=position.symbol,
        market_type=position.market_type,
        base_currency=base,
        quote_currency=rest.partition(":")[0],
        settle_currency=position.settle_currency,
        contract_size=position.contract_size,
        sector=position.sector,
    )
    return SeenHolding(
        instrument=instrument,
        quantity=position.quantity,
        average_price=position.average_price,
        strategy=position.strategy,
    )


def _payment(event: FundingRecorded, booked_at: datetime) -> FundingPayment:
    return FundingPayment(
        instrument=event.instrument,
        strategy=event.strategy,
        payment_id=event.payment_id,
        amount=event.amount,
        at=booked_at,
    )


def _entries(account_id: str, after: int, deps: Deps) -> Iterator[AuditRow]:
    while rows := deps.store.list_audit(account_id, after=after, limit=PAGE):
        yield from rows
        after = rows[-1].sequence


def _read_orders(account_id: str, names: set[str], deps: Deps) -> list[OrderRecord]:
    request = ReadRequest(account_id=account_id, client_order_ids=tuple(sorted(names)))
    records = deps.store.read(request).records if names else {}
    return [record for _, record in sorted(records.items())]
