"""Circuit breakers: trip when the limit is reached, clear at their boundary or by a person.

What only a person clears is not tripped by one look at the account: a drawdown trips when a second look finds it too.

A breaker of the account lets everything only reduce; one with another scope only one symbol or one strategy.

====================  ========  ===========================================================================
name                  scope     trips                                               clears
====================  ========  ===========================================================================
DAILY_LOSS            account   the day's loss reaches its limit                    the next UTC day, a person
WEEKLY_DRAWDOWN       account   two looks: the week's fall reaches its limit        a person
MAX_DRAWDOWN          account   two looks: the fall from the peak reaches its limit a person
ORDER_FAILURE_RATE    account   so many orders failed within the window             a person
MANUAL_STOP           account   a person stops entries                              a person
RECONCILIATION_BREAK  symbol    the venue's books differ from ours                  the break's end, a person
HEARTBEAT_MISSED      strategy  the strategy is silent for longer than it promised  its next sign of life
====================  ========  ===========================================================================
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from riskgate.core.account.document import AccountState, TradingState
from riskgate.core.account.equity import (
    compute_daily_loss,
    compute_drawdown,
    measure_day_from,
    restart_day,
    restart_peak,
    restart_week,
)
from riskgate.core.account.parts import Breaker
from riskgate.core.account.stops import judge_stops
from riskgate.core.codes import BreakerName, DenyCode
from riskgate.core.errors import NotFound
from riskgate.core.limits import Limits
from riskgate.core.replacing import replace
from riskgate.core.safeguards.heartbeats import list_overdue

#: The breakers driven by equity, in catalogue order.
LOSS_BREAKERS = (DenyCode.DAILY_LOSS, DenyCode.WEEKLY_DRAWDOWN, DenyCode.MAX_DRAWDOWN)
#: Those of them that nothing but a person clears: one wrong reading must not cost a night.
DRAWDOWN_BREAKERS = (DenyCode.WEEKLY_DRAWDOWN, DenyCode.MAX_DRAWDOWN)
#: The first rules that wait for a second look, and how much later than the first it is taken.
SECOND_LOOK_SINCE = 2
SECOND_LOOK_AFTER = timedelta(seconds=2)
#: All that can trip, in catalogue order.
BREAKERS: tuple[str, ...] = (
    *LOSS_BREAKERS,
    BreakerName.ORDER_FAILURE_RATE,
    BreakerName.MANUAL_STOP,
    BreakerName.RECONCILIATION_BREAK,
    DenyCode.HEARTBEAT_MISSED,
)
#: Failed orders kept in the account document: a limit beyond that acts as that.
ORDER_FAILURES_MAX = 100


def breaker_id(name: str, key: str = "") -> str:
    """Return the identity of a breaker within its account: its name, with the symbol or strategy it is for."""
    return f"{name} {key}" if key else name


def observe_loss(state: AccountState, limits: Limits, code: DenyCode) -> tuple[Decimal | None, Decimal | None]:
    """Return what a loss breaker observes now and its limit; None where not measurable or switched off."""
    if code is DenyCode.DAILY_LOSS:
        return compute_daily_loss(state), limits.daily_loss_fraction_max
    if code is DenyCode.WEEKLY_DRAWDOWN:
        return compute_drawdown(state.week.peak, state.capital), limits.weekly_drawdown_fraction_max
    return compute_drawdown(state.peak_equity, state.capital), limits.drawdown_fraction_max


def run_breakers(state: AccountState, limits: Limits, now: datetime, *, rules: int = 1) -> AccountState:
    """Trip every breaker whose limit is reached (equal trips) and derive the trading state.

    A tripped breaker stays tripped whatever follows; see `roll_sessions` and `reset_breaker`. Only missed
    heartbeats are measured anew each time. `rules` are those of an event that moves equity: by newer ones a drawdown
    is doubted at first. An event that does not leaves what is doubted as it is.
    """
    breakers = dict(state.breakers)
    doubts: dict[str, datetime] = {}
    for code in LOSS_BREAKERS:
        observed, limit = observe_loss(state, limits, code)
        if code in breakers or observed is None or limit is None or observed < limit:
            continue
        doubted_at = _doubt(state, code, rules)
        if doubted_at is not None:
            doubts[code.value] = doubted_at
            continue
        clears_on: date | None = state.day.day + timedelta(days=1) if code is DenyCode.DAILY_LOSS else None
        breakers[code.value] = Breaker(tripped_at=now, observed=observed, limit=limit, clears_on=clears_on)
    failing = _find_failing(state, limits, now)
    if failing is not None:
        breakers.setdefault(BreakerName.ORDER_FAILURE_RATE.value, failing)
    breakers = _with_silent(state, breakers, now)
    if breakers != state.breakers:
        # Most decisions trip nothing: the document need not be copied for them.
        state = replace(state, breakers=breakers)
    if doubts != state.drawdown_doubts:
        state = replace(state, drawdown_doubts=doubts)
    return derive_trading_state(judge_stops(state, now))


def _doubt(state: AccountState, code: DenyCode, rules: int) -> datetime | None:
    """Return the look at which a drawdown was first found while no second look found it too, else None."""
    if code not in DRAWDOWN_BREAKERS:
        return None
    first = state.drawdown_doubts.get(code)
    if first is None:
        return state.looked_at if rules >= SECOND_LOOK_SINCE else None
    return first if state.looked_at - first < SECOND_LOOK_AFTER else None


def trip_breaker(
    state: AccountState, name: str, now: datetime, *, scope: str = "account", key: str = "", reason: str = ""
) -> AccountState:
    """Trip a breaker on the word of a person or a job; one that is tripped already stays as it is."""
    tripped = Breaker(tripped_at=now, scope=scope, key=key, reason=reason)
    breakers = {breaker_id(name, key): tripped, **state.breakers}
    return derive_trading_state(replace(state, breakers=breakers))


def record_failure(state: AccountState, now: datetime) -> AccountState:
    """Return the state with one more order that its venue refused, or that nobody knows to have arrived."""
    return replace(state, order_failures=(*state.order_failures, now)[-ORDER_FAILURES_MAX:])


def list_covering(state: AccountState, market: str, strategy: str) -> list[str]:
    """Return the tripped breakers under which this market (by key) and strategy may only reduce."""
    return sorted(name for name, breaker in state.breakers.items() if is_covered(breaker, market, strategy))


def is_covered(breaker: Breaker, market: str, strategy: str) -> bool:
    """Tell whether a tripped breaker lets this market (by key) and strategy only reduce."""
    return {"account": "", "symbol": market, "strategy": strategy}[breaker.scope] == breaker.key


def derive_trading_state(state: AccountState) -> AccountState:
    """Return the state as REDUCING while a breaker of the account is tripped, ACTIVE otherwise; HALTED stays."""
    if state.trading_state is TradingState.HALTED:
        return state
    reducing = any(breaker.scope == "account" for breaker in state.breakers.values())
    trading_state = TradingState.REDUCING if reducing else TradingState.ACTIVE
    return state if trading_state is state.trading_state else replace(state, trading_state=trading_state)


def reset_breaker(state: AccountState, name: str, key: str = "") -> AccountState:
    """Clear one tripped breaker on a person's word and restart what it measures from here.

    Raises NotFound: no such breaker is tripped.
    """
    cleared = breaker_id(name, key)
    if cleared not in state.breakers:
        raise NotFound(f"breaker {cleared[:64]} is not tripped", code="BREAKER_NOT_TRIPPED")
    breakers = {n: b for n, b in state.breakers.items() if n != cleared}
    state = replace(state, breakers=breakers)
    # Without a new baseline the breaker would trip again at once.
    if name == DenyCode.DAILY_LOSS:
        state = restart_day(state)
    elif name == DenyCode.WEEKLY_DRAWDOWN:
        state = restart_week(state)
    elif name == DenyCode.MAX_DRAWDOWN:
        state = restart_peak(state)
    elif name == BreakerName.ORDER_FAILURE_RATE:
        state = replace(state, order_failures=())
    return derive_trading_state(state)


def clear_explained(before: AccountState, after: AccountState, limits: Limits, *, since: datetime) -> AccountState:
    """Clear the loss breakers that tripped since a reading only because it showed a transfer nobody had told of.

    `before` and `after` are the account before and after it was told. What the breaker saw is measured anew from what
    it should have been measured from: a loss that was real stays.
    """
    breakers = dict(after.breakers)
    for code in LOSS_BREAKERS:
        breaker, limit = breakers.get(code.value), observe_loss(after, limits, code)[1]
        old, new = _reference(before, code), _reference(after, code)
        if breaker is None or breaker.observed is None or limit is None or breaker.tripped_at < since or new <= 0:
            continue
        if 1 - (1 - breaker.observed) * old / new < limit:
            del breakers[code.value]
    return derive_trading_state(replace(after, breakers=breakers))


def _reference(state: AccountState, code: DenyCode) -> Decimal:
    """Return what a loss breaker measures a loss from."""
    if code is DenyCode.DAILY_LOSS:
        return measure_day_from(state)
    return state.week.peak if code is DenyCode.WEEKLY_DRAWDOWN else state.peak_equity


def _find_failing(state: AccountState, limits: Limits, now: datetime) -> Breaker | None:
    """Return the breaker that the latest failures trip, or None."""
    most, seconds = limits.order_failures_max, limits.order_failures_window_seconds
    if most is None or len(state.order_failures) < most:
        return None
    since = now - timedelta(seconds=seconds)
    failed = sum(1 for at in state.order_failures if at > since)
    if failed < most:
        return None
    reason = f"{failed} orders failed within {seconds} s"
    return Breaker(tripped_at=now, observed=Decimal(failed), limit=Decimal(most), reason=reason)


def _with_silent(state: AccountState, breakers: dict[str, Breaker], now: datetime) -> dict[str, Breaker]:
    """Return the breakers with those of silent strategies as they are now."""
    name = DenyCode.HEARTBEAT_MISSED.value
    known = {key: breaker for key, breaker in breakers.items() if key.startswith(f"{name} ")}
    if not state.heartbeats and not known:
        return breakers
    current = {key: breaker for key, breaker in breakers.items() if key not in known}
    for strategy, heartbeat in list_overdue(state.heartbeats, now):
        key = breaker_id(name, strategy)
        reason = f"silent since {heartbeat.at:%Y-%m-%d %H:%M:%S} UTC, promised every {heartbeat.interval_seconds} s"
        silent = Breaker(tripped_at=now, scope="strategy", key=strategy, reason=reason)
        current[key] = known.get(key, silent)
    return current
