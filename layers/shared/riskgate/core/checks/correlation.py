"""CORRELATION: a new position must not be the book again under another name."""

from __future__ import annotations

from decimal import Decimal
from math import sumprod

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, PASSED, CheckResult, at_most
from riskgate.core.codes import DenyCode
from riskgate.core.correlations import CORRELATION_ONE, UNDEFINED, Correlations, PackedCorrelations, start_of
from riskgate.core.figures import CORRELATION_AGE_MAX, is_current
from riskgate.core.money import ONE, ZERO

#: Fewest common daily returns for a correlation to be believed.
OBSERVATIONS_MIN = 30
#: Rules from which on the correlation is the whole matrix's; those before had the candidate's row alone.
EXACT_SINCE = 4
#: Digits of the largest position's value, and steps of a volatility that make one of a weight: whole numbers, so that
#: every machine adds up the same, and short enough to be multiplied at once.
_VALUE_DIGITS, _VOLATILITY_STEPS = 9, 10**8


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
    book = dict(ctx.state.exposure.net_by_asset)
    book.pop(asset, None)
    if not all(book.values()):
        book = {name: value for name, value in book.items() if value}
    if not book:
        return PASSED
    compute = compute_book_correlation if ctx.rules >= EXACT_SINCE else bound_book_correlation
    return at_most(compute(ctx, book), limit, f"correlation of {asset} with the book", "correlation")


def compute_book_correlation(ctx: PreTradeContext, book: dict[str, Decimal]) -> Decimal:
    """Return corr(candidate signed return, book return), long and short legs with their signs.

    With risk weights a_k = value_k x volatility_k that is sum a_k rho_ck / sqrt(sum a_j a_k rho_jk). An asset of the
    book that is not known against the candidate and against the rest of the book counts as correlation 1 in the same
    direction and as no hedge in the opposite one; figures that the risk jobs have not written for two days are not
    known. A book that its hedges leave without movement, as far as the stored steps can tell, is no book.
    """
    packed, sign = _find_matrix(ctx), ctx.order.side.sign
    if packed is None:
        return ONE if any(value * sign > 0 for value in book.values()) else ZERO
    volatilities, pairs, is_complete = packed.read()
    unknown = book.keys() - packed.assets[:-1]
    if not is_complete:
        unknown |= _list_undefined(packed.unpack(), book)
    if unknown:
        if any(book[name] * sign > 0 for name in unknown):
            return ONE
        book = {name: value for name, value in book.items() if name not in unknown}
    weights = _weigh(book, packed.assets, volatilities)
    # The candidate's own asset, the last, is no part of the book.
    own = weights[:-1]
    systematic, variance = sumprod(own, pairs[start_of(len(own)) :]), packed.compute_variance(own)
    if variance <= sum(map(abs, weights)) ** 2:
        return ZERO
    observed = sign * Decimal(systematic) / (CORRELATION_ONE * Decimal(variance)).sqrt()
    return max(min(observed, ONE), -ONE)


def _find_matrix(ctx: PreTradeContext) -> PackedCorrelations | None:
    """Return the correlations of the book and the candidate, the last of them, or None where they are not believed."""
    row = ctx.market.correlation
    packed = row.book if row is not None else None
    if packed is None or not packed.assets or packed.assets[-1] != ctx.leg_after.asset:
        return None
    return packed if is_current(packed.as_of, ctx.now, CORRELATION_AGE_MAX) else None


def _list_undefined(matrix: Correlations, book: dict[str, Decimal]) -> set[str]:
    """Return what of the book has no correlation with the candidate, or with another asset of the book."""
    numbers = [*(number for name, number in matrix.index.items() if name in book), len(matrix.assets) - 1]
    return {
        matrix.assets[one]
        for one in numbers[:-1]
        if any(matrix.pair(one, other) == UNDEFINED for other in numbers if other != one)
    }


def _weigh(book: dict[str, Decimal], assets: tuple[str, ...], volatilities: tuple[int, ...]) -> list[int]:
    """Return value times volatility per asset, in whole numbers of the same size for every account."""
    values = book.values()
    largest = max(abs(max(values)), abs(min(values))) if values else ZERO
    steps = ONE.scaleb(_VALUE_DIGITS - largest.adjusted())
    return [
        int(value * steps) * moves // _VOLATILITY_STEPS if value is not None else 0
        for value, moves in zip(map(book.get, assets), volatilities, strict=True)
    ]


def bound_book_correlation(ctx: PreTradeContext, book: dict[str, Decimal]) -> Decimal:
    """Bound corr(candidate signed return, book return) from the candidate's row alone, as rules before did.

    With risk weights a_k = value_k x volatility_k and s = sum a_k rho_k, the book's variance is
    s^2 + sum a_k^2 (1 - rho_k^2): each asset's residual against the candidate counted as independent.
    Missing or short data counts as correlation 1 in the same direction and as no hedge in the opposite one.
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
