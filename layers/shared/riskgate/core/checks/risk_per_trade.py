"""RISK_PER_TRADE: what one trade may lose down to its stop."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext, of_equity
from riskgate.core.checks.declaration import PASS, Check, Limit, hold_after
from riskgate.core.checks.result import NOT_APPLICABLE, CheckResult
from riskgate.core.codes import DenyCode


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny when |price - stop| x increasing quantity (no stop: the whole notional) over equity exceeds the limit.

    A hedge that lowers its asset's delta passes: it loses what the holding gains.
    """
    limit = ctx.limits.risk_per_trade_fraction_max
    if limit is not None and ctx.lowers_delta:
        return NOT_APPLICABLE
    return hold_after(ctx, limit, lambda c: of_equity(c, c.risk), "risk of the trade over equity")


CHECKS = (
    Check(
        DenyCode.RISK_PER_TRADE,
        check,
        exits=PASS,
        origin="S1",
        limits=(Limit("risk_per_trade_fraction_max", Decimal("0.02"), "fraction"),),
    ),
)
