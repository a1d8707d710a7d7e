"""QUOTE_STALE: no decision on an old price."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckOutcome, CheckResult, at_most_old, waived
from riskgate.core.codes import DenyCode
from riskgate.core.limits import exit_bound


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny when the quote is older than the limit (orders that only reduce pass with a warning)."""
    if ctx.quote is None:
        return NOT_APPLICABLE
    limits = ctx.limits
    limit = limits.quote_max_age_seconds
    if ctx.is_reducing:
        limit = exit_bound(limit, limits.quote_max_age_reducing_seconds)
    if limit is None:
        return DISABLED
    result = at_most_old(ctx.quote.at, limit, ctx.now, "age of the quote")
    # An old price is no reason to keep somebody in a position.
    is_waived = ctx.exits_freely and result.outcome is CheckOutcome.VIOLATED
    return waived(f"an exit on an old quote: {result.message}") if is_waived else result


CHECKS = (
    Check(
        DenyCode.QUOTE_STALE,
        check,
        exits="pass, warned",
        origin="FIA 3.1, G",
        limits=(
            Limit("quote_max_age_seconds", 30, "seconds", kind="int | None"),
            Limit("quote_max_age_reducing_seconds", 300, "seconds", kind="int | None"),
        ),
    ),
)
