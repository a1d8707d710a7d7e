"""Result types shared by the estimators: a tail-risk figure, or the statement that there is none."""

from dataclasses import dataclass
from enum import StrEnum

MINIMUM_OBSERVATIONS = 60
"""Fewest observations an estimate is made from; below it the answer is `InsufficientData`."""


class RiskFlag(StrEnum):
    """What a reader must know before using a figure."""

    CONSTANT_SERIES = "constant_series"
    TAIL_BEYOND_SAMPLE = "tail_beyond_sample"
    CORNISH_FISHER_OUT_OF_DOMAIN = "cornish_fisher_out_of_domain"
    STUDENT_T_NORMAL_LIMIT = "student_t_normal_limit"
    HORIZON_SQUARE_ROOT_OF_TIME = "horizon_square_root_of_time"
    COVARIANCE_REPAIRED = "covariance_repaired"


@dataclass(frozen=True, kw_only=True, slots=True)
class InsufficientData:
    """No estimate: too few observations. Never to be read as a risk of zero."""

    what: str  # the figure that was asked for
    observations: int
    minimum_observations: int
    assets: tuple[str, ...] = ()  # whose history binds, where known

    @property
    def reason(self) -> str:
        """One sentence for people."""
        binding = f" (short: {', '.join(self.assets)})" if self.assets else ""
        return (
            f"insufficient data for {self.what}: {self.observations} observations, "
            f"{self.minimum_observations} needed{binding}"
        )


def check_sample(what: str, observations: int, *, assets: tuple[str, ...] = ()) -> InsufficientData | None:
    """Return None if a sample is large enough to estimate from."""
    if observations >= MINIMUM_OBSERVATIONS:
        return None
    return InsufficientData(
        what=what, observations=observations, minimum_observations=MINIMUM_OBSERVATIONS, assets=assets
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class TailRisk:
    """VaR and expected shortfall of one portfolio at one confidence level and horizon."""

    method: str  # with its conventions, for example ``historical/order_statistic_MFE``
    confidence: float
    horizon_days: int
    observations: int  # daily returns (or simulated paths) used
    var_fraction: float  # of the portfolio value, positive for a loss
    es_fraction: float
    flags: tuple[RiskFlag, ...] = ()
