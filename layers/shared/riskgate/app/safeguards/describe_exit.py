"""How far an exit is: the demand as it was written down, and its orders as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from riskgate.app.ledger.commit_event import Deps
from riskgate.app.orders.exit_legs import EXIT_ATTEMPTS_MAX, EXIT_END, attempt_id, is_closed, list_attempts
from riskgate.app.orders.place_in_turn import Placed
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord, ReadRequest
from riskgate.core.errors import NotFound
from riskgate.core.money import plain
from riskgate.core.routing.steps import list_covered, list_left_to_cancel
from riskgate.core.safeguards.events import ExitLeg, ExitOutcome, ExitRequested
from riskgate.core.safeguards.trading_state import effective_trading_state
from riskgate.schemas.codec import decode
from riskgate.schemas.http.answers.orders import Decision
from riskgate.schemas.http.answers.safeguards import ExitAnswer, ExitLegRow

#: Kind of the marker that keeps a demand.
EXIT = "EXIT"


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedExit:
    """A demand as it stands in the log, and when it was made."""

    event: ExitRequested
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Closing:
    """The orders of an exit as they are now, and whether they closed all that was demanded."""

    rows: list[ExitLegRow]
    complete: bool


def describe_exit(account_id: str, exit_id: str, deps: Deps, now: datetime) -> ExitAnswer:
    """Return an exit as it is now; nothing is placed. Raises NotFound: unknown account, or no exit under this id."""
    snapshot = deps.store.read(ReadRequest(account_id=account_id, markers=((EXIT, exit_id),)))
    state = snapshot.require_state()
    marker = snapshot.markers.get((EXIT, exit_id))
    if marker is None:
        raise NotFound("no exit under this id", code="EXIT_NOT_FOUND")
    recorded = decode(marker.answer, RecordedExit)
    event = recorded.event
    closing = look_at_legs(account_id, event, deps)
    covered = ("account", account_id, now)
    return ExitAnswer(
        exit_id=event.exit_id,
        requested_at=recorded.at,
        trading_state=effective_trading_state(state, snapshot.kill_switches),
        breakers=sorted(state.breakers),
        cancelling=list_covered(state, *covered) if event.cancel_open_orders else [],
        left_to_cancel=sorted(list_left_to_cancel(state, *covered)) if event.cancel_open_orders else [],
        legs=closing.rows,
        complete=closing.complete,
    )


def look_at_legs(
    account_id: str, event: ExitRequested, deps: Deps, placed: Mapping[str, Placed] | None = None
) -> Closing:
    """Return each leg with the orders that followed it; `placed` is what the gate just said, by the legs' ids."""
    names = [leg.client_order_id for leg in event.legs]
    attempts = (attempt_id(name, number + 1) for name in names for number in range(EXIT_ATTEMPTS_MAX))
    request = ReadRequest(
        account_id=account_id,
        client_order_ids=tuple(attempts),
        markers=tuple((EXIT_END, name) for name in names),
    )
    found = deps.store.read(request)
    rows, open_legs = [], 0
    for leg in event.legs:
        tried = list_attempts(leg.client_order_id, found.records)
        ended = found.markers.get((EXIT_END, leg.client_order_id))
        open_legs += not (is_closed(tried) or (ended is not None and ended.answer == ExitOutcome.FLAT))
        first = tried[0] if tried else None
        if placed is None and first is not None:
            rows.append(_row_of(leg, first))
        else:
            rows.append(_row(leg, None if placed is None else placed[leg.client_order_id], first))
        rows += [_row_of(leg, record) for record in tried[1:]]
    return Closing(rows=rows, complete=not open_legs)


def _row(leg: ExitLeg, placed: Placed | None, record: OrderRecord | None) -> ExitLegRow:
    # What has ended was approved by an earlier call, and ended since: by the venue, or by a cancel.
    has_ended = placed is not None and placed.decision == "ended"
    decision = "pending" if placed is None else placed.decision
    return ExitLegRow(
        client_order_id=leg.client_order_id,
        venue=leg.venue,
        symbol=leg.symbol,
        side=leg.side,
        quantity=plain(leg.quantity),
        route=leg.route,
        decision="approved" if has_ended else decision,
        code=None if has_ended or placed is None else placed.code,
        status=record.status if record is not None else None,
        filled_quantity=plain(record.filled_quantity) if record is not None else "0",
    )


def _row_of(leg: ExitLeg, record: OrderRecord) -> ExitLegRow:
    """Return an order as it is stored."""
    denied = record.status is OrderStatus.DENIED
    return ExitLegRow(
        client_order_id=record.order.client_order_id,
        venue=leg.venue,
        symbol=leg.symbol,
        side=leg.side,
        quantity=plain(record.quantity),
        route=leg.route,
        decision="denied" if denied else "approved",
        code=decode(record.answer, Decision).code if denied else None,
        status=record.status,
        filled_quantity=plain(record.filled_quantity),
    )
