"""A gateway in this process, in real time: every function's real handler on moto, the front door over HTTP."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyotp
import pytest

from functions.monitor.app import lambda_handler as monitor
from functions.venue_reader.app import lambda_handler as venue_reader
from tests.bots.places import Place
from tests.support import fixtures, front_door
from tests.support.aws import LambdaContext
from tests.support.front_door import FrontDoor, open_front_door, served
from tests.support.gateway import ACCOUNT_ID, instant
from tests.support.routed_account import VENUE_SECRET, RoutedAccount
from tests.support.streams import LogStream
from tests.support.venue import ACCOUNT

#: One function works at a time, as in the tests of the front door.
LOCK = front_door._LOCK
VENUES = {"spot": "binance", "swap": "binanceusdm"}
PRICES = {"BTC": "59000", "ETH": "1850"}
MARKETS = (
    ("binance", "spot", "BTC/USDT", "0.01", "0.00001"),
    ("binance", "spot", "ETH/USDT", "0.01", "0.0001"),
    ("binanceusdm", "swap", "BTC/USDT:USDT", "0.1", "0.001"),
    ("binanceusdm", "swap", "ETH/USDT:USDT", "0.01", "0.001"),
)
#: Bitcoin and ether move together, which the shipped limit on correlation would not have in one book. No job has
#: measured VaR and stress here: without figures both take all for lost.
LIMITS = {
    "correlation_max": None,
    "sector_fraction_max": None,
    "daily_trades_max": None,
    "var_fraction_max": None,
    "stress_loss_fraction_max": None,
}
MONEY = {"spot": {"USDT": "50000", "BTC": "0", "ETH": "0"}, "swap": {"USDT": "50000"}}
#: What is left of a coin where its fee was taken from it, and the lot is larger.
DUST = Decimal("0.0002")
QUOTE_SECONDS = 4
MONITOR = {"SUMMARY_HOUR": "off", "SUMMARY_TIME_ZONE": "UTC"}
#: The set-up moves the clock for one-time codes; it begins so much before now.
SET_UP = timedelta(seconds=150)


def real_now() -> datetime:
    """Return the instant that other processes see: this one's clock is moved."""
    text = subprocess.run(["date", "+%s.%N"], capture_output=True, text=True, check=True).stdout
    return datetime.fromtimestamp(float(text), UTC)


