"""An order as the worker left it, for whoever waits for that."""

from riskgate.app.routing.worker import Noticed
from riskgate.core.account.stored import OrderRecord
from riskgate.core.money import ZERO
from riskgate.core.venues.model import LiquidityRole
from riskgate.schemas.messages.worked import WorkedFill, WorkedOrder


def describe_worked(record: OrderRecord, noticed: Noticed) -> WorkedOrder:
    """Return an order with the fills that were noticed while it was worked on; each once."""
    trades = {trade.trade_id: trade for trade in noticed.trades}
    return WorkedOrder(
        client_order_id=record.order.client_order_id,
        order_id=record.order_id,
        status=record.status,
        quantity=record.quantity,
        filled_quantity=record.filled_quantity,
        filled_notional=record.filled_notional,
        updated_at=record.updated_at,
        exchange_order_id=record.exchange_order_id or "",
        reason=record.reason,
        rejected_as=noticed.rejected_as,
        fills=tuple(
            WorkedFill(
                trade_id=trade.trade_id,
                quantity=trade.quantity,
                price=trade.price,
                fee=trade.fee or ZERO,
                fee_currency=trade.fee_currency or "",
                is_maker=trade.role is LiquidityRole.MAKER,
            )
            for trade in trades.values()
        ),
    )
