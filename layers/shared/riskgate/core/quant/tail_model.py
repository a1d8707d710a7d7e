"""The estimators under one roof: a method names one, a table holds its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import BoolArray, FloatArray, as_rows
from riskgate.core.quant.cornish_fisher import compute_cornish_fisher_tail
from riskgate.core.quant.historical import (
    TailPair,
    compute_age_weighted_tail,
    compute_filtered_tail,
    compute_historical_tail,
)
from riskgate.core.quant.moments import compute_moments
from riskgate.core.quant.parametric import compute_normal_tail, compute_student_t_tail
from riskgate.core.quant.quantiles import ORDER_STATISTIC


class Method(StrEnum):
    """Estimators of the tail of daily portfolio returns, in the order of a report.

    Beyond one day, historical methods scale the one-day figure by sqrt(h); the moment methods aggregate moments of
    independent days.
    """

    HISTORICAL = "historical"
    NORMAL = "normal"
    CORNISH_FISHER = "cornish_fisher"
    STUDENT_T = "student_t"
    EWMA_FILTERED = "ewma_filtered_historical"
    AGE_WEIGHTED = "age_weighted_historical"

    @property
    def label(self) -> str:
        """Estimator and convention in one string, for reports; age-weighting has a convention of its own."""
        return f"{self}/{ORDER_STATISTIC}" if self in (Method.HISTORICAL, Method.EWMA_FILTERED) else str(self)


MOMENT_METHODS = frozenset({Method.NORMAL, Method.CORNISH_FISHER, Method.STUDENT_T})
"""Methods that read nothing but mean, variance, skewness and kurtosis."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class TailTable:
    """Figures of many portfolios at several levels."""

    var_fraction: FloatArray  # (n_portfolios, n_levels), positive for losses, finite
    es_fraction: FloatArray  # (n_portfolios, n_levels), positive for losses, finite
    flagged: BoolArray  # Cornish-Fisher out of its domain, or Student t in its normal limit


def compute_tail_table(
    returns: ArrayLike,
    tail_probabilities: Sequence[Fraction],
    *,
    method: Method = Method.HISTORICAL,
    horizon_days: int = 1,
    overwrite: bool = False,
) -> TailTable:
    """Run one estimator over rows of portfolio returns; sample size is the caller's concern.

    `returns` are simple returns, (n_days,) or (n_portfolios, n_days), oldest first; `overwrite` reorders a matrix
    the caller owns in place. Raises ValueError if the horizon is below 1.
    """
    if horizon_days < 1:
        raise ValueError("horizon_days must be at least 1")
    rows = as_rows(returns)
    flagged = np.zeros(rows.shape[0], dtype=np.bool_)
    if method not in MOMENT_METHODS:
        var, es = _compute_sample_tail(rows, tail_probabilities, method, overwrite=overwrite)
        scale = float(np.sqrt(horizon_days))
        return TailTable(var_fraction=var * scale, es_fraction=es * scale, flagged=flagged)
    moments = compute_moments(rows).over_horizon(horizon_days)
    if method is Method.CORNISH_FISHER:
        var, es, valid = compute_cornish_fisher_tail(moments, tail_probabilities)
        flagged = ~valid
    elif method is Method.STUDENT_T:
        var, es, flagged = compute_student_t_tail(moments, tail_probabilities)
    else:
        var, es = compute_normal_tail(moments, tail_probabilities)
    return TailTable(var_fraction=var, es_fraction=es, flagged=flagged)


def _compute_sample_tail(
    rows: FloatArray, tail_probabilities: Sequence[Fraction], method: Method, *, overwrite: bool
) -> TailPair:
    """Run the methods that read the ordered sample."""
    if method is Method.AGE_WEIGHTED:
        return compute_age_weighted_tail(rows, tail_probabilities)
    if method is Method.EWMA_FILTERED:
        return compute_filtered_tail(rows, tail_probabilities)
    return compute_historical_tail(rows, tail_probabilities, overwrite=overwrite)
