"""Let an account trade again after a breaker, by the word of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import NotFound
from riskgate.core.ledger.apply import Result
from riskgate.core.safeguards.breakers import LOSS_BREAKERS, breaker_id
from riskgate.core.safeguards.events import BreakerReset
from riskgate.schemas.http.answers.safeguards import BreakerResetAnswer

if TYPE_CHECKING:
    from riskgate.core.ledger.events import Event


def reset_breaker(acting: Acting, account_id: str, name: str, reason: str, *, key: str = "") -> BreakerResetAnswer:
    """Clear a tripped breaker, or a protection's locks, on a person's word.

    `key`: the symbol (market key) or strategy of a breaker that is not the account's. Raises NotFound: unknown
    account, or nothing of that name is tripped or locked.
    """

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[BreakerResetAnswer]:
        state = snapshot.require_state()
        is_locked = not key and any(lock.code == name for lock in state.locks)
        if breaker_id(name, key) not in state.breakers and not is_locked:
            if maybe_committed and snapshot.account is not None:
                return Answered(_reset_body(name, state, state.version, snapshot.account.audit_sequence))
            known = " (a loss breaker that has not tripped)" if name in set(LOSS_BREAKERS) else ""
            raise NotFound(f"{breaker_id(name, key)[:64]} is not tripped{known}", code="BREAKER_NOT_TRIPPED")
        event: Event = BreakerReset(name=name, reason=reason, key=key)

        def effects(result: Result, place: LogPlace) -> tuple[BreakerResetAnswer, Effects]:
            body = _reset_body(name, result.state, place.state_version, place.audit_sequence)
            return body, Effects(answer=body)

        return Step(event, effects)

    return commit_event(acting, ReadRequest(account_id=account_id), plan).value


def _reset_body(name: str, state: AccountState, version: int, sequence: int) -> BreakerResetAnswer:
    return BreakerResetAnswer(
        name=name,
        trading_state=state.trading_state,
        breakers=sorted(state.breakers),
        state_version=version,
        audit_sequence=sequence,
    )
