"""Engage or release a kill switch: flag first, then every account, then the acknowledgement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.ledger.gateway_chain import append_to_gateway_chain
from riskgate.app.ports.queue import Queue
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import Marker, ReadRequest, Snapshot
from riskgate.core.errors import StateCorrupt, Transient
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.ledger.apply import Result
from riskgate.core.plurals import counted
from riskgate.core.routing.steps import list_covered
from riskgate.core.safeguards.events import KillSwitchChanged
from riskgate.schemas.http.answers.safeguards import KillSwitchAnswer
from riskgate.schemas.messages.order import MessageKind, OrderMessage


def set_kill_switch(
    acting: Acting, flag: KillSwitch, *, cancel_open_orders: bool, queue: Callable[[], Queue] | None = None
) -> KillSwitchAnswer:
    """Write the flag, then outdate every decision under way, and only then return.

    Each account the flag may concern gets an audit entry, whose commit raises the account's version:
    a decision that read the old flag loses its race. If this call fails half way the flag already
    denies; repeating the call finishes the work. A release takes the other way round, so that no log shows
    an approval under a flag it does not know to be released. The order worker is told to cancel what the
    flag covers at the venues; what became of each order stands in the account's audit log.

    `queue`: asked where there are orders to cancel; without one that fails. Returns the flag as set, with the accounts
    that took note. Raises StateCorrupt: code KILL_SWITCH_INCOMPLETE; the flag is set and every readable account took
    note; Transient: the flag is set; the worker may not have been told to cancel.
    """
    if flag.engaged:
        acting.deps.store.put_kill_switch(
            flag, cancel_open_orders=cancel_open_orders, now=acting.now, actor=acting.actor
        )
    event = KillSwitchChanged(
        scope=flag.scope,
        key=flag.key,
        engaged=bool(flag.engaged),
        reason=flag.reason,
        cancel_open_orders=cancel_open_orders,
    )
    accounts = [flag.key] if flag.scope == "account" else list(acting.deps.store.list_accounts())
    noted, unreadable, working = [], [], []
    for account in accounts:
        try:
            state = take_note(acting, account, event)
            if state is not None:
                noted.append(account)
            if state is not None and list_covered(state, flag.scope, flag.key, acting.now):
                working.append(account)
        except StateCorrupt:
            # It must not keep the flag from the accounts after it.
            unreadable.append(account)
    if not flag.engaged:
        acting.deps.store.put_kill_switch(
            flag, cancel_open_orders=cancel_open_orders, now=acting.now, actor=acting.actor
        )
    body = KillSwitchAnswer(
        scope=flag.scope,
        key=flag.key or None,
        engaged=bool(flag.engaged),
        reason=flag.reason,
        cancel_open_orders=cancel_open_orders,
        updated_at=acting.now,
        accounts=noted,
    )
    if flag.engaged and cancel_open_orders and working:
        if queue is None:
            raise Transient("the flag is set, but open orders cannot be cancelled from here", code="QUEUE_UNAVAILABLE")
        for account in working:
            queue().send(cancel_message(account, flag, actor=acting.actor, now=acting.now))
    append_to_gateway_chain(acting, event, lambda _: Effects(answer=body))
    if unreadable:
        corrupt = counted(len(unreadable), "account")
        detail = f"the flag is set, but the stored state of {corrupt} is corrupt, first {unreadable[0]}"
        raise StateCorrupt(detail, code="KILL_SWITCH_INCOMPLETE")
    return body


def cancel_message(account_id: str, flag: KillSwitch, *, actor: str, now: datetime) -> OrderMessage:
    """Return the order to cancel what a flag, set at `now`, covers of one account."""
    return OrderMessage(
        kind=MessageKind.CANCEL_MATCHING,
        account_id=account_id,
        sent_at=now,
        actor=actor,
        scope=flag.scope,
        key=flag.key,
        flag_at=now,
    )


def take_note(
    acting: Acting, account_id: str, event: KillSwitchChanged, *, once: Marker | None = None
) -> AccountState | None:
    """Write the change into an account's log and return the account then; None where it is not registered.

    `once`: the change's identity where it may be told of again: then it is not written a second time.
    """
    markers = (once,) if once is not None else ()

    def plan(snapshot: Snapshot, _: bool) -> Plan[AccountState | None]:
        if snapshot.state is None:
            # A flag may name an account that is registered later.
            return Answered(None)

        def effects(result: Result, _place: LogPlace) -> tuple[AccountState | None, Effects]:
            return result.state, Effects(answer=None, markers=markers)

        if once is not None and (once.kind, once.key) in snapshot.markers:
            return Answered(snapshot.state)

        return Step(event, effects)

    request = ReadRequest(account_id=account_id, markers=tuple((marker.kind, marker.key) for marker in markers))
    return commit_event(acting, request, plan).value
