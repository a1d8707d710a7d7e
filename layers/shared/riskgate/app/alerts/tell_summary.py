"""Tell once a day, at a chosen hour, how an account stands."""

from datetime import tzinfo

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.figures import believe
from riskgate.core.ledger.apply import Result
from riskgate.core.orders.events import RULES
from riskgate.core.statements.summary import SummaryTold, is_due


def tell_summary(acting: Acting, account_id: str, *, hour: int, time_zone: tzinfo) -> bool:
    """Write the summary of the day into the account's log, from where it is announced, once that hour has come.

    The account itself remembers the day it was told for: whoever comes second, or again, finds it told. `hour` is that
    of `time_zone`'s clock, 0 to 23. Returns whether it is told for today. Raises NotFound: unknown account.
    """
    local = acting.now.astimezone(time_zone)
    if local.hour < hour:
        return False

    def plan(snapshot: Snapshot, _: bool) -> Plan[bool]:
        if not is_due(snapshot.require_state(), local.date()):
            return Answered(True)
        report = believe(snapshot.report, acting.now)
        event = SummaryTold(day=local.date(), time_zone=str(time_zone), report=report, rules=RULES)

        def effects(_result: Result, _place: LogPlace) -> tuple[bool, Effects]:
            return True, Effects()

        return Step(event, effects)

    return commit_event(acting, ReadRequest(account_id=account_id, with_report=True), plan).value
