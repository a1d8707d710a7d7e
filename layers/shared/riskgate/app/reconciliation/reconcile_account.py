"""Reconcile an account with its venues: read both sides, match them, repair what is final, put down the rest.

A venue that does not answer everything is left as it was: silence is not an empty book. The run's entry in the log
opens and closes breaks; it is written once, and not at all when another run got ahead.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.ports.exchange import Exchange
from riskgate.app.reconciliation.describe_reconciliation import REPORT_KIND, run_body
from riskgate.app.reconciliation.list_unreadable import list_unlisted, take_unreadable
from riskgate.app.reconciliation.read_own_book import (
    FIRST_ENTRIES,
    list_all_orders,
    list_strangers,
    list_touched,
    name_orders,
    read_own_book,
)
from riskgate.app.reconciliation.read_venue_book import OVERLAP, plan_period, read_venue_book
from riskgate.app.reconciliation.record_funding import record_funding
from riskgate.app.reconciliation.repair_order import repair_order
from riskgate.app.safeguards.set_kill_switch import set_kill_switch
from riskgate.app.venues.job_context import AccountJob
from riskgate.core.account.breaks import OPEN_BREAKS_MAX, BreakKind, Finding, Watermark
from riskgate.core.account.document import AccountState, Venue
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import GatewayError
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.ledger.apply import Result
from riskgate.core.limits import Limits
from riskgate.core.reconciliation.events import ReconciliationRun, RepairMade, VenueReading
from riskgate.core.reconciliation.holdings import match_holdings
from riskgate.core.reconciliation.match import Match, OwnBook, VenueBook, keep_confirmed, known_symbols
from riskgate.core.reconciliation.orders import match_orders
from riskgate.core.reconciliation.rows import match_rows
from riskgate.observability import logger
from riskgate.schemas.codec import encode

RECONCILE_ACTOR = "job:reconcile"
VENUE_NOT_READ = "venue_not_read"
RUN_SUPERSEDED = "reconciliation_superseded"

#: Pause before a disagreement is looked at again: what was on its way has arrived then.
RECHECK_SECONDS = 3.0
#: Findings an entry holds; more are only counted.
FINDINGS_MAX = 2 * OPEN_BREAKS_MAX


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """One look at an account and its venues, and what matching them showed."""

    state: AccountState
    readings: tuple[VenueReading, ...]
    match: Match
    books: tuple[VenueBook, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RunReport:
    """What a run did; `committed` is False where another run got ahead of it."""

    run: ReconciliationRun
    state: AccountState
    committed: bool
    funding: int = 0

    @property
    def is_complete(self) -> bool:
        """Tell whether every venue was read."""
        return all(reading.complete for reading in self.run.readings)


@dataclass(slots=True)
class _Account:
    """What a run knows of its account before it looks at the venues."""

    account_id: str
    state: AccountState
    sequence: int
    limits: Limits
    names: set[str] = field(default_factory=set)


def reconcile_account(account_id: str, job: AccountJob, *, run_id: str) -> RunReport | None:
    """Run reconciliation once, over the venues that the gateway has a key of.

    `run_id` is unique to this run. Returns None for an account without any key: nobody but its bot can look into its
    venues. Raises NotFound: unknown account; Contention, Transient, OutcomeUnknown: nothing is written, the next run
    does it.
    """
    account = _read_account(account_id, job)
    if not _with_keys(account.state):
        return None
    look = _look(account, job)
    funding = record_funding(Acting(deps=job.deps, actor=RECONCILE_ACTOR, now=job.clock()), account_id, look.books)
    findings = look.match.findings
    repairs: list[RepairMade] = []
    if look.match.repairs or _list_new(account.state, findings):
        made = [repair_order(job, account_id, r, actor=RECONCILE_ACTOR) for r in look.match.repairs]
        repairs = [repair for repair in made if repair is not None]
        look, findings = _look_again(account, look, job)
    if any(f.kind is BreakKind.ROGUE_ORDER for f in _list_new(account.state, findings)):
        _stop_account(account, job)
    run = ReconciliationRun(
        run_id=run_id,
        readings=look.readings,
        findings=_gravest(account.state, findings),
        found=len(findings),
        repairs=tuple(repairs),
        compared=look.match.compared,
        matched=look.match.compared - len({(finding.venue, finding.subject) for finding in findings}),
    )
    return replace(_commit(account, run, job), funding=funding)


def _with_keys(state: AccountState) -> list[Venue]:
    return [venue for venue in state.venues if venue.secret_name is not None]


def _read_account(account_id: str, job: AccountJob) -> _Account:
    store = job.deps.store
    snapshot = store.read(ReadRequest(account_id=account_id))
    state = snapshot.require_state()
    assert snapshot.account is not None  # noqa: S101 it has a state
    sequence = snapshot.account.audit_sequence
    account = _Account(
        account_id=account_id,
        state=state,
        sequence=sequence,
        limits=snapshot.limits.limits if snapshot.limits is not None else Limits(),
    )
    opened = {item.finding.client_order_id for item in state.reconciliation.open.values()} - {""}
    touched = list_touched(store, account_id, after=_log_start(account, job), until=sequence)
    account.names = {*state.working_orders, *opened, *touched}
    return account


def _log_start(account: _Account, job: AccountJob) -> int:
    """Return the sequence number after which the log can name orders that any venue's reading will show."""
    wanted = job.clock() - OVERLAP
    starts = []
    for venue in _with_keys(account.state):
        marks = account.state.reconciliation.watermarks.get(venue.venue, ())
        wanted = min(wanted, marks[-1].read_at - OVERLAP) if marks else wanted
        early = [mark.audit_sequence for mark in marks if mark.read_at <= wanted]
        starts.append(early[-1] if early else max(0, account.sequence - FIRST_ENTRIES))
    return min(starts, default=0)


