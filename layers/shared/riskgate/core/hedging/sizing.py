"""Turn a wanted change in exposure into orders on the lot grid, never more than wanted."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from riskgate.core.account.document import Position, WorkingOrder
from riskgate.core.hedging.model import HEDGE_PREFIX, HedgeLeg, HedgeMarket, HedgeNote
from riskgate.core.money import ZERO
from riskgate.core.side import Side
from riskgate.core.statements.lots import exact

#: Lot of a market that names none.
STEP_MIN = Decimal("1e-12")


def floor_to_lot(quantity: Decimal, market: HedgeMarket) -> Decimal:
    """Return the most contracts on the lot grid that are not more than `quantity`."""
    step = market.instrument.market_order_step or STEP_MIN
    return quantity // step * step


def lot_in_units(market: HedgeMarket) -> Decimal:
    """Return one lot in units of the base asset."""
    return (market.instrument.market_order_step or STEP_MIN) * market.instrument.contract_size


@exact
def size_legs(
    need: Decimal,
    markets: Sequence[HedgeMarket],
    positions: Mapping[str, Position],
    working: Iterable[WorkingOrder] = (),
) -> tuple[list[HedgeLeg], list[HedgeNote]]:
    """Return the orders that change an asset's exposure by `need`, reducing ones first, and what stood in the way.

    `need` are units to buy (> 0) or sell (< 0); of `markets` the preferred come first, and spot is never sold beyond
    what is held. What `working` orders may still take of a position cannot be taken twice.
    """
    legs: list[HedgeLeg] = []
    notes: list[HedgeNote] = []
    if not need:
        return legs, notes
    side, left, orders = (Side.BUY if need > 0 else Side.SELL), abs(need), list(working)
    for reduces in (True, False):
        for market in markets:
            if legs and left < lot_in_units(legs[-1].market):
                # What is less than a lot is not worth another order elsewhere.
                return legs, notes
            room = _reducible(market, side, positions, orders) if reduces else _openable(market, side)
            wanted = left / market.instrument.contract_size
            quantity = floor_to_lot(wanted if room is None else min(wanted, room), market)
            note = _find_obstacle(market, side, quantity, reduces=reduces)
            if note is not None:
                notes.append(note)
            elif quantity:
                quantity = _capped(market, quantity)
                legs.append(HedgeLeg(market=market, side=side, quantity=quantity, reduces=reduces))
                left -= quantity * market.instrument.contract_size
    return legs, notes


def in_flight_delta(asset: str, working: Iterable[WorkingOrder], sizes: Mapping[str, Decimal]) -> Decimal:
    """Return what earlier hedges that still work will change of an asset's exposure, in units of it.

    A market that `sizes` (contract size by market key) does not name counts contracts of one unit.
    """
    return sum(
        (
            order.side.sign * order.quantity * sizes.get(order.key, Decimal(1))
            for order in working
            if order.asset == asset and order.client_order_id.startswith(HEDGE_PREFIX)
        ),
        ZERO,
    )


def _reducible(
    market: HedgeMarket, side: Side, positions: Mapping[str, Position], working: Sequence[WorkingOrder]
) -> Decimal:
    held = positions.get(market.key)
    if held is None or held.quantity * side.sign >= 0:
        return ZERO
    taken = sum((o.quantity for o in working if o.key == market.key and o.side is side), ZERO)
    return max(ZERO, abs(held.quantity) - taken)


def _openable(market: HedgeMarket, side: Side) -> Decimal | None:
    """Return how many contracts may be opened, None for any number."""
    return None if market.is_swap or side is Side.BUY else ZERO


def _capped(market: HedgeMarket, quantity: Decimal) -> Decimal:
    most = market.instrument.market_order_max
    return quantity if most is None else min(quantity, floor_to_lot(most, market))


def _find_obstacle(market: HedgeMarket, side: Side, quantity: Decimal, *, reduces: bool) -> HedgeNote | None:
    """Return why the venue would refuse so small an order; it takes any reduce-only one on a swap."""
    instrument = market.instrument
    if not quantity:
        return None
    least = instrument.market_order_min
    if least is not None and quantity < least:
        return HedgeNote(code="BELOW_MINIMUM_QUANTITY", key=market.key, message="the hedge is below the smallest order")
    worth = quantity * market.touch(side) * instrument.contract_size
    if instrument.notional_min is not None and worth < instrument.notional_min and not (reduces and market.is_swap):
        return HedgeNote(code="BELOW_MINIMUM_NOTIONAL", key=market.key, message="the hedge is below the least value")
    return None
