"""COOLDOWN: a market rests after a close, for some minutes or until a time of day."""

from datetime import datetime, timedelta

from riskgate.core.account.document import AccountState, ClosedTrade
from riskgate.core.account.parts import Lock
from riskgate.core.codes import DenyCode
from riskgate.core.limits import Cooldown, Limits


def find_lock(_state: AccountState, limits: Limits, trade: ClosedTrade) -> Lock | None:
    """Return the lock of the market that closed, or None where the protection is off."""
    if limits.cooldown is None:
        return None
    until = _end(limits.cooldown, trade.at)
    return Lock(code=DenyCode.COOLDOWN, scope="symbol", key=trade.key, reason="cooling down after a close", until=until)


def _end(rule: Cooldown, closed_at: datetime) -> datetime:
    if rule.unlock_at is None:
        return closed_at + timedelta(minutes=rule.minutes or 0)
    hour, minute = (int(part) for part in rule.unlock_at.split(":"))
    end = closed_at.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return end if end > closed_at else end + timedelta(days=1)
