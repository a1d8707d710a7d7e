"""Trip a breaker on the word of a person or a job."""

from __future__ import annotations

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.ledger.apply import Result
from riskgate.core.safeguards.breakers import breaker_id
from riskgate.core.safeguards.events import BreakerTripped
from riskgate.schemas.http.answers.safeguards import BreakerTrippedAnswer


def trip_breaker(acting: Acting, account_id: str, event: BreakerTripped) -> Answered[BreakerTrippedAnswer]:
    """Trip a breaker; decisions under way that did not know of it lose their race.

    Raises
    ------
    NotFound : unknown account.
    """

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[BreakerTrippedAnswer]:
        state = snapshot.require_state()
        if breaker_id(event.name, event.key) in state.breakers:
            return Answered(_body(event, state), replayed=not maybe_committed)

        def effects(result: Result, _place: LogPlace) -> tuple[BreakerTrippedAnswer, Effects]:
            body = _body(event, result.state)
            return body, Effects(answer=body)

        return Step(event, effects)

    return commit_event(acting, ReadRequest(account_id=account_id), plan)


def _body(event: BreakerTripped, state: AccountState) -> BreakerTrippedAnswer:
    return BreakerTrippedAnswer(name=event.name, trading_state=state.trading_state, breakers=sorted(state.breakers))
