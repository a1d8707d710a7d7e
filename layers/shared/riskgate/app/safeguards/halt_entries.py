"""A breaker tripped: what rests at the venues and would increase exposure is cancelled."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from riskgate.app.ledger.commit_event import Deps
from riskgate.app.ports.queue import Queue
from riskgate.core.account.stored import ReadRequest
from riskgate.core.limits import BreakerAction, Limits, choose_action
from riskgate.core.routing.steps import BREAKER, list_covered, list_left_to_cancel
from riskgate.schemas.messages.order import MessageKind, OrderMessage

#: Who has orders cancelled, as the log names it.
ACTOR = "job:breakers"


def halt_entries(account_id: str, tripped_at: datetime, *, deps: Deps, queue: Queue) -> tuple[str, ...]:
    """Tell the order worker to cancel the entries under each breaker that tripped at an instant and still stands.

    Where a person wants it so, it is told to close what the breaker covers as well.

    Returns the breakers' ids. Raises NotFound: unknown account; StateCorrupt: it cannot be read; Transient: not all
    may have been told. Repeating it does no harm: a cancel that found its orders gone changes nothing.
    """
    snapshot = deps.store.read(ReadRequest(account_id=account_id))
    state = snapshot.require_state()
    limits = snapshot.limits.limits if snapshot.limits is not None else Limits()
    halted = []
    for name, breaker in sorted(state.breakers.items()):
        action = choose_action(limits, name.partition(" ")[0])
        if breaker.tripped_at != tripped_at or action is BreakerAction.LEAVE:
            continue
        place = (state, BREAKER, name, tripped_at)
        kinds = [MessageKind.CANCEL_MATCHING] if list_covered(*place) or list_left_to_cancel(*place) else []
        kinds += [MessageKind.FLATTEN] if action is BreakerAction.FLATTEN and state.positions else []
        for kind in kinds:
            queue.send(replace(_message(kind, account_id, name, tripped_at), trace_id=deps.trace_id))
        halted += [name] if kinds else []
    return tuple(halted)


def _message(kind: MessageKind, account_id: str, breaker: str, tripped_at: datetime) -> OrderMessage:
    # Nothing in it tells when it is sent: told twice, the queue keeps one.
    return OrderMessage(
        kind=kind,
        account_id=account_id,
        sent_at=tripped_at,
        actor=ACTOR,
        reason=f"breaker tripped: {breaker}",
        scope=BREAKER,
        key=breaker,
        flag_at=tripped_at,
    )
