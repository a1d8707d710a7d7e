"""A drill for each breaker on the deployed gateway: entries that rest at two venues are gone, and the log says how fast."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from infra.local import first_jobs as jobs
from infra.local.settings import STACK_NAME, Settings
from infra.simulators.exchange.client import ccxt_urls
from tests.support.second_factor import with_code
from tests.support.venue import ACCOUNT, KEY, SECRET, Simulator, real_time_venue, running
from tests.support.waiting import wait_for

SPOT, SWAP = "drill-spot", "drill-swap"
MARKETS = {SPOT: "BTC/USDT", SWAP: "BTC/USDT:USDT"}
EXCHANGES = {SPOT: "binance", SWAP: "binanceusdm"}
TYPES = {SPOT: "spot", SWAP: "swap"}


@dataclass
class Drill:
    """An account at a spot and a swap venue, an operator, and the venues' own books."""

    stack: dict[str, Any]
    client: httpx.Client
    simulator: Simulator
    settings: Settings
    account: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask for something of the account."""
        answer = self.client.request(method, f"/accounts/{self.account}{path}", json=body, headers=headers)
        assert answer.is_success, answer.json().get("violations", answer.text)
        return answer.json()

    def with_code(self, method: str, path: str, body: Any) -> Any:
        """Do what needs a person's one-time code, which is good once."""
        answer = with_code(
            self.stack["totp_secret"],
            lambda code: self.client.request(method, f"/accounts/{self.account}{path}", json=body, headers=code),
        )
        assert answer.is_success, answer.text
        return answer.json()

    def monitor(self) -> None:
        """Read the venues, as the schedule does each minute."""
        report = jobs.run(self.settings, self.stack["functions"]["monitor"], {"account_id": self.account})
        assert report["recorded"], json.dumps(report)

    def fund(self, spot: str, swap: str = "50000") -> None:
        """Set what the wallets hold."""
        balances = {"spot": {"USDT": spot, "BTC": "0"}, "swap": {"USDT": swap}}
        self.simulator.control.post("accounts", account=ACCOUNT, balances=balances)

    def quote(self) -> None:
        """Tell the gateway the venues' prices."""
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        prices = {"at": now, "bid": "49990", "ask": "50010", "last": "50000", "volume_24h": "100000"}
        quotes = [{"venue": venue, "symbol": symbol} | prices for venue, symbol in MARKETS.items()]
        answer = self.client.put("/market/quotes", json={"quotes": quotes})
        assert answer.is_success, answer.text

    def submit(self, venue: str, price: str = "48000") -> str:
        """Have an entry sent."""
        self.quote()
        name = f"drill-{secrets.token_hex(4)}"
        order = {"client_order_id": name, "venue": venue, "symbol": MARKETS[venue], "strategy": "swing", "side": "buy"}
        order |= {"type": "limit", "quantity": "0.01", "price": price, "stop_loss_price": "47000"}
        self.call("POST", "/orders", order | {"route": True})
        return name

    def has_status(self, order: str, status: str) -> bool | None:
        """Tell whether an order has a status, None while it has another."""
        return True if self.call("GET", f"/orders/{order}")["status"] == status else None

    def rest(self) -> list[str]:
        """Let an entry rest at each venue."""
        orders = [self.submit(venue) for venue in MARKETS]
        for order in orders:
            wait_for(partial(self.has_status, order, "submitted"))
        return orders

    def read_log(self, event: str) -> list[dict[str, Any]]:
        """Return the log's entries of one kind."""
        entries, after = [], 0
        while True:
            page = self.client.get(f"/accounts/{self.account}/audit", params={"after": after, "limit": 100}).json()
            entries += [entry for entry in page["entries"] if entry["event"] == event]
            if page["next_after"] is None:
                return entries
            after = page["next_after"]

    def read_cancels(self, orders: set[str]) -> list[dict[str, Any]] | None:
        """Return the log's passes of cancels once they name these orders, and no others."""
        passes = self.read_log("open_orders_cancelled")
        cancelled = {row["client_order_id"] for entry in passes for row in entry["inputs"]["results"]}
        assert cancelled <= orders
        return passes if cancelled == orders else None


@pytest.fixture(scope="module")
def simulator(stack: dict[str, Any]) -> Iterator[Simulator]:
    """A venue on this machine with a flat price of 50,000, whose address the gateway's market data knows."""
    with running(real_time_venue()) as simulator:
        for venue in MARKETS:
            place = json.dumps(place_of(venue, simulator))
            secrets_manager(stack).create_secret(Name=f"{STACK_NAME}/market/{venue}", SecretString=place)
        yield simulator


def place_of(venue: str, simulator: Simulator) -> dict[str, Any]:
    return {"exchange": EXCHANGES[venue], "urls": ccxt_urls(simulator.url)}


