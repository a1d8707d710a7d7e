"""Fold reconciliation's entries into the account: breaks open and close, and their markets only reduce meanwhile."""

from datetime import datetime, timedelta

from riskgate.core.account.breaks import Reconciliation, Watermark
from riskgate.core.account.document import AccountState
from riskgate.core.codes import BreakerName
from riskgate.core.errors import NotFound
from riskgate.core.reconciliation.events import BreakResolved, ReconciliationRun, RowsUnreadable
from riskgate.core.replacing import replace
from riskgate.core.safeguards.breakers import breaker_id, derive_trading_state, trip_breaker
from riskgate.core.severity import Severity

#: Watermarks kept per venue, and the least time between two of them: together longer than the overlap of readings.
WATERMARKS_MAX = 8
WATERMARK_SPACING = timedelta(minutes=4)


def fold_reconciliation(
    state: AccountState, event: ReconciliationRun | RowsUnreadable | BreakResolved, now: datetime
) -> AccountState:
    """Return the account after a run, after rows that nobody can read, or after a person's word on one break.

    Raises NotFound: no such open break.
    """
    if isinstance(event, ReconciliationRun):
        return _fold_run(state, event, now)
    return _note_rows(state, event, now) if isinstance(event, RowsUnreadable) else _resolve(state, event, now)


def _fold_run(state: AccountState, event: ReconciliationRun, now: datetime) -> AccountState:
    """Return the account after a run; a red break trips its market's breaker, which goes when the last one closes."""
    known = state.reconciliation
    complete = frozenset(reading.venue for reading in event.readings if reading.complete)
    marks = dict(known.watermarks)
    for reading in event.readings:
        if reading.complete and reading.watermark is not None:
            marks[reading.venue] = _with_mark(marks.get(reading.venue, ()), reading.watermark)
    found = known.find(event.findings, complete, now)
    found = replace(found, runs=known.runs + 1, run_id=event.run_id, run_at=now, watermarks=marks)
    return with_breakers(state, found, now)


def _note_rows(state: AccountState, event: RowsUnreadable, now: datetime) -> AccountState:
    known = state.reconciliation
    for finding in event.findings:
        known = known.note(finding, now)
    return with_breakers(state, known, now)


def _resolve(state: AccountState, event: BreakResolved, now: datetime) -> AccountState:
    if event.break_id not in state.reconciliation.open:
        raise NotFound("no such open break", code="BREAK_NOT_FOUND")
    found = state.reconciliation.resolve(event.break_id, event.who, event.reason, now)
    return with_breakers(state, found, now)


def with_breakers(state: AccountState, after: Reconciliation, now: datetime) -> AccountState:
    """Trip the breaker of each market in which a red break has opened, and clear it where none is open any more."""
    before, name = state.reconciliation, BreakerName.RECONCILIATION_BREAK
    state = replace(state, reconciliation=after)
    was_red, is_red = _red_markets(before), _red_markets(after)
    cleared = {breaker_id(name, market) for market in was_red if market not in is_red}
    state = replace(state, breakers={key: item for key, item in state.breakers.items() if key not in cleared})
    for market, break_id in sorted(is_red.items()):
        # A person may have reset it while the break is open: only another break trips it again.
        if break_id not in before.open:
            reason = f"{after.open[break_id].finding.kind.value} {break_id}"
            state = trip_breaker(state, name, now, scope="symbol", key=market, reason=reason)
    return derive_trading_state(state)


def _red_markets(breaks: Reconciliation) -> dict[str, str]:
    """Return each market with red breaks and the id of the latest."""
    red = [
        (item.first_seen, break_id, item.finding.market)
        for break_id, item in breaks.open.items()
        if item.finding.severity is Severity.RED and item.finding.market
    ]
    return {market: break_id for _, break_id, market in sorted(red)}


def _with_mark(marks: tuple[Watermark, ...], mark: Watermark) -> tuple[Watermark, ...]:
    """Append a watermark; one soon after the last takes its place, so that the few kept reach back far enough."""
    if len(marks) > 1 and marks[-1].read_at - marks[-2].read_at < WATERMARK_SPACING:
        marks = marks[:-1]
    return (*marks, mark)[-WATERMARKS_MAX:]
