"""VaR and expected shortfall of one portfolio, with the reservations about the figures."""

from fractions import Fraction

from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import as_finite
from riskgate.core.quant.moments import check_constant
from riskgate.core.quant.quantiles import Confidence, compute_tail_probability
from riskgate.core.quant.results import InsufficientData, RiskFlag, TailRisk, check_sample
from riskgate.core.quant.tail_model import MOMENT_METHODS, Method, compute_tail_table


def compute_tail_risk(
    returns: ArrayLike, *, confidence: Confidence, method: Method = Method.HISTORICAL, horizon_days: int = 1
) -> TailRisk | InsufficientData:
    """Compute VaR and expected shortfall of one portfolio from simple daily returns (n_days,), oldest first."""
    p = compute_tail_probability(confidence)
    values = as_finite(returns, name="returns", ndim=1)
    count = values.size
    if lacking := check_sample(f"{method.label} tail risk", count):
        return lacking
    table = compute_tail_table(values, [p], method=method, horizon_days=horizon_days)
    constant, flagged = bool(check_constant(values)[0]), bool(table.flagged[0])
    return TailRisk(
        method=method.label,
        confidence=float(confidence),
        horizon_days=horizon_days,
        observations=count,
        var_fraction=float(table.var_fraction[0, 0]),
        es_fraction=float(table.es_fraction[0, 0]),
        flags=_list_flags(method, count * p, horizon_days, constant=constant, flagged=flagged),
    )


def _list_flags(
    method: Method, tail_size: Fraction, horizon_days: int, *, constant: bool, flagged: bool
) -> tuple[RiskFlag, ...]:
    """List the reservations about a figure; `tail_size` is n p, the observations the tail should hold."""
    told = {
        RiskFlag.CONSTANT_SERIES: constant,
        RiskFlag.TAIL_BEYOND_SAMPLE: tail_size < 1 and method in (Method.HISTORICAL, Method.EWMA_FILTERED),
        RiskFlag.CORNISH_FISHER_OUT_OF_DOMAIN: flagged and method is Method.CORNISH_FISHER,
        RiskFlag.STUDENT_T_NORMAL_LIMIT: flagged and method is Method.STUDENT_T,
        RiskFlag.HORIZON_SQUARE_ROOT_OF_TIME: horizon_days > 1 and method not in MOMENT_METHODS,
    }
    return tuple(flag for flag, holds in told.items() if holds)
