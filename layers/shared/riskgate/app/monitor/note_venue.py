"""Write down what a look at a venue showed of the venue itself: its health, and rows that nobody can read."""

from __future__ import annotations

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.monitor.run import MONITOR_ACTOR, Monitor
from riskgate.app.venues.measured_exchange import MeasuredExchange
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.ledger.apply import Result
from riskgate.core.reconciliation.events import RowsUnreadable
from riskgate.core.reconciliation.rows import list_unsettled
from riskgate.core.safeguards.events import VenueObserved
from riskgate.core.safeguards.venue_health import observe_venue


def note_health(account_id: str, source: MeasuredExchange, monitor: Monitor) -> None:
    """Write down a look at a venue where it changes what is known about it."""
    look = VenueObserved(venue=source.venue, is_ok=not source.fault, detail=source.fault)
    now = monitor.clock()

    def plan(snapshot: Snapshot, _: bool) -> Plan[None]:
        known = snapshot.require_state().venue_health.get(look.venue)
        if observe_venue(known, look, now) == known:
            return Answered(None)

        def effects(result: Result, _place: LogPlace) -> tuple[None, Effects]:
            return None, Effects(answer={"health": result.state.venue_health.get(look.venue)})

        return Step(look, effects)

    commit_event(Acting(deps=monitor.deps, actor=MONITOR_ACTOR, now=now), ReadRequest(account_id=account_id), plan)


def note_unreadable(account_id: str, source: MeasuredExchange, monitor: Monitor) -> None:
    """Open a break for each transfer that nobody can read, once; reconciliation does so for what it reads itself."""
    if not source.unreadable:
        return
    now = monitor.clock()

    def plan(snapshot: Snapshot, _: bool) -> Plan[None]:
        known = snapshot.require_state().reconciliation
        unsettled = list_unsettled(known, source.venue, source.unreadable)
        findings = tuple(finding for finding in unsettled if finding.break_id not in known.open)
        if not findings:
            return Answered(None)

        def effects(_result: Result, _place: LogPlace) -> tuple[None, Effects]:
            return None, Effects(answer={"found": len(findings)})

        return Step(RowsUnreadable(findings=findings), effects)

    commit_event(Acting(deps=monitor.deps, actor=MONITOR_ACTOR, now=now), ReadRequest(account_id=account_id), plan)
