"""Likelihood-ratio tests of VaR exceptions: Kupiec's coverage, Christoffersen's independence, both."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import BoolArray
from riskgate.core.quant.distributions import compute_chi2_survival
from riskgate.core.quant.quantiles import Confidence, compute_tail_probability


@dataclass(frozen=True, kw_only=True, slots=True)
class LikelihoodRatio:
    """A likelihood-ratio statistic and its p-value: the chance of one as large if the model is right."""

    statistic: float
    p_value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Transitions:
    """Counts of consecutive days by whether each was an exception: n01 is a quiet day, then one."""

    n00: int
    n01: int
    n10: int
    n11: int

    @property
    def pi01(self) -> float | None:
        """Share of exceptions after a quiet day; None without quiet days."""
        return self.n01 / (self.n00 + self.n01) if self.n00 + self.n01 else None

    @property
    def pi11(self) -> float | None:
        """Share of exceptions after an exception; None without any."""
        return self.n11 / (self.n10 + self.n11) if self.n10 + self.n11 else None


def _x_log_y(x: float, y: float) -> float:
    """Evaluate x ln y with 0 ln 0 = 0."""
    return x * math.log(y) if x else 0.0


def _bernoulli(failures: int, successes: int, probability: float) -> float:
    """Evaluate the log likelihood of a Bernoulli sample."""
    return _x_log_y(failures, 1.0 - probability) + _x_log_y(successes, probability)


def _ratio(restricted: float, free: float) -> LikelihoodRatio:
    """Make the statistic, of one degree of freedom; rounding must not push it below zero."""
    statistic = max(-2.0 * (restricted - free), 0.0)
    return LikelihoodRatio(statistic=statistic, p_value=compute_chi2_survival(statistic, 1))


def compute_unconditional_coverage(observations: int, exceptions: int, confidence: Confidence) -> LikelihoodRatio:
    """Compute Kupiec's proportion-of-failures test of how frequent exceptions are; one degree of freedom.

    Raises ValueError if the counts are impossible. Source: Kupiec (1995), J. Derivatives 3, 73-84.
    """
    if observations < 1 or not 0 <= exceptions <= observations:
        raise ValueError("need at least one observation and no more exceptions than observations")
    p = float(compute_tail_probability(confidence))
    quiet = observations - exceptions
    return _ratio(_bernoulli(quiet, exceptions, p), _bernoulli(quiet, exceptions, exceptions / observations))


def count_transitions(exceptions: ArrayLike) -> Transitions:
    """Count how consecutive days follow each other; `exceptions` are booleans, oldest first."""
    hit: BoolArray = np.asarray(exceptions, dtype=np.bool_).reshape(-1)
    before, after = hit[:-1], hit[1:]
    return Transitions(
        n00=int(np.count_nonzero(~before & ~after)),
        n01=int(np.count_nonzero(~before & after)),
        n10=int(np.count_nonzero(before & ~after)),
        n11=int(np.count_nonzero(before & after)),
    )


def compute_independence(transitions: Transitions) -> LikelihoodRatio:
    """Compute Christoffersen's independence test of whether one exception makes the next likelier.

    One degree of freedom; the statistic is 0 where there are no transitions, or none from an exception to compare.
    Source: Christoffersen (1998), Int. Economic Review 39, 841-862.
    """
    n00, n01, n10, n11 = transitions.n00, transitions.n01, transitions.n10, transitions.n11
    if min(n00, n01, n10, n11) < 0:
        raise ValueError("transition counts must not be negative")
    total = n00 + n01 + n10 + n11
    pooled = (n01 + n11) / total if total else 0.0
    restricted = _bernoulli(n00 + n10, n01 + n11, pooled)
    free = _bernoulli(n00, n01, transitions.pi01 or 0.0) + _bernoulli(n10, n11, transitions.pi11 or 0.0)
    return _ratio(restricted, free)


def compute_conditional_coverage(exceptions: ArrayLike, confidence: Confidence) -> LikelihoodRatio:
    """Compute Christoffersen's conditional coverage test: right frequency and independence together.

    Two degrees of freedom; the first day counts in the coverage part, as is usual.
    Source: Christoffersen (1998), Int. Economic Review 39, 841-862.
    """
    hit = np.asarray(exceptions, dtype=np.bool_).reshape(-1)
    coverage = compute_unconditional_coverage(hit.size, int(np.count_nonzero(hit)), confidence)
    statistic = coverage.statistic + compute_independence(count_transitions(hit)).statistic
    return LikelihoodRatio(statistic=statistic, p_value=compute_chi2_survival(statistic, 2))