@dataclass
class BotsGateway:
    """One account at a spot and a swap venue of the simulated exchange, and what its operator does."""

    routed: RoutedAccount
    door: FrontDoor
    url: str = ""
    prices: dict[str, Decimal] = field(default_factory=lambda: {name: Decimal(text) for name, text in PRICES.items()})

    @cached_property
    def log(self) -> LogStream:
        """Return the log's stream, which tells what is to be stopped."""
        return LogStream(self.routed.gateway.aws.audit_table)

    def open(self) -> None:
        """Register the account with both venues, let it be read, and go on in real time."""
        gateway, exchange = self.routed.gateway, self.routed.simulator.control
        gateway.contract = None
        self.log.pump()
        venues = [
            {"venue": name, "market_type": market, "secret_name": VENUE_SECRET} for market, name in VENUES.items()
        ]
        assert gateway.register(ACCOUNT_ID, totp=True, venues=venues).status == 200
        assert gateway.limits(**LIMITS, order_rate_max=1000).status == 200
        rules = [
            dict(zip(("venue", "market_type", "symbol", "tick_size", "step_size"), row, strict=True), notional_min="5")
            for row in MARKETS
        ]
        assert gateway.call("PUT", "/market/instruments", {"instruments": rules}).status == 200
        exchange.post("accounts", account=ACCOUNT, balances=MONEY)
        for name, price in self.prices.items():
            exchange.post("price", symbol=f"{name}USDT", price=str(price))
        gateway.traveller.move_to(real_now(), tick=True)
        self.monitor()

    def place(self, strategy: str, default_stop: str = "0.05") -> Place:
        """Issue a key for a strategy and return where its bot trades."""
        key, secret = self.door.issue(strategy, venues=VENUES, default_stop_fraction=Decimal(default_stop))
        return Place(
            public=self.routed.simulator.url,
            private={market: f"{self.url}/venues/{name}" for market, name in VENUES.items()},
            key=key.key_id,
            secret=secret,
            account=ACCOUNT,
        )

    def exchange_leverage(self, leverage: int) -> None:
        """Set the contracts' leverage at the exchange, as a person does there with the account's own key."""
        exchange = self.routed.simulator.ccxt("binanceusdm")
        for symbol in ("BTC/USDT:USDT", "ETH/USDT:USDT"):
            exchange.set_leverage(leverage, symbol)

    # ------------------------------------------------------- what happens

    def quote(self) -> None:
        """Tell the gateway the exchange's prices."""
        with LOCK:
            now, quotes = instant(datetime.now(UTC)), []
            for venue, _, symbol, *_ in MARKETS:
                price = self.prices[symbol.partition("/")[0]]
                ends = {
                    "bid": str(price * Decimal("0.9999")),
                    "ask": str(price * Decimal("1.0001")),
                    "last": str(price),
                }
                quotes.append({"venue": venue, "symbol": symbol, "at": now, "volume_24h": "1000000"} | ends)
            answer = self.routed.gateway.call("PUT", "/market/quotes", {"quotes": quotes})
            assert answer.status == 200, answer.text

    def monitor(self) -> None:
        """Read the account's venues, as the schedule does each minute, and do what comes of it."""
        self.quote()
        # A reading that finds a fill says nothing of the equity: that is the next one's.
        with LOCK:
            while not self._read_venues()["recorded"]:
                pass
            self.log.pump()
            while self.routed.work() is not None:
                pass

    def _read_venues(self) -> Any:
        return monitor({"account_id": ACCOUNT_ID}, LambdaContext())  # type: ignore[arg-type]

    def set_price(self, symbol: str, price: str) -> None:
        """Move a price at the exchange, and let the gateway see it."""
        self.prices[symbol.removesuffix("USDT")] = Decimal(price)
        self.routed.simulator.control.post("price", symbol=symbol, price=price)
        self.quote()

    def switch(self, *, engaged: bool) -> None:
        """Flip the global kill switch in its table, as an operator does."""
        with LOCK:
            self.routed.gateway.put_flag("GLOBAL", {"BOOL": engaged})
            self.routed.control.pump()

    def set_limits(self, **limits: Any) -> None:
        """Change limits; loosening needs a one-time code, and each is good once."""
        gateway = self.routed.gateway
        with LOCK:
            for step in (-1, 0, 1):
                code = pyotp.TOTP(gateway.aws.totp_seed).at(datetime.now(UTC), counter_offset=step)
                path = f"/accounts/{ACCOUNT_ID}/limits"
                answer = gateway.call("PUT", path, limits, headers={"X-TOTP": code})
                if answer.status == 200:
                    return
        raise AssertionError(answer.text)

    # ------------------------------------------------------- what is seen

    def read(self) -> Mapping[str, Any]:
        """Return the account as the gateway has it."""
        with LOCK:
            account: Mapping[str, Any] = self.routed.gateway.account()
        return account

    def breakers(self) -> set[str]:
        """Return the breakers that are tripped."""
        return {row["name"] for row in self.read()["breakers"]}

    def position(self, symbol: str) -> Decimal:
        """Return what the account holds of a market in the gateway's books."""
        rows = [row for row in self.read()["positions"] if row["symbol"] == symbol]
        return sum((Decimal(row["quantity"]) for row in rows), Decimal(0))

    def outcomes(self, place: Place) -> list[str]:
        """Return what was decided on the orders of a key, oldest first: approved or denied."""
        with LOCK:
            decided = self.routed.audit("order_decided")
        return [row["answer"]["decision"] for row in decided if row["actor"] == f"key:{place.key}"]


def begin_before_now() -> datetime:
    """Return when the next gateway's clock is to begin, shortly before now; call it before its fixtures."""
    start = real_now() - SET_UP
    # The fixture that makes the tables goes back to the instant by this name.
    vars(fixtures)["NOON"] = start
    fixtures._START.clear()
    return start


@contextmanager
def open_gateway(routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[BotsGateway]:
    """Serve a routed account's front door with fresh prices for the block."""
    for name, value in MONITOR.items():
        monkeypatch.setenv(name, value)
    gateway = BotsGateway(routed=routed, door=open_front_door(routed.gateway, monkeypatch, venue_reader))
    gateway.open()
    stopped = threading.Event()

    def keep_quotes_fresh() -> None:
        while not stopped.wait(QUOTE_SECONDS):
            gateway.quote()

    thread = threading.Thread(target=keep_quotes_fresh, daemon=True)
    with served(gateway.door) as gateway.url:
        thread.start()
        try:
            yield gateway
        finally:
            stopped.set()
            thread.join()
