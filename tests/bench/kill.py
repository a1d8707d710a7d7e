"""The kill switch with a thousand accounts: how long until it is acknowledged, and until the last order is gone."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pyotp

from infra.demo.accounts import DEMO_ACCOUNT, PAPER_ACCOUNT
from infra.local import first_jobs as jobs
from infra.local import serve_exchange
from infra.local.settings import Settings
from infra.simulators.exchange.client import ControlClient
from tests.bench.artifacts import STATE_DIR
from tests.bench.load import TIMEOUT_SECONDS
from tests.bench.measure import Row, Section
from tests.bench.stack import running_stack

ACCOUNTS, TRADING, ORDERS_PER_ACCOUNT = 1000, 20, 10
SYMBOL, VENUE = "BTC/USDT", "sim-spot"
POLL_SECONDS, POLLS_MAX = 0.25, 4000
TRIES = 5


def run() -> list[Section]:
    """Measure the stack that RISKGATE_STACK names, or one of the suite's own."""
    with running_stack() as stack:
        return [_Kill(stack).measure()]


class _Kill:
    """Accounts of one stack, some with orders that rest at its exchange."""

    def __init__(self, stack: Mapping[str, Any]) -> None:
        self.stack = stack
        self.run = secrets.token_hex(3)
        port = httpx.URL(stack["aws_endpoint_url"]).port
        assert port is not None
        self.settings = Settings(state_dir=STATE_DIR, port_base=port)
        self.exchange = ControlClient(stack["exchange_url"])
        headers = {"Authorization": f"Bearer {stack['tokens']['admin']}"}
        self.client = httpx.Client(base_url=stack["api_url"], headers=headers, timeout=TIMEOUT_SECONDS)

    def measure(self) -> Section:
        """Register, let orders rest, engage the global switch, and look until everything is done."""
        self.register_all()
        resting = self.rest_all()
        began = time.monotonic()
        status = self.set_switch(engaged=True)
        acknowledged = time.monotonic() - began
        self.wait(lambda: not self.open_orders())
        gone = time.monotonic() - began
        progress = self.wait(self.finished)
        noted = time.monotonic() - began
        self.set_switch(engaged=False)
        return Section(
            name="kill",
            title="global kill switch with cancel_open_orders",
            rows=[
                Row(name="acknowledged", value=acknowledged, unit="s", note=f"HTTP {status}"),
                Row(name=f"{resting} resting orders gone at the venue", value=gone, unit="s"),
                Row(name=f"{progress['accounts_noted']} accounts noted", value=noted, unit="s"),
            ],
            notes=[f"{ACCOUNTS} accounts registered by this run, {TRADING} of them with {ORDERS_PER_ACCOUNT} orders"],
            details={"progress": progress},
        )

    def register_all(self) -> None:
        """Register the accounts: some trade at the exchange, the others are known."""
        for number in range(TRADING):
            name = self.name(number)
            venues = serve_exchange.ensure_keys(self.settings, name)
            self.call("PUT", f"/accounts/{name}", {**DEMO_ACCOUNT, "venues": venues})
            jobs.run(self.settings, self.stack["functions"]["monitor"], {"account_id": name})
        others = [self.name(number) for number in range(TRADING, ACCOUNTS)]
        for name in others:
            self.call("PUT", f"/accounts/{name}", PAPER_ACCOUNT)

    def name(self, number: int) -> str:
        """Return an account's id."""
        return f"kill-{self.run}-{number:04d}"

    def rest_all(self) -> int:
        """Have the gateway place orders that rest; return how many do."""
        price = self.price()
        names = [self.name(number) for number in range(TRADING)]
        for number in range(ORDERS_PER_ACCOUNT):
            jobs.run(self.settings, self.stack["functions"]["market_data"], {"task": "quotes", "at_once": True})
            for name in names:
                self.rest(name, price, Decimal("0.001") + Decimal(number) / 100_000)
        wanted = len(names) * ORDERS_PER_ACCOUNT
        self.wait(lambda: len(self.open_orders()) >= wanted)
        return wanted

    def rest(self, account: str, price: Decimal, quantity: Decimal) -> None:
        """Order one entry well below the market."""
        limit = (price * Decimal("0.97")).quantize(Decimal("0.01"))
        order = {
            "client_order_id": f"kill-{secrets.token_hex(6)}",
            "symbol": SYMBOL,
            "venue": VENUE,
            "strategy": "bench",
            "side": "buy",
            "type": "limit",
            "quantity": str(quantity),
            "price": str(limit),
            "stop_loss_price": str((limit * Decimal("0.98")).quantize(Decimal("0.01"))),
            "route": True,
        }
        self.call("POST", f"/accounts/{account}/orders", order)

    def price(self) -> Decimal:
        """Return the exchange's price."""
        url = f"{self.stack['exchange_url']}/api/v3/ticker/price"
        return Decimal(httpx.get(url, params={"symbol": "BTCUSDT"}, timeout=TIMEOUT_SECONDS).json()["price"])

    def open_orders(self) -> list[Any]:
        """Return what rests at the exchange for this run's accounts, by the exchange's own books."""
        orders: Any = self.exchange.get("orders", open=True)
        return [order for order in orders if str(order["account"]).startswith(f"kill-{self.run}-")]

    def finished(self) -> dict[str, Any] | None:
        """Return the global switch's progress once every account is noted and every cancel confirmed."""
        rows = self.call("GET", "/kill-switch")["kill_switches"]
        progress = next(dict(row["progress"]) for row in rows if row["scope"] == "global")
        return progress if progress["complete"] else None

    def set_switch(self, *, engaged: bool) -> int:
        """Engage or release the global switch with a one-time code; return the status."""
        body = {"scope": "global", "engaged": engaged, "reason": "bench", "cancel_open_orders": engaged}
        while True:
            code = pyotp.TOTP(self.stack["totp_secret"]).at(datetime.now(UTC))
            answer = self.client.put("/kill-switch", json=body, headers={"X-TOTP": code})
            if answer.json().get("code") != "TOTP_REPLAYED":
                answer.raise_for_status()
                return answer.status_code
            time.sleep(1)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send one request that must succeed, again where a busy machine had no answer: each can be repeated."""
        for _ in range(TRIES):
            answer = self.client.request(method, path, json=body)
            if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                break
        if not answer.is_success:
            raise RuntimeError(f"{method} {path}: {answer.text}")
        return answer.json()

    def wait[T](self, look: Callable[[], T | None]) -> T:
        """Look until there is something to see."""
        for _ in range(POLLS_MAX):
            if seen := look():
                return seen
            time.sleep(POLL_SECONDS)
        raise RuntimeError("it never came")
