"""Engage or release a kill switch: flag first, then every account, then the acknowledgement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from riskgate.app.commit_event import Deps, Effects, Place, Plan, commit_event
from riskgate.app.gateway_chain import append_to_gateway_chain
from riskgate.core.errors import StateCorrupt
from riskgate.core.events import KillSwitchChanged
from riskgate.core.ledger import Result
from riskgate.core.model import KillSwitch
from riskgate.core.records import ReadRequest, Snapshot


def set_kill_switch(
    flag: KillSwitch, *, cancel_open_orders: bool, deps: Deps, actor: str, now: datetime
) -> dict[str, Any]:
    """Write the flag, then outdate every decision under way, and only then return.

    Each account the flag may concern gets an audit entry, whose commit raises the account's version:
    a decision that read the old flag loses its race. If this call fails half way the flag already
    denies; repeating the call finishes the work.

    Returns
    -------
    The flag as set, with the accounts that took note.

    Raises
    ------
    StateCorrupt : code KILL_SWITCH_INCOMPLETE; the flag is set and every readable account took note.
    """
    deps.store.put_kill_switch(flag, cancel_open_orders=cancel_open_orders, now=now, actor=actor)
    event = KillSwitchChanged(
        scope=flag.scope,
        key=flag.key,
        engaged=bool(flag.engaged),
        reason=flag.reason,
        cancel_open_orders=cancel_open_orders,
    )
    accounts = [flag.key] if flag.scope == "account" else list(deps.store.list_accounts())
    noted, unreadable = [], []
    for account in accounts:
        try:
            if _take_note(account, event, deps=deps, actor=actor, now=now):
                noted.append(account)
        except StateCorrupt:
            # It must not keep the flag from the accounts after it.
            unreadable.append(account)
    body = {
        "scope": flag.scope,
        "key": flag.key or None,
        "engaged": bool(flag.engaged),
        "reason": flag.reason,
        "cancel_open_orders": cancel_open_orders,
        "updated_at": now,
        "accounts": noted,
    }
    append_to_gateway_chain(deps, event, lambda _: Effects(answer=body), actor=actor, now=now)
    if unreadable:
        detail = f"the flag is set, but the stored state of {len(unreadable)} account(s) is corrupt: {unreadable[0]}"
        raise StateCorrupt(detail, code="KILL_SWITCH_INCOMPLETE")
    return body


def _take_note(account_id: str, event: KillSwitchChanged, *, deps: Deps, actor: str, now: datetime) -> bool:
    def plan(snapshot: Snapshot, _: bool) -> Plan[bool]:
        if snapshot.account is None or snapshot.account.state is None:
            # A flag may name an account that is registered later.
            return Plan(early=False)

        def effects(_result: Result, _place: Place) -> tuple[bool, Effects]:
            return True, Effects(answer=None)

        return Plan(event=event, effects=effects)

    return commit_event(deps, ReadRequest(account_id=account_id), plan, actor=actor, now=now)
