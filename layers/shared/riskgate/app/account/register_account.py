"""Register accounts, change their limits, account for transfers, reset breakers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from riskgate.app.ledger.commit_event import Deps, Effects, Place, Plan, commit_event
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import GATEWAY_CHAIN, Marker, ReadRequest, Snapshot
from riskgate.core.errors import Conflict, InvalidRequest, NotFound
from riskgate.core.ledger.account_events import AccountRegistered, LimitsChanged, TransferMade
from riskgate.core.ledger.apply import Result
from riskgate.core.limits import Limits, list_loosened
from riskgate.core.money import plain
from riskgate.core.safeguards.breakers import LOSS_BREAKERS, breaker_id
from riskgate.core.safeguards.events import BreakerReset
from riskgate.schemas.codec import encode, sha256_hex
from riskgate.schemas.http.requests.accounts import AccountRequest

if TYPE_CHECKING:
    from riskgate.core.ledger.events import Event


def register_account(
    account_id: str, registration: AccountRequest, *, deps: Deps, actor: str, now: datetime
) -> tuple[Snapshot, bool]:
    """Register an account with the shipped limits, or describe an existing one anew.

    Returns
    -------
    The account as stored, and whether it is new.

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
        state = snapshot.account.state if snapshot.account is not None else None
        if maybe_committed and state is not None and (state.venues, state.sectors) == (event.venues, event.sectors):
            return Plan(early=was_new[-1])
        was_new.append(is_new)

        def effects(_result: Result, _place: Place) -> tuple[bool, Effects]:
            return is_new, Effects(answer={"created": is_new})

        return Plan(event=event, effects=effects)

    is_new = commit_event(deps, ReadRequest(account_id=account_id), plan, actor=actor, now=now)
    return deps.store.read(ReadRequest(account_id=account_id)), is_new


def change_limits(
    account_id: str, limits: Limits, *, expected_version: int, deps: Deps, actor: str, now: datetime
) -> dict[str, Any]:
    """Store a new version of the limits; decisions under way that read the old ones lose their race.

    Raises
    ------
    NotFound : unknown account. Conflict : the limits changed since `expected_version` was read.
    """
    before: list[Limits] = []

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[dict[str, Any]]:
        state = _known(snapshot)
        stored = snapshot.limits
        if maybe_committed and stored is not None and stored.limits == limits:
            return Plan(early=_limits_body(stored.version, limits, list_loosened(before[-1], limits)))
        if state.limits_version != expected_version or stored is None:
            raise Conflict("the limits were changed meanwhile: read them again", code="LIMITS_CHANGED")
        before.append(stored.limits)
        loosened = list_loosened(stored.limits, limits)
        event = LimitsChanged(limits=limits, limits_hash=sha256_hex(encode(limits)), loosened=loosened)

        def effects(_result: Result, place: Place) -> tuple[dict[str, Any], Effects]:
            body = _limits_body(place.limits_version, limits, loosened)
            return body, Effects(answer={"version": place.limits_version, "loosened": list(loosened)})

        return Plan(event=event, effects=effects)

    return commit_event(deps, ReadRequest(account_id=account_id), plan, actor=actor, now=now)


def record_transfer(
    account_id: str,
    transfer_id: str,
    amount: Decimal,
    executed_at: datetime | None,
    *,
    deps: Deps,
    actor: str,
    now: datetime,
    in_equity: bool = False,
) -> tuple[str, bool]:
    """Account once for a deposit (`amount` > 0) or withdrawal (< 0) in base currency.

    Parameters
    ----------
    in_equity : bool, the last snapshot shows it already.

    Returns
    -------
    The answer's JSON, and whether this transfer_id was recorded earlier.

    Raises
    ------
    NotFound : unknown account. Conflict : the transfer_id was used for another transfer.
    """
    event = TransferMade(transfer_id=transfer_id, amount=amount, executed_at=executed_at or now, in_equity=in_equity)
    # A retry that leaves the time to us must not look like another transfer.
    digest = sha256_hex(encode([transfer_id, amount, executed_at]))

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[tuple[str, bool]]:
        marker = snapshot.markers.get(("TRANSFER", transfer_id))
        if marker is not None:
            if marker.request_hash != digest:
                raise Conflict("this transfer_id was used for another transfer", code="TRANSFER_ID_REUSED")
            return Plan(early=(marker.answer, not maybe_committed))
        _known(snapshot)

        def effects(result: Result, place: Place) -> tuple[tuple[str, bool], Effects]:
            body = {
                "transfer_id": transfer_id,
                "kind": "deposit" if amount > 0 else "withdrawal",
                "amount": plain(abs(amount)),
                "equity": plain(result.state.equity),
                "state_version": place.state_version,
                "audit_sequence": place.audit_sequence,
            }
            text = encode(body).decode()
            mark = Marker(kind="TRANSFER", key=transfer_id, request_hash=digest, answer=text)
            return (text, False), Effects(answer=body, markers=(mark,))

        return Plan(event=event, effects=effects)

    request = ReadRequest(account_id=account_id, markers=(("TRANSFER", transfer_id),))
    return commit_event(deps, request, plan, actor=actor, now=now)


def reset_breaker(
    account_id: str, name: str, reason: str, *, deps: Deps, actor: str, now: datetime, key: str = ""
) -> dict[str, Any]:
    """Clear a tripped breaker, or a protection's locks, on a person's word.

    Parameters
    ----------
    key : str, the symbol (market key) or strategy of a breaker that is not the account's.

    Raises
    ------
    NotFound : unknown account, or nothing of that name is tripped or locked.
    """

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[dict[str, Any]]:
        state = _known(snapshot)
        is_locked = not key and any(lock.code == name for lock in state.locks)
        if breaker_id(name, key) not in state.breakers and not is_locked:
            if maybe_committed and snapshot.account is not None:
                return Plan(early=_reset_body(name, state, state.version, snapshot.account.audit_sequence))
            known = " (a loss breaker that has not tripped)" if name in set(LOSS_BREAKERS) else ""
            raise NotFound(f"{breaker_id(name, key)[:64]} is not tripped{known}", code="BREAKER_NOT_TRIPPED")
        event: Event = BreakerReset(name=name, reason=reason, key=key)

        def effects(result: Result, place: Place) -> tuple[dict[str, Any], Effects]:
            body = _reset_body(name, result.state, place.state_version, place.audit_sequence)
            return body, Effects(answer=body)

        return Plan(event=event, effects=effects)

    return commit_event(deps, ReadRequest(account_id=account_id), plan, actor=actor, now=now)


def _limits_body(version: int, limits: Limits, loosened: tuple[str, ...]) -> dict[str, Any]:
    return {"version": version, "limits": limits, "loosened": list(loosened)}


def _reset_body(name: str, state: AccountState, version: int, sequence: int) -> dict[str, Any]:
    return {
        "name": name,
        "trading_state": state.trading_state.value,
        "breakers": sorted(state.breakers),
        "state_version": version,
        "audit_sequence": sequence,
    }


def _known(snapshot: Snapshot) -> AccountState:
    if snapshot.account is None or snapshot.account.state is None:
        raise NotFound("the account is not registered", code="ACCOUNT_UNKNOWN")
    return snapshot.account.state
