"""What the scenarios ask of a gateway, wherever it runs: an account at two venues, and what its operator does."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import ccxt

from infra.local.bots.places import Place
from infra.simulators.exchange.client import ControlClient
from tests.support.gateway import instant

#: Where a gateway runs.
ON_STACK, IN_PROCESS = "on_stack", "in_process"
PRICES = {"BTC": "59000", "ETH": "1850"}
MARKETS = (
    ("spot", "BTC/USDT", "0.01", "0.00001"),
    ("spot", "ETH/USDT", "0.01", "0.0001"),
    ("swap", "BTC/USDT:USDT", "0.1", "0.001"),
    ("swap", "ETH/USDT:USDT", "0.01", "0.001"),
)
#: Bitcoin and ether move together, which the shipped limit on correlation would not have in one book. No job has
#: measured VaR and stress here: without figures both take all for lost.
LIMITS = {
    "correlation_max": None,
    "sector_fraction_max": None,
    "daily_trades_max": None,
    "var_fraction_max": None,
    "stress_loss_fraction_max": None,
    "order_rate_max": 1000,
}
MONEY = {"spot": {"USDT": "50000", "BTC": "0", "ETH": "0"}, "swap": {"USDT": "50000"}}
#: What is left of a coin where its fee was taken from it, and the lot is larger.
DUST = Decimal("0.0002")
QUOTE_SECONDS = 4
#: Readings of the venues until something is to be seen, and the seconds between two.
READINGS_MAX = 60
READING_SECONDS = 0.5


@dataclass(kw_only=True)
class BotsGateway(ABC):
    """One account, `venues` by market type; `exchange_account` is its name at the simulated exchange.

    `url` is the front door's: after it comes ``/venues/``.
    """

    account_id: str
    venues: Mapping[str, str]
    exchange_url: str
    exchange_account: str
    url: str = ""
    prices: dict[str, Decimal] = field(default_factory=lambda: {name: Decimal(text) for name, text in PRICES.items()})

    # ------------------------------------------------ what each does its way

    @abstractmethod
    def issue_key(self, strategy: str, default_stop: str) -> tuple[str, str]:
        """Issue a key for a strategy and return it with its secret."""

    @abstractmethod
    def call(
        self, method: str, path: str, body: Any = None, *, query: Mapping[str, str] | None = None, guarded: bool = False
    ) -> Any:
        """Return the answer of an API's route, which must succeed; `guarded` ones take a one-time code."""

    @abstractmethod
    def switch(self, *, engaged: bool) -> None:
        """Flip the kill switch in its table, as an operator does."""

    @abstractmethod
    def read_venues(self) -> bool:
        """Read the account's venues once, as the schedule does each minute; False where a fill came between."""

    @abstractmethod
    def own_key(self) -> dict[str, Any]:
        """Return ccxt's settings with the account's own key at the exchange."""

    # ------------------------------------------------------- what happens

    @property
    def control(self) -> ControlClient:
        return ControlClient(self.exchange_url)

    def fund(self) -> None:
        """Give the account its money at the exchange, and the markets their prices."""
        self.control.post("accounts", account=self.exchange_account, balances=MONEY)
        for name, price in self.prices.items():
            self.control.post("price", symbol=f"{name}USDT", price=str(price))

    def place(self, strategy: str, default_stop: str = "0.05") -> Place:
        """Issue a key for a strategy and return where its bot trades."""
        key, secret = self.issue_key(strategy, default_stop)
        return Place(
            public=self.exchange_url,
            private={market: f"{self.url}/venues/{name}" for market, name in self.venues.items()},
            key=key,
            secret=secret,
            account=self.exchange_account,
        )

    def exchange_leverage(self, leverage: int) -> None:
        """Set the contracts' leverage at the exchange, as a person does there with the account's own key."""
        exchange = ccxt.binanceusdm(self.own_key())
        for _, symbol, *_ in (row for row in MARKETS if row[0] == "swap"):
            exchange.set_leverage(leverage, symbol)
        exchange.session.close()

    def quote(self) -> None:
        """Tell the gateway the exchange's prices."""
        now, quotes = instant(datetime.now(UTC)), []
        for market, symbol, *_ in MARKETS:
            price = self.prices[symbol.partition("/")[0]]
            ends = {"bid": str(price * Decimal("0.9999")), "ask": str(price * Decimal("1.0001")), "last": str(price)}
            known = {"venue": self.venues[market], "symbol": symbol, "at": now, "volume_24h": "1000000"}
            quotes.append(known | ends)
        self.call("PUT", "/market/quotes", {"quotes": quotes})

    def monitor(self) -> None:
        """Let the gateway read the account's venues, and do what comes of it."""
        self.quote()
        # A reading that finds a fill says nothing of the equity: that is the next one's.
        for _ in range(READINGS_MAX):
            if self.read_venues():
                return
        raise AssertionError("the venues could not be read")

    def settle(self, is_so: Callable[[], bool], what: str) -> None:
        """Have the venues read until something is so: fills, cancels and breakers go their own ways."""
        for _ in range(READINGS_MAX):
            self.monitor()
            if is_so():
                return
            time.sleep(READING_SECONDS)
        raise AssertionError(f"{what}: {self.read()}")

    def settle_flat(self, symbol: str) -> None:
        """Have the venues read until nothing is left of a position but dust."""
        self.settle(lambda: abs(self.position(symbol)) < DUST, f"no position in {symbol}")

    def set_price(self, symbol: str, price: str) -> None:
        """Move a price at the exchange, and let the gateway see it."""
        self.prices[symbol.removesuffix("USDT")] = Decimal(price)
        self.control.post("price", symbol=symbol, price=price)
        self.quote()

    def set_limits(self, **limits: Any) -> None:
        """Change limits; loosening needs a one-time code."""
        self.call("PUT", f"/accounts/{self.account_id}/limits", limits, guarded=True)

    def loosen(self) -> None:
        """Let one bot hold two coins that move together, and ask as often as it likes."""
        self.set_limits(**LIMITS)

    # ------------------------------------------------------- what is seen

    def read(self) -> Mapping[str, Any]:
        """Return the account as the gateway has it."""
        account: Mapping[str, Any] = self.call("GET", f"/accounts/{self.account_id}")
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
        entries: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            query = {"after": str(after), "limit": "100"}
            page = self.call("GET", f"/accounts/{self.account_id}/audit", query=query)
            entries += page["entries"]
            after = page["next_after"]
        decided = [row for row in entries if row["event"] == "order_decided" and row["actor"] == f"key:{place.key}"]
        return [row["answer"]["decision"] for row in decided]

    @contextmanager
    def fresh_quotes(self) -> Iterator[None]:
        """Tell the gateway the exchange's prices all the time, for the block."""
        stopped = threading.Event()

        def tell() -> None:
            while not stopped.wait(QUOTE_SECONDS):
                self.quote()

        thread = threading.Thread(target=tell, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()
