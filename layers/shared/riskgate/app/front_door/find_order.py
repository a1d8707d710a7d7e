"""Find the order that a bot names, among its own."""

from __future__ import annotations

from itertools import batched

from riskgate.app.front_door.door import Door
from riskgate.core.account.document import WorkingOrder
from riskgate.core.account.order_names import name_by_number
from riskgate.core.account.stored import OrderRecord, ReadRequest
from riskgate.core.errors import NotFound
from riskgate.core.front_door.refusals import Refusal, unknown_order

#: Items of orders that one read asks for.
ORDERS_READ_MAX = 90


def find_order(door: Door, venue: str, symbol: str, order_id: int | None, client_order_id: str | None) -> OrderRecord:
    """Return an order of the key's strategy in one market, by the bot's id, the venue's, or both.

    One that was changed has another of the venue's ids; it answers to its earlier ones too, as at a venue that amends.
    Raises Refusal: -1102, neither is given; -2011, there is none, or it is not the bot's.
    """
    if client_order_id is not None:
        record = _by_name(door, client_order_id)
    elif order_id is not None:
        record = _by_venue_id(door, venue, symbol, order_id)
    else:
        text = "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"
        raise Refusal(-1102, text)
    own = record is not None and (record.order.strategy, record.order.venue, record.order.symbol) == (
        door.key.strategy,
        venue,
        symbol,
    )
    # Where the gateway itself exits, no bot takes its order away.
    if record is None or not own or record.order.operator_exit:
        raise unknown_order()
    if client_order_id is not None and order_id not in {None, _number_of(record)}:
        raise unknown_order()
    return record


def list_working(door: Door, venue: str, symbol: str | None) -> list[WorkingOrder]:
    """Return the working orders that the strategy's bot placed, oldest first: no stop that the gateway keeps."""
    state = door.acting.deps.store.read(ReadRequest(account_id=door.key.account_id)).require_state()
    own = [
        order
        for order in state.working_orders.values()
        if (order.venue, order.strategy) == (venue, door.key.strategy)
        and symbol in {None, order.symbol}
        and not order.operator_exit
    ]
    return sorted(own, key=lambda order: (order.approved_at, order.client_order_id))


def read_records(door: Door, orders: list[WorkingOrder]) -> list[OrderRecord]:
    """Return the items of working orders."""
    found: list[OrderRecord] = []
    for some in batched((order.client_order_id for order in orders), ORDERS_READ_MAX, strict=False):
        request = ReadRequest(account_id=door.key.account_id, client_order_ids=some)
        records = door.acting.deps.store.read(request).records
        found += [records[name] for name in some if name in records]
    return found


def _by_name(door: Door, client_order_id: str) -> OrderRecord | None:
    try:
        return door.acting.deps.store.get_order(door.key.account_id, client_order_id)
    except NotFound:
        return None


def _by_venue_id(door: Door, venue: str, symbol: str, order_id: int) -> OrderRecord | None:
    records = read_records(door, list_working(door, venue, symbol))
    found = next((record for record in records if _number_of(record) == order_id), None)
    if found is not None:
        return found
    name = name_by_number(venue, symbol, str(order_id))
    named = door.names.find(door.key.account_id, (name,)).get(name)
    return _by_name(door, named.client_order_id) if named is not None else None


def _number_of(record: OrderRecord) -> int | None:
    text = record.exchange_order_id or ""
    return int(text) if text.isascii() and text.isdecimal() else None
