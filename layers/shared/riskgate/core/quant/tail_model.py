"""The estimators under one roof: a model names one with its conventions, a table holds its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import BoolArray, FloatArray, as_rows
from riskgate.core.quant.cornish_fisher import compute_cornish_fisher_tail
from riskgate.core.quant.historical import (
    AGE_DECAY,
    EWMA_DECAY,
    compute_age_weighted_tail,
    compute_filtered_tail,
    compute_historical_tail,
)
from riskgate.core.quant.moments import compute_moments
from riskgate.core.quant.parametric import (
    compute_ewma_normal_tail,
    compute_normal_tail,
    compute_student_t_tail,
)
from riskgate.core.quant.quantiles import QuantileRule, TailMeanRule


class Method(StrEnum):
    """Estimators of the tail of daily portfolio returns."""

    HISTORICAL = "historical"
    AGE_WEIGHTED = "age_weighted_historical"
    EWMA_FILTERED = "ewma_filtered_historical"
    NORMAL = "normal"
    EWMA_NORMAL = "ewma_normal"
    CORNISH_FISHER = "cornish_fisher"
    STUDENT_T = "student_t"


MOMENT_METHODS = frozenset({Method.NORMAL, Method.CORNISH_FISHER, Method.STUDENT_T})
"""Methods that read nothing but mean, variance, skewness and kurtosis."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TailModel:
    """An estimator with its conventions.

    Age-weighting has its own convention. Beyond one day, historical methods and EWMA normal scale the one-day
    figure by sqrt(h); the moment methods aggregate moments of independent days.
    """

    method: Method = Method.HISTORICAL
    quantile_rule: QuantileRule = QuantileRule.ORDER_STATISTIC_MFE
    tail_mean_rule: TailMeanRule = TailMeanRule.EXACT
    ewma_decay: float = EWMA_DECAY
    age_decay: float = AGE_DECAY
    degrees_of_freedom: float | None = None  # of the Student t; None fits the sample's kurtosis
    zero_mean: bool = False

    @property
    def name(self) -> str:
        """Estimator and conventions in one string, for reports."""
        if self.method in (Method.HISTORICAL, Method.EWMA_FILTERED):
            return f"{self.method}/{self.quantile_rule}"
        return f"{self.method}/zero_mean" if self.zero_mean else str(self.method)


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
    model: TailModel,
    horizon_days: int = 1,
    overwrite: bool = False,
) -> TailTable:
    """Run one model over rows of portfolio returns; sample size is the caller's concern.

    `returns` are simple returns, (n_days,) or (n_portfolios, n_days), oldest first; `overwrite` reorders a matrix
    the caller owns in place. Raises ValueError if the horizon is below 1.
    """
    if horizon_days < 1:
        raise ValueError("horizon_days must be at least 1")
    rows = as_rows(returns)
    if model.method in MOMENT_METHODS:
        return _compute_moment_table(rows, tail_probabilities, model, horizon_days)
    var, es = _compute_sample_tail(rows, tail_probabilities, model, overwrite=overwrite)
    scale = float(np.sqrt(horizon_days))
    return TailTable(var_fraction=var * scale, es_fraction=es * scale, flagged=np.zeros(rows.shape[0], dtype=np.bool_))


def _compute_sample_tail(
    rows: FloatArray, tail_probabilities: Sequence[Fraction], model: TailModel, *, overwrite: bool
) -> tuple[FloatArray, FloatArray]:
    """Run the methods that read the ordered sample."""
    match model.method:
        case Method.AGE_WEIGHTED:
            return compute_age_weighted_tail(rows, tail_probabilities, decay=model.age_decay)
        case Method.EWMA_NORMAL:
            return compute_ewma_normal_tail(rows, tail_probabilities, decay=model.ewma_decay)
        case Method.EWMA_FILTERED:
            return compute_filtered_tail(
                rows,
                tail_probabilities,
                decay=model.ewma_decay,
                quantile_rule=model.quantile_rule,
                tail_mean_rule=model.tail_mean_rule,
            )
        case _:
            return compute_historical_tail(
                rows,
                tail_probabilities,
                quantile_rule=model.quantile_rule,
                tail_mean_rule=model.tail_mean_rule,
                overwrite=overwrite,
            )


def _compute_moment_table(
    rows: FloatArray, tail_probabilities: Sequence[Fraction], model: TailModel, horizon_days: int
) -> TailTable:
    """Run the methods that read only the moments."""
    moments = compute_moments(rows).over_horizon(horizon_days)
    flagged = np.zeros(rows.shape[0], dtype=np.bool_)
    if model.method is Method.CORNISH_FISHER:
        var, es, valid = compute_cornish_fisher_tail(moments, tail_probabilities)
        flagged = ~valid
    elif model.method is Method.STUDENT_T:
        var, es, flagged = compute_student_t_tail(
            moments, tail_probabilities, degrees_of_freedom=model.degrees_of_freedom
        )
    else:
        var, es = compute_normal_tail(moments, tail_probabilities, zero_mean=model.zero_mean)
    return TailTable(var_fraction=var, es_fraction=es, flagged=flagged)
