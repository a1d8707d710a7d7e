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


class Zone(StrEnum):
    """Colour of a backtest."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneBounds:
    """Bounds of the zones in exceptions: green to `green_max`, yellow to `yellow_max`, red beyond."""

    green_max: int  # -1 where no count is green
    yellow_max: int  # equal to `green_max` where no count is yellow

    def classify(self, exceptions: int) -> Zone:
        """Classify a number of exceptions."""
        if exceptions <= self.green_max:
            return Zone.GREEN
        return Zone.YELLOW if exceptions <= self.yellow_max else Zone.RED


def compute_zone_bounds(observations: int, confidence: Confidence) -> ZoneBounds:
    """Compute the bounds of the zones for any sample size and level.

    Zone of x by P(X <= x), X binomial: below 95 % green, below 99.99 % yellow, else red. For 250 days at 99 %
    that is 0-4, 5-9, 10 and more.
    Source: Basel Committee (1996), Supervisory framework for the use of "backtesting".
    """
    cumulative = compute_binomial_cdf(observations, float(compute_tail_probability(confidence)))
    return ZoneBounds(
        green_max=int(np.searchsorted(cumulative, YELLOW_FROM)) - 1,
        yellow_max=int(np.searchsorted(cumulative, RED_FROM)) - 1,
    )
