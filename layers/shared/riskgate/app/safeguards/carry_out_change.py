"""A kill switch was changed, by the route or in the table itself: into the log, to the venues, to every account.

The table's stream tells of each change at least once, so what the change sets off survives any crash. The stream's
function writes the log and sends the accounts out in slices; the order worker takes the slices, each as often as it
needs, and repeats nothing that is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched

from riskgate.app.ledger.commit_event import Acting, Deps, Effects
from riskgate.app.ledger.gateway_chain import append_to_gateway_chain, change_marker, is_noted
from riskgate.app.ports.queue import Queue
from riskgate.app.safeguards.set_kill_switch import written_as
from riskgate.core.account.stored import GATEWAY_CHAIN, ReadRequest
from riskgate.core.kill_switch import KillSwitch, KillSwitchChange, KillSwitchProgress
from riskgate.core.ledger.gateway_events import KillSwitchNotUnderstood
from riskgate.core.safeguards.events import KillSwitchChanged
from riskgate.schemas.messages.order import MessageKind, OrderMessage

#: Who edits tables is not known to the table's stream.
EDITOR = "table edit"
#: Accounts that one message to the order worker brings along: well within the time of one invocation.
ACCOUNTS_PER_SLICE = 50
#: How long the route has for its entry before the stream writes one for it.
LOG_WAIT_SECONDS, LOG_LOOKS = 4.0, 8


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenChange:
    """A change as the table's stream tells of it, made no later than `seen_at`.

    `edit_id` is the stream's own id of it. What its writer says of it is a claim until the log confirms it: `stamp` is
    who, `change_id` and `version` name the route's entry; empty where the writer says nothing.
    """

    edit_id: str
    item: str
    flag: KillSwitch
    cancel_open_orders: bool
    seen_at: datetime
    stamp: str = ""
    change_id: str = ""
    version: int = 0


def carry_out_change(seen: SeenChange, *, deps: Deps, queue: Callable[[], Queue], now: datetime) -> bool:
    """Write a change down, tell of it, and send every account it may concern out to follow.

    Returns whether the entry is ours, not the route's. Raises Contention, Transient, OutcomeUnknown: part of it may be
    left; carrying it out again finishes it and repeats nothing.
    """
    flag, is_edit = seen.flag, not (seen.change_id and _is_logged_by_route(seen, deps))
    change = KillSwitchChange(
        change_id=seen.edit_id if is_edit else seen.change_id,
        flag=flag,
        cancel_open_orders=seen.cancel_open_orders,
        changed_at=seen.seen_at,
        actor=seen.stamp if not is_edit else f"{EDITOR}, stamped {seen.stamp}" if seen.stamp else EDITOR,
    )
    if is_edit:
        event = KillSwitchChanged.of(flag, cancel_open_orders=change.cancel_open_orders)
        acting = Acting(deps=deps, actor=change.actor, now=now)
        append_to_gateway_chain(acting, event, lambda _: Effects(), once=change_marker(change.change_id))
        # Told late, an edit must not cancel anything after its release; the route has promised to.
        change = replace(change, cancel_open_orders=change.cancel_open_orders and _is_engaged_now(flag, deps))
    accounts = [flag.key] if flag.scope == "account" else deps.store.list_accounts()
    plan = KillSwitchProgress(change_id=change.change_id, changed_at=change.changed_at, accounts=len(accounts))
    deps.store.kill_switches.put_plan(seen.item, plan)
    for part, names in enumerate(batched(accounts, ACCOUNTS_PER_SLICE, strict=False)):
        queue().send(replace(_slice_message(change, part, names), trace_id=deps.trace_id))
    return is_edit


def note_not_understood(acting: Acting, item: str, change_id: str) -> bool:
    """Write down and tell that somebody edited a flag that stops nothing; False where that was done before."""
    once = change_marker(change_id)
    if is_noted(acting.deps, once):
        return False
    append_to_gateway_chain(acting, KillSwitchNotUnderstood(item=item), lambda _: Effects(), once=once)
    return True


def _is_logged_by_route(seen: SeenChange, deps: Deps) -> bool:
    """Tell whether the log has the route's entry of a change, giving the route a little time to write it."""
    wanted = ("EDIT", seen.change_id)
    for look in range(LOG_LOOKS):
        if look:
            deps.sleep(LOG_WAIT_SECONDS / LOG_LOOKS)
        found = deps.store.read(ReadRequest(account_id=GATEWAY_CHAIN, markers=(wanted,))).markers.get(wanted)
        if found is not None:
            return found.answer == written_as(seen.flag, seen.version)
    return False


def _is_engaged_now(flag: KillSwitch, deps: Deps) -> bool:
    stored = deps.store.kill_switches.get(flag.scope, flag.key)
    return flag.is_engaged and (stored is None or stored.flag is None or stored.flag.is_engaged)


def _slice_message(change: KillSwitchChange, part: int, accounts: Sequence[str]) -> OrderMessage:
    return OrderMessage(
        kind=MessageKind.FOLLOW_KILL_SWITCH,
        account_id="",
        sent_at=change.changed_at,
        actor=change.actor,
        scope=change.flag.scope,
        key=change.flag.key,
        reason=change.flag.reason,
        flag_at=change.changed_at,
        engaged=change.flag.is_engaged,
        cancel_open_orders=change.cancel_open_orders,
        change_id=change.change_id,
        part=part,
        accounts=tuple(accounts),
    )
