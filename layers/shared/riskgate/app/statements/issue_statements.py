"""Issue an account's daily statement once the day is over: from the log alone, once, each day on the one before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from riskgate.app.ledger.commit_event import Deps
from riskgate.app.ports.jobs import Objects
from riskgate.app.ports.store import AuditRow
from riskgate.app.reconciliation.read_own_book import PAGE, names_in
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import OrderRecord, ReadRequest
from riskgate.core.orders.events import FillRecorded
from riskgate.core.reconciliation.events import FundingRecorded
from riskgate.core.statements.pnl import FundingPayment
from riskgate.core.statements.statement import BookedFill, StatementBook, build_statement
from riskgate.observability import logger
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.log.audit_entry import read_entry
from riskgate.schemas.texts.statement_csv import CHECKSUMS_FILE, write_statement

STATEMENT_ISSUED = "statement_issued"

#: Days that one run catches up with.
DAYS_MAX = 7


@dataclass(kw_only=True, slots=True)
class _Day:
    """What the log says about one day."""

    fills: list[BookedFill]
    funding: list[FundingPayment]
    touched: set[str]
    sequence: int


def issue_statements(state: AccountState, objects: Objects, *, deps: Deps, now: datetime) -> tuple[date, ...]:
    """Write the statement of each day that is over and has none yet; return those days.

    The checksums are written last: a day that has them is done. Begun again after a crash, every file stays as it was
    first written.

    Raises Transient: the bucket or the database did not answer; the next run goes on.
    """
    latest = objects.get(_latest_key(state.account_id))
    book = decode(latest, StatementBook) if latest is not None else None
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
    statement = build_statement(day, book, read.fills, marks, read.sequence, read.funding)
    files = write_statement(statement, _read_orders(account_id, read.touched, deps))
    prefix = f"statements/{account_id}/{day.isoformat()}"
    if objects.get(f"{prefix}/{CHECKSUMS_FILE}") is None:
        for name, data in files.items():
            kind = "text/plain" if name == CHECKSUMS_FILE else "text/csv"
            # A file left by a run that died is written anew: the checksums, which come last, are those of all files.
            objects.put(f"{prefix}/{name}", data, content_type=f"{kind}; charset=utf-8", replace=name != CHECKSUMS_FILE)
    closing = encode(statement.closing)
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
    found = _Day(fills=[], funding=[], touched=set(), sequence=after)
    for row in _entries(account_id, after, deps):
        if row.at >= end:
            break
        found.sequence = row.sequence
        entry = read_entry(row.entry)
        found.touched |= set(names_in(entry.inputs))
        event = entry.typed_inputs() if row.event in {"fill_recorded", "funding_recorded"} else None
        if isinstance(event, FillRecorded):
            found.fills.append(BookedFill(fill=event, booked_at=row.at, actor=row.actor))
        elif isinstance(event, FundingRecorded):
            found.funding.append(_payment(event, row.at))
    return found


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
