"""SECTOR_CONCENTRATION: how much of one sector the book may hold."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most
from riskgate.core.money import ZERO


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny when a sector's sum of |value| over equity exceeds the limit; unclassified assets share one bucket."""
    limit = ctx.limits.sector_fraction_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued:
        return NOT_APPLICABLE
    sector = ctx.leg_after.sector
    held = ctx.exposure.by_sector.get(sector, ZERO)
    return at_most(ctx.fraction_of_equity(held), limit, f"sector {sector} after the order over equity")
