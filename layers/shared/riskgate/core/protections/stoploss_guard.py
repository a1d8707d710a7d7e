"""STOPLOSS_GUARD: several stop-outs within a window lock entries for a while after the last."""

from datetime import timedelta

from riskgate.core.account.document import AccountState, ClosedTrade
from riskgate.core.account.parts import Lock
from riskgate.core.codes import DenyCode
from riskgate.core.limits import Limits
from riskgate.core.protections.scope import scope_key


def find_lock(state: AccountState, limits: Limits, trade: ClosedTrade) -> Lock | None:
    """Return the lock that the stop-outs up to this trade cause, or None."""
    rule = limits.stoploss_guard
    if rule is None or not trade.stopped:
        return None
    since, key = trade.at - timedelta(minutes=rule.window_minutes), scope_key(rule.scope, trade)
    stops = [t for t in state.closed_trades if t.stopped and t.at > since and scope_key(rule.scope, t) == key]
    if len(stops) < rule.stops:
        return None
    until = trade.at + timedelta(minutes=rule.lock_minutes)
    reason = f"{len(stops)} stop-outs within {rule.window_minutes} minutes"
    return Lock(code=DenyCode.STOPLOSS_GUARD, scope=rule.scope, key=key, reason=reason, until=until)
