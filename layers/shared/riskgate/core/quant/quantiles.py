"""Empirical quantiles and tail means by named convention, with exact index arithmetic.

VaR is minus a low quantile of the returns. Nine conventions are in use; on 252 days they differ by up
to a quarter of the figure, so each has a name and the name is part of every result. The main one is
``order_statistic_MFE``: the (floor(np) + 1)-th largest loss, an observed loss.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

import numpy as np

from riskgate.core.quant.arrays import FloatArray

type Confidence = float | Decimal | Fraction


class QuantileRule(StrEnum):
    """Name of a quantile convention (Hyndman & Fan 1996 for the numbered types)."""

    ORDER_STATISTIC_MFE = "order_statistic_MFE"
    INVERTED_CDF = "inverted_cdf_type1"
    LINEAR = "linear_type7"
    LOWER = "lower"
    HIGHER = "higher"
    NEAREST = "nearest"
    WEIBULL = "weibull_type6"
    HAZEN = "hazen_type5"
    MEDIAN_UNBIASED = "median_unbiased_type8"


class TailMeanRule(StrEnum):
    """Name of an expected-shortfall convention."""

    EXACT = "exact_acerbi_tasche"
    TAIL_MEAN = "tail_mean_floor_np_plus_1"
    WORST_FLOOR = "worst_floor_np"


_HALF = Fraction(1, 2)
_THIRD = Fraction(1, 3)

# Position of the quantile among the sorted returns, counted from 0 for the worst, exact.
_POSITION: dict[QuantileRule, Callable[[int, Fraction], Fraction]] = {
    QuantileRule.ORDER_STATISTIC_MFE: lambda n, p: Fraction(n * p // 1),
    QuantileRule.INVERTED_CDF: lambda n, p: Fraction(-(-n * p // 1) - 1),
    QuantileRule.LINEAR: lambda n, p: (n - 1) * p,
    QuantileRule.LOWER: lambda n, p: Fraction((n - 1) * p // 1),
    QuantileRule.HIGHER: lambda n, p: Fraction(-(-(n - 1) * p // 1)),
    QuantileRule.NEAREST: lambda n, p: Fraction(round((n - 1) * p)),  # half to even
    QuantileRule.WEIBULL: lambda n, p: (n + 1) * p - 1,
    QuantileRule.HAZEN: lambda n, p: n * p - _HALF,
    QuantileRule.MEDIAN_UNBIASED: lambda n, p: (n + _THIRD) * p + _THIRD - 1,
}


def compute_tail_probability(confidence: Confidence) -> Fraction:
    """Compute p = 1 - confidence exactly; raises ValueError unless it lies strictly between 0 and 1.

    A float means the decimal it prints as: 0.95 is 19/20, not the nearest binary number, so that n * p hits whole
    numbers when it should.
    """
    try:
        exact = Fraction(repr(float(confidence))) if isinstance(confidence, float) else Fraction(confidence)
    except (ValueError, OverflowError) as error:
        raise ValueError("confidence must be a number") from error
    if not 0 < exact < 1:
        raise ValueError("confidence must lie strictly between 0 and 1")
    return 1 - exact


def locate_quantile(count: int, p: Fraction, rule: QuantileRule) -> tuple[int, float]:
    """Locate a quantile among `count` sorted returns (0 is the worst): index i and weight g of the next one.

    The quantile is (1 - g) x[i] + g x[i + 1], clamped to the sample; 0 <= g < 1.
    Source: Hyndman & Fan (1996), American Statistician 50, 361-365; McNeil, Frey & Embrechts (2015), 2.2, 9.2.
    """
    position = min(max(_POSITION[rule](count, p), Fraction(0)), Fraction(count - 1))
    index = int(position // 1)
    return index, float(position - index)


def count_tail(count: int, p: Fraction, rule: QuantileRule) -> int:
    """Count the worst returns that VaR (by `rule`) and every expected shortfall read: between 1 and `count`."""
    index, weight = locate_quantile(count, p, rule)
    return min(max(index + (2 if weight else 1), int(count * p // 1) + 1), count)


def select_worst(rows: FloatArray, count: int, *, overwrite: bool = False) -> FloatArray:
    """Select the `count` worst returns of each row, ascending, without sorting the rest.

    `overwrite` partitions `rows` in place, for a caller that owns them.
    """
    if overwrite:
        rows.partition(count - 1, axis=-1)
        head = rows[:, :count]
    else:
        head = np.partition(rows, count - 1, axis=-1)[:, :count]
    return np.sort(head, axis=-1)


def compute_tail_quantile(worst: FloatArray, count: int, p: Fraction, rule: QuantileRule) -> FloatArray:
    """Compute VaR, positive for a loss, from `select_worst`; `count` is the size of the whole sample."""
    index, weight = locate_quantile(count, p, rule)
    quantile = worst[:, index]
    if weight:
        quantile = quantile + weight * (worst[:, index + 1] - quantile)
    # 0.0 - x, because -x of a zero return would be the negative zero.
    return 0.0 - quantile


def compute_tail_mean(worst: FloatArray, count: int, p: Fraction, rule: TailMeanRule) -> FloatArray:
    """Compute expected shortfall, positive for a loss, from `select_worst` of at least floor(np) + 1 returns.

    `count` is the size of the whole sample. With n p < 1, ``worst_floor_np`` means the worst loss.
    Source: Acerbi & Tasche (2002), J. Banking & Finance 26, 1487-1503; equals the minimum of Rockafellar &
    Uryasev (2000), J. Risk 2, 21-41.
    """
    weights = compute_tail_weights(count, p, rule)
    return 0.0 - worst[:, : weights.size] @ weights


def compute_tail_weights(count: int, p: Fraction, rule: TailMeanRule) -> FloatArray:
    """Compute the weight each of the worst returns has in the expected shortfall, worst first; they sum to 1."""
    whole = min(int(count * p // 1), count - 1)
    if rule is TailMeanRule.EXACT:
        expected = count * p
        weights = np.full(whole + 1, float(1 / expected))
        weights[whole] = float((expected - whole) / expected)
        return weights
    size = whole + 1 if rule is TailMeanRule.TAIL_MEAN else max(whole, 1)
    return np.full(size, 1.0 / size)
