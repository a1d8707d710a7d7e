"""Result types shared by the estimators: a tail-risk figure, or the statement that there is none."""

from dataclasses import dataclass
from enum import StrEnum

from riskgate.core.quant.arrays import SMALLEST_SAMPLE

MINIMUM_OBSERVATIONS = 60
"""Fewest observations an estimate is made from; below it the answer is `InsufficientData`."""


class RiskFlag(StrEnum):
    """What a reader must know before using a figure."""

    CONSTANT_SERIES = "constant_series"
    TAIL_BEYOND_SAMPLE = "tail_beyond_sample"
    CORNISH_FISHER_OUT_OF_DOMAIN = "cornish_fisher_out_of_domain"
    STUDENT_T_NORMAL_LIMIT = "student_t_normal_limit"
    HORIZON_SQUARE_ROOT_OF_TIME = "horizon_square_root_of_time"
    HORIZON_OVERLAPPING_RETURNS = "horizon_overlapping_returns"
    COVARIANCE_REPAIRED = "covariance_repaired"


@dataclass(frozen=True, kw_only=True, slots=True)
class InsufficientData:
    """No estimate: too few observations. Never to be read as a risk of zero.

    Attributes
    ----------
    what : str
        The figure that was asked for.
    observations : int
        Observations there were, all of them finite.
    minimum_observations : int
        Observations there should have been.
    assets : tuple of str
        Assets whose history binds, where known.
    """

    what: str
    observations: int
    minimum_observations: int
    assets: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """One sentence for people."""
        binding = f" (short: {', '.join(self.assets)})" if self.assets else ""
        return (
            f"insufficient data for {self.what}: {self.observations} observations, "
            f"{self.minimum_observations} needed{binding}"
        )


def check_sample(
    what: str, observations: int, minimum_observations: int, *, assets: tuple[str, ...] = ()
) -> InsufficientData | None:
    """Check that a sample is large enough to estimate from.

    Parameters
    ----------
    what : str
        The figure that was asked for.
    observations : int
        Observations there are; below 0 counts as none.
    minimum_observations : int
        Observations there should be; never less than 2.
    assets : tuple of str
        Assets whose history binds, where known.

    Returns
    -------
    InsufficientData or None
        None if the sample will do.
    """
    minimum = max(minimum_observations, SMALLEST_SAMPLE)
    if observations >= minimum:
        return None
    return InsufficientData(what=what, observations=max(observations, 0), minimum_observations=minimum, assets=assets)


@dataclass(frozen=True, kw_only=True, slots=True)
class TailRisk:
    """VaR and expected shortfall of one portfolio at one confidence level and horizon.

    Attributes
    ----------
    method : str
        Estimator, with its conventions (for example ``historical/order_statistic_MFE``).
    confidence : float
        Level, for example 0.95.
    horizon_days : int
        Calendar days the loss is measured over.
    observations : int
        Daily returns (or simulated paths) used.
    var_fraction, es_fraction : float
        Fractions of the portfolio value, positive for a loss; finite.
    flags : tuple of RiskFlag
        Reservations about the figures.
    """

    method: str
    confidence: float
    horizon_days: int
    observations: int
    var_fraction: float
    es_fraction: float
    flags: tuple[RiskFlag, ...] = ()
