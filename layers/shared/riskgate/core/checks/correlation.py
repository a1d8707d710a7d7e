"""CORRELATION: a new position must not be the book again under another name."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, PASSED, CheckResult, at_most
from riskgate.core.codes import DenyCode
from riskgate.core.figures import CORRELATION_AGE_MAX, is_current
from riskgate.core.money import ONE, ZERO

#: Fewest common daily returns for a correlation to be believed.
OBSERVATIONS_MIN = 30


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny when the candidate's signed return correlates with the rest of the book beyond the limit.

    The candidate's own asset is left out of the book: how much of one asset may be held is
    ASSET_CONCENTRATION's question. No book passes; a hedge passes.
    """
    limit = ctx.limits.correlation_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued:
        return NOT_APPLICABLE
    asset = ctx.leg_after.asset
    book = {a: value for a, value in ctx.state.exposure.net_by_asset.items() if a != asset and value}
    if not book:
        return PASSED
    observed = compute_book_correlation(ctx, book)
    return at_most(observed, limit, f"correlation of {asset} with the book", "correlation")


def compute_book_correlation(ctx: PreTradeContext, book: dict[str, Decimal]) -> Decimal:
    """Return corr(candidate signed return, book return) from the candidate's row of the correlation matrix.

    With risk weights a_k = value_k x volatility_k and s = sum a_k rho_k, the book's variance is
    s^2 + sum a_k^2 (1 - rho_k^2): each asset's residual against the candidate counted as independent,
    which is exact for a book of one asset and needs no row but the candidate's. Missing or short data
    counts as correlation 1 in the same direction and as no hedge in the opposite one; a row that the
    risk jobs have not written for two days counts as missing.
    """
    row, sign = ctx.market.correlation, ctx.order.side.sign
    if row is not None and not is_current(row.as_of, ctx.now, CORRELATION_AGE_MAX):
        row = None
    systematic = residual = ZERO
    for other, value in book.items():
        rho = row.correlations.get(other) if row is not None else None
        volatility = row.volatilities.get(other) if row is not None else None
        observations = row.observations.get(other, 0) if row is not None else 0
        if rho is None or volatility is None or observations < OBSERVATIONS_MIN:
            if value * sign > 0:
                return ONE
            continue
        weight = value * volatility
        systematic += weight * rho
        residual += weight * weight * (ONE - rho * rho)
    total = systematic * systematic + residual
    return sign * systematic / total.sqrt() if total > 0 else ZERO


CHECKS = (
    Check(
        DenyCode.CORRELATION,
        check,
        exits=PASS,
        origin="S1",
        limits=(Limit("correlation_max", Decimal("0.8"), "correlation"),),
    ),
)
