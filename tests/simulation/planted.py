"""Faults put into the gateway on purpose: a checker that finds nothing proves nothing until it finds these."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from riskgate.adapters.dynamodb import documents, items, transaction
from riskgate.adapters.dynamodb.instants import format_microseconds
from riskgate.adapters.dynamodb.operators import DynamoOperatorStore
from riskgate.adapters.dynamodb.reports import ReportStore
from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.app.alerts.announce_entry import announce_entry
from riskgate.app.hedging import place_hedge, plan_hedge
from riskgate.app.ledger import commit_event
from riskgate.app.ledger.name_inputs import name_inputs
from riskgate.app.ledger.once import Once
from riskgate.app.orders import submit_order
from riskgate.app.reconciliation import record_funding
from riskgate.app.routing import send_order
from riskgate.app.safeguards import halt_entries, set_kill_switch
from riskgate.core.account.stored import HeldInput, ReadRequest
from riskgate.core.checks import CHECKS, notional, position_size, quote_stale
from riskgate.core.checks.result import PASSED
from riskgate.core.errors import OutcomeUnknown, Transient
from riskgate.core.hedging import plan
from riskgate.core.ledger import apply
from riskgate.core.limits import BreakerAction
from riskgate.core.money import ZERO
from riskgate.core.monitor import reading
from riskgate.core.orders import evaluate
from riskgate.core.orders.events import OrderClosed
from riskgate.runtime.jobs import alert_fanout, control_stream
from riskgate.schemas import versions
from riskgate.schemas.codec import decode
from tests.simulation import release

type Patch = tuple[Any, str, Any]
_commit, _account_item, _apply_to_order = DynamoStore.commit, items.account_item, apply._apply_to_order
_announce, _parse_kill_switch = announce_entry, items.parse_kill_switch
_swap_position, _record_payment, _place_in_turn = (
    reading._swap_position,
    record_funding._record,
    place_hedge.place_in_turn,
)


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One fault: what it replaces, and which invariants do not hold then."""

    patches: Callable[[], tuple[Patch, ...]]
    breaks: frozenset[str]
    #: What is left out of the histories that look for it: a release has a build beside it that has not the fault.
    without: frozenset[str] = frozenset({"release"})


def _committing(change: Callable[[Any], Any]) -> tuple[Patch, ...]:
    return ((DynamoStore, "commit", lambda store, commit: _commit(store, change(commit))),)


def _without_checks(*modules: Any) -> tuple[Patch, ...]:
    left_out = {check.run for module in modules for check in module.CHECKS}
    checks = tuple(check._replace(run=lambda _: PASSED) if check.run in left_out else check for check in CHECKS)
    return ((evaluate, "CHECKS", checks), (evaluate, "_BY_RULES", {}))


def _swallow(store: Any, commit: Any) -> None:
    try:
        _commit(store, commit)
    except (OutcomeUnknown, Transient):
        return


def _keep_reserved(account_id: Any, state: Any, *rest: Any) -> Any:
    events = [part for part in (account_id, state, *rest) if isinstance(part, OrderClosed)]
    if events:
        known = next(part for part in (account_id, state, *rest) if hasattr(part, "working_orders"))
        return apply.Result(state=known)
    return _apply_to_order(account_id, state, *rest)


def _write_unlogged(acting: Any, flag: Any, **_: Any) -> int:
    """Answer that a flag was written although it was not."""
    del acting, flag
    return 1


def _long(*seen: Any) -> Any:
    """Tell of every position as if it were a long one."""
    told = _swap_position(*seen)
    return replace(told, quantity=abs(told.quantity))


def _place_again(acting: Any, orders: list[Any], sender: Any) -> Any:
    """Place under another name what a repetition finds placed already."""
    names = tuple(order.client_order_id for order in orders)
    account = orders[0].account_id if orders else ""
    known = acting.deps.store.read(ReadRequest(account_id=account, client_order_ids=names)).records if orders else {}
    again = [
        replace(order, client_order_id=f"{order.client_order_id}-again") if order.client_order_id in known else order
        for order in orders
    ]
    return _place_in_turn(acting, again, sender)


def _record_anew(acting: Any, account_id: str, marker: tuple[str, str], *rest: Any) -> bool:
    """Write a payment down under a name that no other run finds."""
    return _record_payment(acting, account_id, (marker[0], f"{marker[1]}#{acting.now.timestamp()}"), *rest)


def _naming_from_memory() -> tuple[Patch, ...]:
    """Name what this process wanted to write, whether it was written or not, and to whichever log."""
    remembered: dict[str, HeldInput] = {}

    def name(event: Any, held: tuple[HeldInput, ...], *, sequence: int, now: Any) -> Any:
        found = name_inputs(event, (*remembered.values(), *held), sequence=sequence, now=now)
        remembered.update({one.hash: one for one in found.held})
        return found

    return ((commit_event, "name_inputs", name),)


def _read_without_marks(text: str | bytes, kind: type, _: Any = None) -> Any:
    """Read a document as if this build had written it."""
    return decode(text, kind)


def _put_whatever_is_there(store: ReportStore, item: Any, as_of: Any) -> bool:
    """Store a report without a look at what is there."""
    store._client.put_item(TableName=store._table, Item=item | {"as_of": {"S": format_microseconds(as_of)}})
    return True


def _trust_what_is_missing(scope: str, name: str, item: Any) -> Any:
    """Read a flag; where there is none nothing is held back."""
    return _parse_kill_switch(scope, name, item) if item is not None else None


