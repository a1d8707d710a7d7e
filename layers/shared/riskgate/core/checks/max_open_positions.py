"""MAX_OPEN_POSITIONS: how many markets may be open at once."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most, passed
from riskgate.core.codes import DenyCode


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny opening one more market than the limit; adding to an open one is not a new one."""
    limit = ctx.limits.open_positions_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued:
        return NOT_APPLICABLE
    count = ctx.exposure.open_positions
    if ctx.leg_before.gross > 0:
        return passed(Decimal(count), Decimal(limit), "positions")
    return at_most(count, limit, "open positions after the order", "positions")


CHECKS = (
    Check(
        DenyCode.MAX_OPEN_POSITIONS,
        check,
        exits=PASS,
        origin="S1",
        limits=(Limit("open_positions_max", 10, "positions", kind="int | None"),),
        measure=lambda state, _limits, _report: Decimal(state.exposure.open_positions),
        is_running=True,
    ),
)
