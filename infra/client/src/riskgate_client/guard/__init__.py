"""Wrap an exchange of ccxt's so that every order passes the gateway."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from riskgate_client.client import AsyncClient, Client
from riskgate_client.guard.faces import errors_of
from riskgate_client.guard.orders import Settings
from riskgate_client.guard.placing import SENDS_AGAIN, Placing
from riskgate_client.guard.proxy import Guarded
from riskgate_client.guard.routed import Routed
from riskgate_client.guard.venue_ids import OFFERED


def guard(
    exchange: Any,
    client: Client | AsyncClient,
    *,
    strategy: str,
    route: bool,
    venue: str | None = None,
    stop_fraction: Decimal | None = None,
    venue_params: Collection[str] = (),
    allow_setup: bool = False,
    wait_seconds: float = 10.0,
) -> Any:
    """Return an exchange that places nothing the gateway has not approved.

    Methods that place, change or cancel orders go through the gateway, in every spelling; reads go to the venue;
    anything else is refused. Denials are errors of ccxt's (InvalidOrder, InsufficientFunds) that are also `Denied`.

    Parameters
    ----------
    exchange : an object of one of ccxt's classes that the gateway offers; configure it before
    client : Client, or AsyncClient for ccxt.async_support and ccxt.pro
    strategy : the bot's name at the gateway
    route : True, the gateway sends orders with its own key, and the exchange's may be read-only; False, the gateway
        decides, the exchange places, and placed orders and fills are reported back
    venue : the gateway's name of the venue, the exchange's id unless given
    stop_fraction : distance of the stop of orders that name none, 0 to 1 of the price
    venue_params : the venue's own parameters that may go along with an order that the exchange places
    allow_setup : let leverage, margin mode and position mode be set
    wait_seconds : how long an order that the gateway sends is waited for

    Raises TypeError: no such exchange, or a client of the other kind; ValueError: it sends requests again by itself.
    """
    errors = errors_of(exchange)
    is_async = inspect.iscoroutinefunction(type(exchange).create_order)
    if not isinstance(client, AsyncClient if is_async else Client):
        raise TypeError(f"this exchange needs {'an AsyncClient' if is_async else 'a Client'}")
    if exchange.id not in OFFERED:
        raise TypeError(f"the gateway does not offer {exchange.id}")
    if stop_fraction is not None and not 0 < stop_fraction < 1:
        raise ValueError("stop_fraction must lie between 0 and 1")
    if not route and exchange.options.get(SENDS_AGAIN):
        raise ValueError(f"with {SENDS_AGAIN} ccxt sends an order twice: leave it at 0")
    settings = Settings(
        core=client.core,
        exchange=exchange,
        errors=errors,
        venue=venue or exchange.id,
        strategy=strategy,
        route=route,
        stop_fraction=stop_fraction,
        venue_params=frozenset(venue_params),
        wait_seconds=wait_seconds,
    )
    flows = Routed(settings=settings) if route else Placing(settings=settings)
    return Guarded(exchange, flows, client.run, is_async=is_async, allow_setup=allow_setup)
