"""Apply one event to one account: the same function live and in replay.

The account document is the fold of its events; nothing else may change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from riskgate.core.account.document import OrderStatus
from riskgate.core.account.results import RESULTS_SINCE, begin_results
from riskgate.core.checks.duplicate_order import OWN_STRATEGY_SINCE
from riskgate.core.errors import Conflict, NotFound
from riskgate.core.levels.levels import announce
from riskgate.core.money import with_risk_context
from riskgate.core.orders.decide import decide_order, forget_duplicate, prepare, release, settle
from riskgate.core.orders.events import BatchDecided, FillRecorded, OrderClosed, OrderDecided, OrderModified
from riskgate.core.replacing import replace
from riskgate.core.safeguards.breakers import record_failure, run_breakers

if TYPE_CHECKING:
    from datetime import datetime

    from riskgate.core.account.document import AccountState
    from riskgate.core.figures import RiskReport
    from riskgate.core.hedging.model import HedgePlan
    from riskgate.core.ledger.account_events import SnapshotResult
    from riskgate.core.ledger.events import Event
    from riskgate.core.levels.notices import Notice
    from riskgate.core.limits import Limits
    from riskgate.core.orders.decide import Decision
    from riskgate.core.orders.fills import FillResult
    from riskgate.core.orders.move_stop import StopVerdict


# A union of types is made anew each time it is written.
_DECISIONS = (OrderDecided, OrderModified, BatchDecided)


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """The account after an event, with what the event answered.

    `expired` are the orders whose reservation ran out on the way; their order items change status with it.
    `notices` are what a person is to be told, `limits` the new ones where the event brings them, `report` the risk
    figures that came with it.
    """

    state: AccountState
    decisions: tuple[Decision, ...] = ()
    fill: FillResult | None = None
    snapshot: SnapshotResult | None = None
    expired: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    hedge: HedgePlan | None = None
    limits: Limits | None = None
    report: RiskReport | None = None
    stop: StopVerdict | None = None


@with_risk_context
def apply_event(account_id: str, state: AccountState | None, limits: Limits, event: Event, now: datetime) -> Result:
    """Return the account after the event; its version is one higher. `state` is None before registration.

    `event` holds all inputs read for it, and `now` is the only clock. Raises NotFound: any event but a registration on
    an account that does not exist; Conflict: an order under an id that works already, or new terms for one that works
    no longer.
    """
    in_decision = isinstance(event, _DECISIONS)
    if state is not None and state.results is None and _rules_of(event) >= RESULTS_SINCE:
        state = replace(state, results=begin_results(state))
    if isinstance(event, (*_DECISIONS, FillRecorded, OrderClosed)):
        result = _apply_to_order(require_registered(account_id, state), limits, event, now)
    else:
        # The first order waits for all that is loaded before it: what other events need comes with the first of them.
        from riskgate.core.ledger.apply_other import apply_other  # noqa: PLC0415

        result = apply_other(account_id, state, limits, event, now)
    after, notices = announce(
        state, result.state, result.limits or limits, now, running_only=in_decision, report=result.report
    )
    if isinstance(event, FillRecorded) and event.stopped_by:
        # Hardly any fill has this to tell: the others do not load the words for it.
        from riskgate.core.ledger.late_fill import tell_late_fill  # noqa: PLC0415

        notices = (tell_late_fill(event), *notices)
    version = state.version + 1 if state is not None else 1
    return replace(result, state=replace(after, version=version, updated_at=now), notices=(*result.notices, *notices))


def _rules_of(event: Event) -> int:
    """Return by which rules an event is applied; one that names none, by the first."""
    named: int = getattr(event.legs[0] if isinstance(event, BatchDecided) else event, "rules", 1)
    return named


def require_registered(account_id: str, state: AccountState | None) -> AccountState:
    """Return the account; raises NotFound if it does not exist."""
    if state is None:
        raise NotFound(f"account {account_id[:64]} is not registered", code="ACCOUNT_UNKNOWN")
    return state


def _apply_to_order(
    state: AccountState,
    limits: Limits,
    event: OrderDecided | OrderModified | BatchDecided | FillRecorded | OrderClosed,
    now: datetime,
) -> Result:
    if isinstance(event, FillRecorded):
        # An order is decided before its first fill is heard of.
        from riskgate.core.orders.fills import record_fill  # noqa: PLC0415

        state, fill = record_fill(state, limits, event, now)
        if event.excess is not None:
            # Hardly any fill has one.
            from riskgate.core.reconciliation.excess import note_excess  # noqa: PLC0415

            state = note_excess(state, event, event.excess, now)
        notices = (*_tell_suspect(event, fill), *_tell_oversold(event, fill))
        return Result(state=state, fill=fill, expired=fill.expired, notices=notices)
    if isinstance(event, OrderClosed):
        state, expired = settle(state, limits, now)
        return Result(state=_close(state, limits, event, now), expired=expired)
    return _decide(state, limits, event, now)


def _tell_suspect(event: FillRecorded, fill: FillResult) -> tuple[Notice, ...]:
    """Return what is to be told of an execution that was not believed as it was reported."""
    if fill.suspect is None and not fill.suspect_rebates:
        return ()
    # Hardly any fill has this to tell.
    from riskgate.core.ledger.suspect_fill import tell_suspect_fill  # noqa: PLC0415

    return tell_suspect_fill(event, fill)


def _tell_oversold(event: FillRecorded, fill: FillResult) -> tuple[Notice, ...]:
    """Return what is to be told of a sell beyond what is held."""
    if not fill.oversold:
        return ()
    from riskgate.core.ledger.late_fill import tell_oversold  # noqa: PLC0415

    return (tell_oversold(event, fill.oversold),)


def _close(state: AccountState, limits: Limits, event: OrderClosed, now: datetime) -> AccountState:
    # Reported again, a rejection is no second failure.
    if event.status is OrderStatus.REJECTED and event.client_order_id in state.working_orders:
        state = record_failure(state, now)
        # Hardly any order is refused.
        from riskgate.core.orders.venue_side import VENUE_SIDE_SINCE, note_rejection  # noqa: PLC0415

        if event.rules >= VENUE_SIDE_SINCE:
            state = note_rejection(state, state.working_orders[event.client_order_id], event.reason, now)
    state = release(state, event.client_order_id)
    if event.rules >= OWN_STRATEGY_SINCE and event.status is not OrderStatus.FILLED:
        state = forget_duplicate(state, event.client_order_id)
    return run_breakers(state, limits, now)


def _decide(
    state: AccountState, limits: Limits, event: OrderDecided | OrderModified | BatchDecided, now: datetime
) -> Result:
    legs: tuple[OrderDecided | OrderModified, ...] = event.legs if isinstance(event, BatchDecided) else (event,)
    marks = [quote for leg in legs for quote in leg.marks]
    prepared, expired = prepare(state, limits, [leg.market.quote for leg in legs], now, marks, rules=legs[0].rules)
    after, decisions = prepared, []
    for leg in legs:
        _require_own_id(after, leg)
        # Each leg sees the legs before it as reserved, so the limits hold for the sum.
        after, decision = decide_order(after, limits, leg, now)
        decisions.append(decision)
    if not all(decision.approved for decision in decisions):
        after = prepared
    return Result(state=after, decisions=tuple(decisions), expired=expired)


def _require_own_id(state: AccountState, event: OrderDecided | OrderModified) -> None:
    """Refuse a new order under an id that works, which would take its reservation away, and new terms for none."""
    works = event.order.client_order_id in state.working_orders
    if works and isinstance(event, OrderDecided):
        raise Conflict("an order under this client_order_id is already working", code="CLIENT_ORDER_ID_REUSED")
    if not works and isinstance(event, OrderModified):
        raise Conflict("the order is no longer working: nothing to modify", code="ORDER_NOT_WORKING")
