"""REPEATED_EXECUTION: so many automated round trips without a person lock entries until one unlocks them."""

from riskgate.core.account.document import AccountState, ClosedTrade
from riskgate.core.account.parts import Lock
from riskgate.core.codes import DenyCode
from riskgate.core.limits import Limits


def find_lock(state: AccountState, limits: Limits, _trade: ClosedTrade) -> Lock | None:
    """Return the lock that the round trips so far cause, or None."""
    most = limits.repeated_execution_max
    if most is None or state.round_trips < most:
        return None
    reason = f"{state.round_trips} automated round trips without a person"
    return Lock(code=DenyCode.REPEATED_EXECUTION, scope="all", key="*", reason=reason, until=None)
