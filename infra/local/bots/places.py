"""Where a bot trades: at the simulated exchange itself, or through the gateway in front of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from infra.local.bots.freqtrade import Freqtrade
from infra.simulators.exchange.client import ControlClient

CONFIGS = Path(__file__).parent / "configs"
#: What the documented settings name; a test puts its own address there.
DOCUMENTED = "https://GATEWAY/venues/binance"
PAIRS = {"spot": ["BTC/USDT", "ETH/USDT"], "futures": ["BTC/USDT:USDT", "ETH/USDT:USDT"]}
#: ccxt's own is 10 s.
PATIENCE_MS = 60_000
MARKETS = {"spot": "spot", "futures": "swap"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """`public` serves market data, `private` what is signed; `account` is whose orders they are at the exchange."""

    public: str
    private: dict[str, str]
    key: str
    secret: str
    account: str

    @property
    def control(self) -> ControlClient:
        """Return the exchange's control routes."""
        return ControlClient(self.public)

    @property
    def public_urls(self) -> dict[str, str]:
        """Return where market data are read, by ccxt's names: in production the exchange's own, which nobody sets."""
        return {
            "public": f"{self.public}/api/v3",
            "fapiPublic": f"{self.public}/fapi/v1",
            "fapiPublicV2": f"{self.public}/fapi/v2",
            "fapiPublicV3": f"{self.public}/fapi/v3",
            "dapiPublic": f"{self.public}/dapi/v1",
        }

    def orders(self, **query: Any) -> list[dict[str, Any]]:
        """Return what really happened to the account's orders at the exchange, oldest first."""
        found: Any = self.control.get("orders", account=self.account, **query)
        return list(found)

    def requests(self) -> list[dict[str, Any]]:
        """Return what the exchange was asked, by anybody."""
        found: Any = self.control.get("requests")
        return list(found)

    def position(self, symbol: str) -> Decimal:
        """Return the account's position in a contract, as the exchange has it."""
        found: Any = self.control.get("accounts")
        row = next(row for row in found if row["account"] == self.account)
        return Decimal(row["positions"].get(symbol, {}).get("quantity", "0"))

    def set_price(self, symbol: str, price: str) -> None:
        """Put a price on both markets of a symbol at once."""
        self.control.post("price", symbol=symbol, price=price)


def configure(place: Place, folder: Path, mode: str, **more: Any) -> list[Path]:
    """Write the documented configuration for a place, and one with what a test needs beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    documented, rest = folder / "documented.json", folder / "rest.json"
    text = (CONFIGS / f"freqtrade-{mode}.json").read_text(encoding="utf-8")
    documented.write_text(text.replace(DOCUMENTED, place.private[MARKETS[mode]]), encoding="utf-8")
    settings: dict[str, Any] = {
        "dry_run": False,
        "initial_state": "running",
        "bot_name": folder.name,
        "max_open_trades": 2,
        "stake_currency": "USDT",
        "stake_amount": 500,
        "unfilledtimeout": {"entry": 600, "exit": 600, "unit": "seconds"},
        "entry_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
        "exit_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
        "pairlists": [{"method": "StaticPairList"}],
        "internals": {"process_throttle_secs": 1},
        "exchange": {
            # The simulated exchange has no websockets.
            "enable_ws": False,
            "pair_whitelist": PAIRS[mode],
            # A bot that asks again while its first call waits makes a busy machine start more functions.
            "ccxt_config": {"urls": {"api": place.public_urls}, "timeout": PATIENCE_MS},
        },
    }
    rest.write_text(json.dumps(settings | more), encoding="utf-8")
    return [documented, rest]


@contextmanager
def freqtrade(place: Place, folder: Path, mode: str, **more: Any) -> Iterator[Freqtrade]:
    """Run a bot of a mode, spot or futures, for the block; `more` are settings of freqtrade."""
    bot = Freqtrade(
        folder=folder,
        configs=configure(place, folder, mode, **more),
        key=place.key,
        secret=place.secret,
        strategy="BothWays" if mode == "futures" else "Signals",
    )
    try:
        bot.start()
        yield bot
    finally:
        bot.stop()
