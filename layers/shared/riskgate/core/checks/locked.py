"""STOPLOSS_GUARD, LOSS_STREAK, COOLDOWN, LOW_PROFIT, REPEATED_EXECUTION: entries a protection locked."""

from __future__ import annotations

from collections.abc import Callable

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.safeguards.locks import is_enabled, lock_matches


def check_lock(code: DenyCode) -> Callable[[PreTradeContext], CheckResult]:
    """Return the check that denies increasing orders while a lock of this protection covers them."""

    def check(ctx: PreTradeContext) -> CheckResult:
        if ctx.is_reducing:
            return NOT_APPLICABLE
        for lock in ctx.state.locks:
            if lock.code == code and lock_matches(lock, ctx.order, ctx.now):
                until = f"until {lock.until:%Y-%m-%d %H:%M:%S} UTC" if lock.until else "until a person unlocks it"
                return violated(f"entries are locked {until}: {lock.reason}")
        return PASSED if is_enabled(ctx.limits, code) else DISABLED

    return check
