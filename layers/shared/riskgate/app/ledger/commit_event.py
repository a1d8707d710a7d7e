"""Read, apply, commit, and again when another request was first: the one way an account changes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from riskgate.app.ledger.denial_budget import DenialBudget
from riskgate.app.ledger.entry import audit_row, trace_of
from riskgate.app.ledger.name_inputs import name_inputs
from riskgate.app.ports.store import Commit, Store
from riskgate.core.access.tokens import EVERY_STRATEGY, require_strategy
from riskgate.core.account.stored import (
    Marker,
    OrderRecord,
    ReadRequest,
    Snapshot,
    StoredAccount,
)
from riskgate.core.errors import Contention, DocumentTooNew, OutcomeUnknown, StateCorrupt, Transient, VersionConflict
from riskgate.core.kill_switch import list_scopes
from riskgate.core.ledger.apply import Result, apply_event
from riskgate.core.limits import Limits
from riskgate.core.replacing import replace
from riskgate.schemas.codec import encode, sha256_hex
from riskgate.schemas.parts import encode_successor

if TYPE_CHECKING:
    from riskgate.core.account.document import AccountState
    from riskgate.core.account.order_names import VenueOrderName
    from riskgate.core.ledger.events import Event

#: Attempts before giving up. After a lost race it is time that ends them, hardly ever their number.
ATTEMPTS_MAX = 40
#: After any other failure each waits up to twice as long as the one before (full jitter).
BACKOFF_BASE_SECONDS = 0.005
BACKOFF_MAX_SECONDS = 0.2
#: Who lost a race waits up to so many attempts' time, a part of it for each race lost: who has waited longest goes
#: first. With every wait the same for all, or longer with each loss, the unlucky lose on until their time is up.
TURNS, TURNS_MIN = 12, 3
#: Who sets a switch waits no longer than an item is held by a decision, however often it has lost to one.
AGAIN_SECONDS_MAX = 0.02
#: What an attempt takes at least, and at most as far as waiting goes by it: what timed out was no race.
TURN_SECONDS_MIN, TURN_SECONDS_MAX = 0.005, 0.05
#: No attempt begins later than this. How long the last one takes is for the store to limit: it sends nothing, and waits
#: for nothing, beyond the end of the request that it works for.
DEADLINE_SECONDS = 1.3
#: Longer than one read takes, and than the clocks of two instances differ.
READ_SECONDS_MAX = 30

#: Events by which an order leaves for its venue.
CLAIMS = frozenset({"order_submitting", "order_replaced"})

_JITTER = secrets.SystemRandom()


@dataclass(frozen=True, kw_only=True, slots=True)
class LogPlace:
    """Where an event will stand: what its answer may name before it is written."""

    state_version: int
    audit_sequence: int
    limits_version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Effects:
    """What an event writes beside the account: its answer (for the log) and the items that belong to it."""

    answer: Any = None
    decision: str = ""
    code: str = ""
    new_records: tuple[OrderRecord, ...] = ()
    records: tuple[OrderRecord, ...] = ()
    markers: tuple[Marker, ...] = ()
    reports: tuple[tuple[str, str], ...] = ()
    order_names: tuple[VenueOrderName, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Deps:
    """What every use case needs: the store, waiting between attempts, and whom to tell how many it took.

    `attempts_max` and `deadline_seconds`: how long a commit goes on losing races. A caller waits for a request; a job
    has more time, and its message would come again only seconds later. `trace_id`: what everything that is done now is
    found by. `denials`: how many more of a caller are written down; `count_over_budget` tells of each that was not.
    """

    store: Store
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = field(default=time.monotonic)
    count_attempts: Callable[[int], None] = lambda _: None
    attempts_max: int = ATTEMPTS_MAX
    deadline_seconds: float = DEADLINE_SECONDS
    trace_id: str = ""
    denials: DenialBudget = field(default_factory=DenialBudget)
    count_over_budget: Callable[[], None] = lambda: None


@dataclass(frozen=True, kw_only=True, slots=True)
class Acting:
    """Who acts, when, with what, and in the name of which strategies."""

    deps: Deps
    actor: str
    now: datetime
    strategies: frozenset[str] = EVERY_STRATEGY

    def require_strategy(self, strategy: str) -> None:
        """Refuse to act for a strategy of another name. Raises Forbidden: code STRATEGY_NOT_PERMITTED."""
        require_strategy(self.strategies, strategy)


@dataclass(frozen=True, slots=True)
class Answered[A]:
    """A use case's answer; `replayed` where it was given before and nothing happened now."""

    value: A
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Step[A]:
    """An event to apply and commit; `effects` gives the answer and what is written beside the account."""

    event: Event
    effects: Callable[[Result, LogPlace], tuple[A, Effects]]


