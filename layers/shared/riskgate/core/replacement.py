"""Reserve for an order that is being replaced: the venue works one of two sets of terms."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, Decimal

from riskgate.core.account import WorkingOrder
from riskgate.core.model import Side
from riskgate.core.money import MONEY_QUANTUM, ZERO


def cover(old: WorkingOrder, new: WorkingOrder) -> WorkingOrder:
    """Return a reservation that holds for either terms, and for any fill of the old before the new ones stand.

    Every figure is the larger of the two, rounded up; the stop is the wider one.
    """
    buys = new.side is Side.BUY
    quantity = max(old.quantity, new.quantity)
    increasing = max(old.increasing_quantity, new.increasing_quantity)
    worse = max if buys else min
    stops = (old.stop_loss_price, new.stop_loss_price)
    rests = [price for price in (old.rest_price, new.rest_price) if price is not None]
    return replace(
        new,
        quantity=quantity,
        increasing_quantity=increasing,
        unit_notional=_spread(old, new, "unit_notional", increasing),
        unit_risk=_spread(old, new, "unit_risk", increasing),
        unit_reserved=max(old.unit_reserved * old.quantity, new.unit_reserved * new.quantity) / quantity,
        decision_price=worse(old.decision_price, new.decision_price),
        stop_loss_price=None if None in stops else (min if buys else max)(s for s in stops if s is not None),
        rest_price=worse(rests) if rests else None,
    )


def _spread(old: WorkingOrder, new: WorkingOrder, unit: str, increasing: Decimal) -> Decimal:
    """Return the larger of two totals per unit of a common quantity, rounded up."""
    if not increasing:
        return max(getattr(old, unit), getattr(new, unit))
    total: Decimal = max(
        old.increasing_quantity * getattr(old, unit),
        new.increasing_quantity * getattr(new, unit),
        ZERO,
    )
    return (total / increasing).quantize(MONEY_QUANTUM, rounding=ROUND_CEILING)
