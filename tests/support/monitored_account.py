"""Run the monitor as Lambda does, and compare what the account believes with the venue's own books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from functions.monitor.app import lambda_handler
from riskgate.core.account.document import AccountState
from tests.support.aws import LambdaContext
from tests.support.gateway import ACCOUNT_ID, BTC, ETH, VENUE, Answer, instrument_of
from tests.support.routed_account import VENUE_SECRET, RoutedAccount
from tests.support.venue import ACCOUNT, Simulator

SWAP_VENUE = "binanceusdm"
BTC_SWAP = "BTC/USDT:USDT"
BOTH_VENUES = [
    {"venue": VENUE, "market_type": "spot", "secret_name": VENUE_SECRET},
    {"venue": SWAP_VENUE, "market_type": "swap", "secret_name": VENUE_SECRET},
]


@dataclass(frozen=True, kw_only=True)
class MonitorContext(LambdaContext):
    """An invocation with its whole time ahead."""

    seconds: int = 55

    def get_remaining_time_in_millis(self) -> int:
        """Return the time until Lambda ends the invocation."""
        return self.seconds * 1000


@dataclass
class Watch:
    """The monitor, on a gateway whose account trades at the simulated venue."""

    routed: RoutedAccount

    @property
    def simulator(self) -> Simulator:
        """Return the venue."""
        return self.routed.simulator

    def run(self, account: str = ACCOUNT_ID, **context: Any) -> dict[str, Any]:
        """Run the monitor for one account, a minute after the last time."""
        self.routed.gateway.advance(seconds=60)
        return self.again(account, **context)

    def again(self, account: str = ACCOUNT_ID, **context: Any) -> dict[str, Any]:
        """Run the monitor for one account at once."""
        result: dict[str, Any] = lambda_handler({"account_id": account}, MonitorContext(**context))  # type: ignore[arg-type]
        return result

    def recorded(self, account: str = ACCOUNT_ID) -> AccountState:
        """Run the monitor, which must record what it reads, and return the account."""
        report = self.run(account)
        assert report["recorded"], report
        return self.routed.state(account)

    def approved(self, **changes: Any) -> str:
        """Get a routed order approved on fresh quotes and return its id."""
        self.routed.gateway.refresh_quotes()
        return self.routed.approved(**changes)

    def sent(self, **changes: Any) -> str:
        """Get a routed order to the venue and return its id."""
        order = self.approved(**changes)
        self.routed.work_all()
        return order

    def fund(self, account: str = ACCOUNT, **wallets: dict[str, str]) -> None:
        """Set balances at the venue."""
        self.simulator.control.post("accounts", account=account, balances=wallets)

    def move(self, kind: str, amount: str, asset: str = "USDT", **fields: Any) -> None:
        """Let money move at the venue."""
        self.simulator.control.post("transfers", account=ACCOUNT, type=kind, asset=asset, amount=amount, **fields)

    def price(self, price: str | None, symbol: str = "BTCUSDT") -> None:
        """Set a price at the venue."""
        self.simulator.control.post("price", symbol=symbol, price=price)

    def trade_at_venue(self, side: str, quantity: str, market: str = "spot", symbol: str = "BTCUSDT") -> None:
        """Let the account's owner trade there by hand."""
        fields = {"side": side, "quantity": quantity, "type": "MARKET", "market": market, "symbol": symbol}
        self.simulator.control.post("orders", account=ACCOUNT, **fields)

    def register(self, venues: list[dict[str, str]], **changes: Any) -> Answer:
        """Describe the account anew."""
        answer = self.routed.gateway.register(totp=True, venues=venues, **changes)
        assert answer.status == 200, answer.text
        return answer

    def trade_both(self) -> None:
        """Give the account a swap venue beside the spot one."""
        instruments = [instrument_of(symbol, venue=SWAP_VENUE) for symbol in (BTC_SWAP,)]
        answer = self.routed.gateway.call("PUT", "/market/instruments", {"instruments": instruments})
        assert answer.status == 200, answer.text
        self.register(BOTH_VENUES)

    def venue_value(self, prices: dict[str, str] | None = None) -> Decimal:
        """Return what the venue's own books say that the account is worth, from what it holds of each asset."""
        prices = {"USDT": "1", "BTC": "50000", "ETH": "4000", "BNB": "500"} | (prices or {})
        books = self.simulator.account()
        spot = sum(
            (Decimal(prices[a]) * (Decimal(b["free"]) + Decimal(b["locked"])) for a, b in books["spot"].items()),
            Decimal(0),
        )
        swap = sum((Decimal(prices[a]) * Decimal(amount) for a, amount in books["swap"].items()), Decimal(0))
        unrealized = sum(
            (
                Decimal(p["quantity"]) * Decimal(prices[name.removesuffix("USDT")]) - Decimal(p["entry_cost"])
                for name, p in books["positions"].items()
            ),
            Decimal(0),
        )
        return spot + swap + unrealized


def at(text: str) -> datetime:
    """Return an instant of the test's week."""
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


MARKET_ORDER = {"type": "market", "price": None, "stop_loss_price": "47000"}
__all__ = ["ACCOUNT_ID", "BTC", "ETH", "VENUE"]
