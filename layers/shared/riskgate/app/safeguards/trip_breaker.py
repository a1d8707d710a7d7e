"""Trip a breaker on the word of a person or a job."""

from __future__ import annotations

from typing import Any

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, Place, Plan, Step, commit_event
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.ledger.apply import Result
from riskgate.core.safeguards.breakers import breaker_id
from riskgate.core.safeguards.events import BreakerTripped


def trip_breaker(acting: Acting, account_id: str, event: BreakerTripped) -> tuple[dict[str, Any], bool]:
    """Trip a breaker; decisions under way that did not know of it lose their race.

    Returns
    -------
    The account's trading state then, and whether it was this call that tripped the breaker.

    Raises
    ------
    NotFound : unknown account.
    """

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[tuple[dict[str, Any], bool]]:
        state = snapshot.require_state()
        if breaker_id(event.name, event.key) in state.breakers:
            return Answered((_body(event, state), maybe_committed))

        def effects(result: Result, _place: Place) -> tuple[tuple[dict[str, Any], bool], Effects]:
            body = _body(event, result.state)
            return (body, True), Effects(answer=body)

        return Step(event, effects)

    return commit_event(acting, ReadRequest(account_id=account_id), plan).value


def _body(event: BreakerTripped, state: AccountState) -> dict[str, Any]:
    return {"name": event.name, "trading_state": state.trading_state.value, "breakers": sorted(state.breakers)}
