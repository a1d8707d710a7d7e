"""When a conditional order wakes up."""

from decimal import Decimal

from .orders import Side

_TAKE_PROFIT_PREFIX = "TAKE_PROFIT"


def fires_upward(side: Side, kind: str) -> bool:
    """Tell whether an order waits for the price to rise to its stop price.

    A stop buys on the way up and sells on the way down; a take-profit the other way round.
    """
    return (side is Side.BUY) != kind.startswith(_TAKE_PROFIT_PREFIX)


def is_triggered(side: Side, kind: str, stop_price: Decimal, last: Decimal) -> bool:
    """Tell whether a conditional order of a type fires at a last price."""
    return last >= stop_price if fires_upward(side, kind) else last <= stop_price
