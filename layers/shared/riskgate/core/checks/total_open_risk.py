"""TOTAL_OPEN_RISK: what the book loses if every stop is hit."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import Book, PreTradeContext, of_equity
from riskgate.core.checks.declaration import PASS, Check, Limit, hold_after
from riskgate.core.checks.result import NOT_APPLICABLE, CheckResult
from riskgate.core.codes import DenyCode


def compute_open_risk(book: Book) -> Decimal | None:
    """Return the sum of risk to stops over equity; without a stop the whole value is at risk."""
    return of_equity(book, book.exposure.open_risk)


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny when the sum of risk to stops (no stop: the whole value) over equity exceeds the limit.

    A hedge that lowers its asset's delta passes: it loses what the holding gains.
    """
    limit = ctx.limits.open_risk_fraction_max
    if limit is not None and ctx.lowers_delta:
        return NOT_APPLICABLE
    return hold_after(ctx, limit, compute_open_risk, "risk to all stops after the order over equity")


CHECKS = (
    Check(
        DenyCode.TOTAL_OPEN_RISK,
        check,
        exits=PASS,
        origin="S1",
        limits=(Limit("open_risk_fraction_max", Decimal("0.06"), "fraction"),),
        measure=lambda state, _limits, _report: compute_open_risk(state),
        is_running=True,
    ),
)
