"""Monte Carlo returns: seeded, normal and Student t."""

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import FloatArray, as_finite
from riskgate.core.quant.covariance import factor_covariance

PATHS = 10_000
DEGREES_OF_FREEDOM = 4.0
"""Of the Student t, whose covariance is scaled to the one given."""


class Innovation(StrEnum):
    """Distribution of the simulated daily returns."""

    NORMAL = "normal"
    STUDENT_T = "student_t"


def simulate_returns(
    mean: ArrayLike,
    covariance: ArrayLike,
    *,
    innovation: Innovation = Innovation.NORMAL,
    horizon_days: int = 1,
    paths: int = PATHS,
    generator: np.random.Generator,
) -> tuple[FloatArray, bool]:
    """Simulate joint asset returns (paths, n_assets) over the horizon, and tell whether the covariance was repaired.

    Mean and covariance are daily; each path is the sum of independent days; a singular covariance is fine. Student t:
    one chi-squared variable per path and day scales all assets, so their tails come together. The same seed gives the
    same paths. Raises ValueError if an input is not finite or shapes disagree.
    Source: McNeil, Frey & Embrechts (2015), 6.2 (normal variance mixtures) and 9.2.
    """
    drift = as_finite(mean, name="mean", ndim=1)
    factor, repaired = factor_covariance(covariance)
    if factor.shape[0] != drift.size:
        raise ValueError("need one mean per row of the covariance")
    nu = DEGREES_OF_FREEDOM
    if innovation is Innovation.NORMAL:
        shocks = generator.standard_normal((paths, drift.size)) * horizon_days**0.5
    else:
        shocks = np.zeros((paths, drift.size))
        for _ in range(horizon_days):
            normal = generator.standard_normal((paths, drift.size))
            mixing = generator.chisquare(nu, size=(paths, 1))
            shocks += normal * np.sqrt((nu - 2.0) / mixing)
    return shocks @ factor.T + drift * horizon_days, repaired
