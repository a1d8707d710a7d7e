"""A range of decimals as a regular expression: what the OpenAPI document says of amounts that are written as strings.

The notation is that of `decimals`. The expressions are read alike by Python and ECMAScript, as JSON Schema asks.
"""

from decimal import Decimal

from riskgate.core.money import plain

INTEGER_DIGITS = 15
FRACTION_DIGITS = 12

_INTEGER = f"(0|[1-9][0-9]{{0,{INTEGER_DIGITS - 1}}})"
_FRACTION = f"(\\.[0-9]{{1,{FRACTION_DIGITS}}})?"


def decimal_pattern(low: Decimal | None, high: Decimal | None, *, zero_allowed: bool) -> str:
    """Return the pattern of the amounts within [low, high], without zero unless it is allowed; None is no bound."""
    signed = low is None or low < 0
    zero = "" if zero_allowed else f"(?!{'-?' if signed else ''}0(\\.0+)?$)"
    at_least = f"(?={_at_least(low)}$)" if low is not None and low > 0 else ""
    amount = _at_most(high)
    if signed:
        below = _at_most(None if low is None else -low)
        # One expression where both sides are bound alike.
        amount = f"(?!-0(\\.0+)?$)-?{amount}" if below == amount else f"(?!-0(\\.0+)?$)(-{below}|{amount})"
    return f"^{zero}{at_least}{amount}$"


def _at_most(bound: Decimal | None) -> str:
    if bound is None:
        return f"{_INTEGER}{_FRACTION}"
    integer, _, fraction = plain(bound).partition(".")
    lower = [f"({'|'.join(_smaller(integer))}){_FRACTION}"] if bound >= 1 else []
    return f"({'|'.join([*lower, f'{integer}{_fraction_at_most(fraction)}'])})"


def _at_least(bound: Decimal) -> str:
    integer, _, fraction = plain(bound).partition(".")
    return f"(({'|'.join(_larger(integer))}){_FRACTION}|{integer}{_fraction_at_least(fraction)})"


def _smaller(digits: str) -> list[str]:
    """Return patterns of the whole numbers below one, without leading zeros."""
    count = len(digits)
    shorter = ["0", f"[1-9]{_any(0, count - 2)}"] if count > 1 else []
    return shorter + _same_length(
        digits, [(1 if count > 1 and not at else 0, int(d) - 1) for at, d in enumerate(digits)]
    )


def _larger(digits: str) -> list[str]:
    """Return patterns of the whole numbers above one."""
    longer = [f"[1-9]{_any(len(digits), INTEGER_DIGITS - 1)}"]
    return _same_length(digits, [(int(digit) + 1, 9) for digit in digits]) + longer


def _same_length(digits: str, ranges: list[tuple[int, int]]) -> list[str]:
    return [
        f"{digits[:at]}{_one_of(low, high)}{_any(len(digits) - at - 1, len(digits) - at - 1)}"
        for at, (low, high) in enumerate(ranges)
        if low <= high
    ]


def _fraction_at_most(digits: str) -> str:
    prefixes = [digits[:at] for at in range(1, len(digits))]
    below = [
        f"{digits[:at]}{_one_of(0, int(digit) - 1)}{_any(0, FRACTION_DIGITS - 1 - at)}"
        for at, digit in enumerate(digits)
        if digit != "0"
    ]
    itself = f"{digits}0{{{0 if digits else 1},{FRACTION_DIGITS - len(digits)}}}"
    return f"(\\.({'|'.join([*prefixes, *below, itself])}))?"


def _fraction_at_least(digits: str) -> str:
    if not digits:
        return _FRACTION
    above = [
        f"{digits[:at]}{_one_of(int(digit) + 1, 9)}{_any(0, FRACTION_DIGITS - 1 - at)}"
        for at, digit in enumerate(digits)
        if digit != "9"
    ]
    return f"\\.({'|'.join([*above, f'{digits}{_any(0, FRACTION_DIGITS - len(digits))}'])})"


def _one_of(low: int, high: int) -> str:
    return f"[{low}-{high}]" if low < high else str(low)


def _any(least: int, most: int) -> str:
    """Return the pattern of so many digits."""
    return f"[0-9]{{{least},{most}}}" if most else ""
