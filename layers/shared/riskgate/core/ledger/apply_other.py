"""What the events do to an account that come seldom beside orders; `ledger` loads this with the first of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from riskgate.core.account.equity import absorb_transfer, apply_transfer
from riskgate.core.account.transfers import TRANSFERS_ONCE_SINCE, tell_transfer
from riskgate.core.hedging.model import HedgePlanned
from riskgate.core.ledger.account_events import (
    AccountRegistered,
    LimitsChanged,
    SnapshotRecorded,
    StressScenariosChanged,
    TransferRecorded,
    change_limits,
    register_account,
    take_snapshot,
)
from riskgate.core.ledger.apply import Result, require_registered
from riskgate.core.ledger.missing_stops import STOPS_TOLD_SINCE, tell_missing_stops
from riskgate.core.levels.levels import acknowledge
from riskgate.core.money import quantize_money
from riskgate.core.orders.decide import prepare, settle
from riskgate.core.orders.events import OrderPlaced, StopMoved
from riskgate.core.orders.move_stop import move_stop
from riskgate.core.orders.placed import confirm_placed
from riskgate.core.orders.venue_side import name_at_venue
from riskgate.core.reconciliation.events import BreakResolved, FundingRecorded, ReconciliationRun, RowsUnreadable
from riskgate.core.reconciliation.fold import fold_reconciliation
from riskgate.core.replacing import replace
from riskgate.core.routing.events import (
    OpenOrdersCancelled,
    OrderAccepted,
    OrderOutcomeUnknown,
    OrderReplaced,
    OrderSubmitting,
)
from riskgate.core.routing.steps import replace_terms, take_step
from riskgate.core.safeguards.breakers import clear_explained, record_failure, run_breakers
from riskgate.core.safeguards.events import (
    AlertAcknowledged,
    AlertLevelsMeasured,
    BreakerReset,
    BreakerTripped,
    ExitEnded,
    ExitRequested,
    HeartbeatEnded,
    HeartbeatReceived,
    KillSwitchChanged,
    LockCleared,
    VenueObserved,
)
from riskgate.core.safeguards.interventions import intervene, request_exit
from riskgate.core.safeguards.venue_health import observe_venue
from riskgate.core.statements.summary import SummaryTold, tell_summary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from riskgate.core.account.document import AccountState
    from riskgate.core.ledger.events import Event
    from riskgate.core.levels.notices import Notice
    from riskgate.core.limits import Limits


def apply_other(account_id: str, state: AccountState | None, limits: Limits, event: Event, now: datetime) -> Result:
    """Return the account after an event that decides, fills or closes no order.

    Raises NotFound: any event but a registration on an account that does not exist.
    """
    if isinstance(event, AccountRegistered):
        # Described anew, an account keeps its limits.
        written = event.limits if state is None else None
        return Result(state=register_account(state, account_id, event, now), limits=written)
    state = require_registered(account_id, state)
    if isinstance(event, HedgePlanned):
        return _plan_hedge(state, limits, event, now)
    if isinstance(event, StopMoved):
        state, verdict, expired = move_stop(state, limits, event, now)
        return Result(state=state, expired=expired, stop=verdict)
    state, expired = settle(state, limits, now)
    if isinstance(event, SummaryTold):
        state, told = tell_summary(state, limits, event, now)
        return Result(state=state, expired=expired, notices=told, report=event.report)
    if isinstance(event, SnapshotRecorded):
        for name in event.open_orders:
            state = confirm_placed(state, name)
        state, snapshot = take_snapshot(state, limits, event, now)
        notices: tuple[Notice, ...] = ()
        if event.rules >= STOPS_TOLD_SINCE:
            state, notices = tell_missing_stops(state, now)
        return Result(state=state, snapshot=snapshot, expired=expired, notices=notices)
    return Result(
        state=_STEPS[type(event)](state, limits, event, now),
        expired=expired,
        limits=event.limits if isinstance(event, LimitsChanged) else None,
        report=event.report if isinstance(event, AlertLevelsMeasured) else None,
    )


def _plan_hedge(state: AccountState, limits: Limits, event: HedgePlanned, now: datetime) -> Result:
    # Whoever folds the same events without planning hedges need not load what plans them.
    from riskgate.core.hedging.plan import build_plan  # noqa: PLC0415

    state, expired = prepare(state, limits, [market.quote for market in event.markets], now, rules=event.rules)
    plan = build_plan(event.spec, state, limits, event.markets, event.rows, now)
    return Result(state=state, expired=expired, hedge=plan)


def _lose_sight(state: AccountState, limits: Limits, event: OrderOutcomeUnknown, now: datetime) -> AccountState:
    return run_breakers(record_failure(take_step(state, event), now), limits, now)


def _place(state: AccountState, event: OrderPlaced) -> AccountState:
    state = confirm_placed(state, event.client_order_id)
    order = state.working_orders.get(event.client_order_id)
    if order is None:
        return state
    named = name_at_venue(order, event.exchange_order_id, event.rules)
    return replace(state, working_orders={**state.working_orders, order.client_order_id: named})


def _transfer(state: AccountState, limits: Limits, event: TransferRecorded, now: datetime) -> AccountState:
    if event.rules >= TRANSFERS_ONCE_SINCE:
        before = state
        state, move = tell_transfer(
            state, event.amount, event.executed_at, now, in_equity=event.in_equity, is_new=event.is_new
        )
        if move is not None:
            state = clear_explained(before, state, limits, since=move.noted_at)
    elif event.in_equity:
        state = absorb_transfer(state, event.amount, event.executed_at)
    else:
        state = apply_transfer(state, event.amount)
    return run_breakers(state, limits, now)


def _book_funding(state: AccountState, limits: Limits, event: FundingRecorded, now: datetime) -> AccountState:
    if state.results is not None:
        rate = state.rate(event.instrument.settle_currency)
        amount = quantize_money(event.amount * rate) if rate is not None else None
        state = replace(state, results=state.results.move(funding=amount))
    return run_breakers(state, limits, now)


def _note_venue(state: AccountState, limits: Limits, look: VenueObserved, now: datetime) -> AccountState:
    health = observe_venue(state.venue_health.get(look.venue), look, now)
    others = {name: known for name, known in state.venue_health.items() if name != look.venue}
    state = replace(state, venue_health=others if health is None else others | {look.venue: health})
    return run_breakers(state, limits, now)


def _note_kill(state: AccountState, limits: Limits, event: Event, now: datetime) -> AccountState:
    if isinstance(event, KillSwitchChanged) and event.engaged:
        state = replace(state, killed_at=now)
    return run_breakers(state, limits, now)


# What an event does to an account whose reservations are settled.
_STEPS: Mapping[type[Event], Callable[[AccountState, Limits, Any, datetime], AccountState]] = {
    OrderOutcomeUnknown: _lose_sight,
    OrderSubmitting: lambda state, _limits, event, _now: take_step(state, event),
    OrderAccepted: lambda state, _limits, event, _now: take_step(state, event),
    OrderReplaced: lambda state, limits, event, now: run_breakers(replace_terms(state, event), limits, now),
    OrderPlaced: lambda state, limits, event, now: run_breakers(_place(state, event), limits, now),
    TransferRecorded: _transfer,
    AlertAcknowledged: lambda state, limits, event, now: acknowledge(run_breakers(state, limits, now), event.name),
    AlertLevelsMeasured: lambda state, limits, _event, now: run_breakers(state, limits, now),
    LimitsChanged: lambda state, _limits, event, now: change_limits(state, event, now),
    StressScenariosChanged: lambda state, _limits, event, _now: replace(
        state, stress_scenarios={scenario.name: scenario for scenario in event.scenarios}
    ),
    BreakerTripped: intervene,
    BreakerReset: intervene,
    LockCleared: intervene,
    HeartbeatReceived: intervene,
    HeartbeatEnded: intervene,
    ReconciliationRun: lambda state, limits, event, now: run_breakers(
        fold_reconciliation(state, event, now), limits, now
    ),
    RowsUnreadable: lambda state, limits, event, now: run_breakers(fold_reconciliation(state, event, now), limits, now),
    BreakResolved: lambda state, limits, event, now: run_breakers(fold_reconciliation(state, event, now), limits, now),
    FundingRecorded: _book_funding,
    ExitRequested: request_exit,
    ExitEnded: lambda state, limits, _event, now: run_breakers(state, limits, now),
    KillSwitchChanged: _note_kill,
    OpenOrdersCancelled: _note_kill,
    VenueObserved: _note_venue,
}
