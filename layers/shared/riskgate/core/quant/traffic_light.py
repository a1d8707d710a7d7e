"""Basel's traffic light for VaR exceptions, with the bounds of the sample and level in use."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from riskgate.core.quant.distributions import compute_binomial_cdf
from riskgate.core.quant.quantiles import Confidence, compute_tail_probability

YELLOW_FROM = 0.95
"""Cumulative probability at which the green zone ends."""
RED_FROM = 0.9999
"""Cumulative probability at which the yellow zone ends."""

_BASEL_SAMPLE = 250
_BASEL_PLUS_FACTORS = {5: 0.40, 6: 0.50, 7: 0.65, 8: 0.75, 9: 0.85}


class Zone(StrEnum):
    """Colour of a backtest."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneBounds:
    """Bounds of the zones in exceptions: green to `green_max`, yellow to `yellow_max`, red beyond."""

    observations: int
    green_max: int  # -1 where no count is green
    yellow_max: int  # equal to `green_max` where no count is yellow

    def classify(self, exceptions: int) -> Zone:
        """Classify a number of exceptions."""
        if exceptions <= self.green_max:
            return Zone.GREEN
        return Zone.YELLOW if exceptions <= self.yellow_max else Zone.RED


@dataclass(frozen=True, kw_only=True, slots=True)
class TrafficLight:
    """Verdict on a sample of exceptions."""

    zone: Zone
    exceptions: int
    bounds: ZoneBounds
    cumulative_probability: float  # P(X <= exceptions) if the model is right
    plus_factor: float | None  # increase of the capital multiplier; Basel defines it for 250 days at 99 % only


def compute_zone_bounds(observations: int, confidence: Confidence) -> ZoneBounds:
    """Compute the bounds of the zones for any sample size and level.

    Zone of x by P(X <= x), X binomial: below 95 % green, below 99.99 % yellow, else red. For 250 days at 99 %
    that is 0-4, 5-9, 10 and more.
    Source: Basel Committee (1996), Supervisory framework for the use of "backtesting".
    """
    cumulative = compute_binomial_cdf(observations, float(compute_tail_probability(confidence)))
    return ZoneBounds(
        observations=observations,
        green_max=int(np.searchsorted(cumulative, YELLOW_FROM)) - 1,
        yellow_max=int(np.searchsorted(cumulative, RED_FROM)) - 1,
    )


def compute_traffic_light(observations: int, exceptions: int, confidence: Confidence) -> TrafficLight:
    """Compute the traffic light of a backtest; raises ValueError if the counts are impossible.

    Source: Basel Committee (1996), Supervisory framework for the use of "backtesting", table 2.
    """
    if not 0 <= exceptions <= observations:
        raise ValueError("exceptions must lie between 0 and the number of observations")
    p = compute_tail_probability(confidence)
    bounds = compute_zone_bounds(observations, confidence)
    zone = bounds.classify(exceptions)
    plus_factor = None
    if observations == _BASEL_SAMPLE and p * 100 == 1:
        plus_factor = 0.0 if zone is Zone.GREEN else _BASEL_PLUS_FACTORS.get(exceptions, 1.0)
    return TrafficLight(
        zone=zone,
        exceptions=exceptions,
        bounds=bounds,
        cumulative_probability=float(compute_binomial_cdf(observations, float(p))[exceptions]),
        plus_factor=plus_factor,
    )
