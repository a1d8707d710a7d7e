"""Empirical quantiles and tail means, with exact index arithmetic.

VaR is minus a low quantile of the returns. Nine conventions are in use; on 252 days they differ by up to a quarter
of the figure, so the one used here, ``order_statistic_MFE``, is part of every result's name.
"""

from decimal import Decimal
from fractions import Fraction

import numpy as np

from riskgate.core.quant.arrays import FloatArray

type Confidence = float | Decimal | Fraction


ORDER_STATISTIC = "order_statistic_MFE"
"""The convention of VaR, part of a result's name: the (floor(np) + 1)-th largest loss."""


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


def locate_quantile(count: int, p: Fraction) -> int:
    """Locate VaR among `count` sorted returns (0 is the worst): floor(np), exactly, and within the sample.

    Source: McNeil, Frey & Embrechts (2015), 2.2, 9.2.
    """
    return min(int(count * p // 1), count - 1)


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


def compute_tail_weights(count: int, p: Fraction) -> FloatArray:
    """Compute the weight each of the worst returns has in the expected shortfall, worst first; they sum to 1.

    Source: Acerbi & Tasche (2002), J. Banking & Finance 26, 1487-1503; the mean by these weights equals the minimum
    of Rockafellar & Uryasev (2000), J. Risk 2, 21-41.
    """
    whole, expected = locate_quantile(count, p), count * p
    weights = np.full(whole + 1, float(1 / expected))
    weights[whole] = float((expected - whole) / expected)
    return weights