def _look(account: _Account, job: AccountJob) -> Look:
    """Read the venues, then our side, and match: whatever a venue knows is on our side by then."""
    readings, books, match = [], [], Match()
    _, before = read_own_book(job.deps.store, account.account_id, account.names, ())
    for venue in _with_keys(account.state):
        exchange = job.exchange_of(venue)
        try:
            book = _read_venue(account, before, exchange, job)
        except GatewayError as error:
            # It may be such a row that kept the rest from being read.
            match += match_rows(venue.venue, take_unreadable(exchange))
            logger.warning(VENUE_NOT_READ, venue=venue.venue, code=error.code, detail=error.detail)
            readings.append(VenueReading(venue=venue.venue, complete=False, detail=f"{error.code}: {error.detail}"))
            continue
        books.append((exchange, book))
        readings.append(_describe(book, account))
        match += match_rows(book.venue, book.unreadable)
    own = _read_own(account, books, job)
    for exchange, book in books:
        named = replace(own, ids=name_orders(exchange, own.records))
        match += match_orders(book, named) + match_holdings(book, named)
    return Look(state=own.state, readings=tuple(readings), match=match, books=tuple(b for _, b in books))


def _read_venue(account: _Account, own: OwnBook, exchange: Exchange, job: AccountJob) -> VenueBook:
    state, name = account.state, exchange.venue
    records = {key: record for key, record in own.records.items() if record.order.venue == name}
    opened = [item.finding for item in state.reconciliation.open.values() if item.finding.venue == name]
    symbols = known_symbols(state, name)
    symbols |= {record.order.symbol for record in records.values()}
    symbols |= {symbol for symbol in account.limits.symbols_allowed or () if exchange.has_market(symbol)}
    marks = state.reconciliation.watermarks.get(name, ())
    period = plan_period(marks[-1].read_at if marks else None, records.values(), job.clock())
    must_find = frozenset(finding.client_order_id for finding in opened if finding.client_order_id)
    book = read_venue_book(job, exchange, state, records, symbols, period, must_find=must_find)
    lost = (*take_unreadable(exchange), *book.unreadable, *list_unlisted(exchange, state))
    return replace(book, unreadable=lost)


def _describe(book: VenueBook, account: _Account) -> VenueReading:
    return VenueReading(
        venue=book.venue,
        complete=True,
        since=book.since,
        watermark=Watermark(read_at=book.read_at, audit_sequence=account.sequence),
        orders=len({(order.symbol, order.exchange_order_id) for order in book.orders}),
        trades=len(book.trades),
        balances=len(book.balances),
        positions=len(book.positions),
    )


