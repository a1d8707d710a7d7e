"""A running stack, and calls of its API: each a fresh order on an account that still takes it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import boto3
import httpx

from infra.demo.accounts import PAPER_ACCOUNT
from infra.local import stack as local_stack
from infra.local.processes import is_port_open
from infra.local.settings import DUMMY_CREDENTIALS, Settings
from infra.riskctl.api import ApiClient
from infra.riskctl.one_time_codes import OneTimeCodes
from tests.bench import bare_route
from tests.bench.artifacts import STATE_DIR
from tests.bench.load import TIMEOUT_SECONDS, Call, Load, run_load

FIRST_PORT_BASE, PORTS_PER_STACK = 4960, 10
#: Below the default limits of orders per second and per day; divides the calls of a client, so that no two share
#: an account.
ORDERS_PER_ACCOUNT = 8
ORDER = {
    "symbol": "BTC/USDT",
    "venue": "binance",
    "strategy": "bench",
    "side": "buy",
    "type": "limit",
    "price": "60000",
    "stop_loss_price": "59000",
}
#: A third of the age at which a quote is stale.
QUOTE_SECONDS = 10
QUANTITY_STEP = Decimal("0.00001")
#: Limits of an account that takes any number of orders.
UNCOUNTED = {"daily_trades_max": None, "order_rate_max": 1000, "duplicate_window_seconds": None}


@contextmanager
def running_stack() -> Iterator[dict[str, Any]]:
    """Give the stack that RISKGATE_STACK names, or one of the suite's own."""
    running = os.environ.get("RISKGATE_STACK")
    if running:
        yield json.loads(Path(running).read_text(encoding="utf-8"))
        return
    settings = Settings(state_dir=STATE_DIR, port_base=find_port_base())
    try:
        yield local_stack.up(settings)
    finally:
        local_stack.down(settings)
        shutil.rmtree(settings.state_dir, ignore_errors=True)


def find_port_base() -> int:
    for base in range(FIRST_PORT_BASE, FIRST_PORT_BASE + 20 * PORTS_PER_STACK, PORTS_PER_STACK):
        if not any(is_port_open(port) for port in range(base, base + PORTS_PER_STACK)):
            return base
    raise RuntimeError("no free ports for the bench's stack")


class Bench:
    """Calls of one stack, each with a fresh order on an account that still takes it."""

    def __init__(self, stack: Mapping[str, Any]) -> None:
        self.stack = stack
        self.token: str = stack["tokens"]["admin"]
        self.bare_url = ""
        self._run = f"{datetime.now(UTC):%H%M%S%f}"
        self._numbers = count(1)
        self._account = self.register()
        self._orders_left = ORDERS_PER_ACCOUNT

    def client(self, service: str) -> Any:
        """Return the emulator's client of a service."""
        session = boto3.Session(
            aws_access_key_id=DUMMY_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=DUMMY_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=self.stack["region"],
        )
        return session.client(service, endpoint_url=self.stack["aws_endpoint_url"])  # type: ignore[call-overload]

    def put(self, path: str, body: Mapping[str, Any]) -> None:
        """Send one admin request that must succeed."""
        answer = httpx.put(
            f"{self.stack['api_url']}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=TIMEOUT_SECONDS,
        )
        answer.raise_for_status()

    def register(self) -> str:
        """Register one more account and return its id."""
        account = f"bench-{self._run}-{next(self._numbers)}"
        self.put(f"/accounts/{account}", PAPER_ACCOUNT)
        return account

    def refresh_quote(self) -> None:
        """Put a fresh quote of the market traded."""
        quote = dict.fromkeys(("bid", "ask", "last"), ORDER["price"])
        market = {name: ORDER[name] for name in ("symbol", "venue")}
        at = {"at": datetime.now(UTC).isoformat().replace("+00:00", "Z"), "volume_24h": "1000000"}
        self.put("/market/quotes", {"quotes": [market | quote | at]})

    def order(self) -> dict[str, str]:
        """Return a small order, unlike any other in id and quantity."""
        number = next(self._numbers)
        quantity = Decimal("0.001") + number % 100 * QUANTITY_STEP
        return ORDER | {"client_order_id": f"bench-{number}", "quantity": str(quantity)}

    def approved(self) -> Call:
        """Return an order that passes, on an account with a few others."""
        return self.approved_on(self._next_account())

    def approved_on(self, account: str) -> Call:
        """Return an order that passes."""
        url = f"{self.stack['api_url']}/accounts/{account}/orders"
        return Call(method="POST", url=url, status=201, body=self.order())

    def register_busy(self) -> str:
        """Register an account that takes orders as fast as they come, and return its id."""
        account = self.register()
        api = ApiClient(self.stack["api_url"], self.token)
        codes = OneTimeCodes(given=None, seed=self.stack["totp_secret"])
        codes.run(lambda code: api.call("PUT", f"/accounts/{account}/limits", UNCOUNTED, totp=code))
        return account

    def health(self) -> Call:
        """Return a call whose function does nothing."""
        return Call(method="GET", url=f"{self.stack['api_url']}/health", status=200)

    def bare(self) -> Call:
        """Return a call of the bare transaction."""
        return Call(method="POST", url=self.bare_url, status=201, body={})

    def _next_account(self) -> str:
        if not self._orders_left:
            self._account, self._orders_left = self.register(), ORDERS_PER_ACCOUNT
        self._orders_left -= 1
        return self._account

    def load(self, next_call: Callable[[], Call], clients: int, calls: int, *, cancels: bool = False) -> Load:
        """Prepare all calls, then send them; with `cancels` take away afterwards what they placed."""
        prepared = [[next_call() for _ in range(calls)] for _ in range(clients)]
        load = self.send(prepared)
        if cancels:
            self.cancel(prepared)
        return load

    def cancel(self, placed: Sequence[Sequence[Call]]) -> None:
        """Take away what was approved."""
        urls = [f"{call.url}/{(call.body or {})['client_order_id']}/cancel" for own in placed for call in own]
        run_load([[Call(method="POST", url=url, status=200, body={}) for url in urls]], self.token)

    def send(self, prepared: Sequence[Sequence[Call]]) -> Load:
        """Send prepared calls while the quote stays fresh, however long that takes."""
        done = Event()

        def refresh() -> None:
            while not done.wait(QUOTE_SECONDS):
                self.refresh_quote()

        self.refresh_quote()
        feeder = Thread(target=refresh)
        feeder.start()
        try:
            return run_load(prepared, self.token)
        finally:
            done.set()
            feeder.join()


@contextmanager
def bench_stack() -> Iterator[Bench]:
    """Give the calls of a running stack, with the bare route deployed beside the gateway."""
    with running_stack() as stack:
        bench = Bench(stack)
        with bare_route.deploy(bench.client) as bare:
            bench.bare_url = f"{stack['api_url'].rsplit('/', 2)[0]}/{bare}/v1/bare"
            yield bench
