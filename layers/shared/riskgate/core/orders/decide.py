"""Decide orders: settle the account to now, evaluate, reserve what is approved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from riskgate.core.account.document import (
    RECENT_ORDERS_MAX,
    AccountState,
    DaySession,
    OrderStatus,
    RecentOrder,
    TradingState,
    WeekSession,
    WorkingOrder,
)
from riskgate.core.account.equity import mark_positions, roll_sessions
from riskgate.core.account.exposure import (
    HOLDINGS_SINCE,
    hold_coins,
    resplit_stops,
    shift_markets,
)
from riskgate.core.account.legs import book_of, find_leg, put_order, working_in
from riskgate.core.account.stop_risk import reserved_notional, reserved_risk
from riskgate.core.checks.duplicate_order import fingerprint
from riskgate.core.checks.result import violated
from riskgate.core.codes import DenyCode
from riskgate.core.figures import CLOCK_SKEW_SECONDS_MAX
from riskgate.core.instrument import Quote, market_key
from riskgate.core.limits import Limits
from riskgate.core.money import ONE, ZERO
from riskgate.core.orders.evaluate import Evaluation, Inputs, evaluate
from riskgate.core.orders.events import OrderDecided, OrderModified
from riskgate.core.orders.placed import CONFIRMED_SINCE, find_end, reserve_until
from riskgate.core.orders.replacement import cover
from riskgate.core.orders.venue_side import keep_venue_side
from riskgate.core.replacing import replace
from riskgate.core.safeguards.breakers import run_breakers

#: Reservations released by one decision; the rest waits for the next, so that the transaction stays bounded.
EXPIRIES_PER_DECISION = 40
#: A quote from further ahead than this has a wrong clock.
CLOCK_SKEW_MAX = timedelta(seconds=CLOCK_SKEW_SECONDS_MAX)
#: The first rules by which an order that a bot places itself stays reserved until its end is told.
KEPT_SINCE = 2
#: Rules from which on an approval takes the orders of its leg along into its sector.
SECTORS_SINCE = 6
#: How long a fill counts in the rolling slippage.
SLIPPAGE_WINDOW = timedelta(hours=24)
#: A price this many times the last mark, or this fraction of it, is a broken feed until confirmed.
JUMP_FACTOR = Decimal(10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """Verdict on one order; `working` is the reservation it got, None when denied."""

    evaluation: Evaluation
    approved: bool
    working: WorkingOrder | None = None

    @property
    def reserved(self) -> tuple[Decimal, Decimal]:
        """Return the notional and the risk reserved, in base currency."""
        if self.working is None:
            return ZERO, ZERO
        return reserved_notional(self.working), reserved_risk(self.working)


def settle(state: AccountState, limits: Limits, now: datetime) -> tuple[AccountState, tuple[str, ...]]:
    """Bring the account to `now`: roll day and week, release expired reservations, forget old approvals and fills.

    Returns the client order ids whose reservation expired too.
    """
    state = roll_sessions(state, now)
    expired = _list_expired(state, now)
    for client_order_id in expired:
        state = release(state, client_order_id)
    slippage = tuple(s for s in state.slippage if s.at > now - SLIPPAGE_WINDOW)
    if len(slippage) != len(state.slippage):
        state = replace(state, slippage=slippage)
    window = max(limits.order_rate_window_seconds, limits.duplicate_window_seconds or 0)
    recent = tuple(r for r in state.recent_orders if r.at > now - timedelta(seconds=window))
    if len(recent) != len(state.recent_orders):
        state = replace(state, recent_orders=recent)
    return state, tuple(expired)


def _list_expired(state: AccountState, now: datetime) -> list[str]:
    """Return the orders whose reservation ran out, the first to do so first, as far as one decision takes them."""
    first = book_of(state).find_end(state.kept_orders)
    if first is None or first > now:
        return []
    kept = frozenset(state.kept_orders)
    ends = ((find_end(order, kept), order.client_order_id) for order in state.working_orders.values())
    due = sorted((end, name) for end, name in ends if end is not None and end <= now)
    return [name for _, name in due[:EXPIRIES_PER_DECISION]]


def release(state: AccountState, client_order_id: str) -> AccountState:
    """Drop a working order and its reservation; an entry that never filled no longer counts for the day."""
    order = state.working_orders.get(client_order_id)
    dropped = _drop(state, client_order_id)
    return resplit_stops(dropped, order.key) if order is not None and order.increasing_quantity else dropped


def _drop(state: AccountState, client_order_id: str) -> AccountState:
    order = state.working_orders.get(client_order_id)
    if order is None:
        return state
    rest = {k: v for k, v in state.working_orders.items() if k != client_order_id}
    state = with_market(state, replace(without_kept(state, client_order_id), working_orders=rest), order.key)
    if order.counted and not order.filled_quantity and order.approved_at.date() == state.day.day:
        state = replace(state, day=replace(state.day, approved_orders=state.day.approved_orders - 1))
    return state


def without_kept(state: AccountState, client_order_id: str) -> AccountState:
    """Return the state with an order no longer kept beyond its approval."""
    if client_order_id not in state.kept_orders:
        return state
    return replace(state, kept_orders=tuple(name for name in state.kept_orders if name != client_order_id))


def forget_duplicate(state: AccountState, client_order_id: str) -> AccountState:
    """Let an order that ended be asked for again; it still counts in the order rate."""
    recent = tuple(
        replace(order, fingerprint="") if order.client_order_id == client_order_id else order
        for order in state.recent_orders
    )
    return state if recent == state.recent_orders else replace(state, recent_orders=recent)


def with_market(before: AccountState, after: AccountState, key: str) -> AccountState:
    """Return `after` with the running totals shifted by what changed in one market."""
    return shift_markets(before, after, (key,))


def list_marks(
    state: AccountState, quotes: Iterable[Quote | None], age_max: int | None, now: datetime
) -> dict[str, tuple[Decimal, datetime]]:
    """Return price and instant of held markets whose quotes are fresh (None: any age) and believable."""
    oldest = None if age_max is None else now - timedelta(seconds=age_max)
    newest, positions, marks = now + CLOCK_SKEW_MAX, state.positions, {}
    for quote in quotes:
        if quote is None:
            continue
        key = market_key(quote.venue, quote.symbol)
        position, at = positions.get(key), quote.at
        if position is None or at > newest or (oldest is not None and at < oldest):
            continue
        price, mark = quote.reference, position.mark_price
        if price is None or price <= ZERO or mark <= ZERO:
            continue
        ratio = price / mark
        if ratio < JUMP_FACTOR and ratio * JUMP_FACTOR > ONE:
            marks[key] = price, at
    return marks


def prepare(
    state: AccountState,
    limits: Limits,
    quotes: Iterable[Quote | None],
    now: datetime,
    marks: Iterable[Quote] = (),
    *,
    rules: int = 1,
) -> tuple[AccountState, tuple[str, ...]]:
    """Settle the account, mark it to the quotes and run the breakers: what every decision starts from.

    `marks` are of markets that are held and not traded now. They may be as old as equity itself: every one that is
    newer than its position's mark makes equity truer, so that a monitor that fails opens no gap.
    """
    state, expired = settle(state, limits, now)
    if rules >= HOLDINGS_SINCE:
        state = hold_coins(state)
    others = list_marks(state, marks, limits.state_max_age_seconds, now)
    traded = list_marks(state, quotes, limits.quote_max_age_seconds, now)
    return run_breakers(mark_positions(state, others | traded), limits, now, rules=rules), expired


def decide_order(
    state: AccountState, limits: Limits, event: OrderDecided | OrderModified, now: datetime
) -> tuple[AccountState, Decision]:
    """Evaluate one order on a prepared account and reserve it when approved."""
    replaced = state.working_orders.get(event.order.client_order_id) if isinstance(event, OrderModified) else None
    basis = _drop(state, event.order.client_order_id) if replaced is not None else state
    inputs = Inputs(
        order=event.order,
        limits=limits,
        market=event.market,
        kill_switches=event.kill_switches,
        report=event.report,
        now=now,
        rules=event.rules,
    )
    evaluation = evaluate(basis, inputs, replaces=replaced)
    if evaluation.code is None and evaluation.context.candidate is None:
        # No check may pass an order that could not be valued.
        unvalued = violated("the order cannot be valued")
        overruled = {**dict(evaluation.checks), DenyCode.NO_REFERENCE_PRICE: unvalued}
        evaluation = replace(evaluation, checks=tuple(overruled.items()))
    if evaluation.code is not None:
        return state, Decision(evaluation=evaluation, approved=False)
    working = _reservation(basis, evaluation, limits, now, replaced)
    if replaced is not None:
        # An order counts once for the day, however often it is modified.
        basis = replace(basis, day=state.day)
    is_entry = working.counted and not (replaced is not None and replaced.counted)
    is_kept = replaced is not None and replaced.client_order_id in state.kept_orders
    after = _reserve(basis, working, evaluation, now, is_entry=is_entry, is_kept=is_kept)
    if replaced is not None and event.order.route and replaced.status is not OrderStatus.APPROVED:
        # The venue works the old terms until it has taken the new ones: both stay reserved.
        held = {**after.working_orders, working.client_order_id: cover(replaced, working)}
        after = with_market(after, replace(after, working_orders=held), working.key)
    if replaced is not None:
        after = resplit_stops(after, working.key)
    return after, Decision(evaluation=evaluation, approved=True, working=working)


def _reservation(
    state: AccountState, evaluation: Evaluation, limits: Limits, now: datetime, replaced: WorkingOrder | None
) -> WorkingOrder:
    context = evaluation.context
    assert context.candidate is not None  # noqa: S101 the caller checked
    # A routed order is released only by the venue's word, never by the clock.
    expires_at = None if context.order.route else now + timedelta(seconds=limits.reservation_ttl_seconds)
    working = replace(context.candidate, expires_at=expires_at, counted=context.increasing > 0)
    if expires_at is not None and context.rules >= CONFIRMED_SINCE:
        until = reserve_until(state, context.order, expires_at, now)
        working = replace(working, reserved_until=until, good_till=context.order.expires_at is not None)
    if replaced is None:
        return working
    return replace(
        keep_venue_side(replaced, working, is_sent_anew=False),
        status=replaced.status,
        filled_quantity=replaced.filled_quantity,
        approved_at=replaced.approved_at,
        counted=replaced.counted or working.counted,
    )


def _reserve(
    state: AccountState,
    working: WorkingOrder,
    evaluation: Evaluation,
    now: datetime,
    *,
    is_entry: bool,
    is_kept: bool,
) -> AccountState:
    context = evaluation.context
    assert context.quantity is not None  # noqa: S101 approved orders have one
    recent = RecentOrder(
        at=now,
        client_order_id=working.client_order_id,
        fingerprint=fingerprint(context.order, context.quantity, context.rules),
    )
    day = state.day
    if is_entry:
        day = replace(day, approved_orders=day.approved_orders + 1)
    if is_kept or (KEPT_SINCE <= context.rules < CONFIRMED_SINCE and not context.order.route):
        state = replace(state, kept_orders=(*state.kept_orders, working.client_order_id))
    if context.rules >= SECTORS_SINCE:
        state = _classify(state, working)
    return replace(
        put_order(state, working),
        exposure=context.exposure,
        recent_orders=(*state.recent_orders, recent)[-RECENT_ORDERS_MAX:],
        day=day,
    )


def _classify(state: AccountState, latest: WorkingOrder) -> AccountState:
    """Return the account with the orders of a leg in the sector of its latest, where the totals have the whole leg.

    An instrument may be classified while orders in it work. Whichever of them a stored document then names last, what
    is taken off the totals is taken off where it was added.
    """
    others = working_in(state, find_leg(state, latest.key))
    moved = {o.client_order_id: replace(o, sector=latest.sector) for o in others if o.sector != latest.sector}
    return replace(state, working_orders=state.working_orders | moved) if moved else state


#: Statuses of an approved order that is still a go for the bot that asked.
ACTIONABLE = frozenset(
    {
        OrderStatus.APPROVED,
        OrderStatus.SUBMITTING,
        OrderStatus.SUBMITTED,
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.FILLED,
    }
)


def decide_unknown_account(event: OrderDecided, now: datetime) -> Decision:
    """Return the denial of an order whose account nobody registered."""
    nobody = AccountState(
        account_id=event.order.account_id,
        base_currency="",
        venues=(),
        version=0,
        trading_state=TradingState.HALTED,
        equity=ZERO,
        equity_at=now,
        peak_equity=ZERO,
        day=DaySession(day=now.date(), baseline=ZERO),
        week=WeekSession(monday=now.date(), peak=ZERO),
        limits_version=0,
        limits_hash="",
        updated_at=now,
    )
    inputs = Inputs(
        order=event.order,
        limits=Limits(),
        market=event.market,
        kill_switches=event.kill_switches,
        report=None,
        now=now,
        rules=event.rules,
    )
    return Decision(evaluation=evaluate(nobody, inputs, account_known=False), approved=False)
