"""LOW_PROFIT: a market, or strategy, whose closes within a window earned too little is locked for a while."""

from datetime import timedelta

from riskgate.core.account.document import AccountState, ClosedTrade
from riskgate.core.account.parts import Lock
from riskgate.core.codes import DenyCode
from riskgate.core.limits import Limits
from riskgate.core.money import ZERO
from riskgate.core.protections.scope import scope_key


def find_lock(state: AccountState, limits: Limits, trade: ClosedTrade) -> Lock | None:
    """Return the lock of a market, or of a strategy, that earned too little, or None."""
    rule = limits.low_profit
    if rule is None:
        return None
    since = trade.at - timedelta(minutes=rule.window_minutes)
    key = scope_key(rule.scope, trade)
    window = [t for t in state.closed_trades if scope_key(rule.scope, t) == key and t.at > since]
    notional = sum((t.notional for t in window), ZERO)
    profit = sum((t.realized_pnl for t in window), ZERO)
    if len(window) < rule.trades_min or profit >= rule.profit_fraction_min * notional:
        return None
    until = trade.at + timedelta(minutes=rule.lock_minutes)
    reason = f"{len(window)} closes within {rule.window_minutes} minutes earned too little"
    return Lock(code=DenyCode.LOW_PROFIT, scope=rule.scope, key=key, reason=reason, until=until)
