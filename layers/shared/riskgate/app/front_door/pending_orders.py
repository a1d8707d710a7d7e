"""Orders that the gateway holds and the venue does not know yet: shown as the venue would, which never lost one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from riskgate.app.front_door.own_orders import Bot
from riskgate.app.ports.store import Store
from riskgate.app.routing.describe_worked import describe_worked
from riskgate.app.routing.worker import Noticed
from riskgate.core.account.document import OrderStatus, WorkingOrder
from riskgate.core.account.order_names import short_symbol
from riskgate.core.account.stored import OrderRecord, ReadRequest
from riskgate.core.front_door.views import ALGO_ORDER, OrderFields
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType
from riskgate.schemas.front_door.answers import Shown, algo_order, spot_order, swap_order_queried

type Row = dict[str, Any]

_PENDING = frozenset({OrderStatus.APPROVED, OrderStatus.SUBMITTING, OrderStatus.UNKNOWN})
#: What never was an order at the venue.
_NEVER_THERE = frozenset({OrderStatus.DENIED, OrderStatus.REJECTED})
#: Read of their items at once.
PENDING_MAX = 90


def list_pending(
    bot: Bot, fields: OrderFields, parameters: Mapping[str, str], shown: Collection[str], store: Store
) -> list[Row]:
    """Return the bot's orders on their way to the venue, but those that it `shown` already, by the bot's ids."""
    symbol, kept = parameters.get("symbol"), bot.kept
    orders = [
        order
        for order in bot.state.working_orders.values()
        if order.venue == bot.venue
        and order.status in _PENDING
        and (bot.shows_all or order.strategy == bot.strategy)
        and symbol in {None, short_symbol(order.symbol)}
        and order.client_order_id not in shown
        and order.client_order_id not in kept
        and _is_algo(order.type, order.market_type) == (fields is ALGO_ORDER)
    ]
    names = tuple(order.client_order_id for order in orders[:PENDING_MAX])
    if not names:
        return []
    records = store.read(ReadRequest(account_id=bot.state.account_id, client_order_ids=names)).records
    kinds: dict[str, WorkingOrder] = bot.state.working_orders
    return [
        show_pending(records[name], kinds[name].market_type)
        for name in names
        if name in records and records[name].order.route and records[name].status in _PENDING
    ]


def may_be_there(record: OrderRecord) -> bool:
    """Tell whether an order that the venue does not show is one all the same: on its way, or ended before it left."""
    return record.order.route and record.status not in _NEVER_THERE


def show_pending(record: OrderRecord, market_type: MarketType) -> Row:
    """Return an order as the venue would show it."""
    worked = describe_worked(record, Noticed())
    shown = Shown(order=record.order, worked=worked, market_type=market_type)
    if market_type is MarketType.SPOT:
        return spot_order(shown)
    return algo_order(shown) if _is_algo(record.order.type, market_type) else swap_order_queried(shown)


def _is_algo(kind: OrderType, market_type: MarketType) -> bool:
    return market_type is MarketType.SWAP and kind.has_trigger_price
