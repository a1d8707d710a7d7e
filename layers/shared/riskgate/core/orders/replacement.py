"""Reserve for an order that is being replaced: the venue works one of two sets of terms."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from riskgate.core.account.document import WorkingOrder
from riskgate.core.money import MONEY_QUANTUM
from riskgate.core.replacing import replace
from riskgate.core.side import Side


def cover(old: WorkingOrder, new: WorkingOrder) -> WorkingOrder:
    """Return a reservation that holds for either terms, and for any fill of the old before the new ones stand.

    Every figure is the larger of the two, rounded up; the stop is the wider one.
    """
    quantity = max(old.quantity, new.quantity)
    increasing = max(old.increasing_quantity, new.increasing_quantity)
    return replace(
        new,
        quantity=quantity,
        increasing_quantity=increasing,
        unit_notional=_spread(old, new, "unit_notional", increasing),
        unit_risk=_spread(old, new, "unit_risk", increasing),
        unit_reserved=_spread(old, new, "unit_reserved", increasing),
        decision_price=_further(new.side, old.decision_price, new.decision_price),
        stop_loss_price=_wider(new.side, old.stop_loss_price, new.stop_loss_price),
        rest_price=_nearer(new.side, old.rest_price, new.rest_price),
    )


def _spread(old: WorkingOrder, new: WorkingOrder, unit: str, increasing: Decimal) -> Decimal:
    """Return the larger of two totals per unit of a common quantity, rounded up."""
    units: tuple[Decimal, Decimal] = getattr(old, unit), getattr(new, unit)
    if not increasing:
        return max(units)
    total = max(old.increasing_quantity * units[0], new.increasing_quantity * units[1])
    return (total / increasing).quantize(MONEY_QUANTUM, rounding=ROUND_CEILING)


def _further(side: Side, one: Decimal, other: Decimal) -> Decimal:
    """Return the price that is further from a stop: the higher for a buy."""
    return max(one, other) if side is Side.BUY else min(one, other)


def _wider(side: Side, one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Return the stop that risks more; no stop at all risks the most."""
    if one is None or other is None:
        return None
    return min(one, other) if side is Side.BUY else max(one, other)


def _nearer(side: Side, one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Return the resting price that an opposite order crosses first, or None where neither rests."""
    if one is None or other is None:
        return one if other is None else other
    return _further(side, one, other)
