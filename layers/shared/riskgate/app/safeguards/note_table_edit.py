"""A kill switch that was edited in the table itself: into the log, to the accounts, to the order worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from riskgate.app.ledger.commit_event import Acting, Deps, Effects
from riskgate.app.ledger.gateway_chain import append_to_gateway_chain, is_noted
from riskgate.app.ports.queue import Queue
from riskgate.app.safeguards.set_kill_switch import cancel_message, take_note
from riskgate.core.account.stored import Marker
from riskgate.core.errors import StateCorrupt
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.routing.steps import list_covered
from riskgate.core.safeguards.events import KillSwitchChanged

#: Who edits tables is not known to the table's stream.
ACTOR = "table edit"
UNREADABLE = "missing or not a boolean: treated as engaged"
#: Kind of the markers that make an edit's entries unique.
EDIT = "EDIT"


@dataclass(frozen=True, kw_only=True, slots=True)
class TableEdit:
    """One edit of a kill switch's item.

    `edit_id` is the stream's own id of it, `edited_at` no earlier than when it was made.
    """

    edit_id: str
    flag: KillSwitch
    cancel_open_orders: bool
    edited_at: datetime


def note_table_edit(edit: TableEdit, *, deps: Deps, queue: Callable[[], Queue], now: datetime) -> bool:
    """Do for an edit what the admin route does for its own: outdate decisions, cancel, write it down.

    Decisions obey the flag since it was written; this is what makes the log, the alerts and the venues follow. The
    entry of the gateway's own chain comes last: once it stands, all the rest was done.

    Returns False where the edit was noted before. Raises Contention, Transient, OutcomeUnknown: part of it may be
    left; noting it again finishes it and repeats nothing.
    """
    once = Marker(kind=EDIT, key=edit.edit_id, request_hash="", answer="")
    if is_noted(deps, once):
        return False
    flag, engaged = edit.flag, edit.flag.is_engaged
    event = KillSwitchChanged(
        scope=flag.scope,
        key=flag.key,
        engaged=engaged,
        reason=flag.reason if flag.engaged is not None else UNREADABLE,
        cancel_open_orders=edit.cancel_open_orders,
    )
    # A late or repeated message must not cancel what was approved after a release.
    cancels = engaged and edit.cancel_open_orders and _is_engaged_now(flag, deps)
    unreadable = []
    for account in [flag.key] if flag.scope == "account" else deps.store.list_accounts():
        try:
            state = take_note(Acting(deps=deps, actor=ACTOR, now=now), account, event, once=once)
        except StateCorrupt:
            # It must not keep the flag from the accounts after it.
            unreadable.append(account)
            continue
        if cancels and state is not None and list_covered(state, flag.scope, flag.key, edit.edited_at):
            queue().send(cancel_message(account, flag, actor=ACTOR, now=edit.edited_at))
    answer = {"unreadable_accounts": unreadable} if unreadable else None
    append_to_gateway_chain(Acting(deps=deps, actor=ACTOR, now=now), event, lambda _: Effects(answer=answer), once=once)
    return True


def _is_engaged_now(flag: KillSwitch, deps: Deps) -> bool:
    flags = deps.store.list_kill_switches()
    return any(f.is_engaged for f in flags if (f.scope, f.key) == (flag.scope, flag.key))
