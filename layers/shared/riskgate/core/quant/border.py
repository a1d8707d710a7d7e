"""The border between float64 and money: Decimal in, Decimal out, rounded against the trader."""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

FRACTION_QUANTUM = Decimal("1e-8")
# Wide enough for any float64 at any step; the default 28 digits are not.
_WIDE = Context(prec=400)


def to_float(value: Decimal) -> float:
    """Convert to the nearest float64 (about 16 significant digits); raises ValueError if it is not finite."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("only finite amounts enter a risk computation")
    return number


def to_loss(value: float, quantum: Decimal = FRACTION_QUANTUM) -> Decimal:
    """Convert a loss (VaR, expected shortfall, drawdown, cost), positive for a loss, to Decimal, rounded up.

    Raises ValueError if it is not finite: NaN is no figure and infinity no report.
    """
    return _quantise(value, quantum, ROUND_CEILING)


def to_pnl(value: float, quantum: Decimal = FRACTION_QUANTUM) -> Decimal:
    """Convert a signed P&L to Decimal, rounded down: a gain never larger, a loss never smaller."""
    return _quantise(value, quantum, ROUND_FLOOR)


def to_statistic(value: float, quantum: Decimal = FRACTION_QUANTUM) -> Decimal:
    """Convert a figure without a bad side (correlation, test statistic, p-value) to Decimal, half to even."""
    return _quantise(value, quantum, ROUND_HALF_EVEN)


def _quantise(value: float, quantum: Decimal, rounding: str) -> Decimal:
    if not math.isfinite(value):
        raise ValueError("a risk figure must be finite")
    # Through repr: the decimal a reader sees, so that 0.1 does not round up for its binary tail.
    quantised = Decimal(repr(float(value))).quantize(quantum, rounding, _WIDE)
    return quantised or abs(quantised)  # no negative zero in a report
