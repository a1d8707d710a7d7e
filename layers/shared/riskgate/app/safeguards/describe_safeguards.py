"""Locks, heartbeats and kill switches as the API shows them."""

from __future__ import annotations

from datetime import datetime, timedelta

from riskgate.app.ports.store import Store
from riskgate.core.account.document import AccountState
from riskgate.core.account.parts import Heartbeat
from riskgate.core.kill_switch import KillSwitch, KillSwitchProgress, StoredKillSwitch
from riskgate.core.safeguards.heartbeats import is_overdue
from riskgate.core.safeguards.locks import is_in_force, lock_id_of
from riskgate.schemas.http.answers.safeguards import (
    HeartbeatRow,
    KillSwitchesAnswer,
    KillSwitchProgressRow,
    KillSwitchRow,
    KillSwitchStatus,
    LockRow,
)


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


def describe_kill_switches(store: Store) -> KillSwitchesAnswer:
    """Return every flag with how far its last change has come, and the items that stop nothing."""
    stored = store.kill_switches.list()
    progress = store.kill_switches.list_progress([each.item for each in stored if each.flag is not None])
    return KillSwitchesAnswer(
        kill_switches=[_status(each, each.flag, progress.get(each.item)) for each in stored if each.flag is not None],
        not_understood=[each.item for each in stored if each.flag is None],
    )


def _status(stored: StoredKillSwitch, flag: KillSwitch, progress: KillSwitchProgress | None) -> KillSwitchStatus:
    row = kill_switch_row(flag)
    return KillSwitchStatus(
        scope=row.scope,
        key=row.key,
        engaged=row.engaged,
        reason=row.reason,
        version=stored.version,
        updated_at=stored.updated_at,
        updated_by=stored.updated_by,
        progress=_progress_row(progress) if progress is not None else None,
    )


def _progress_row(progress: KillSwitchProgress) -> KillSwitchProgressRow:
    return KillSwitchProgressRow(
        change_id=progress.change_id,
        changed_at=progress.changed_at,
        complete=progress.is_complete,
        accounts_to_note=progress.accounts,
        accounts_noted=progress.noted,
        accounts_unreadable=list(progress.unreadable),
        cancels_sent=progress.cancels_sent,
        cancels_confirmed=progress.cancels_confirmed,
    )


def kill_switch_row(flag: KillSwitch) -> KillSwitchRow:
    """Return a flag as it acts: one nobody can read is engaged."""
    return KillSwitchRow(
        scope=flag.scope,
        key=flag.key or None,
        engaged=flag.is_engaged,
        reason=flag.reason if flag.engaged is not None else "missing or not a boolean: treated as engaged",
    )
