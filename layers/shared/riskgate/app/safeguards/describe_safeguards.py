"""Locks, heartbeats and kill switches as the API shows them."""

from __future__ import annotations

from datetime import datetime, timedelta

from riskgate.core.account.document import AccountState
from riskgate.core.account.parts import Heartbeat
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.safeguards.heartbeats import is_overdue
from riskgate.core.safeguards.locks import is_in_force, lock_id_of
from riskgate.schemas.http.answers.safeguards import HeartbeatRow, KillSwitchRow, LockRow


def lock_rows(state: AccountState, now: datetime) -> list[LockRow]:
    """Return the protections' locks in force."""
    return [
        LockRow(
            lock_id=lock_id_of(lock),
            code=lock.code,
            scope=lock.scope,
            key=lock.key,
            reason=lock.reason,
            until=lock.until,
        )
        for lock in state.locks
        if is_in_force(lock, now)
    ]


def heartbeat_row(strategy: str, beat: Heartbeat, now: datetime) -> HeartbeatRow:
    """Return a strategy's promise: when its next sign of life is due, and whether it is overdue."""
    return HeartbeatRow(
        strategy=strategy,
        interval_seconds=beat.interval_seconds,
        due_at=beat.at + timedelta(seconds=beat.interval_seconds),
        overdue=is_overdue(beat, now),
    )


def kill_switch_row(flag: KillSwitch) -> KillSwitchRow:
    """Return a flag as it acts: one nobody can read is engaged."""
    return KillSwitchRow(
        scope=flag.scope,
        key=flag.key or None,
        engaged=flag.is_engaged,
        reason=flag.reason if flag.engaged is not None else "missing or not a boolean: treated as engaged",
    )
