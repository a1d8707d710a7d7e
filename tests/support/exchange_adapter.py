"""The exchange adapter on a running simulator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from ccxt.base.exchange import BaseExchange

from infra.simulators.exchange.client import ccxt_urls
from riskgate.adapters.exchange.build import CallPolicy
from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.credentials import VenueCredentials
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from riskgate.core.venues.model import NewVenueOrder, VenueOrderRef
from tests.support.venue import KEY, SECRET, Simulator

SPOT, SWAP = MarketType.SPOT, MarketType.SWAP
BOTH = [SPOT, SWAP]
SYMBOL = {SPOT: "BTC/USDT", SWAP: "BTC/USDT:USDT"}
ORDER_PATH = {SPOT: "/api/v3/order", SWAP: "/fapi/v1/order"}
ORDER_IDS = [f"{number:032x}" for number in range(1, 50)]


@contextmanager
def unthrottled() -> Iterator[None]:
    """Let ccxt's rate limiter pass: it sleeps for seconds between calls."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseExchange, "throttle", lambda _self, _cost=None: None)
        yield


@dataclass
class AdapterAtVenue:
    """The adapter with what tests need around it."""

    simulator: Simulator
    market_type: MarketType
    exchange: CcxtExchange
    slept: list[float] = field(default_factory=list)

    @property
    def symbol(self) -> str:
        return SYMBOL[self.market_type]

    @property
    def path(self) -> str:
        return ORDER_PATH[self.market_type]

    def order(self, number: int = 0, **fields: Any) -> NewVenueOrder:
        """Return a limit buy far below the market, changed by `fields`; each `number` is another order."""
        known: dict[str, Any] = {
            "client_order_id": self.exchange.client_order_id(ORDER_IDS[number]),
            "symbol": self.symbol,
            "side": Side.BUY,
            "type": OrderType.LIMIT,
            "quantity": Decimal("0.1"),
            "limit_price": Decimal(40000),
        }
        return NewVenueOrder(**(known | fields))

    def market_order(self, number: int = 0, side: Side = Side.BUY, **fields: Any) -> NewVenueOrder:
        return self.order(number, side=side, type=OrderType.MARKET, limit_price=None, **fields)

    def ref(self, number: int = 0, **fields: Any) -> VenueOrderRef:
        client_order_id = self.exchange.client_order_id(ORDER_IDS[number])
        return VenueOrderRef(client_order_id=client_order_id, symbol=self.symbol, **fields)

    def fault(self, kind: str, method: str, path: str | None = None, **options: Any) -> None:
        self.simulator.control.post("faults", kind=kind, method=method, path=path or self.path, **options)

    def price(self, price: str) -> None:
        self.simulator.control.post("price", symbol="BTCUSDT", price=price)

    def sent(self, method: str, path: str | None = None) -> list[dict[str, Any]]:
        """Return the requests that reached the venue."""
        found: Any = self.simulator.control.get("requests", method=method, path=path or self.path)
        return list(found)


def credentials(simulator: Simulator, key: str = KEY, secret: str = SECRET) -> VenueCredentials:
    return VenueCredentials(keys={"apiKey": key, "secret": secret}, urls=ccxt_urls(simulator.url))


def open_adapter(simulator: Simulator, market_type: MarketType, **settings: Any) -> AdapterAtVenue:
    """Return the adapter on a simulator; reads wait for nothing between attempts."""
    slept: list[float] = []
    known = settings.pop("credentials", None) or credentials(simulator)
    settings.setdefault("policy", CallPolicy(read_seconds=20))
    exchange = CcxtExchange("binance", market_type, lambda _refresh: known, sleep=slept.append, **settings)
    return AdapterAtVenue(simulator, market_type, exchange, slept)


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)
