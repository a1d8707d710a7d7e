"""Circuit breakers: trip when a loss limit is reached, clear only at their boundary or by a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from riskgate.core.account import AccountState, Breaker, TradingState
from riskgate.core.codes import DenyCode
from riskgate.core.errors import NotFound
from riskgate.core.limits import Limits
from riskgate.core.session import compute_daily_loss, compute_drawdown

#: The breakers driven by equity, in catalogue order.
LOSS_BREAKERS = (DenyCode.DAILY_LOSS, DenyCode.WEEKLY_DRAWDOWN, DenyCode.MAX_DRAWDOWN)


def observe_loss(state: AccountState, limits: Limits, code: DenyCode) -> tuple[Decimal | None, Decimal | None]:
    """Return what a loss breaker observes now and its limit; None where not measurable or switched off."""
    if code is DenyCode.DAILY_LOSS:
        return compute_daily_loss(state), limits.daily_loss_fraction_max
    if code is DenyCode.WEEKLY_DRAWDOWN:
        return compute_drawdown(state.week.peak, state.equity), limits.weekly_drawdown_fraction_max
    return compute_drawdown(state.peak_equity, state.equity), limits.drawdown_fraction_max


def run_breakers(state: AccountState, limits: Limits, now: datetime) -> AccountState:
    """Trip every loss breaker whose limit is reached (equal trips) and derive the trading state.

    A tripped breaker stays tripped whatever equity does afterwards; see `roll_sessions` and `reset_breaker`.
    """
    breakers = dict(state.breakers)
    for code in LOSS_BREAKERS:
        observed, limit = observe_loss(state, limits, code)
        if code in breakers or observed is None or limit is None or observed < limit:
            continue
        clears_on: date | None = state.day.day + timedelta(days=1) if code is DenyCode.DAILY_LOSS else None
        breakers[code.value] = Breaker(tripped_at=now, observed=observed, limit=limit, clears_on=clears_on)
    return derive_trading_state(replace(state, breakers=breakers))


def derive_trading_state(state: AccountState) -> AccountState:
    """Return the state as REDUCING while a breaker is tripped, ACTIVE otherwise; HALTED is left alone."""
    if state.trading_state is TradingState.HALTED:
        return state
    trading_state = TradingState.REDUCING if state.breakers else TradingState.ACTIVE
    return state if trading_state is state.trading_state else replace(state, trading_state=trading_state)


def reset_breaker(state: AccountState, name: str) -> AccountState:
    """Clear one tripped breaker on a person's word and restart its baseline from equity now.

    Raises
    ------
    NotFound : no such breaker is tripped.
    """
    if name not in state.breakers:
        raise NotFound(f"breaker {name[:64]} is not tripped", code="BREAKER_NOT_TRIPPED")
    breakers = {n: b for n, b in state.breakers.items() if n != name}
    state = replace(state, breakers=breakers)
    # Without a new baseline the breaker would trip again at once.
    if name == DenyCode.DAILY_LOSS:
        from_now = replace(state.day, baseline=state.equity, transfers=Decimal(0))
        state = replace(state, day=from_now)
    elif name == DenyCode.WEEKLY_DRAWDOWN:
        state = replace(state, week=replace(state.week, peak=state.equity))
    elif name == DenyCode.MAX_DRAWDOWN:
        state = replace(state, peak_equity=state.equity)
    return derive_trading_state(state)
