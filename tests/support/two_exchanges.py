"""An account at two exchanges: spot at one that speaks Binance's protocol, swaps at one that speaks Bybit's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from infra.simulators.exchange.client import bybit_urls
from riskgate.core.account.document import AccountState
from tests.support.gateway import BTC, BTC_SWAP, VENUE, Answer, instrument_of
from tests.support.monitored_account import Watch
from tests.support.routed_account import VENUE_SECRET
from tests.support.venue import ACCOUNT, KEY, SECRET, Simulator

BYBIT, BYBIT_SECRET = "bybit", "riskgate/exchange/demo-bybit"
USDC_SWAP = "BTC/USDC:USDC"
VENUES = [
    {"venue": VENUE, "market_type": "spot", "secret_name": VENUE_SECRET},
    {"venue": BYBIT, "market_type": "swap", "secret_name": BYBIT_SECRET},
]
SPOT_CASH, SWAP_CASH = "60000", "40000"


@dataclass
class TwoExchanges:
    """Monitor and worker of an account at two exchanges, and the books of both."""

    watch: Watch
    bybit: Simulator
    bitcoin: Decimal = Decimal(50000)

    @property
    def binance(self) -> Simulator:
        """Return the exchange for spot."""
        return self.watch.simulator

    def open(self) -> None:
        """Fund both wallets, store the keys, and describe the account."""
        gateway = self.watch.routed.gateway
        self.watch.fund(spot={"USDT": SPOT_CASH, "BTC": "0"}, swap={"USDT": "0"})
        self.fund({"USDT": SWAP_CASH, "BTC": "0"})
        urls = bybit_urls(self.bybit.url)
        secret = json.dumps({"apiKey": KEY, "secret": SECRET, "urls": urls})
        gateway.aws.secretsmanager.create_secret(Name=BYBIT_SECRET, SecretString=secret)
        gateway.aws.put_market_secret(BYBIT, urls=urls)
        rules = [instrument_of(BTC_SWAP, venue=BYBIT), instrument_of(BTC_SWAP, venue=BYBIT) | {"symbol": USDC_SWAP}]
        rules += [instrument_of(BTC) | {"symbol": "USDC/USDT", "tick_size": "0.0001", "step_size": "1"}]
        assert gateway.call("PUT", "/market/instruments", {"instruments": rules}).status == 200
        self.watch.register(VENUES)

    def fund(self, balances: Mapping[str, str]) -> None:
        """Set balances of the unified account."""
        self.bybit.control.post("accounts", account=ACCOUNT, balances={"spot": dict(balances)})

    def price(self, price: Decimal) -> None:
        """Hold Bitcoin at a price at both exchanges."""
        self.bitcoin = price
        self.watch.price(str(price))
        self.watch.price("1", "USDCUSDT")
        for symbol in ("BTCUSDT", "BTCPERP"):
            self.bybit.control.post("price", symbol=symbol, price=str(price))

    def quote(self) -> None:
        """Tell the gateway what Bitcoin costs now."""
        gateway = self.watch.routed.gateway
        sides = dict.fromkeys(("bid", "ask", "last"), str(self.bitcoin))
        rows = [(VENUE, BTC), (BYBIT, BTC_SWAP)]
        quotes = [gateway.quote_of(symbol, venue=venue) | sides for venue, symbol in rows]
        assert gateway.call("PUT", "/market/quotes", {"quotes": quotes}).status == 200

    def submit(self, venue: str, **changes: Any) -> Answer:
        """Ask the gateway for an order at one of the exchanges, and carry out what is approved."""
        symbol = BTC if venue == VENUE else BTC_SWAP
        self.quote()
        known: dict[str, Any] = {"venue": venue, "symbol": symbol, "stop_kept_by": "strategy", "route": True}
        answer = self.watch.routed.gateway.submit(**known | changes)
        self.watch.routed.work_all()
        return answer

    def trade_at_bybit(self, side: str, quantity: str, symbol: str = "BTCUSDT", market: str = "swap") -> None:
        """Trade there by hand."""
        fields = {"side": side, "quantity": quantity, "type": "MARKET", "market": market, "symbol": symbol}
        self.bybit.control.post("orders", account=ACCOUNT, **fields)

    def worth(self) -> Decimal:
        """Return what the exchanges' own books say that the account is worth, from what it holds."""
        price = self.bitcoin
        prices = {"USDT": Decimal(1), "USDC": Decimal(1), "BTC": price}
        total = Decimal(0)
        for books in (self.binance.account(), self.bybit.account()):
            total += sum(prices[a] * (Decimal(b["free"]) + Decimal(b["locked"])) for a, b in books["spot"].items())
            total += sum(prices[a] * Decimal(amount) for a, amount in books["swap"].items())
            total += sum(Decimal(p["quantity"]) * price - Decimal(p["entry_cost"]) for p in books["positions"].values())
        return total

    def read(self) -> AccountState:
        """Read the exchanges until a reading is believed, as every minute does."""
        for _ in range(3):
            report = self.watch.run()
            if report["recorded"]:
                return self.watch.routed.state()
        raise AssertionError(report)
