"""What people, strategies and jobs say about an account beside orders: stops, resets, unlocks, heartbeats, exits."""

from datetime import datetime

from riskgate.core.account.document import AccountState
from riskgate.core.account.parts import Heartbeat
from riskgate.core.codes import BreakerName
from riskgate.core.errors import Conflict
from riskgate.core.limits import Limits
from riskgate.core.replacing import replace
from riskgate.core.safeguards.breakers import LOSS_BREAKERS, breaker_id, reset_breaker, run_breakers, trip_breaker
from riskgate.core.safeguards.events import (
    BreakerReset,
    BreakerTripped,
    ExitRequested,
    HeartbeatEnded,
    HeartbeatReceived,
    LockCleared,
)
from riskgate.core.safeguards.heartbeats import HEARTBEATS_MAX, choose_interval
from riskgate.core.safeguards.locks import clear_lock, unlock

type Intervention = BreakerTripped | BreakerReset | LockCleared | HeartbeatReceived | HeartbeatEnded


def intervene(state: AccountState, limits: Limits, event: Intervention, now: datetime) -> AccountState:
    """Return the account after an intervention, with every breaker measured anew.

    Raises NotFound: there is no such breaker or lock to clear; Conflict: too many strategies promise heartbeats.
    """
    match event:
        case BreakerTripped():
            state = trip_breaker(state, event.name, now, scope=event.scope, key=event.key, reason=event.reason)
        case BreakerReset():
            state = _reset(state, event)
        case LockCleared():
            state = clear_lock(state, event.lock_id)
        case HeartbeatReceived():
            state = _beat(state, limits, event, now)
        case HeartbeatEnded():
            beats = {name: beat for name, beat in state.heartbeats.items() if name != event.strategy}
            state = replace(state, heartbeats=beats)
    return run_breakers(state, limits, now)


def request_exit(state: AccountState, limits: Limits, event: ExitRequested, now: datetime) -> AccountState:
    """Return the account as a person's exit leaves it: its orders follow as events of their own."""
    if event.stop_entries:
        state = trip_breaker(state, BreakerName.MANUAL_STOP, now, reason=event.reason)
    return run_breakers(state, limits, now)


def _reset(state: AccountState, event: BreakerReset) -> AccountState:
    """Clear a breaker, or the locks of a protection, on a person's word."""
    if event.key or event.name in LOSS_BREAKERS or breaker_id(event.name) in state.breakers:
        return reset_breaker(state, event.name, event.key)
    return unlock(state, event.name)


def _beat(state: AccountState, limits: Limits, event: HeartbeatReceived, now: datetime) -> AccountState:
    if event.strategy not in state.heartbeats and len(state.heartbeats) >= HEARTBEATS_MAX:
        raise Conflict(f"{HEARTBEATS_MAX} strategies already send heartbeats", code="TOO_MANY_HEARTBEATS")
    interval = choose_interval(limits, event.strategy, event.interval_seconds)
    beat = Heartbeat(at=now, interval_seconds=interval)
    return replace(state, heartbeats={**state.heartbeats, event.strategy: beat})
