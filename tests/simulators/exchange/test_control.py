"""Control routes, the server itself, and the process that `python -m` starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infra.simulators.exchange.client import ControlClient, ControlFailure, ccxt_urls
from tests.support.venue import Simulator

ROOT = Path(__file__).resolve().parents[3]


def test_account_when_put_twice_then_balances_and_fees_change_and_orders_stay(simulator: Simulator) -> None:
    spot = simulator.ccxt("binance")
    spot.create_order("BTC/USDT", "limit", "buy", "0.1", "40000")
    simulator.control.post("accounts", account="alice", balances={"spot": {"USDT": "5"}}, fees={"spot_taker": "0.002"})
    assert simulator.account()["spot"]["USDT"] == {"free": "5", "locked": "4000"}
    assert simulator.account()["open_orders"] == 1
    assert spot.fetch_trading_fee("BTC/USDT")["taker"] == "0.002"


def test_json_number_when_amount_then_read_exactly(simulator: Simulator) -> None:
    body = '{"account": "alice", "balances": {"spot": {"USDT": 0.10000000000000000001}}}'
    assert simulator.send("POST", "/control/accounts", body, {"Content-Type": "application/json"})[0] == 200
    assert simulator.account()["spot"]["USDT"]["free"] == "0.10000000000000000001"


@pytest.mark.parametrize(
    ("method", "route", "fields"),
    [
        ("POST", "accounts", {}),
        ("POST", "accounts", {"account": "a", "key": "k"}),
        ("POST", "accounts", {"account": "a", "key": "simulated-key", "secret": "s"}),
        ("POST", "accounts", {"account": "a", "balances": {"margin": {"USDT": "1"}}}),
        ("POST", "accounts", {"account": "a", "balances": {"spot": {"USDT": "NaN"}}}),
        ("POST", "accounts", {"account": "a", "permissions": {"enable_everything": True}}),
        ("POST", "accounts", {"account": "a", "permissions": {"enable_withdrawals": "yes"}}),
        ("POST", "price", {"symbol": "BTCUSDT"}),
        ("POST", "price", {"symbol": "NOPE", "price": "1"}),
        ("POST", "price", {"symbol": "BTCUSDT", "price": "0"}),
        ("POST", "price", {"symbol": "BTCUSDT", "price": "1", "market": "margin"}),
        ("POST", "clock", {"mode": "backwards"}),
        ("POST", "clock", {"now": "yesterday"}),
        ("POST", "step", {"seconds": "-1"}),
        ("POST", "replay", {"start": "2020-01-01", "speed": "-1"}),
        ("POST", "transfers", {"account": "alice", "type": "gift", "asset": "USDT", "amount": "1"}),
        ("POST", "transfers", {"account": "alice", "type": "deposit", "asset": "USDT", "amount": "0"}),
        ("POST", "transfers", {"account": "nobody", "type": "deposit", "asset": "USDT", "amount": "1"}),
        ("POST", "orders", {"account": "nobody"}),
        ("DELETE", "orders", {"order_id": 1}),
        ("DELETE", "keys", {"key": "unknown"}),
        ("POST", "rate_limit", {"limit": 1}),
        ("GET", "nowhere", {}),
    ],
)
def test_control_when_malformed_then_refused_with_a_reason(
    simulator: Simulator, method: str, route: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(ControlFailure, match="error"):
        simulator.control.call(method, route, **fields)


@pytest.mark.parametrize("body", ["[]", "1", "{", "null"])
def test_control_when_body_is_no_object_then_refused(simulator: Simulator, body: str) -> None:
    assert simulator.send("POST", "/control/price", body, {})[0] == 400


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://127.0.0.1"}])
def test_control_when_request_comes_from_a_web_page_then_forbidden(
    simulator: Simulator, headers: dict[str, str]
) -> None:
    assert simulator.send("POST", "/control/reset", "{}", headers)[0] == 403
    assert simulator.account()["account"] == "alice"


def test_rogue_order_when_placed_by_control_then_account_sees_an_order_it_never_sent(simulator: Simulator) -> None:
    placed: Any = simulator.control.post(
        "orders", account="alice", market="swap", symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.5"
    )
    assert (placed["status"], placed["source"]) == ("EXPIRED" if placed["executed"] != "0.5" else "FILLED", "control")
    assert Decimal(simulator.ccxt("binanceusdm").fetch_positions()[0]["contracts"]) == Decimal("0.5")
    with pytest.raises(ControlFailure, match="-2010"):
        simulator.control.post("orders", account="alice", symbol="BTCUSDT", side="SELL", type="MARKET", quantity="500")


def test_order_when_cancelled_by_control_then_canceled_at_the_venue(simulator: Simulator) -> None:
    spot = simulator.ccxt("binance")
    order = spot.create_order("BTC/USDT", "limit", "buy", "0.1", "40000")
    simulator.control.delete("orders", order_id=order["id"])
    assert spot.fetch_order(order["id"], "BTC/USDT")["status"] == "canceled"


def test_reset_when_called_then_nothing_is_left_but_the_clock(simulator: Simulator) -> None:
    simulator.control.post("clock", mode="frozen", now="2024-05-05T00:00:00Z")
    simulator.control.post("faults", kind="delay")
    simulator.control.post("rate_limit", market="spot", limit=1)
    simulator.raw("GET", "/api/v3/time", secret=None)
    simulator.control.post("reset")
    accounts: Any = simulator.control.get("accounts")
    assert [account["account"] for account in accounts] == ["HOUSE"]
    assert simulator.control.get("faults") == simulator.control.get("requests") == []
    health: Any = simulator.control.get("health")
    assert (health["now_ms"], health["frozen"]) == (1_714_867_200_000, True)
    assert [simulator.raw("GET", "/api/v3/time", secret=None)[0] for _ in range(3)] == [200] * 3


def test_request_log_when_signed_requests_arrive_then_keeps_no_secret(simulator: Simulator) -> None:
    simulator.raw("GET", "/api/v3/account")
    requests: Any = simulator.control.get("requests")
    assert requests[0]["account"] == "alice"
    assert "signature" not in requests[0]["params"]
    assert "simulated" not in str(requests)
    simulator.control.delete("requests")
    assert simulator.control.get("requests") == []


def test_secret_when_key_is_shown_then_left_out(simulator: Simulator) -> None:
    assert "simulated-secret" not in repr(simulator.gateway.venue.state.keys)
    assert "simulated-secret" not in str(simulator.control.get("accounts"))


def test_server_when_many_clients_place_orders_at_once_then_nothing_is_lost(simulator: Simulator) -> None:
    exchanges = [simulator.ccxt("binance") for _ in range(6)]
    for exchange in exchanges:
        exchange.load_markets()
    failures: list[BaseException] = []

    def work(exchange: Any, number: int) -> None:
        try:
            for index in range(10):
                exchange.create_order(
                    "BTC/USDT", "limit", "buy", "0.01", "40000", {"newClientOrderId": f"t{number}-{index}"}
                )
        except BaseException as error:  # noqa: BLE001 -- handed to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(exchange, number)) for number, exchange in enumerate(exchanges)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    orders = simulator.orders()
    assert len({order["client_order_id"] for order in orders}) == len({order["order_id"] for order in orders}) == 60
    assert simulator.account()["spot"]["USDT"]["locked"] == "24000"


def test_server_when_handler_fails_then_500_and_not_a_dropped_connection(
    simulator: Simulator, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulator.gateway.venue.engine, "place", lambda _order: 1 / 0)
    fields = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.1"}
    status, body, _ = simulator.raw("POST", "/api/v3/order", fields)
    assert (status, body["code"]) == (500, -1000)
    assert "POST /api/v3/order failed" in caplog.text
    assert "signature" not in caplog.text


def test_server_when_body_is_too_large_then_413(simulator: Simulator) -> None:
    # Announced, never sent: the server does not wait for it.
    assert simulator.send("POST", "/api/v3/order", None, {"Content-Length": "1000001"})[0] == 413


def test_process_when_started_then_serves_until_terminated(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "infra.simulators.exchange",
        "--port",
        "0",
        "--path-start",
        "2020-03-01",
        "--path-speed",
        "0",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        control = ControlClient(url)
        health: Any = control.get("health")
        assert (health["status"], health["path_speed"]) == ("ok", "0")
        path = Decimal(health["path_ms"])
        assert 1_583_020_800_000 <= path < 1_583_020_800_000 + 86_400_000
        urls: Any = ccxt_urls(url)
        assert urls["api"]["fapiPrivateV3"] == f"{url}/fapi/v3"
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(20)
        if process.stdout is not None:
            process.stdout.close()
    assert code == 0
