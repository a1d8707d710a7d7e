"""What reconciliation answers: the last run, the breaks that are open, and those closed lately."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from riskgate.app.ledger.commit_event import Deps
from riskgate.core.account.breaks import Break, ClosedBreak, Finding
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import ReadRequest
from riskgate.core.money import ONE, plain
from riskgate.core.reconciliation.events import ReconciliationRun
from riskgate.schemas.codec import decode

#: Under this kind the latest run's report is stored.
REPORT_KIND = "RECON"


def run_body(run: ReconciliationRun, state: AccountState, now: datetime) -> dict[str, Any]:
    """Return the report of a run, given the account after it."""
    opened = [item.finding for item in state.reconciliation.open.values()]
    return {
        "run_id": run.run_id,
        "at": now,
        "complete": all(reading.complete for reading in run.readings),
        "venues": [
            {
                "venue": reading.venue,
                "complete": reading.complete,
                "detail": reading.detail,
                "since": reading.since,
                "read_at": reading.watermark.read_at if reading.watermark is not None else None,
                "orders": reading.orders,
                "trades": reading.trades,
                "balances": reading.balances,
                "positions": reading.positions,
            }
            for reading in run.readings
        ],
        "compared": run.compared,
        "matched": run.matched,
        "matched_fraction": plain(matched_fraction(run)),
        "found": run.found,
        "repairs": [
            {
                "client_order_id": repair.client_order_id,
                "fills": repair.fills,
                "accepted_as": repair.accepted_as,
                "closed_as": repair.closed_as,
            }
            for repair in run.repairs
        ],
        "open": len(opened),
        "open_by_kind": dict(sorted(Counter(finding.kind.value for finding in opened).items())),
        "money_at_issue": plain(state.reconciliation.money_at_issue),
    }


def matched_fraction(run: ReconciliationRun) -> Decimal:
    """Return the share of what was compared that agrees, rounded down: only all of it is 1."""
    if not run.compared:
        return ONE
    return (Decimal(run.matched) / run.compared).quantize(Decimal("0.0001"), ROUND_DOWN)


def reconciliation_body(account_id: str, deps: Deps) -> dict[str, Any]:
    """Return how an account's books stand against its venues'.

    Raises
    ------
    NotFound : unknown account.
    """
    state = deps.store.read(ReadRequest(account_id=account_id)).require_state()
    report = deps.store.read_report(account_id, REPORT_KIND)
    known = state.reconciliation
    opened = sorted(known.open.values(), key=lambda o: (-o.finding.severity.rank, o.first_seen, o.finding.break_id))
    return {
        "account_id": account_id,
        "last_run": decode(report, dict) if report is not None else None,
        "open": [open_row(item) for item in opened],
        "closed": [closed_row(item) for item in reversed(known.closed)],
        "money_at_issue": plain(known.money_at_issue),
    }


def open_row(item: Break) -> dict[str, Any]:
    """Return an open break."""
    return _row(item.finding) | {"first_seen": item.first_seen, "last_seen": item.last_seen}


def closed_row(item: ClosedBreak) -> dict[str, Any]:
    """Return a break that is over, with who closed it and why."""
    return _row(item.finding) | {
        "first_seen": item.first_seen,
        "closed_at": item.closed_at,
        "how": item.how.value,
        "who": item.who or None,
        "why": item.why,
    }


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "break_id": finding.break_id,
        "kind": finding.kind.value,
        "severity": finding.severity.value,
        "venue": finding.venue,
        "subject": finding.subject,
        "market": finding.market or None,
        "client_order_id": finding.client_order_id or None,
        "ours": finding.ours,
        "theirs": finding.theirs,
        "money": plain(finding.money) if finding.money is not None else None,
        "action": finding.action,
    }
