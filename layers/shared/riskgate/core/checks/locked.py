"""STOPLOSS_GUARD, LOSS_STREAK, COOLDOWN, LOW_PROFIT, DRAWDOWN_GUARD, REPEATED_EXECUTION: entries that are locked."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.safeguards.locks import lock_matches


def _declare(code: DenyCode, limit: Limit, denies: str, origin: str, since: int = 1) -> Check:
    """Return the check that denies increasing orders while a lock of this protection covers them."""

    def check(ctx: PreTradeContext) -> CheckResult:
        if ctx.is_reducing:
            return NOT_APPLICABLE
        for lock in ctx.state.locks:
            if lock.code == code and lock_matches(lock, ctx.order, ctx.now):
                until = f"until {lock.until:%Y-%m-%d %H:%M:%S} UTC" if lock.until else "until a person unlocks it"
                return violated(f"entries are locked {until}: {lock.reason}")
        return PASSED if getattr(ctx.limits, limit.name) is not None else DISABLED

    check.__doc__ = f"Deny {denies}."
    return Check(code, check, exits=PASS, origin=origin, limits=(limit,), since=since)


CHECKS = (
    _declare(
        DenyCode.STOPLOSS_GUARD,
        Limit("stoploss_guard", None, kind="StoplossGuard | None", tighter="never"),
        "entries while n stop-outs within a window lock them (all, per market, side or strategy)",
        "F",
    ),
    _declare(
        DenyCode.LOSS_STREAK,
        Limit("loss_streak", None, kind="LossStreak | None", tighter="never"),
        "entries after n losing closes in a row",
        "F, G",
    ),
    _declare(
        DenyCode.COOLDOWN,
        Limit("cooldown", None, kind="Cooldown | None", tighter="never"),
        "entries in a market for a while after a close there (`minutes` or until `unlock_at`)",
        "F, G",
    ),
    _declare(
        DenyCode.LOW_PROFIT,
        Limit("low_profit", None, kind="LowProfit | None", tighter="never"),
        "entries in a market, or of a strategy, whose recent closes earned too little",
        "F, G",
    ),
    _declare(
        DenyCode.DRAWDOWN_GUARD,
        Limit("drawdown_guard", None, kind="DrawdownGuard | None", tighter="never"),
        "entries after the closes within a window fell too far from their best",
        "F",
        since=4,
    ),
    _declare(
        DenyCode.REPEATED_EXECUTION,
        Limit("repeated_execution_max", None, "round_trips", kind="int | None"),
        "entries after n automated round trips until a person re-enables them",
        "R15(3)",
    ),
)
