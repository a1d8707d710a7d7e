"""Cut lists of orders and trades to what is the bot's own, and show orders by the bot's own ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from riskgate.app.front_door.own_orders import OwnOrders
from riskgate.core.account.order_names import VenueOrderName
from riskgate.core.front_door.views import OrderFields

type Row = dict[str, Any]
#: Asks the venue for the orders of a market from one number on.
type ListOrders = Callable[[str, str], Sequence[Row]]


def show_orders(rows: Sequence[Row], fields: OrderFields, own: OwnOrders, *, is_list: bool = True) -> list[Row]:
    """Return the orders that the bot may see, under the ids that it gave them itself.

    A list leaves out what the gateway itself keeps at the venue.
    """
    found = own.by_client_ids(str(row.get(fields.client_id, "")) for row in rows)
    shown, kept = [], own.bot.kept if is_list else frozenset()
    for row in rows:
        named = found[str(row.get(fields.client_id, ""))]
        number = str(row.get(fields.number, ""))
        if number and fields.number == "orderId":
            own.learn(str(row.get("symbol", "")), number, named)
        if own.bot.may_see(named) and not (named is not None and named.client_order_id in kept):
            shown.append(_renamed(row, fields, named))
    return shown


def show_trades(rows: Sequence[Row], own: OwnOrders, list_orders: ListOrders) -> list[Row]:
    """Return the trades of orders that the bot may see.

    A trade names only the venue's own id of its order: where that was not written down yet, the venue is asked once for
    the orders from there on.
    """
    if own.bot.shows_all:
        return list(rows)
    shown: list[Row] = []
    for symbol in dict.fromkeys(str(row.get("symbol", "")) for row in rows):
        of_market = [row for row in rows if str(row.get("symbol", "")) == symbol]
        numbers = list(dict.fromkeys(str(row.get("orderId", "")) for row in of_market))
        found = own.by_numbers(symbol, numbers)
        unknown = [int(number) for number in numbers if number not in found and number.isdecimal()]
        if unknown:
            _learn_from_venue(symbol, str(min(unknown)), own, list_orders)
            found = own.by_numbers(symbol, numbers)
        shown += [row for row in of_market if own.bot.may_see(found.get(str(row.get("orderId", ""))))]
    return shown


def _learn_from_venue(symbol: str, number: str, own: OwnOrders, list_orders: ListOrders) -> None:
    rows = list_orders(symbol, number)
    found = own.by_client_ids(str(row.get("clientOrderId", "")) for row in rows)
    for row in rows:
        own.learn(symbol, str(row.get("orderId", "")), found[str(row.get("clientOrderId", ""))])


def _renamed(row: Row, fields: OrderFields, named: VenueOrderName | None) -> Row:
    return row if named is None else {**row, fields.client_id: named.client_order_id}
