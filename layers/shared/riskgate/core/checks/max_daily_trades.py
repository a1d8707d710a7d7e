"""MAX_DAILY_TRADES: how many entries one UTC day may have."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most
from riskgate.core.codes import DenyCode


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny one approved increasing order more than the limit per UTC day."""
    limit = ctx.limits.daily_trades_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or (ctx.replaces is not None and ctx.replaces.counted):
        return NOT_APPLICABLE
    return at_most(ctx.state.day.approved_orders + 1, limit, "increasing orders today", "orders")


CHECKS = (
    Check(
        DenyCode.MAX_DAILY_TRADES,
        check,
        exits=PASS,
        origin="S1",
        limits=(Limit("daily_trades_max", 20, "orders", kind="int | None"),),
        measure=lambda state, _limits, _report: Decimal(state.day.approved_orders),
        is_running=True,
    ),
)
