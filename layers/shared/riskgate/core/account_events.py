"""Everything but orders and fills that changes an account: registration, snapshots, transfers, limits, resets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from riskgate.core.account import (
    AccountState,
    Balance,
    DaySession,
    Position,
    TradingState,
    UnconfirmedReading,
    WeekSession,
)
from riskgate.core.breakers import LOSS_BREAKERS, derive_trading_state, reset_breaker, run_breakers
from riskgate.core.decide import JUMP_FACTOR
from riskgate.core.errors import Conflict
from riskgate.core.events import AccountRegistered, BreakerReset, LimitsChanged, ReportedPosition, SnapshotTaken
from riskgate.core.exposure import compute_exposure, resplit_orders
from riskgate.core.limits import Limits
from riskgate.core.model import market_key
from riskgate.core.money import ONE, ZERO, quantize_money
from riskgate.core.protections import unlock
from riskgate.core.session import set_equity

#: Two strange readings this close to each other confirm one another.
CONFIRMATION_TOLERANCE = Decimal("0.2")


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotResult:
    """Whether the reading was believed, and the assets it holds without a rate into base currency."""

    accepted: bool
    reason: str = ""
    unpriced_assets: tuple[str, ...] = ()


def register_account(
    state: AccountState | None, account_id: str, event: AccountRegistered, now: datetime
) -> AccountState:
    """Create the account at its initial equity, or describe an existing one anew.

    The initial equity is cash in base currency at the first venue until a snapshot says otherwise.

    Raises
    ------
    Conflict : an existing account would change its base currency.
    """
    if state is not None:
        if state.base_currency != event.base_currency:
            raise Conflict("the base currency of an account cannot change", code="BASE_CURRENCY_FIXED")
        return _with_sectors(replace(state, venues=event.venues, sectors=event.sectors))
    cash = event.initial_equity
    today = now.date()
    first = event.venues[0].venue
    return AccountState(
        account_id=account_id,
        base_currency=event.base_currency,
        venues=event.venues,
        sectors=event.sectors,
        version=0,
        trading_state=TradingState.ACTIVE,
        equity=cash,
        equity_at=now,
        peak_equity=cash,
        day=DaySession(day=today, baseline=cash),
        week=WeekSession(monday=today - timedelta(days=today.weekday()), peak=cash),
        limits_version=1,
        limits_hash=event.limits_hash,
        updated_at=now,
        venue_equity={first: cash},
        balances={first: {event.base_currency: Balance(total=cash)}},
    )


def change_limits(state: AccountState, event: LimitsChanged, now: datetime) -> AccountState:
    """Take over a new version of the limits; breakers they newly trip trip at once."""
    state = replace(state, limits_version=state.limits_version + 1, limits_hash=event.limits_hash)
    return run_breakers(state, event.limits, now)


def take_snapshot(
    state: AccountState, limits: Limits, event: SnapshotTaken, now: datetime
) -> tuple[AccountState, SnapshotResult]:
    """Replace equity, balances and positions by what was seen, unless the reading needs confirmation.

    A reading of zero or negative equity, of ten times or a tenth of the last, or without any position
    while the account holds some, changes nothing the first time: a second, later one like it is believed.
    One taken before the last recorded fill does not know that fill and is never believed.
    """
    if state.filled_at is not None and event.taken_at < state.filled_at:
        reason = "it was taken before the last recorded fill"
        return run_breakers(state, limits, now), SnapshotResult(accepted=False, reason=reason)
    reason = _unexpected(state, event)
    if reason and not _is_confirmed(state.unconfirmed, event, reason):
        unconfirmed = UnconfirmedReading(at=event.taken_at, equity=event.equity, reason=reason)
        state = run_breakers(replace(state, unconfirmed=unconfirmed), limits, now)
        return state, SnapshotResult(accepted=False, reason=reason)
    rates = {**state.rates, **event.rates}
    state = replace(state, rates=rates, balances=event.balances, unconfirmed=None, equity_at=event.taken_at)
    reported = {market_key(p.venue, p.symbol): p for p in event.positions}
    positions = {key: _position(state, key, p, event.taken_at) for key, p in reported.items()}
    state = replace(state, positions=positions)
    for key in {*reported, *(order.key for order in state.working_orders.values())}:
        state = resplit_orders(state, key)
    state = replace(state, exposure=compute_exposure(state))
    venue_equity, unpriced = _equity_per_venue(state)
    state = set_equity(replace(state, venue_equity=venue_equity), event.equity)
    return run_breakers(state, limits, now), SnapshotResult(accepted=True, unpriced_assets=unpriced)


def reset(state: AccountState, limits: Limits, event: BreakerReset, now: datetime) -> AccountState:
    """Clear a breaker, or the locks of a protection, on a person's word."""
    if event.name in LOSS_BREAKERS or event.name in state.breakers:
        return run_breakers(reset_breaker(state, event.name), limits, now)
    return derive_trading_state(unlock(state, event.name))