#: What to do with a snapshot: answer at once, or change the account.
type Plan[A] = Answered[A] | Step[A]


def commit_event[A](acting: Acting, request: ReadRequest, plan: Callable[[Snapshot, bool], Plan[A]]) -> Answered[A]:
    """Read, plan, apply and commit until it is written once, or until time is up.

    `plan`: called with each snapshot, and with whether an earlier attempt of this same call may have committed
    although its confirmation was lost. Raises Contention, Transient: surely nothing was written; OutcomeUnknown: one of
    the attempts may have been, whatever became of the others.
    """
    deps = acting.deps
    deadline = deps.monotonic() + deps.deadline_seconds
    failure: Transient = Contention()
    unknown: OutcomeUnknown | None = None
    lost, began = 0, deps.monotonic()
    for attempt in range(deps.attempts_max):
        if attempt:
            now = deps.monotonic()
            if lost:
                await_turn(deps, lost, took=now - began, left=deadline - now)
            else:
                backoff(deps, attempt)
            if deps.monotonic() > deadline:
                break
            deps.count_attempts(attempt + 1)
        lost_before, lost, began = lost, 0, deps.monotonic()
        try:
            snapshot = read_consistently(deps.store, request, acting.now)
            planned = plan(snapshot, unknown is not None)
            if isinstance(planned, Answered):
                return planned
            return Answered(_apply_and_commit(acting, request, snapshot, planned))
        except VersionConflict:
            lost, failure = lost_before + 1, Contention()
        except OutcomeUnknown as error:
            unknown = error
        except (Contention, DocumentTooNew) as error:
            # Another loop inside the plan has used up the attempts; what is too new stays so.
            failure = error
            break
        except Transient as error:
            failure = error
    # That a later attempt surely wrote nothing says nothing of the one before.
    raise unknown or failure


def read_consistently(store: Store, request: ReadRequest, now: datetime) -> Snapshot:
    """Read again while the items of a snapshot may come from before and after the same commit.

    A batch read sees each item as of an instant of its own. The commit's conditions catch what must not be mixed, but
    for kill switches and limits, which the account only takes note of, and for what is refused without a commit. A
    second read that finds the same account began after that account was written: it is whole.
    """
    snapshot = store.read(request)
    while snapshot.account is not None and may_be_torn(snapshot, request, now):
        first, snapshot = snapshot.account, store.read(request)
        if snapshot.account is None or snapshot.account.version == first.version:
            break
    return snapshot


def may_be_torn(snapshot: Snapshot, request: ReadRequest, now: datetime) -> bool:
    """Tell whether the items of a snapshot may come from before and after the same commit."""
    state = snapshot.state
    if state is None:
        return False
    if state.killed_at is not None and (now - state.killed_at).total_seconds() < READ_SECONDS_MAX:
        return True
    if snapshot.limits is not None and snapshot.limits.content_hash != state.limits_hash:
        return True
    named = {*request.client_order_ids, *(order.client_order_id for order in request.orders)}
    return any(name in state.working_orders and name not in snapshot.records for name in named)


def backoff(deps: Deps, attempt: int) -> None:
    """Wait before a repeated attempt: full jitter, so that racing requests spread out."""
    if attempt:
        ceiling = min(BACKOFF_MAX_SECONDS, BACKOFF_BASE_SECONDS * 2**attempt)
        deps.sleep(_JITTER.uniform(0, ceiling))


def look_again(deps: Deps) -> None:
    """Wait after a race that must be won soon: as long after the tenth as after the first."""
    deps.sleep(_JITTER.uniform(0, AGAIN_SECONDS_MAX))


