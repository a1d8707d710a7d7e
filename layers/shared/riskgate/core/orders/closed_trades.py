"""What an exit earned, after the fees of the entry and its own."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.account.document import ClosedTrade, Position
from riskgate.core.money import ZERO, quantize_money
from riskgate.core.order import OrderType
from riskgate.core.orders.events import FillRecorded
from riskgate.core.orders.fees import COINS_SINCE
from riskgate.core.replacing import replace
from riskgate.core.side import Side


def carry_fees(
    held: Position | None, position: Position | None, event: FillRecorded, fee: Decimal
) -> tuple[Position | None, Decimal]:
    """Keep an entry's fees with its position; return those of what was closed, entry and exit, in base currency."""
    signed = event.quantity * event.order.side.sign
    if event.rules < COINS_SINCE or not signed:
        return position, ZERO
    carried, given_back, of_exit = ZERO, ZERO, ZERO
    if held is not None:
        carried = held.entry_fees or ZERO
        closed = min(abs(held.quantity), abs(signed)) if held.quantity * signed < 0 else ZERO
        given_back = quantize_money(carried * closed / abs(held.quantity))
        of_exit = quantize_money(fee * closed / abs(signed))
    if position is not None:
        position = replace(position, entry_fees=carried - given_back + fee - of_exit or None)
    return position, given_back + of_exit


def closed_trade(held: Position | None, event: FillRecorded, realized: Decimal, unit: Decimal) -> ClosedTrade | None:
    """Return what a fill closed of a position; None where it opened or added.

    `realized` and `unit`, the worth of one unit at a price of one, are in base currency.
    """
    if held is None or held.quantity * event.order.side.sign > 0:
        return None
    was_long = held.quantity > 0
    stop = held.stop_loss_price
    beyond_stop = stop is not None and (event.price <= stop if was_long else event.price >= stop)
    return ClosedTrade(
        at=event.executed_at,
        key=held.key,
        client_order_id=event.order.client_order_id,
        strategy=held.strategy,
        side=Side.BUY if was_long else Side.SELL,
        realized_pnl=realized,
        notional=quantize_money(held.average_price * min(abs(held.quantity), event.quantity) * unit),
        stopped=beyond_stop or (event.order.type in {OrderType.STOP, OrderType.STOP_LIMIT} and realized < 0),
    )
