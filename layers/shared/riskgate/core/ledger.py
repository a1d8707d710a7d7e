"""Apply one event to one account: the same function live and in replay.

The account document is the fold of its events; nothing else may change it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from riskgate.core.account import AccountState
from riskgate.core.account_events import (
    SnapshotResult,
    change_limits,
    register_account,
    reset,
    take_snapshot,
)
from riskgate.core.breakers import run_breakers
from riskgate.core.decide import Decision, decide_order, prepare, release, settle
from riskgate.core.errors import Conflict, NotFound
from riskgate.core.events import (
    AccountRegistered,
    BatchSubmitted,
    BreakerReset,
    Event,
    FillReported,
    KillSwitchChanged,
    LimitsChanged,
    OrderClosed,
    OrderModified,
    OrderSubmitted,
    SnapshotTaken,
    TransferMade,
)
from riskgate.core.fills import FillResult, record_fill
from riskgate.core.limits import Limits
from riskgate.core.money import with_risk_context
from riskgate.core.routing import replace_terms, take_step
from riskgate.core.routing_events import (
    OpenOrdersCancelled,
    OrderAccepted,
    OrderOutcomeUnknown,
    OrderReplaced,
    OrderSubmitting,
)
from riskgate.core.session import apply_transfer


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """The account after an event, with what the event answered.

    `expired` are the orders whose reservation ran out on the way; their order items change status with it.
    """

    state: AccountState
    decisions: tuple[Decision, ...] = ()
    fill: FillResult | None = None
    snapshot: SnapshotResult | None = None
    expired: tuple[str, ...] = ()


@with_risk_context
def apply_event(account_id: str, state: AccountState | None, limits: Limits, event: Event, now: datetime) -> Result:
    """Return the account after the event; its version is one higher.

    Parameters
    ----------
    account_id : str
    state : AccountState, or None before registration.
    limits : Limits in force.
    event : Event, with all inputs read for it.
    now : datetime, UTC; the only clock.

    Raises
    ------
    NotFound : any event but a registration on an account that does not exist.
    Conflict : an order under an id that works already, or new terms for an order that works no longer.
    """
    if isinstance(event, AccountRegistered):
        result = Result(state=register_account(state, account_id, event, now))
    elif state is None:
        raise NotFound(f"account {account_id[:64]} is not registered", code="ACCOUNT_UNKNOWN")
    else:
        result = _apply(state, limits, event, now)
    version = state.version + 1 if state is not None else 1
    return replace(result, state=replace(result.state, version=version, updated_at=now))


def _apply(state: AccountState, limits: Limits, event: Event, now: datetime) -> Result:
    if isinstance(event, OrderSubmitted | OrderModified | BatchSubmitted):
        return _decide(state, limits, event, now)
    if isinstance(event, FillReported):
        state, fill = record_fill(state, limits, event, now)
        return Result(state=state, fill=fill, expired=fill.expired)
    state, expired = settle(state, limits, now)
    snapshot = None
    if isinstance(event, OrderClosed):
        state = run_breakers(release(state, event.client_order_id), limits, now)
    elif isinstance(event, OrderSubmitting | OrderAccepted | OrderOutcomeUnknown):
        state = take_step(state, event)
    elif isinstance(event, OrderReplaced):
        state = run_breakers(replace_terms(state, event), limits, now)
    elif isinstance(event, SnapshotTaken):
        state, snapshot = take_snapshot(state, limits, event, now)
    elif isinstance(event, TransferMade):
        state = run_breakers(apply_transfer(state, event.amount), limits, now)
    elif isinstance(event, LimitsChanged):
        state = change_limits(state, event, now)
    elif isinstance(event, BreakerReset):
        state = reset(state, limits, event, now)
    elif isinstance(event, KillSwitchChanged | OpenOrdersCancelled):
        state = run_breakers(_note_kill(state, event, now), limits, now)
    return Result(state=state, snapshot=snapshot, expired=expired)


def _note_kill(state: AccountState, event: Event, now: datetime) -> AccountState:
    is_kill = isinstance(event, KillSwitchChanged) and event.engaged
    return replace(state, killed_at=now) if is_kill else state


def _decide(
    state: AccountState, limits: Limits, event: OrderSubmitted | OrderModified | BatchSubmitted, now: datetime
) -> Result:
    legs: tuple[OrderSubmitted | OrderModified, ...] = event.legs if isinstance(event, BatchSubmitted) else (event,)
    prepared, expired = prepare(state, limits, [leg.market.quote for leg in legs], now)
    after, decisions = prepared, []
    for leg in legs:
        _require_own_id(after, leg)
        # Each leg sees the legs before it as reserved, so the limits hold for the sum.
        after, decision = decide_order(after, limits, leg, now)
        decisions.append(decision)
    if not all(decision.approved for decision in decisions):
        after = prepared
    return Result(state=after, decisions=tuple(decisions), expired=expired)


def _require_own_id(state: AccountState, event: OrderSubmitted | OrderModified) -> None:
    """Refuse a new order under an id that works, which would take its reservation away, and new terms for none."""
    works = event.order.client_order_id in state.working_orders
    if works and isinstance(event, OrderSubmitted):
        raise Conflict("an order works under this client_order_id already", code="CLIENT_ORDER_ID_REUSED")
    if not works and isinstance(event, OrderModified):
        raise Conflict("the order works no longer: nothing to modify", code="ORDER_NOT_WORKING")
