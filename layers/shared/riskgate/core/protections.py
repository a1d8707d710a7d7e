"""Protections: closed trades that went badly lock new entries for a while; exits always pass.

Source: freqtrade's protections (StoplossGuard, CooldownPeriod, LowProfitPairs); MiFID II RTS 6
article 15(3) for repeated automated execution.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from riskgate.core.account import AccountState, ClosedTrade, Lock
from riskgate.core.codes import DenyCode
from riskgate.core.limits import Cooldown, Limits
from riskgate.core.model import Order
from riskgate.core.money import ZERO

#: Closed trades kept in the account document.
CLOSED_TRADES_MAX = 100

_SETTINGS = {
    DenyCode.STOPLOSS_GUARD: "stoploss_guard",
    DenyCode.LOSS_STREAK: "loss_streak",
    DenyCode.COOLDOWN: "cooldown",
    DenyCode.LOW_PROFIT: "low_profit",
    DenyCode.REPEATED_EXECUTION: "repeated_execution_max",
}


def is_enabled(limits: Limits, code: DenyCode) -> bool:
    """Tell whether the protection is switched on."""
    return getattr(limits, _SETTINGS[code]) is not None


def lock_matches(lock: Lock, order: Order, now: datetime) -> bool:
    """Tell whether the lock is in force and covers the order."""
    if lock.until is not None and lock.until <= now:
        return False
    covered = {"all": lock.key, "symbol": order.key, "side": order.side.value, "strategy": order.strategy}
    return covered[lock.scope] == lock.key


def record_close(state: AccountState, limits: Limits, trade: ClosedTrade) -> AccountState:
    """Return the state with the closed trade kept and the locks it causes.

    The fills of one order are one trade, however many they are. A lock never ends earlier than it did.
    """
    earlier = next((t for t in state.closed_trades if _is_same_order(t, trade)), None)
    if earlier is None:
        state = replace(state, round_trips=state.round_trips + 1)
    else:
        trade = _merge(earlier, trade)
    others = (t for t in state.closed_trades if t is not earlier)
    state = replace(state, closed_trades=(*others, trade)[-CLOSED_TRADES_MAX:])
    caused = (
        _stoploss_guard(state, limits, trade),
        _loss_streak(state, limits, trade),
        _cooldown(limits, trade),
        _low_profit(state, limits, trade),
        _repeated_execution(state, limits),
    )
    live = [lock for lock in state.locks if lock.until is None or lock.until > trade.at]
    for lock in caused:
        if lock is not None:
            same = [o for o in live if (o.code, o.scope, o.key) == (lock.code, lock.scope, lock.key)]
            live = [o for o in live if o not in same] + [max((lock, *same), key=_end)]
    return replace(state, locks=tuple(live))


def _is_same_order(one: ClosedTrade, other: ClosedTrade) -> bool:
    return bool(one.client_order_id) and (one.client_order_id, one.key) == (other.client_order_id, other.key)


def _merge(earlier: ClosedTrade, later: ClosedTrade) -> ClosedTrade:
    return replace(
        later,
        at=max(earlier.at, later.at),
        realized_pnl=earlier.realized_pnl + later.realized_pnl,
        notional=earlier.notional + later.notional,
        stopped=earlier.stopped or later.stopped,
    )


def _end(lock: Lock) -> datetime:
    return lock.until if lock.until is not None else datetime.max.replace(tzinfo=UTC)


def unlock(state: AccountState, code: str) -> AccountState:
    """Remove every lock of one protection on a person's word."""
    state = replace(state, locks=tuple(lock for lock in state.locks if lock.code != code))
    return replace(state, round_trips=0) if code == DenyCode.REPEATED_EXECUTION else state


def _scope_key(scope: str, trade: ClosedTrade) -> str:
    return {"all": "*", "symbol": trade.key, "side": trade.side.value}[scope]


def _stoploss_guard(state: AccountState, limits: Limits, trade: ClosedTrade) -> Lock | None:
    rule = limits.stoploss_guard
    if rule is None or not trade.stopped:
        return None
    since, key = trade.at - timedelta(minutes=rule.window_minutes), _scope_key(rule.scope, trade)
    stops = [t for t in state.closed_trades if t.stopped and t.at > since and _scope_key(rule.scope, t) == key]
    if len(stops) < rule.stops:
        return None
    until = trade.at + timedelta(minutes=rule.lock_minutes)
    reason = f"{len(stops)} stop-outs within {rule.window_minutes} minutes"
    return Lock(code=DenyCode.STOPLOSS_GUARD, scope=rule.scope, key=key, reason=reason, until=until)


def _loss_streak(state: AccountState, limits: Limits, trade: ClosedTrade) -> Lock | None:
    rule = limits.loss_streak
    if rule is None or trade.realized_pnl >= 0:
        return None
    key = _scope_key(rule.scope, trade)
    latest = [t for t in state.closed_trades if _scope_key(rule.scope, t) == key][-rule.losses :]
    if len(latest) < rule.losses or any(t.realized_pnl >= 0 for t in latest):
        return None
    until = trade.at + timedelta(minutes=rule.lock_minutes)
    reason = f"{rule.losses} losing closes in a row"
    return Lock(code=DenyCode.LOSS_STREAK, scope=rule.scope, key=key, reason=reason, until=until)


def _cooldown(limits: Limits, trade: ClosedTrade) -> Lock | None:
    if limits.cooldown is None:
        return None
    until = _cooldown_end(limits.cooldown, trade.at)
    return Lock(code=DenyCode.COOLDOWN, scope="symbol", key=trade.key, reason="cooling down after a close", until=until)


def _cooldown_end(rule: Cooldown, closed_at: datetime) -> datetime:
    if rule.unlock_at is None:
        return closed_at + timedelta(minutes=rule.minutes or 0)
    hour, minute = (int(part) for part in rule.unlock_at.split(":"))
    end = closed_at.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return end if end > closed_at else end + timedelta(days=1)


def _low_profit(state: AccountState, limits: Limits, trade: ClosedTrade) -> Lock | None:
    rule = limits.low_profit
    if rule is None:
        return None
    since = trade.at - timedelta(minutes=rule.window_minutes)
    window = [t for t in state.closed_trades if t.key == trade.key and t.at > since]
    notional = sum((t.notional for t in window), ZERO)
    profit = sum((t.realized_pnl for t in window), ZERO)
    if len(window) < rule.trades_min or profit >= rule.profit_fraction_min * notional:
        return None
    until = trade.at + timedelta(minutes=rule.lock_minutes)
    reason = f"{len(window)} closes within {rule.window_minutes} minutes earned too little"
    return Lock(code=DenyCode.LOW_PROFIT, scope="symbol", key=trade.key, reason=reason, until=until)


def _repeated_execution(state: AccountState, limits: Limits) -> Lock | None:
    most = limits.repeated_execution_max
    if most is None or state.round_trips < most:
        return None
    reason = f"{state.round_trips} automated round trips without a person"
    return Lock(code=DenyCode.REPEATED_EXECUTION, scope="all", key="*", reason=reason, until=None)
