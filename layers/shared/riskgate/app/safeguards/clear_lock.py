"""Let entries go on before a protection's lock ends, on a person's word."""

from __future__ import annotations

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.safeguards.describe_safeguards import lock_rows
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.ledger.apply import Result
from riskgate.core.safeguards.events import LockCleared
from riskgate.core.safeguards.locks import lock_id_of
from riskgate.schemas.http.answers.safeguards import LocksAnswer


def clear_lock(acting: Acting, account_id: str, lock_id: str, reason: str) -> LocksAnswer:
    """Clear one lock and return those that are left.

    Raises
    ------
    NotFound : unknown account, or no such lock.
    """

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[LocksAnswer]:
        state = snapshot.require_state()
        if maybe_committed and lock_id not in {lock_id_of(lock) for lock in state.locks}:
            return Answered(LocksAnswer(locks=lock_rows(state, acting.now)))

        def effects(result: Result, _place: LogPlace) -> tuple[LocksAnswer, Effects]:
            body = LocksAnswer(locks=lock_rows(result.state, acting.now))
            return body, Effects(answer=body)

        return Step(LockCleared(lock_id=lock_id, reason=reason), effects)

    return commit_event(acting, ReadRequest(account_id=account_id), plan).value
