"""Monte Carlo VaR and expected shortfall: seeded, normal and Student t, many accounts on one set of paths."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import FloatArray, as_finite
from riskgate.core.quant.covariance import factor_covariance
from riskgate.core.quant.distributions import compute_normal_quantile
from riskgate.core.quant.historical import compute_historical_tail
from riskgate.core.quant.parametric import DEGREES_MINIMUM
from riskgate.core.quant.quantiles import Confidence, compute_tail_probability

_CHUNK_VALUES = 4_000_000
"""Simulated portfolio returns held at once: 32 MB."""
PATHS_MINIMUM = 100
"""Fewest simulated outcomes a 99 % figure can be read from."""


class Innovation(StrEnum):
    """Distribution of the simulated daily returns."""

    NORMAL = "normal"
    STUDENT_T = "student_t"


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulationModel:
    """How paths are drawn: at least 100, each the sum of independent days."""

    innovation: Innovation = Innovation.NORMAL
    degrees_of_freedom: float = 4.0  # of the Student t, above 2; its covariance is scaled to the one given
    paths: int = 10_000
    horizon_days: int = 1

    def __post_init__(self) -> None:
        """Refuse a model without variance, paths or days."""
        if not self.degrees_of_freedom > DEGREES_MINIMUM:
            raise ValueError("degrees_of_freedom must be above 2")
        if self.paths < PATHS_MINIMUM or self.horizon_days < 1:
            raise ValueError("need at least 100 paths and a horizon of 1 day")


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class SimulatedTail:
    """Simulated figures of many accounts, each (n_accounts, n_levels), positive for losses.

    The interval of the VaR is distribution-free, 95 %, from order statistics: the sampling error.
    """

    var_fraction: FloatArray
    es_fraction: FloatArray
    var_low: FloatArray
    var_high: FloatArray
    covariance_repaired: bool  # the covariance was not positive semidefinite


def simulate_returns(
    mean: ArrayLike, covariance: ArrayLike, *, model: SimulationModel, generator: np.random.Generator
) -> tuple[FloatArray, bool]:
    """Simulate joint asset returns (paths, n_assets) over the horizon, and tell whether the covariance was repaired.

    Mean and covariance are daily; a singular covariance is fine. Student t: one chi-squared variable per path and
    day scales all assets, so their tails come together. The same seed gives the same paths. Raises ValueError if
    an input is not finite or shapes disagree.
    Source: McNeil, Frey & Embrechts (2015), 6.2 (normal variance mixtures) and 9.2.
    """
    drift = as_finite(mean, name="mean", ndim=1)
    factor, repaired = factor_covariance(covariance)
    if factor.shape[0] != drift.size:
        raise ValueError("need one mean per row of the covariance")
    days, nu = model.horizon_days, model.degrees_of_freedom
    if model.innovation is Innovation.NORMAL:
        shocks = generator.standard_normal((model.paths, drift.size)) * days**0.5
    else:
        shocks = np.zeros((model.paths, drift.size))
        for _ in range(days):
            normal = generator.standard_normal((model.paths, drift.size))
            mixing = generator.chisquare(nu, size=(model.paths, 1))
            shocks += normal * np.sqrt((nu - 2.0) / mixing)
    return shocks @ factor.T + drift * days, repaired


def compute_simulated_tail(
    mean: ArrayLike,
    covariance: ArrayLike,
    weights: ArrayLike,
    *,
    confidences: Sequence[Confidence] = (0.95, 0.99),
    model: SimulationModel,
    generator: np.random.Generator,
) -> SimulatedTail:
    """Compute Monte Carlo VaR and expected shortfall of many accounts on common paths.

    Mean and covariance are daily; `weights` (n_accounts, n_assets) are signed position value / account value.
    Order statistic and exact expected shortfall of the simulated returns.
    """
    held = as_finite(weights, name="weights", ndim=2)
    tails = [compute_tail_probability(level) for level in confidences]
    outcomes, repaired = simulate_returns(mean, covariance, model=model, generator=generator)
    shape = (held.shape[0], len(tails))
    var, es, low, high = (np.empty(shape) for _ in range(4))
    chunk = max(1, _CHUNK_VALUES // model.paths)
    for start in range(0, held.shape[0], chunk):
        part = slice(start, start + chunk)
        rows = held[part] @ outcomes.T
        var[part], es[part] = compute_historical_tail(rows, tails, overwrite=True)
        for level, p in enumerate(tails):
            low[part, level], high[part, level] = _compute_interval(rows, float(p))
    return SimulatedTail(var_fraction=var, es_fraction=es, var_low=low, var_high=high, covariance_repaired=repaired)


def _compute_interval(rows: FloatArray, p: float) -> tuple[FloatArray, FloatArray]:
    """Compute the 95 % order-statistic interval of the p-quantile, as losses; reorders `rows`."""
    count = rows.shape[1]
    half = compute_normal_quantile(0.975) * (count * p * (1.0 - p)) ** 0.5
    worst = max(int(count * p - half) - 1, 0)
    best = min(int(count * p + half) + 1, count - 1)
    rows.partition((worst, best), axis=1)
    return 0.0 - rows[:, best], 0.0 - rows[:, worst]