def _unexpected(state: AccountState, event: SnapshotTaken) -> str:
    if event.equity <= 0:
        return "equity is not positive"
    if state.equity > 0 and not state.equity < event.equity * JUMP_FACTOR < state.equity * JUMP_FACTOR**2:
        return f"equity moved by a factor of {JUMP_FACTOR} or more"
    if state.positions and not event.positions:
        return "no positions while the account holds some"
    return ""


def _is_confirmed(first: UnconfirmedReading | None, event: SnapshotTaken, reason: str) -> bool:
    # The same reading sent again is no second look.
    if first is None or first.reason != reason or event.taken_at <= first.at:
        return False
    return abs(event.equity - first.equity) <= CONFIRMATION_TOLERANCE * max(abs(first.equity), ONE)


def _with_sectors(state: AccountState) -> AccountState:
    """Move what is held and what works to the sectors the account names."""
    positions = {k: replace(p, sector=state.sectors.get(p.asset) or p.sector) for k, p in state.positions.items()}
    orders = {k: replace(o, sector=state.sectors.get(o.asset) or o.sector) for k, o in state.working_orders.items()}
    state = replace(state, positions=positions, working_orders=orders)
    return replace(state, exposure=compute_exposure(state))


def _position(state: AccountState, key: str, reported: ReportedPosition, at: datetime) -> Position:
    """Build the position; stop and strategy the report does not know are kept from before."""
    known = state.positions.get(key)
    return Position(
        venue=reported.venue,
        symbol=reported.symbol,
        market_type=reported.market_type,
        asset=reported.asset,
        sector=state.sectors.get(reported.asset) or reported.sector,
        settle_currency=reported.settle_currency,
        quantity=reported.quantity,
        average_price=reported.average_price,
        mark_price=reported.mark_price,
        marked_at=at,
        contract_size=reported.contract_size,
        rate=state.rate(reported.settle_currency) or (known.rate if known is not None else ONE),
        stop_loss_price=reported.stop_loss_price or (known.stop_loss_price if known is not None else None),
        strategy=reported.strategy or (known.strategy if known is not None else ""),
    )


def _equity_per_venue(state: AccountState) -> tuple[dict[str, Decimal], tuple[str, ...]]:
    """Value each venue's balances; assets are priced by rates or by their position's mark, never at zero silently."""
    marks = {p.asset: p.mark_price * p.rate for p in state.positions.values() if p.contract_size == ONE}
    totals: dict[str, Decimal] = {}
    unpriced: set[str] = set()
    for venue, balances in state.balances.items():
        total = ZERO
        for asset, balance in balances.items():
            rate = state.rate(asset) or marks.get(asset)
            if rate is None and balance.total:
                unpriced.add(asset)
            total += balance.total * (rate or ZERO)
        totals[venue] = quantize_money(total)
    return totals, tuple(sorted(unpriced))
