"""VaR and expected shortfall of one portfolio, with the reservations about the figures."""

from fractions import Fraction

from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import as_finite
from riskgate.core.quant.moments import check_constant
from riskgate.core.quant.quantiles import Confidence, compute_tail_probability
from riskgate.core.quant.results import (
    MINIMUM_OBSERVATIONS,
    InsufficientData,
    RiskFlag,
    TailRisk,
    check_sample,
)
from riskgate.core.quant.tail_model import (
    MOMENT_METHODS,
    HorizonRule,
    Method,
    TailModel,
    compute_tail_table,
)


def compute_tail_risk(
    returns: ArrayLike,
    *,
    confidence: Confidence,
    model: TailModel | None = None,
    horizon_days: int = 1,
    minimum_observations: int = MINIMUM_OBSERVATIONS,
) -> TailRisk | InsufficientData:
    """Compute VaR and expected shortfall of one portfolio.

    Parameters
    ----------
    returns : array_like, shape (n_days,), float64
        Simple daily portfolio returns, fractions, signed, oldest first.
    confidence : float, Decimal or Fraction
        Strictly between 0 and 1; a float means the decimal it prints as.
    model : TailModel, optional
        Default: historical, order statistic, exact expected shortfall.
    horizon_days, minimum_observations : int
        At least 1; sample size below which there is no figure.

    Returns
    -------
    TailRisk or InsufficientData

    Raises
    ------
    ValueError
        If a return is not finite or an argument is out of range.
    """
    model = model or TailModel()
    p = compute_tail_probability(confidence)
    values = as_finite(returns, name="returns", ndim=1)
    count = values.size
    if model.horizon_rule is HorizonRule.OVERLAPPING:
        count -= horizon_days - 1
    if lacking := check_sample(f"{model.name} tail risk", count, minimum_observations):
        return lacking
    table = compute_tail_table(values, [p], model=model, horizon_days=horizon_days)
    constant, flagged = bool(check_constant(values)[0]), bool(table.flagged[0])
    return TailRisk(
        method=model.name,
        confidence=float(confidence),
        horizon_days=horizon_days,
        observations=count,
        var_fraction=float(table.var_fraction[0, 0]),
        es_fraction=float(table.es_fraction[0, 0]),
        flags=list_flags(model, count * p, horizon_days, constant=constant, flagged=flagged),
    )


def list_flags(
    model: TailModel, tail_size: Fraction, horizon_days: int, *, constant: bool, flagged: bool
) -> tuple[RiskFlag, ...]:
    """List the reservations about a figure.

    Parameters
    ----------
    model : TailModel
        Estimator with its conventions.
    tail_size : Fraction
        n p, the number of observations the tail should hold.
    horizon_days : int
        Horizon of the figure.
    constant, flagged : bool
        The portfolio never moves; the method's own reservation (`TailTable.flagged`).

    Returns
    -------
    tuple of RiskFlag
    """
    flags: list[RiskFlag] = []
    if constant:
        flags.append(RiskFlag.CONSTANT_SERIES)
    if tail_size < 1 and model.method in (Method.HISTORICAL, Method.EWMA_FILTERED):
        flags.append(RiskFlag.TAIL_BEYOND_SAMPLE)
    if flagged and model.method is Method.CORNISH_FISHER:
        flags.append(RiskFlag.CORNISH_FISHER_OUT_OF_DOMAIN)
    if flagged and model.method is Method.STUDENT_T:
        flags.append(RiskFlag.STUDENT_T_NORMAL_LIMIT)
    if horizon_days > 1 and model.method not in MOMENT_METHODS:
        overlapping = model.horizon_rule is HorizonRule.OVERLAPPING
        flags.append(RiskFlag.HORIZON_OVERLAPPING_RETURNS if overlapping else RiskFlag.HORIZON_SQUARE_ROOT_OF_TIME)
    return tuple(flags)
