"""Exact decimal arithmetic, parsing and formatting as the venue does it."""

import re
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

# Wide enough that price x quantity x fee rate is never rounded; only divisions are inexact.
EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
ZERO = Decimal(0)
BPS = Decimal(10_000)
ASSET_PRECISION = 8
_DECIMAL = re.compile(r"\d{1,20}(\.\d{1,20})?")


def parse_decimal(text: str) -> Decimal | None:
    """Parse an unsigned plain decimal: ASCII digits with an optional fraction; None for any other form."""
    return Decimal(text) if text.isascii() and _DECIMAL.fullmatch(text) else None


def decimals_of(value: Decimal) -> int:
    """Count the decimal places that carry information (trailing zeros do not)."""
    exponent = value.normalize(EXACT).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def fixed(value: Decimal, places: int = ASSET_PRECISION) -> str:
    """Format with exactly `places` decimals, truncating toward zero."""
    quantised = value.quantize(Decimal(1).scaleb(-places), ROUND_DOWN, context=EXACT)
    # A negative amount smaller than the last place truncates to "-0.00": show it unsigned.
    return f"{abs(quantised) if quantised.is_zero() else quantised:f}"


def plain(value: Decimal) -> str:
    """Format without exponent or trailing zeros."""
    return f"{value.normalize(EXACT):f}" if value else "0"


def to_multiple(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    """Round a value to a multiple of a tick or step."""
    return (value / step).to_integral_value(rounding) * step


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Round down to a multiple of `step`."""
    return to_multiple(value, step, ROUND_FLOOR)


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """Round up to a multiple of `step`."""
    return to_multiple(value, step, ROUND_CEILING)


def nearest_to(value: Decimal, step: Decimal) -> Decimal:
    """Round to the nearest multiple of `step`, ties to even."""
    return to_multiple(value, step, ROUND_HALF_EVEN)


def truncate_asset(value: Decimal) -> Decimal:
    """Cut an amount to the eight decimals in which the venue books assets."""
    return value.quantize(Decimal(1).scaleb(-ASSET_PRECISION), ROUND_DOWN, context=EXACT)
