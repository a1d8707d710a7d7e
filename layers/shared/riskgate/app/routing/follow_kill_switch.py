"""A slice of the accounts follows a kill switch: what it covers is cancelled, the accounts' logs take note."""

from __future__ import annotations

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.ledger.gateway_chain import change_marker
from riskgate.app.ports.queue import Queue
from riskgate.app.routing.worker import Worker
from riskgate.core.account.stored import Marker, ReadRequest, Snapshot
from riskgate.core.errors import StateCorrupt
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.ledger.apply import Result
from riskgate.core.routing.steps import list_covered, list_left_to_cancel
from riskgate.core.safeguards.events import KillSwitchChanged
from riskgate.observability import logger
from riskgate.schemas.messages.order import MessageKind, OrderMessage

ACCOUNTS_UNREADABLE = "kill_switch_accounts_unreadable"


def follow_kill_switch(message: OrderMessage, worker: Worker, queue: Queue) -> None:
    """Bring one slice of the accounts along: first their open orders are cancelled, then their logs take note.

    Raises RetryLater, Transient, Contention: accounts are left; the message is to come again.
    """
    flag = KillSwitch(scope=message.scope, key=message.key, engaged=message.engaged, reason=message.reason)
    event = KillSwitchChanged.of(flag, cancel_open_orders=message.cancel_open_orders)
    once = change_marker(message.change_id)
    store = worker.deps.store
    unreadable: list[str] = []
    if message.engaged and message.cancel_open_orders:
        _send_cancels(message, worker, queue, unreadable)
    noted = 0
    for account in message.accounts:
        worker.require_time()
        try:
            noted += take_note(Acting(deps=worker.deps, actor=message.actor, now=worker.clock()), account, event, once)
        except StateCorrupt:
            # It must not keep the flag from the accounts after it.
            unreadable.append(account)
    unreadable = list(dict.fromkeys(unreadable))
    if unreadable:
        logger.error(ACCOUNTS_UNREADABLE, accounts=unreadable, change_id=message.change_id)
    store.kill_switches.put_part(
        message.flag_name,
        message.change_id,
        message.part,
        noted=noted,
        unreadable=unreadable,
        now=worker.clock(),
    )


def take_note(acting: Acting, account_id: str, event: KillSwitchChanged, once: Marker) -> bool:
    """Write a change into an account's log, once; tell whether it took note, which none does that is not registered."""

    def plan(snapshot: Snapshot, _: bool) -> Plan[bool]:
        if snapshot.state is None or once.name in snapshot.markers:
            # A flag may name an account that is registered later: it has nothing to follow.
            return Answered(True)

        def effects(_result: Result, _place: LogPlace) -> tuple[bool, Effects]:
            return True, Effects(answer=None, markers=(once,))

        return Step(event, effects)

    request = ReadRequest(account_id=account_id, markers=(once.name,))
    return commit_event(acting, request, plan).value


def _send_cancels(message: OrderMessage, worker: Worker, queue: Queue, unreadable: list[str]) -> None:
    """Tell the worker to cancel what the flag covers; accounts whose state cannot be read join `unreadable`."""
    flag_at, once = message.flag_at or message.sent_at, change_marker(message.change_id).name
    for account in message.accounts:
        worker.require_time()
        try:
            snapshot = worker.deps.store.read(ReadRequest(account_id=account, markers=(once,)))
        except StateCorrupt:
            unreadable.append(account)
            continue
        state = snapshot.state
        if state is None or once in snapshot.markers:
            # An account takes note only once its cancels are under way.
            continue
        place = (state, message.scope, message.key, flag_at)
        venues = sorted({state.working_orders[name].venue for name in list_covered(*place)})
        for venue in venues:
            cancel = _cancel_message(message, account, venue)
            worker.deps.store.kill_switches.start_cancels(
                message.flag_name,
                message.change_id,
                cancel.covers,
                orders=len(list_covered(*place, venue)),
                now=worker.clock(),
            )
            queue.send(cancel)
        if not venues and list_left_to_cancel(*place):
            queue.send(_cancel_message(message, account, ""))


def _cancel_message(message: OrderMessage, account_id: str, venue: str) -> OrderMessage:
    return OrderMessage(
        kind=MessageKind.CANCEL_MATCHING,
        account_id=account_id,
        sent_at=message.sent_at,
        actor=message.actor,
        scope=message.scope,
        key=message.key,
        flag_at=message.flag_at,
        change_id=message.change_id,
        venue=venue,
        trace_id=message.trace_id,
    )
