"""The border between float64 and money: Decimal in, Decimal out, rounded against the trader."""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

FRACTION_QUANTUM = Decimal("1e-8")
# Wide enough for any float64 at any step; the default 28 digits are not.
_WIDE = Context(prec=400)


def to_float(value: Decimal) -> float:
    """Convert a Decimal to float64.

    Parameters
    ----------
    value : Decimal
        Money, price or quantity.

    Returns
    -------
    float
        Nearest float64: about 16 significant digits.

    Raises
    ------
    ValueError
        If it is not finite, or too large for a float64.
    """
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("only finite amounts enter a risk computation")
    return number


def to_loss(value: float, quantum: Decimal = FRACTION_QUANTUM) -> Decimal:
    """Convert a loss (VaR, expected shortfall, drawdown, cost) to Decimal, rounded up.

    Parameters
    ----------
    value : float
        Positive for a loss.
    quantum : Decimal
        Step of the result, for example ``Decimal("0.01")`` for money.

    Returns
    -------
    Decimal
        Never below `value` as it prints.

    Raises
    ------
    ValueError
        If it is not finite: NaN is no figure and infinity no report.
    """
    return _quantise(value, quantum, ROUND_CEILING)


def to_pnl(value: float, quantum: Decimal = FRACTION_QUANTUM) -> Decimal:
    """Convert a P&L to Decimal, rounded down: a gain never larger, a loss never smaller.

    Parameters
    ----------
    value : float
        Signed.
    quantum : Decimal
        Step of the result.

    Returns
    -------
    Decimal
        Never above `value` as it prints.

    Raises
    ------
    ValueError
        If it is not finite.
    """
    return _quantise(value, quantum, ROUND_FLOOR)


def to_statistic(value: float, quantum: Decimal = FRACTION_QUANTUM) -> Decimal:
    """Convert a figure without a bad side (correlation, test statistic, p-value) to Decimal.

    Parameters
    ----------
    value : float
        Any finite number.
    quantum : Decimal
        Step of the result; half to even.

    Returns
    -------
    Decimal

    Raises
    ------
    ValueError
        If it is not finite.
    """
    return _quantise(value, quantum, ROUND_HALF_EVEN)


def _quantise(value: float, quantum: Decimal, rounding: str) -> Decimal:
    """Quantise a finite float."""
    if not math.isfinite(value):
        raise ValueError("a risk figure must be finite")
    # Through repr: the decimal a reader sees, so that 0.1 does not round up for its binary tail.
    quantised = Decimal(repr(float(value))).quantize(quantum, rounding, _WIDE)
    return quantised or abs(quantised)  # no negative zero in a report
