"""Risk to the stops: what positions and working orders lose down to them, and what an order keeps reserved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from riskgate.core.account.document import Position, WorkingOrder
from riskgate.core.instrument import MarketType
from riskgate.core.money import ZERO, quantize_money


def measure_position(position: Position) -> tuple[Decimal, Decimal]:
    """Return the signed value of a position and what it loses down to its stop, in base currency."""
    value = quantize_money(position.value)
    distance = _declared_distance(position, ())
    if distance is None:
        return value, abs(value)
    return value, quantize_money(distance * abs(position.quantity) * (position.contract_size * position.rate))


def compute_position_risk(
    position: Position, stops: Collection[Decimal | None] = (), protecting: Sequence[WorkingOrder] = ()
) -> Decimal:
    """Return what the position loses down to its stop, in base currency; without a live stop its whole value.

    With `stops`, those of entries that still work, the widest of them and its own counts. What of it `protecting` stop
    orders are for loses no more than down to them.
    """
    if not stops and not protecting:
        return measure_position(position)[1]
    declared = _declared_distance(position, stops)
    if declared is None and not protecting:
        return abs(quantize_money(position.value))
    per_unit = position.contract_size * position.rate
    distance = position.mark_price if declared is None else declared
    left, risk = abs(position.quantity), ZERO
    for order in protecting:
        part = min(left, order.quantity)
        own = abs(position.mark_price - (order.stop_price or ZERO))
        risk += min(distance, own) * part * per_unit
        left -= part
    return quantize_money(risk + distance * left * per_unit)


def _declared_distance(position: Position, stops: Collection[Decimal | None]) -> Decimal | None:
    """Return how far the position's stop is, the widest one's; None where no stop counts."""
    if position.stop_loss_price is None:
        return None
    sign = 1 if position.quantity > 0 else -1
    distance = _distance(position.mark_price, position.stop_loss_price, sign)
    lapsed = position.kept_stop is not None and position.kept_stop.lapsed
    if distance is None or lapsed or None in stops:
        # No stop, one the mark already passed, or one that nobody holds: it does not protect the position.
        return None
    if not stops:
        return distance
    distances = (_distance(position.mark_price, stop, sign) for stop in stops)
    return max((distance, *(other for other in distances if other is not None)))


def list_protecting(position: Position, orders: Sequence[WorkingOrder]) -> list[WorkingOrder]:
    """Return the working stop orders that only shrink a position and have yet to fire, the tightest first."""
    sign = 1 if position.quantity > 0 else -1
    found = [
        (order.stop_price, order)
        for order in orders
        if order.stop_price is not None and is_capped(order) and order.side.sign == -sign
    ]
    ahead = [(price, order) for price, order in found if (position.mark_price - price) * sign > 0]
    return [order for _, order in sorted(ahead, key=lambda pair: (-pair[0] * sign, pair[1].client_order_id))]


def covered_by_stops(position: Position, orders: Sequence[WorkingOrder]) -> Decimal:
    """Return how much of a position stop orders are for."""
    return min(abs(position.quantity), sum((order.quantity for order in list_protecting(position, orders)), ZERO))


def is_capped(order: WorkingOrder) -> bool:
    """Tell whether the venue keeps the reducing part of the order from doing more than reduce."""
    return order.reduce_only or order.market_type is MarketType.SPOT


def entry_risk(order: WorkingOrder, widest: Decimal | None) -> Decimal:
    """Return what an entry has at risk down to the widest stop of its side."""
    own = order.stop_loss_price == widest
    unit = order.unit_risk if own else max(order.unit_risk, _unit_risk(order, widest))
    return quantize_money(order.increasing_quantity * unit)


def _unit_risk(order: WorkingOrder, stop: Decimal | None) -> Decimal:
    """Return what one unit of the order loses down to a stop, in base currency."""
    distance = _distance(order.decision_price, stop, order.side.sign)
    return order.unit_notional if distance is None else distance * order.unit_notional / order.decision_price


def _distance(price: Decimal, stop: Decimal | None, sign: int) -> Decimal | None:
    """Return how far a price is from its stop, in quote currency; None where the stop is missing or passed."""
    if stop is None:
        return None
    distance = price - stop if sign > 0 else stop - price
    return distance if distance > 0 else None


def reserved_notional(order: WorkingOrder) -> Decimal:
    """Return the notional the order keeps reserved, in base currency."""
    return quantize_money(order.increasing_quantity * order.unit_notional)


def reserved_risk(order: WorkingOrder) -> Decimal:
    """Return the risk to the stop the order keeps reserved, in base currency."""
    return quantize_money(order.increasing_quantity * order.unit_risk)