def _read_own(account: _Account, books: Iterable[tuple[Exchange, VenueBook]], job: AccountJob) -> OwnBook:
    """Read our side with every order that the venues' books could mean."""
    store, books = job.deps.store, list(books)
    # What was read before the venues does not count.
    job.forget()
    named = {order.client_order_id for _, book in books for order in book.orders if order.client_order_id}
    markets = {(b.venue, order.symbol) for _, b in books for order in b.orders}
    markets |= {(b.venue, trade.symbol) for _, b in books for trade in b.trades}
    markets |= {(b.venue, position.symbol) for _, b in books for position in b.positions}
    markets |= {(b.venue, symbol) for _, b in books for symbol in known_symbols(account.state, b.venue)}
    asked = (account.names | named, frozenset(markets))
    stored, own = read_own_book(store, account.account_id, *asked)
    account.names |= list_touched(store, account.account_id, after=account.sequence, until=stored.audit_sequence)
    if not account.names <= asked[0]:
        asked = (account.names | named, frozenset(markets))
        stored, own = read_own_book(store, account.account_id, *asked)
    markets |= {(record.order.venue, record.order.symbol) for record in own.records.values()}
    rogue = {f.theirs.get("client_order_id", "") for f in (i.finding for i in own.state.reconciliation.open.values())}
    if any(list_strangers(e, b, name_orders(e, own.records)) - rogue for e, b in books):
        # Before an order with an id like ours counts as nobody's, all of ours are looked through.
        ours = {name for name, record in list_all_orders(store, account.account_id).items() if record.attempts}
        account.names |= ours
    if asked != (account.names | named, frozenset(markets)):
        _, own = read_own_book(store, account.account_id, account.names | named, markets)
    return own


def _look_again(account: _Account, first: Look, job: AccountJob) -> tuple[Look, tuple[Finding, ...]]:
    """Look a second time after a moment; keep what both looks show, what is open, and orders that nobody permitted."""
    try:
        job.pause(RECHECK_SECONDS)
        second = _look(account, job)
    except GatewayError as error:
        logger.warning(VENUE_NOT_READ, code=error.code, detail=error.detail)
        second = Look(state=first.state, readings=tuple(_unread(r, error) for r in first.readings), match=Match())
    kept = {f.break_id: f for f in keep_confirmed(first.match.findings, second.match.findings)}
    seen = {f.break_id: f for f in second.match.findings if f.kind is BreakKind.ROGUE_ORDER}
    opened = {f.break_id: f for f in second.match.findings if f.break_id in account.state.reconciliation.open}
    return second, tuple((opened | kept | seen).values())


def _unread(reading: VenueReading, error: GatewayError) -> VenueReading:
    return VenueReading(venue=reading.venue, complete=False, detail=f"{error.code}: {error.detail}")


def _list_new(state: AccountState, findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that would open a break."""
    known = {name: item.finding.mark for name, item in state.reconciliation.open.items()}
    known |= {item.break_id: item.mark for item in state.reconciliation.accepted}
    return [finding for finding in findings if known.get(finding.break_id) != finding.mark]


def _gravest(state: AccountState, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings an entry holds: first those that are open, so that none of them seems to have cleared."""
    known = state.reconciliation.open
    ranked = sorted(findings, key=lambda f: (f.break_id not in known, -f.severity.rank, f.break_id))
    return tuple(ranked[:FINDINGS_MAX])


def _stop_account(account: _Account, job: AccountJob) -> None:
    """Engage the account's kill switch where its limits ask for that; before the run is written, so that it is done."""
    if not account.limits.rogue_order_kill_switch:
        return
    flag = KillSwitch(
        scope="account", key=account.account_id, engaged=True, reason="an order at the venue without a permit"
    )
    now = job.clock()
    set_kill_switch(Acting(deps=job.deps, actor=RECONCILE_ACTOR, now=now), flag, cancel_open_orders=False)


def _commit(account: _Account, run: ReconciliationRun, job: AccountJob) -> RunReport:
    """Write the run, unless another one was written since this one began."""
    now: datetime = job.clock()
    began_at = account.state.reconciliation.runs

    def plan(snapshot: Snapshot, _: bool) -> Plan[RunReport]:
        state = snapshot.require_state()
        if state.reconciliation.runs != began_at:
            ours = state.reconciliation.run_id == run.run_id
            if not ours:
                logger.warning(RUN_SUPERSEDED, account_id=account.account_id)
            return Answered(RunReport(run=run, state=state, committed=ours))

        def effects(result: Result, _place: LogPlace) -> tuple[RunReport, Effects]:
            body = run_body(run, result.state, now)
            report = RunReport(run=run, state=result.state, committed=True)
            return report, Effects(answer=body, reports=((REPORT_KIND, encode(body).decode()),))

        return Step(run, effects)

    request = ReadRequest(account_id=account.account_id)
    return commit_event(Acting(deps=job.deps, actor=RECONCILE_ACTOR, now=now), request, plan).value
