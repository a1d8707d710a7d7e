"""Hedges that rest on measured correlations: least variance, and beta to one asset.

With values V and daily volatilities s the hedge value that leaves least variance is -sum V_k rho_kb s_k / s_b: minus
the book's beta-weighted value. It lies at the bottom of a parabola, so any part of it leaves less variance than none.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from riskgate.core.checks.correlation import OBSERVATIONS_MIN
from riskgate.core.errors import Unprocessable
from riskgate.core.figures import CorrelationRow
from riskgate.core.hedging.model import VarianceResult
from riskgate.core.money import ONE, ZERO
from riskgate.core.statements.lots import exact

#: Correlations are measured daily; older ones speak of another market.
ROW_AGE_MAX = timedelta(days=7)


def require_rows(rows: Mapping[str, CorrelationRow], assets: set[str], now: datetime) -> None:
    """Refuse to hedge by correlations that are missing, old, or measured on too few days.

    Raises Unprocessable: code CORRELATION_UNAVAILABLE.
    """
    for asset in sorted(assets):
        row = rows.get(asset)
        if row is None or now - row.as_of > ROW_AGE_MAX:
            raise _unavailable(f"there is no fresh correlation of {asset}")
        for other in sorted(assets):
            known = other in row.correlations and other in row.volatilities
            if not known or row.observations.get(other, 0) < OBSERVATIONS_MIN:
                raise _unavailable(f"the correlation of {asset} with {other} is not known well enough")
            if abs(row.correlations[other]) > ONE or row.volatilities[other] <= 0:
                raise _unavailable(f"the correlation of {asset} with {other} cannot be right")


@exact
def compute_beta(row: CorrelationRow, asset: str) -> Decimal:
    """Return the beta of an asset to the row's own: correlation times the ratio of volatilities."""
    return row.correlations[asset] * row.volatilities[asset] / row.volatilities[row.asset]


@exact
def compute_beta_value(values: Mapping[str, Decimal], row: CorrelationRow) -> Decimal:
    """Return the book's signed value weighted by beta to the row's own asset, in base currency."""
    return sum((value * compute_beta(row, asset) for asset, value in values.items()), ZERO)


@exact
def compute_variance(values: Mapping[str, Decimal], rows: Mapping[str, CorrelationRow]) -> Decimal:
    """Return the daily variance, at least 0, of a book (signed values by asset), in base currency squared."""
    total = ZERO
    for one, value in values.items():
        row = rows[one]
        for other, weight in values.items():
            moves = row.volatilities[one] * row.volatilities[other]
            total += value * weight * (ONE if one == other else row.correlations[other]) * moves
    # Rounded correlations of assets that move as one can leave a trace below nothing.
    return max(ZERO, total)


@exact
def measure_hedge(
    values: Mapping[str, Decimal], rows: Mapping[str, CorrelationRow], asset: str, hedge_value: Decimal
) -> VarianceResult:
    """Return what a hedge of `hedge_value` in `asset` does to the variance of a book.

    Its own terms are taken from the hedge asset's row alone, so that rows measured apart never hide an increase.
    """
    row = rows[asset]
    before = compute_variance(values, rows)
    beta_value = compute_beta_value(values, row)
    own = row.volatilities[asset] ** 2
    gross = sum((abs(value) for value in values.values()), ZERO)
    hedged = sum(values.values(), ZERO) or gross
    return VarianceResult(
        hedge_ratio=hedge_value / hedged if hedged else ZERO,
        before=before,
        after=max(ZERO, before + own * hedge_value * (2 * beta_value + hedge_value)),
        optimum=max(ZERO, before - own * beta_value**2),
        beta_value_before=beta_value,
        beta_value_after=beta_value + hedge_value,
    )


def _unavailable(detail: str) -> Unprocessable:
    return Unprocessable(detail, code="CORRELATION_UNAVAILABLE")
