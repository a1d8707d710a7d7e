"""Open quantities at their cost, and what closing them earns."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, localcontext
from enum import StrEnum
from functools import wraps

from riskgate.core.money import ZERO

#: Smallest unit venues account in. The cost of a part that is closed is cut to it, the rest stays with what is open.
ASSET_UNIT = Decimal("1e-8")
#: Holds the product of any two amounts of the wire format exactly.
_DIGITS = 60


def exact[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` with enough digits for every product and sum of amounts."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(prec=_DIGITS, rounding=ROUND_HALF_EVEN):
            return function(*args, **kwargs)

    return wrapped


class CostMethod(StrEnum):
    """Which units a closing trade gives back: all at their average cost, or the oldest first."""

    AVERAGE = "average"
    FIFO = "fifo"


@dataclass(frozen=True, kw_only=True, slots=True)
class Lot:
    """Open contracts and what they cost, both signed alike."""

    quantity: Decimal
    cost: Decimal


@exact
def trade_lots(
    lots: tuple[Lot, ...], signed: Decimal, unit_price: Decimal, method: CostMethod
) -> tuple[tuple[Lot, ...], Decimal]:
    """Close what is open on the other side, open the rest; return the lots and the profit realised.

    `signed` are contracts bought (> 0) or sold (< 0), `unit_price` that of one contract in settle currency.
    """
    rest, left, realized = list(lots), signed, ZERO
    while rest and rest[0].quantity * left < 0:
        lot = rest[0]
        closing = min(abs(left), abs(lot.quantity)).copy_sign(lot.quantity)
        is_whole = closing == lot.quantity
        cost = lot.cost if is_whole else (lot.cost * closing / lot.quantity).quantize(ASSET_UNIT, ROUND_DOWN)
        realized += closing * unit_price - cost
        left += closing
        rest[:1] = [] if is_whole else [Lot(quantity=lot.quantity - closing, cost=lot.cost - cost)]
    if left:
        rest.append(Lot(quantity=left, cost=left * unit_price))
    if method is CostMethod.AVERAGE and len(rest) > 1:
        rest = [Lot(quantity=sum((o.quantity for o in rest), ZERO), cost=sum((o.cost for o in rest), ZERO))]
    return tuple(rest), realized
