"""Orders that hedge: what they add in one market takes away from what is held of the asset in others."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.account.document import AccountState, WorkingOrder
from riskgate.core.account.legs import find_leg, sum_leg
from riskgate.core.instrument import MarketType
from riskgate.core.money import ZERO, with_risk_context
from riskgate.core.side import Side


@with_risk_context
def lowers_delta(state: AccountState, order: WorkingOrder) -> bool:
    """Tell whether an order lowers its asset's delta, whatever else fills.

    It does where it, and every other working order on its side, together do not sell (or buy) more than what is held.
    An order that turns its own market's position around is no hedge: it exits first. Nor is a spot sell of coins held
    elsewhere: it opens no short.
    """
    if state.holds_coins and order.market_type is MarketType.SPOT and order.side is Side.SELL:
        return False
    own = sum_leg(state, find_leg(state, order.key)).held
    if own * order.side.sign < 0:
        return False
    held = sum((position.value for position in state.positions.values() if position.asset == order.asset), ZERO)
    if held * order.side.sign >= 0:
        return False
    others = sum(
        (
            _notional(other)
            for other in state.working_orders.values()
            if other.asset == order.asset
            and other.side is order.side
            and other.client_order_id != order.client_order_id
        ),
        ZERO,
    )
    return others + _notional(order) <= abs(held)


def _notional(order: WorkingOrder) -> Decimal:
    """Return the value of all that may still fill, in base currency."""
    return order.quantity * order.unit_notional
