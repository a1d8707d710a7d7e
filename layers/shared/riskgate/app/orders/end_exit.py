"""Write down that one order of an exit is not tried again."""

from __future__ import annotations

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.orders.exit_legs import EXIT_END
from riskgate.core.account.stored import Marker, ReadRequest, Snapshot
from riskgate.core.ledger.apply import Result
from riskgate.core.safeguards.events import ExitEnded, ExitOutcome
from riskgate.observability import MetricUnit, logger, metrics

EXIT_ENDED = "exit_ended"


def end_exit(acting: Acting, account_id: str, event: ExitEnded) -> None:
    """Write the end down, once; people are told of it where something is still open."""
    marker = Marker(kind=EXIT_END, key=event.client_order_id, request_hash="", answer=event.outcome.value)

    def plan(snapshot: Snapshot, _: bool) -> Plan[None]:
        if marker.name in snapshot.markers:
            return Answered(None, replayed=True)

        def effects(_result: Result, _place: LogPlace) -> tuple[None, Effects]:
            return None, Effects(answer={"outcome": event.outcome.value}, markers=(marker,))

        return Step(event, effects)

    if commit_event(acting, ReadRequest(account_id=account_id, markers=(marker.name,)), plan).replayed:
        return
    outcome = event.outcome.value
    logger.warning(EXIT_ENDED, client_ref=event.client_order_id, outcome=outcome, attempts=event.attempts)
    if event.outcome is ExitOutcome.FAILED:
        metrics.add_metric(name="ExitsFailed", unit=MetricUnit.Count, value=1)
