"""Acknowledge alerts: a person took note, so nobody is reminded until the level changes."""

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import NotFound
from riskgate.core.ledger.apply import Result
from riskgate.core.safeguards.events import AlertAcknowledged


def acknowledge_alert(acting: Acting, account_id: str, name: str) -> tuple[str, ...]:
    """Acknowledge the alert of one limit or breaker, or all of the account's where `name` is empty.

    Returns the names of the alerts that are acknowledged now; none where nothing was left to acknowledge. Raises
    NotFound: unknown account, or the limit has no alert.
    """

    def plan(snapshot: Snapshot, _: bool) -> Plan[tuple[str, ...]]:
        state = snapshot.require_state()
        named = [n for n in state.alert_levels if name in {"", n}]
        if name and not named:
            raise NotFound(f"no alert for {name[:64]}", code="ALERT_NOT_FOUND")
        if all(state.alert_levels[n].acknowledged for n in named):
            return Answered(tuple(named) if name else ())

        def effects(result: Result, _place: LogPlace) -> tuple[tuple[str, ...], Effects]:
            names = tuple(sorted(n for n in named if n in result.state.alert_levels))
            return names, Effects(answer={"acknowledged": list(names)})

        return Step(AlertAcknowledged(name=name), effects)

    return commit_event(acting, ReadRequest(account_id=account_id), plan).value
