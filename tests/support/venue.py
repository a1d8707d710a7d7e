"""Build venues in-process and behind a server, and ccxt exchanges that talk to them."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

import ccxt

from infra.simulators.exchange.accounts import Account, FeeSchedule
from infra.simulators.exchange.binance import Binance
from infra.simulators.exchange.bybit.protocol import Bybit
from infra.simulators.exchange.client import ControlClient, bybit_urls, ccxt_urls
from infra.simulators.exchange.clock import Clock, wall_ms
from infra.simulators.exchange.closes import DAY_MS, ClosePath
from infra.simulators.exchange.engine import Engine
from infra.simulators.exchange.gateway import Gateway
from infra.simulators.exchange.instruments import Instrument, Market
from infra.simulators.exchange.orders import Order, SelfTradePrevention, Side, TimeInForce
from infra.simulators.exchange.protocol import Protocol
from infra.simulators.exchange.server import ExchangeServer
from infra.simulators.exchange.venue import Venue, VenueConfig
from tests.support.loopback import loopback_session

# 2022-01-02T00:00:00Z: the first synthetic close.
START_MS = 1_641_081_600_000
KEY, SECRET = "simulated-key", "simulated-secret"
ACCOUNT = "alice"


def flat_closes(**prices: str) -> ClosePath:
    """Return a path on which each asset keeps one price for 400 days."""
    given = {"BTC": "50000", "ETH": "4000", "BNB": "500", **prices}
    return ClosePath(
        {
            asset: [(START_MS + day * DAY_MS, Decimal(price)) for day in range(-400, 400)]
            for asset, price in given.items()
        }
    )


def straight_closes(asset: str, *closes: str) -> ClosePath:
    """Return a path whose first close is at START_MS and one more follows every day."""
    return ClosePath({asset: [(START_MS + day * DAY_MS, Decimal(close)) for day, close in enumerate(closes)]})


def frozen_venue(closes: ClosePath | None = None, *, speed: str = "1", protocol: type[Protocol] = Binance) -> Venue:
    """Return a venue whose clock stands at START_MS, where its path stands too."""
    return Venue(
        VenueConfig(
            closes=flat_closes() if closes is None else closes,
            clock=Clock(frozen_at_ms=START_MS),
            path_start_ms=START_MS,
            path_speed=Decimal(speed),
            align_days=False,
            customs=protocol.customs,
            instruments=protocol().instruments,
        )
    )


def fund(
    venue: Venue,
    account_id: str,
    spot: dict[str, str] | None = None,
    swap: str = "0",
    fees: FeeSchedule | None = None,
) -> Account:
    """Open an account with balances."""
    account = venue.open_account(account_id, fees)
    for asset, amount in (spot or {}).items():
        venue.set_balance(account, "spot", asset, Decimal(amount))
    if Decimal(swap):
        venue.set_balance(account, "swap", "USDT", Decimal(swap))
    return account


def order_of(
    venue: Venue,
    account_id: str,
    side: str,
    quantity: str,
    price: str = "0",
    *,
    market: Market = "spot",
    symbol: str = "BTCUSDT",
    kind: str | None = None,
    **fields: Any,
) -> Order:
    """Build an order as the parsers do; `price` "0" is a market order."""
    instrument: Instrument = venue.state.instrument(market, symbol)
    return Order(
        order_id=0,
        account_id=account_id,
        instrument=instrument,
        client_order_id=fields.pop("client_order_id", f"c{venue.state.sequences.next()}"),
        side=Side(side),
        type=kind or ("LIMIT" if Decimal(price) else "MARKET"),
        time_in_force=TimeInForce(fields.pop("tif", "GTC")),
        quantity=Decimal(quantity),
        price=Decimal(price),
        self_trade_prevention=SelfTradePrevention(fields.pop("stp", "EXPIRE_MAKER")),
        **fields,
    )


def place(venue: Venue, order: Order) -> Order:
    """Place an order, its instrument's book brought up to now first."""
    venue.current(order.instrument)
    return venue.engine.place(order)


def replace_engine(venue: Venue, engine: Engine) -> None:
    """Let another engine work on a venue's state."""
    venue.engine = engine
    venue.flow.engine = engine


