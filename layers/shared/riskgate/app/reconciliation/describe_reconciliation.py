"""What reconciliation answers: the last run, the breaks that are open, and those closed lately."""

from collections import Counter
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from riskgate.app.ledger.commit_event import Deps
from riskgate.core.account.breaks import Break, ClosedBreak
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import ReadRequest
from riskgate.core.money import ONE, plain
from riskgate.core.reconciliation.events import ReconciliationRun
from riskgate.schemas.http.answers.base import stored
from riskgate.schemas.http.answers.reconciliation import (
    ClosedBreakRow,
    OpenBreakRow,
    ReconciliationAnswer,
    ReconciliationRunReport,
    VenueReadingRow,
)

#: Under this kind the latest run's report is stored.
REPORT_KIND = "RECON"


def run_body(run: ReconciliationRun, state: AccountState, now: datetime) -> ReconciliationRunReport:
    """Return the report of a run, given the account after it."""
    opened = [item.finding for item in state.reconciliation.open.values()]
    return ReconciliationRunReport(
        run_id=run.run_id,
        at=now,
        complete=all(reading.complete for reading in run.readings),
        venues=[
            VenueReadingRow(
                venue=reading.venue,
                complete=reading.complete,
                detail=reading.detail,
                since=reading.since,
                read_at=reading.watermark.read_at if reading.watermark is not None else None,
                orders=reading.orders,
                trades=reading.trades,
                balances=reading.balances,
                positions=reading.positions,
            )
            for reading in run.readings
        ],
        compared=run.compared,
        matched=run.matched,
        matched_fraction=plain(matched_fraction(run)),
        found=run.found,
        repairs=list(run.repairs),
        open=len(opened),
        open_by_kind=dict(sorted(Counter(finding.kind.value for finding in opened).items())),
        money_at_issue=plain(state.reconciliation.money_at_issue),
    )


def matched_fraction(run: ReconciliationRun) -> Decimal:
    """Return the share of what was compared that agrees, rounded down: only all of it is 1."""
    if not run.compared:
        return ONE
    return (Decimal(run.matched) / run.compared).quantize(Decimal("0.0001"), ROUND_DOWN)


def reconciliation_body(account_id: str, deps: Deps) -> ReconciliationAnswer:
    """Return how an account's books stand against its venues'; NotFound for an unknown account."""
    state = deps.store.read(ReadRequest(account_id=account_id)).require_state()
    report = deps.store.read_report(account_id, REPORT_KIND)
    known = state.reconciliation
    opened = sorted(known.open.values(), key=lambda o: (-o.finding.severity.rank, o.first_seen, o.finding.break_id))
    return ReconciliationAnswer(
        account_id=account_id,
        last_run=stored(report, ReconciliationRunReport) if report is not None else None,
        open=[open_row(item) for item in opened],
        closed=[closed_row(item) for item in reversed(known.closed)],
        money_at_issue=plain(known.money_at_issue),
    )


def open_row(item: Break) -> OpenBreakRow:
    """Return an open break."""
    return OpenBreakRow(**_finding(item), last_seen=item.last_seen)


def closed_row(item: ClosedBreak) -> ClosedBreakRow:
    """Return a break that is over, with who closed it and why."""
    return ClosedBreakRow(**_finding(item), closed_at=item.closed_at, how=item.how, who=item.who or None, why=item.why)


def _finding(item: Break | ClosedBreak) -> dict[str, Any]:
    finding = item.finding
    return {
        "break_id": finding.break_id,
        "kind": finding.kind,
        "severity": finding.severity,
        "venue": finding.venue,
        "subject": finding.subject,
        "market": finding.market or None,
        "client_order_id": finding.client_order_id or None,
        "ours": finding.ours,
        "theirs": finding.theirs,
        "money": plain(finding.money) if finding.money is not None else None,
        "action": finding.action,
        "first_seen": item.first_seen,
    }
