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
    """Compute VaR and expected shortfall of one portfolio from simple daily returns (n_days,), oldest first.

    The default model is historical, order statistic, exact expected shortfall.
    """
    model = model or TailModel()
    p = compute_tail_probability(confidence)
    values = as_finite(returns, name="returns", ndim=1)
    count = values.size
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
    """List the reservations about a figure; `tail_size` is n p, the observations the tail should hold."""
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
        flags.append(RiskFlag.HORIZON_SQUARE_ROOT_OF_TIME)
    return tuple(flags)
