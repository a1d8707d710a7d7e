"""LOSS_STREAK: losing closes in a row lock entries for a while after the last."""

from datetime import timedelta

from riskgate.core.account.document import AccountState, ClosedTrade
from riskgate.core.account.parts import Lock
from riskgate.core.codes import DenyCode
from riskgate.core.limits import Limits
from riskgate.core.protections.scope import scope_key


def find_lock(state: AccountState, limits: Limits, trade: ClosedTrade) -> Lock | None:
    """Return the lock that the losses up to this trade cause, or None."""
    rule = limits.loss_streak
    if rule is None or trade.realized_pnl >= 0:
        return None
    key = scope_key(rule.scope, trade)
    latest = [t for t in state.closed_trades if scope_key(rule.scope, t) == key][-rule.losses :]
    if len(latest) < rule.losses or any(t.realized_pnl >= 0 for t in latest):
        return None
    until = trade.at + timedelta(minutes=rule.lock_minutes)
    reason = f"{rule.losses} losing closes in a row"
    return Lock(code=DenyCode.LOSS_STREAK, scope=rule.scope, key=key, reason=reason, until=until)
