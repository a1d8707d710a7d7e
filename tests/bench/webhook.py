"""A delivery to a webhook: what a sender waits for, and how long until its order is at the venue."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx

from infra.demo.accounts import DEMO_ACCOUNT
from infra.local import first_jobs as jobs
from infra.local import serve_exchange
from infra.local.settings import Settings
from infra.riskctl.api import ApiClient
from infra.riskctl.one_time_codes import OneTimeCodes
from infra.simulators.exchange.client import ControlClient
from tests.bench.artifacts import STATE_DIR
from tests.bench.load import TIMEOUT_SECONDS
from tests.bench.measure import Row, Section, percentile
from tests.bench.stack import running_stack

SYMBOL, VENUE = "BTC/USDT", "sim-spot"
#: What TradingView waits before it gives up.
PATIENCE_MS = 3000.0
WARM_UP, DELIVERIES, PLACED = 3, 40, 20
POLL_SECONDS, POLLS_MAX = 0.01, 3000
LIMITS = {"daily_trades_max": None, "order_rate_max": 1000, "duplicate_window_seconds": None}


def run() -> list[Section]:
    """Measure the stack that RISKGATE_STACK names, or one of the suite's own."""
    with running_stack() as stack:
        return [_Sender(stack).measure()]


class _Sender:
    """A sender, and an account of its own that trades at the stack's exchange."""

    def __init__(self, stack: Mapping[str, Any]) -> None:
        self.stack = stack
        self.account = f"hook-{secrets.token_hex(3)}"
        port = httpx.URL(stack["aws_endpoint_url"]).port
        assert port is not None
        self.settings = Settings(state_dir=STATE_DIR, port_base=port)
        self.exchange = ControlClient(stack["exchange_url"])
        self.api = ApiClient(stack["api_url"], stack["tokens"]["admin"])
        self.client = httpx.Client(timeout=TIMEOUT_SECONDS)
        self.webhook: dict[str, Any] = {}

    def measure(self) -> Section:
        """Set up, deliver, repeat, and follow some orders to the venue."""
        self.set_up()
        cold = self.deliver(self.body(), 201)
        for _ in range(WARM_UP):
            self.follow(self.body())
        posted, placed = zip(*(self.follow(self.body()) for _ in range(PLACED)), strict=True)
        repeated = self.body()
        self.follow(repeated)
        replays = [self.deliver(repeated, 200) for _ in range(DELIVERIES)]
        denied = [self.deliver(self.body(quantity="500"), 422) for _ in range(DELIVERIES)]
        refused = [self.deliver(self.body(secret="none"), 401) for _ in range(DELIVERIES)]
        rows = [Row(name="first delivery: the function starts", value=cold, unit="ms", **_patience(cold))]
        for name, times in {"approved": posted, "repeated": replays, "denied": denied, "refused": refused}.items():
            value = percentile(times, 0.5)
            note = f"p95 {percentile(times, 0.95):.1f}, most {max(times):.1f} of {len(times)}"
            rows.append(Row(name=name, value=value, unit="ms, median", note=note, **_patience(value)))
        rows.append(
            Row(name="from post to resting at the venue", value=percentile(placed, 0.5), unit="ms, median",
                note=f"most {max(placed):.0f} of {len(placed)}")
        )  # fmt: skip
        return Section(
            name="webhook",
            title="Deliveries to a webhook",
            rows=rows,
            notes=["One sender; sized by itself, two secrets. Patience: TradingView gives up after 3 s."],
        )

    def set_up(self) -> None:
        """Register the account, lift what many small orders would meet, and set up the webhook."""
        venues = serve_exchange.ensure_keys(self.settings, self.account)
        self.api.call("PUT", f"/accounts/{self.account}", {**DEMO_ACCOUNT, "venues": venues})
        functions = self.stack["functions"]
        jobs.run(self.settings, functions["monitor"], {"account_id": self.account})
        self.guarded(f"/accounts/{self.account}/limits", LIMITS)
        wanted = {"account": self.account, "venue": VENUE, "strategy": "bench", "size": {"by": "sender"}}
        self.webhook = self.guarded(f"/webhooks/{self.account}", wanted)
        jobs.run(self.settings, functions["market_data"], {"task": "quotes", "at_once": True})

    def guarded(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Put what needs a one-time code."""
        codes = OneTimeCodes(given=None, seed=self.stack["totp_secret"])
        return codes.run(lambda code: self.api.call("PUT", path, body, totp=code)).body

    def body(self, **changes: str) -> dict[str, str]:
        """Return a fresh delivery that buys well below the market."""
        answer = self.client.get(f"{self.stack['exchange_url']}/api/v3/ticker/price", params={"symbol": "BTCUSDT"})
        limit = Decimal(answer.json()["price"]) * Decimal("0.97")
        return {
            "secret": self.webhook["body_secret"],
            "client_ref": secrets.token_hex(8),
            "time": datetime.now(UTC).isoformat(),
            "action": "buy",
            "symbol": "BINANCE:BTCUSDT",
            "type": "limit",
            "price": str(limit),
            "stop_loss_price": str(limit * Decimal("0.98")),
            "quantity": "0.0005",
        } | changes

    def deliver(self, body: Mapping[str, str], status: int) -> float:
        """Post a delivery as TradingView does, over a connection of its own; return what it waited, in milliseconds."""
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        began = time.perf_counter()
        url = f"{self.stack['api_url']}{self.webhook['path']}"
        answer = httpx.post(url, content=json.dumps(body), headers=headers, timeout=TIMEOUT_SECONDS)
        took = (time.perf_counter() - began) * 1000
        if answer.status_code != status:
            raise RuntimeError(f"{answer.status_code}: {answer.text[:1000]}")
        return took

    def follow(self, body: Mapping[str, str]) -> tuple[float, float]:
        """Deliver; return what the sender waited, and how long until the exchange had the order, in milliseconds."""
        known = len(self.resting())
        began = time.perf_counter()
        waited = self.deliver(body, 201)
        for _ in range(POLLS_MAX):
            if len(self.resting()) > known:
                return waited, (time.perf_counter() - began) * 1000
            time.sleep(POLL_SECONDS)
        raise RuntimeError("the order never came")

    def resting(self) -> list[Any]:
        """Return what rests at the exchange for the account, by the exchange's own books."""
        orders: Any = self.exchange.get("orders", open=True)
        return [order for order in orders if order["account"] == self.account]


def _patience(value: float) -> dict[str, Any]:
    return {"reference_name": "patience", "reference": PATIENCE_MS} if value else {}
