"""Keep watch over an account that nothing else moves: risk figures, reminders, breakers that clear with the day."""

from riskgate.app.ledger.commit_event import (
    Acting,
    Answered,
    Effects,
    LogPlace,
    Plan,
    Step,
    commit_event,
    limits_in_force,
)
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.figures import believe
from riskgate.core.ledger.apply import Result, apply_event
from riskgate.core.safeguards.events import AlertLevelsMeasured


def watch_levels(acting: Acting, account_id: str) -> bool:
    """Measure every limit of an account, and write it down where that gives something to tell.

    Returns whether there was anything to tell. Raises NotFound: unknown account; StateCorrupt: its limits are not
    those it vouches for.
    """

    def plan(snapshot: Snapshot, _: bool) -> Plan[bool]:
        state = snapshot.require_state()
        event = AlertLevelsMeasured(report=believe(snapshot.report, acting.now))
        limits, _version = limits_in_force(snapshot, event)
        result = apply_event(account_id, state, limits, event, acting.now)
        if not result.notices and result.state.alert_levels == state.alert_levels:
            return Answered(False)

        def effects(_result: Result, _place: LogPlace) -> tuple[bool, Effects]:
            return True, Effects()

        return Step(event, effects)

    return commit_event(acting, ReadRequest(account_id=account_id, with_report=True), plan).value