@dataclass
class Simulator:
    """A running server with one account and the means to reach it."""

    server: ExchangeServer
    control: ControlClient
    exchanges: list[ccxt.Exchange]

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def gateway(self) -> Gateway:
        return self.server.gateway

    def ccxt(self, name: str, *, native: bool = False, key: str = KEY, secret: str = SECRET, **more: Any) -> Any:
        """Return an unmodified ccxt exchange: changed URLs, or (native) a session under its own."""
        settings: dict[str, Any] = {"apiKey": key, "secret": secret, "enableRateLimit": False, "timeout": 20_000}
        if native:
            settings["session"] = loopback_session(self.url)
        else:
            settings["urls"] = bybit_urls(self.url) if name == "bybit" else ccxt_urls(self.url)
        exchange = getattr(ccxt, name)({**settings, **more})
        exchange.number = str
        self.exchanges.append(exchange)
        return exchange

    def orders(self, **query: Any) -> list[dict[str, Any]]:
        """Return what really happened to orders."""
        found: Any = self.control.get("orders", **query)
        return list(found)

    def trades(self, **query: Any) -> list[dict[str, Any]]:
        found: Any = self.control.get("trades", **query)
        return list(found)

    def account(self, name: str = ACCOUNT) -> dict[str, Any]:
        found: Any = self.control.get("accounts")
        return next(dict(item) for item in found if item["account"] == name)

    def raw(
        self,
        method: str,
        path: str,
        params: dict[str, Any] | None = None,
        *,
        key: str | None = KEY,
        secret: str | None = SECRET,
        headers: dict[str, str] | None = None,
        timestamp: bool = True,
    ) -> tuple[int, Any, dict[str, str]]:
        """Send a request by hand; signed unless `secret` is None. POST and PUT use the body."""
        fields = dict(params or {})
        if secret is not None and timestamp:
            fields.setdefault("timestamp", wall_ms())
        text = urlencode(fields)
        if secret is not None:
            signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
            text += f"&signature={signature}"
        sent = dict(headers or {})
        if key is not None:
            sent["X-MBX-APIKEY"] = key
        in_body = method in ("POST", "PUT")
        return self.send(method, path if in_body else f"{path}?{text}", text if in_body else None, sent)

    def send(
        self, method: str, target: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, Any, dict[str, str]]:
        """Send a request as it stands and return status, JSON (or text) and headers."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=20)
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
            is_json = "json" in (response.getheader("Content-Type") or "")
            return response.status, json.loads(text) if is_json else text, dict(response.getheaders())
        finally:
            connection.close()


@contextmanager
def running(venue: Venue, protocol: Protocol | None = None) -> Iterator[Simulator]:
    """Serve a venue on a free loopback port with one funded account; it speaks Binance's protocol unless told."""
    server = ExchangeServer(Gateway(venue, protocol))
    server.start()
    simulator = Simulator(server, ControlClient(server.url), [])
    try:
        simulator.control.post(
            "accounts",
            account=ACCOUNT,
            key=KEY,
            secret=SECRET,
            balances={"spot": {"USDT": "1000000", "BTC": "10"}, "swap": {"USDT": "1000000"}},
        )
        yield simulator
    finally:
        for exchange in simulator.exchanges:
            exchange.session.close()
        server.stop()


def real_time_venue(closes: ClosePath | None = None, protocol: type[Protocol] = Binance) -> Venue:
    """Return a venue that runs in real time while its path stands still: what ccxt's clock needs."""
    return Venue(
        VenueConfig(
            closes=flat_closes() if closes is None else closes,
            clock=Clock(),
            path_start_ms=START_MS,
            path_speed=Decimal(0),
            customs=protocol.customs,
            instruments=protocol().instruments,
        )
    )


@contextmanager
def running_bybit() -> Iterator[Simulator]:
    """Serve a venue that speaks Bybit's protocol, with one account that has 1,000,000 USDT and 10 BTC."""
    with running(real_time_venue(flat_closes(USDC="1"), Bybit), Bybit()) as simulator:
        yield simulator


VENUES = [("binance", "BTC/USDT", "/api/v3/order"), ("binanceusdm", "BTC/USDT:USDT", "/fapi/v1/order")]


def resting(exchange: Any, symbol: str, client_order_id: str = "f-1") -> Any:
    """Send a limit order that rests."""
    return exchange.create_order(symbol, "limit", "buy", "0.1", "40000", {"newClientOrderId": client_order_id})


def lookup(exchange: Any, symbol: str, client_order_id: str = "f-1") -> Any:
    return exchange.fetch_order(None, symbol, {"clientOrderId": client_order_id})
