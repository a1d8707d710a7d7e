"""Locks of entries: whom they cover, how long, and how a person lifts them. `protections` sets them."""

from datetime import datetime
from hashlib import sha256

from riskgate.core.account.document import AccountState
from riskgate.core.account.parts import Lock
from riskgate.core.codes import DenyCode
from riskgate.core.errors import NotFound
from riskgate.core.order import Order
from riskgate.core.replacing import replace


def is_in_force(lock: Lock, now: datetime) -> bool:
    """Tell whether the lock has not ended yet."""
    return lock.until is None or lock.until > now


def lock_matches(lock: Lock, order: Order, now: datetime) -> bool:
    """Tell whether the lock is in force and covers the order."""
    if not is_in_force(lock, now):
        return False
    covered = {"all": lock.key, "symbol": order.key, "side": order.side.value, "strategy": order.strategy}
    return covered[lock.scope] == lock.key


def lock_id_of(lock: Lock) -> str:
    """Return the identity of a lock: a protection has one for each thing it locks."""
    return sha256(f"{lock.code} {lock.scope} {lock.key}".encode()).hexdigest()[:16]


def unlock(state: AccountState, code: str) -> AccountState:
    """Remove every lock of one protection on a person's word."""
    return _without(state, [lock for lock in state.locks if lock.code == code], counted=code)


def clear_lock(state: AccountState, lock_id: str) -> AccountState:
    """Remove one lock on a person's word. Raises NotFound: no such lock."""
    lock = next((lock for lock in state.locks if lock_id_of(lock) == lock_id), None)
    if lock is None:
        raise NotFound("no such lock", code="LOCK_NOT_FOUND")
    return _without(state, [lock], counted=lock.code)


def _without(state: AccountState, locks: list[Lock], *, counted: str) -> AccountState:
    state = replace(state, locks=tuple(lock for lock in state.locks if lock not in locks))
    return replace(state, round_trips=0) if counted == DenyCode.REPEATED_EXECUTION else state