def _use_any_step(store: DynamoOperatorStore, operator: str, step: int, now: Any) -> None:
    """Take a code for granted."""
    del store, operator, step, now


PLANTED: Mapping[str, Planted] = {
    "account written whatever was there": Planted(
        # Either condition alone would do.
        patches=lambda: ((transaction, "is_at", lambda _: {}), (transaction, "_absent", lambda _: {})),
        breaks=frozenset({"I2", "I4", "I5", "I6", "I11"}),
    ),
    "version not counted": Planted(
        patches=lambda: (
            (items, "account_item", lambda *a, version, **k: _account_item(*a, version=max(1, version - 1), **k)),
        ),
        breaks=frozenset({"I6", "E1", "I7", "LIVENESS"}),
    ),
    "switches not held against": Planted(
        patches=lambda: _committing(lambda commit: replace(commit, released=())), breaks=frozenset({"I3"})
    ),
    "fill counts twice": Planted(
        patches=lambda: (
            (Once, "find_answer", lambda _self, _snapshot: None),
            *_committing(lambda commit: replace(commit, markers=())),
        ),
        # An exit that is demanded again is written again, too.
        breaks=frozenset({"I11", "I5", "X1"}),
    ),
    "end frees nothing": Planted(
        patches=lambda: ((apply, "_apply_to_order", _keep_reserved),), breaks=frozenset({"I11", "V3", "LIVENESS"})
    ),
    "unconfirmed write taken for done": Planted(
        patches=lambda: ((DynamoStore, "commit", _swallow),), breaks=frozenset({"I2", "I7", "V3", "V1"})
    ),
    "sent again after one denial": Planted(
        patches=lambda: ((send_order, "look_up_order", lambda *_: None),), breaks=frozenset({"V1"})
    ),
    "limits not looked at": Planted(patches=lambda: _without_checks(position_size, notional), breaks=frozenset({"I1"})),
    "age of prices not looked at": Planted(patches=lambda: _without_checks(quote_stale), breaks=frozenset({"I8"})),
    "alerts not sent to the phone": Planted(
        patches=lambda: ((alert_fanout, "announce_entry", lambda entry, sinks: _announce(entry, sinks[1:])),),
        breaks=frozenset({"I12"}),
    ),
    "an id answers for any order": Planted(
        patches=lambda: ((submit_order, "request_hash", lambda _order: "0" * 64),), breaks=frozenset({"I2"})
    ),
    "figures named that the log may lack": Planted(
        # A name of an entry that is yet to come is refused where it is read back.
        patches=_naming_from_memory,
        breaks=frozenset({"I5", "E1"}),
    ),
    "a short told as a long": Planted(
        patches=lambda: ((reading, "_swap_position", _long),), breaks=frozenset({"V3", "I10", "E1"})
    ),
    "hedge placed again after a lost answer": Planted(
        patches=lambda: ((place_hedge, "place_in_turn", _place_again),), breaks=frozenset({"H2"})
    ),
    "hedges under way not counted": Planted(
        patches=lambda: ((plan, "in_flight_delta", lambda *_: ZERO),), breaks=frozenset({"H3"})
    ),
    "contracts counted as coins": Planted(
        patches=lambda: ((plan_hedge, "list_under_way", lambda *_: ()),), breaks=frozenset({"H3"})
    ),
    "funding written down again": Planted(
        patches=lambda: ((record_funding, "_record", _record_anew),), breaks=frozenset({"H5"})
    ),
    "flag reported and not written": Planted(
        patches=lambda: ((set_kill_switch, "write_kill_switch", _write_unlogged),), breaks=frozenset({"I3"})
    ),
    # What follows shows where a release rolls, and nowhere else: today's build is the older one there.
    "unknown fields dropped by the older build": Planted(
        patches=lambda: ((versions, "require_known", lambda *_: None),), breaks=frozenset({"I5"}), without=frozenset()
    ),
    "newer documents read by the older build": Planted(
        patches=lambda: tuple((owner, "read_document", _read_without_marks) for owner in (versions, documents)),
        breaks=frozenset({"I5"}),
        without=frozenset(),
    ),
    "new rules applied to old entries": Planted(
        patches=lambda: ((release, "KINDS", (("", "rewriting", frozenset({"grid"})),)),),
        breaks=frozenset({"I5"}),
        without=frozenset(),
    ),
    "late figures replace new ones": Planted(
        patches=lambda: ((ReportStore, "_put", _put_whatever_is_there),), breaks=frozenset({"R1"})
    ),
    "breakers close nothing": Planted(
        patches=lambda: ((halt_entries, "choose_action", lambda *_: BreakerAction.CANCEL_ENTRIES),),
        breaks=frozenset({"F2"}),
    ),
    "global switch that is missing lets trade": Planted(
        patches=lambda: ((items, "parse_kill_switch", _trust_what_is_missing),), breaks=frozenset({"I3", "K2"})
    ),
    "edits of switches not written down": Planted(
        patches=lambda: ((control_stream, "carry_out_change", lambda *_, **__: True),), breaks=frozenset({"K1", "K3"})
    ),
    "codes count again": Planted(
        patches=lambda: ((DynamoOperatorStore, "use_step", _use_any_step),), breaks=frozenset({"T1"})
    ),
}


@contextmanager
def planting(name: str) -> Iterator[None]:
    """Put one fault in, for as long as the block lasts; none for an empty name."""
    patches = PLANTED[name].patches() if name else ()
    stack = [patch.object(owner, attribute, value) for owner, attribute, value in patches]
    for one in stack:
        one.start()
    try:
        yield
    finally:
        for one in stack:
            one.stop()