def secrets_manager(stack: dict[str, Any]) -> Any:
    return boto3.client("secretsmanager", endpoint_url=stack["aws_endpoint_url"], region_name=stack["region"])


@pytest.fixture
def drill(stack: dict[str, Any], simulator: Simulator, tmp_path: Path) -> Iterator[Drill]:
    """Open an account at both venues."""
    headers = {"Authorization": f"Bearer {stack['tokens']['admin']}"}
    port = httpx.URL(stack["aws_endpoint_url"]).port
    assert port is not None
    settings = Settings(state_dir=tmp_path, port_base=port)
    with httpx.Client(base_url=stack["api_url"], headers=headers, timeout=60) as client:
        drill = Drill(stack, client, simulator, settings, f"drill-{secrets.token_hex(4)}")
        drill.fund("50000")
        venues = []
        for venue in MARKETS:
            name = f"{STACK_NAME}/exchange/{drill.account}/{venue}"
            keys = place_of(venue, simulator) | {"apiKey": KEY, "secret": SECRET}
            secrets_manager(stack).create_secret(Name=name, SecretString=json.dumps(keys))
            venues.append({"venue": venue, "market_type": TYPES[venue], "secret_name": name})
        drill.call("PUT", "", {"base_currency": "USDT", "venues": venues, "initial_equity": "100000"})
        rules = [
            {"venue": venue, "symbol": symbol, "market_type": TYPES[venue], "tick_size": "0.1", "step_size": "0.001"}
            for venue, symbol in MARKETS.items()
        ]
        answer = client.put("/market/instruments", json={"instruments": rules})
        assert answer.is_success, answer.text
        drill.monitor()
        yield drill


def lose(fraction: int) -> Callable[[Drill], None]:
    """Return what loses so many percent of the account."""

    def trip(drill: Drill) -> None:
        drill.fund(str(50_000 - 1_000 * fraction))
        drill.monitor()

    return trip


def stop_entries(drill: Drill) -> None:
    body = {"exit_id": secrets.token_hex(4), "reason": "drill", "scope": "all", "stop_entries": True}
    drill.with_code("POST", "/exits", body)


def fall_silent(drill: Drill) -> None:
    drill.call("PUT", "/heartbeats/swing", {"interval_seconds": 5})
    time.sleep(6)
    drill.monitor()


def fail(drill: Drill) -> None:
    """Have the venue refuse an order: its wallet holds less than the gateway last read."""
    drill.call("PUT", "/limits", {"order_failures_max": 1})
    drill.fund("10")
    drill.submit(SPOT, price="48100")


def trade_around(drill: Drill) -> None:
    """Trade at both venues past the gateway, with the bot's own key, and compare the books."""
    for market in TYPES.values():
        order = {"symbol": "BTCUSDT", "market": market, "side": "BUY", "type": "MARKET", "quantity": "0.002"}
        drill.simulator.control.post("orders", account=ACCOUNT, **order)
    report = jobs.run(drill.settings, drill.stack["functions"]["reconcile"], {"account_id": drill.account})
    # The key is the other drills' too: what they traded is as strange to this account.
    assert report["open_by_kind"]["rogue_order"] >= len(MARKETS), json.dumps(report)


#: Breaker -> what trips it.
DRILLS: dict[str, Callable[[Drill], None]] = {
    "DAILY_LOSS": lose(4),
    "WEEKLY_DRAWDOWN": lose(9),
    "MAX_DRAWDOWN": lose(21),
    "ORDER_FAILURE_RATE": fail,
    "MANUAL_STOP": stop_entries,
    "HEARTBEAT_MISSED swing": fall_silent,
    # Each market has a breaker of its own. The last, as it leaves a position at the venue.
    f"RECONCILIATION_BREAK {SPOT}:{MARKETS[SPOT]}": trade_around,
}


@pytest.mark.parametrize("breaker", DRILLS)
def test_breaker_when_it_trips_then_entries_at_both_venues_are_gone(
    drill: Drill, breaker: str, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    orders = drill.rest()
    DRILLS[breaker](drill)
    for order in orders:
        wait_for(partial(drill.has_status, order, "cancelled"))
    assert drill.simulator.orders(open=True, account=ACCOUNT) == []
    tripped = {row["name"] + (f" {row['key']}" if row["key"] else "") for row in drill.call("GET", "")["breakers"]}
    assert breaker in tripped
    passes = wait_for(partial(drill.read_cancels, set(orders)))
    milliseconds = max(entry["inputs"]["duration_ms"] for entry in passes)
    reporter = pytestconfig.pluginmanager.getplugin("terminalreporter")
    with capsys.disabled():
        reporter.write_line(f" {breaker}: {milliseconds} ms from the trip to the last confirmation")
