"""Change an account's limits."""

from __future__ import annotations

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.market.note_wants import note_wants_of
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import Conflict
from riskgate.core.ledger.account_events import LimitsChanged
from riskgate.core.ledger.apply import Result
from riskgate.core.limits import Limits, list_loosened
from riskgate.schemas.codec import encode, sha256_hex
from riskgate.schemas.http.answers.account import LimitsAnswer


def change_limits(acting: Acting, account_id: str, limits: Limits, *, expected_version: int) -> LimitsAnswer:
    """Store a new version of the limits; decisions under way that read the old ones lose their race.

    Raises NotFound: unknown account; Conflict: the limits changed since `expected_version` was read.
    """
    before: list[Limits] = []

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[LimitsAnswer]:
        state = snapshot.require_state()
        stored = snapshot.limits
        if maybe_committed and stored is not None and stored.limits == limits:
            return Answered(_limits_body(stored.version, limits, list_loosened(before[-1], limits)))
        if state.limits_version != expected_version or stored is None:
            raise Conflict("the limits changed in the meantime: read them again", code="LIMITS_CHANGED")
        before.append(stored.limits)
        loosened = list_loosened(stored.limits, limits)
        event = LimitsChanged(limits=limits, limits_hash=sha256_hex(encode(limits)), loosened=loosened)

        def effects(_result: Result, place: LogPlace) -> tuple[LimitsAnswer, Effects]:
            body = _limits_body(place.limits_version, limits, loosened)
            return body, Effects(answer={"version": place.limits_version, "loosened": list(loosened)})

        return Step(event, effects)

    answer = commit_event(acting, ReadRequest(account_id=account_id), plan).value
    note_wants_of(acting.deps.store, account_id, acting.now)
    return answer


def _limits_body(version: int, limits: Limits, loosened: tuple[str, ...]) -> LimitsAnswer:
    return LimitsAnswer(version=version, limits=limits, loosened=list(loosened))
