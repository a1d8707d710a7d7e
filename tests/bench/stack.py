"""A running stack under load: what a bot waits for, and which part of it is whose."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import httpx

from infra.demo.accounts import PAPER_ACCOUNT
from infra.local import stack as local_stack
from infra.local.processes import is_port_open
from infra.local.settings import DUMMY_CREDENTIALS, Settings
from riskgate.core.order import Order, OrderType
from riskgate.core.side import Side
from tests.bench import bare_route
from tests.bench.artifacts import STATE_DIR
from tests.bench.direct import measure_direct, read_durations
from tests.bench.load import TIMEOUT_SECONDS, Call, Latency, run_load
from tests.bench.measure import Row, Section, median

FIRST_PORT_BASE, PORTS_PER_STACK = 4960, 10
CLIENTS = (1, 8)
CALLS_PER_CLIENT = {1: 120, 8: 40}
WARM_UP_CALLS = 8
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
QUANTITY_STEP = Decimal("0.00001")
TOO_LARGE = "5"


def run() -> list[Section]:
    """Measure the stack that RISKGATE_STACK names, or one of the suite's own."""
    with running_stack() as stack:
        bench = _Bench(stack)
        with bare_route.deploy(bench.client) as bare:
            bench.bare_url = f"{stack['api_url'].rsplit('/', 2)[0]}/{bare}/v1/bare"
            # First, while the emulator keeps one process per function.
            split = _split_section(bench)
            return [_load_section(bench), split]


@contextmanager
def running_stack() -> Iterator[dict[str, Any]]:
    """Give the stack that RISKGATE_STACK names, or one of the suite's own."""
    running = os.environ.get("RISKGATE_STACK")
    if running:
        yield json.loads(Path(running).read_text(encoding="utf-8"))
        return
    settings = Settings(state_dir=STATE_DIR, port_base=_find_port_base())
    try:
        yield local_stack.up(settings)
    finally:
        local_stack.down(settings)
        shutil.rmtree(settings.state_dir, ignore_errors=True)


def _find_port_base() -> int:
    for base in range(FIRST_PORT_BASE, FIRST_PORT_BASE + 20 * PORTS_PER_STACK, PORTS_PER_STACK):
        if not any(is_port_open(port) for port in range(base, base + PORTS_PER_STACK)):
            return base
    raise RuntimeError("no free ports for the bench's stack")


class _Bench:
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

    def order(self, **changes: str) -> dict[str, str]:
        """Return a small order, unlike any other in id and quantity."""
        number = next(self._numbers)
        quantity = Decimal("0.001") + number % 1000 * QUANTITY_STEP
        return ORDER | {"client_order_id": f"bench-{number}", "quantity": str(quantity)} | changes

    def approved(self) -> Call:
        """Return an order that passes."""
        return self._post(f"/accounts/{self._next_account()}/orders", 201, self.order())

    def denied(self) -> Call:
        """Return an order that several limits forbid."""
        return self._post(f"/accounts/{self._next_account()}/orders", 422, self.order(quantity=TOO_LARGE))

    def check(self) -> Call:
        """Return a question, with the search for the largest quantity."""
        return self._post(f"/accounts/{self._account}/orders/check", 200, self.order())

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

    def _post(self, path: str, status: int, body: Mapping[str, str]) -> Call:
        return Call(method="POST", url=f"{self.stack['api_url']}{path}", status=status, body=body)

    def load(self, next_call: Callable[[], Call], clients: int, calls: int) -> Latency:
        """Prepare all calls, then send them."""
        prepared = [[next_call() for _ in range(calls)] for _ in range(clients)]
        self.refresh_quote()
        return run_load(prepared, self.token)


def _load_section(bench: _Bench) -> Section:
    routes = {
        "bare transaction": bench.bare,
        "health": bench.health,
        "orders/check": bench.check,
        "orders, approved": bench.approved,
        "orders, denied": bench.denied,
    }
    rows: list[Row] = []
    for clients in CLIENTS:
        for next_call in routes.values():
            bench.load(next_call, clients, WARM_UP_CALLS)
        base: float | None = None
        for name, next_call in routes.items():
            latency = bench.load(next_call, clients, CALLS_PER_CLIENT[clients])
            base = base or latency.median_ms
            rows.append(
                Row(
                    name=f"{clients} client{'s' * (clients > 1)}: {name}",
                    value=latency.median_ms,
                    unit="ms, median",
                    reference_name="bare transaction",
                    reference=base,
                    note=latency.note,
                )
            )
    notes = [
        (
            "Through the emulator's gateway and Lambda; each approved order on an account with at most "
            f"{ORDERS_PER_ACCOUNT} others, each client over one connection."
        ),
        "Bare transaction: a route without authorizer whose function writes three items in one transaction.",
    ]
    return Section(name="stack", title="Local stack", rows=rows, notes=notes)


def _split_section(bench: _Bench) -> Section:
    """Split what one client waits for a decision."""
    bench.load(bench.approved, 1, WARM_UP_CALLS)
    since = datetime.now(UTC)
    whole = bench.load(bench.approved, 1, CALLS_PER_CLIENT[1]).median_ms
    handler = median(read_durations(bench.client("logs"), bench.stack["functions"]["order_api"], "postOrder", since))
    gateway = bench.load(bench.health, 1, CALLS_PER_CLIENT[1]).median_ms
    bench.refresh_quote()
    direct = measure_direct(bench.client("dynamodb"), bench.stack["tables"], lambda _: _make_order(bench))
    parts = {
        "emulator: gateway and Lambda (the health route)": gateway,
        "handler, as it logs it (whole milliseconds)": handler,
        "of it: two DynamoDB requests, sent alone from here": direct["read"] + direct["write"],
        "read: one BatchGetItem": direct["read"],
        "write: one TransactWriteItems": direct["write"],
        "decision in this process against the emulator's tables": direct["decision"],
    }
    rows = [Row(name="order approved, one client", value=whole, unit="ms, median")]
    rows += [
        Row(name=name, value=value, unit="ms, median", reference_name="whole", reference=whole)
        for name, value in parts.items()
    ]
    return Section(name="split", title="Where the time of a decision goes", rows=rows)


def _make_order(bench: _Bench) -> Order:
    call = bench.approved()
    body = call.body or {}
    return Order(
        account_id=call.url.rsplit("/", 2)[1],
        client_order_id=body["client_order_id"],
        symbol=body["symbol"],
        venue=body["venue"],
        strategy=body["strategy"],
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal(body["quantity"]),
        price=Decimal(body["price"]),
        stop_loss_price=Decimal(body["stop_loss_price"]),
    )
