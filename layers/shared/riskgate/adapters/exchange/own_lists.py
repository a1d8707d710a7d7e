"""Lists of orders and fills that are read from the venue's own answers, where ccxt reads one page or makes parts up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from riskgate.adapters.exchange import hyperliquid, krakenfutures
from riskgate.adapters.exchange.client import ExchangeClient
from riskgate.core.venues.model import VenueOrder, VenueOrderRef, VenueTrade

type Orders = tuple[VenueOrder, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnLists:
    """How one class is asked. Periods are in milliseconds; without a symbol all markets are meant.

    What is None is asked for as at any other class.
    """

    find_order: Callable[[ExchangeClient, VenueOrderRef], VenueOrder | None] | None = None
    list_open_orders: Callable[[ExchangeClient, str | None], Orders] | None = None
    list_orders: Callable[[ExchangeClient, str | None, int, int], Orders]
    list_trades: Callable[[ExchangeClient, str | None, int, int], tuple[VenueTrade, ...]]


#: By ccxt class.
OWN_LISTS: Mapping[str, OwnLists] = {
    "hyperliquid": OwnLists(list_orders=hyperliquid.list_orders, list_trades=hyperliquid.list_trades),
    "krakenfutures": OwnLists(
        find_order=krakenfutures.find_order,
        list_open_orders=krakenfutures.list_open_orders,
        list_orders=krakenfutures.list_orders,
        list_trades=krakenfutures.list_trades,
    ),
}
