"""Register an account."""

from __future__ import annotations

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.core.account.stored import GATEWAY_CHAIN, ReadRequest, Snapshot
from riskgate.core.errors import InvalidRequest
from riskgate.core.ledger.account_events import AccountRegistered
from riskgate.core.ledger.apply import Result
from riskgate.core.limits import Limits
from riskgate.schemas.codec import encode, sha256_hex
from riskgate.schemas.http.requests.accounts import AccountRequest


def register_account(acting: Acting, account_id: str, registration: AccountRequest) -> bool:
    """Register an account with the shipped limits, or describe an existing one anew.

    Returns
    -------
    Whether it is new.

    Raises
    ------
    InvalidRequest : the id is reserved. Conflict : the base currency would change.
    """
    if account_id == GATEWAY_CHAIN:
        raise InvalidRequest("this account id is reserved", code="ACCOUNT_ID_RESERVED")
    shipped = Limits()
    event = AccountRegistered(
        base_currency=registration.base_currency,
        venues=registration.to_venues(),
        sectors=dict(registration.sectors),
        initial_equity=registration.initial_equity,
        limits=shipped,
        limits_hash=sha256_hex(encode(shipped)),
    )
    was_new: list[bool] = []

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[bool]:
        is_new = snapshot.account is None
        state = snapshot.state
        if maybe_committed and state is not None and (state.venues, state.sectors) == (event.venues, event.sectors):
            return Answered(was_new[-1])
        was_new.append(is_new)

        def effects(_result: Result, _place: LogPlace) -> tuple[bool, Effects]:
            return is_new, Effects(answer={"created": is_new})

        return Step(event, effects)

    return commit_event(acting, ReadRequest(account_id=account_id), plan).value
