"""DRAWDOWN_GUARD: closes within a window that together lost too much from their best lock all entries for a while.

Source: freqtrade's MaxDrawdown.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from riskgate.core.account.document import AccountState, ClosedTrade
from riskgate.core.account.parts import Lock
from riskgate.core.codes import DenyCode
from riskgate.core.limits import Limits
from riskgate.core.money import ONE, ZERO


def find_lock(state: AccountState, limits: Limits, trade: ClosedTrade) -> Lock | None:
    """Return the lock of the account that the closes up to this one cause, or None."""
    rule = limits.drawdown_guard
    if rule is None:
        return None
    since = trade.at - timedelta(minutes=rule.window_minutes)
    window = sorted((t for t in state.closed_trades if t.at > since), key=lambda t: t.at)
    if len(window) < rule.trades_min or compute_drawdown_of(window, state.capital) <= rule.drawdown_fraction_max:
        return None
    until = trade.at + timedelta(minutes=rule.lock_minutes)
    reason = f"{len(window)} closes within {rule.window_minutes} minutes fell too far from their best"
    return Lock(code=DenyCode.DRAWDOWN_GUARD, scope="all", key="*", reason=reason, until=until)


def compute_drawdown_of(trades: Sequence[ClosedTrade], capital: Decimal) -> Decimal:
    """Return the deepest fall of what closes, oldest first, made of the capital before them: a fraction of its highest.

    `capital` is what there is after them. Where none was there before, a loss is a fall to nothing.
    """
    value = peak = capital - sum((t.realized_pnl for t in trades), ZERO)
    deepest = ZERO
    for trade in trades:
        value += trade.realized_pnl
        peak = max(peak, value)
        if value < peak:
            deepest = max(deepest, (peak - value) / peak if peak > 0 else ONE)
    return deepest