def await_turn(deps: Deps, lost: int, *, took: float, left: float) -> None:
    """Wait after races that were lost in a row: the more of them, the shorter.

    `took`: seconds that the last attempt took, which is what its rivals take. `left`: seconds in which the last one may
    still begin: it begins before they are over, as no sleep ends on time.
    """
    took = min(max(took, TURN_SECONDS_MIN), TURN_SECONDS_MAX)
    ceiling = took * max(TURNS_MIN, TURNS / lost)
    deps.sleep(min(_JITTER.uniform(0, ceiling), max(left - TURN_SECONDS_MIN, 0)))


def _apply_and_commit[A](acting: Acting, request: ReadRequest, snapshot: Snapshot, step: Step[A]) -> A:
    account_id = request.account_id
    stored = snapshot.account
    state = stored.state if stored is not None else None
    limits, limits_version = limits_in_force(snapshot, step.event)
    result = apply_event(account_id, state, limits, step.event, acting.now)
    sequence = (stored.audit_sequence if stored is not None else 0) + 1
    place = LogPlace(
        state_version=result.state.version, audit_sequence=sequence, limits_version=result.state.limits_version
    )
    answer, effects = step.effects(result, place)
    trace_id = trace_of(acting, effects.records)
    state_json = _write_state(result.state, stored)
    inputs = name_inputs(step.event, stored.held if stored is not None else (), sequence=sequence, now=acting.now)
    audit = audit_row(
        acting,
        account_id,
        stored,
        event=inputs.event,
        named=inputs.named,
        effects=effects,
        state_after=result.state,
        state_hash=sha256_hex(state_json),
        limits_version=limits_version,
        notices=result.notices,
        trace_id=trace_id,
    )
    written = {record.order.client_order_id for record in effects.records}
    acting.deps.store.commit(
        Commit(
            account_id=account_id,
            expected=stored,
            state=result.state,
            state_json=state_json.decode(),
            audit=audit,
            new_records=tuple(replace(record, trace_id=trace_id) for record in effects.new_records),
            records=effects.records,
            # An order written whole already says how it ended; a transaction takes no item twice.
            expired=tuple(name for name in result.expired if name not in written),
            markers=effects.markers,
            reports=effects.reports,
            order_names=effects.order_names,
            limits=result.limits,
            limits_version=result.state.limits_version,
            released=_flags_relied_on(request, snapshot, step.event, result),
            guard_version=snapshot.guard_version,
            held=inputs.held,
        )
    )
    return answer


def _write_state(state: AccountState, stored: StoredAccount | None) -> bytes:
    if stored is None or stored.state is None or not stored.is_current:
        return encode(state)
    return encode_successor(state, stored.state, stored.document)


def _flags_relied_on(
    request: ReadRequest, snapshot: Snapshot, event: Event, result: Result
) -> tuple[tuple[str, str], ...]:
    """Return the kill switches that must still be released when an approval, or a claim to send, is written.

    So none is written once their guard knows that a flag was engaged, however long ago it was read; where no guard
    vouches for them, once it was engaged (ADR 0072). What is granted although a flag was engaged already is an
    operator's exit, which no flag holds back.
    """
    approved = bool(result.decisions) and all(decision.approved for decision in result.decisions)
    if not approved and event.event_name not in CLAIMS:
        return ()
    if any(flag.is_engaged for flag in snapshot.kill_switches):
        return ()
    scopes = (list_scopes(order.account_id, order.venue, order.strategy, order.symbol) for order in request.orders)
    return tuple(dict.fromkeys(scope for several in scopes for scope in several))


def limits_in_force(snapshot: Snapshot, event: Event) -> tuple[Limits, int]:
    """Return the limits the event is judged by, checked against the hash the account document vouches for.

    Raises NotFound: unknown account; StateCorrupt: the limits are missing or were edited behind the gateway's back.
    """
    if snapshot.state is None:
        # A decision never gets here: it does not load what registers an account.
        from riskgate.core.ledger.account_events import AccountRegistered  # noqa: PLC0415

        if isinstance(event, AccountRegistered):
            return event.limits, 0
    state = snapshot.require_state()
    stored = snapshot.limits
    if stored is None:
        raise StateCorrupt("the account has no limits", code="LIMITS_UNREADABLE")
    if stored.content_hash != state.limits_hash:
        raise StateCorrupt("the limits were changed outside the gateway", code="LIMITS_UNREADABLE")
    return stored.limits, state.limits_version
