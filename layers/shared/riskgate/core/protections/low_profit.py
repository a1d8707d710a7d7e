"""LOW_PROFIT: a market whose closes within a window earned too little is locked for a while."""

from datetime import timedelta

from riskgate.core.account.document import AccountState, ClosedTrade
from riskgate.core.account.parts import Lock
from riskgate.core.codes import DenyCode
from riskgate.core.limits import Limits
from riskgate.core.money import ZERO


def find_lock(state: AccountState, limits: Limits, trade: ClosedTrade) -> Lock | None:
    """Return the lock of a market that earned too little, or None."""
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
