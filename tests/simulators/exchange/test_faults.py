"""Every fault: what the client sees, and what the venue has really done."""

from __future__ import annotations

import socket
import threading
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.support.venue import VENUES, Simulator, lookup, resting


@pytest.mark.parametrize(("name", "symbol", "path"), VENUES)
def test_drop_before_accept_when_creating_then_network_error_and_no_order(
    simulator: Simulator, name: str, symbol: str, path: str
) -> None:
    exchange = simulator.ccxt(name)
    simulator.control.post("faults", kind="drop_before_accept", method="POST", path=path)
    with pytest.raises(ccxt.NetworkError):
        resting(exchange, symbol)
    assert simulator.orders() == []
    with pytest.raises(ccxt.OrderNotFound):
        lookup(exchange, symbol)
    assert resting(exchange, symbol)["status"] == "open"
    requests: Any = simulator.control.get("requests", method="POST", path=path)
    assert [(item["status"], item["accepted"]) for item in requests] == [(None, False), (200, True)]


@pytest.mark.parametrize(("name", "symbol", "path"), VENUES)
def test_drop_after_accept_when_creating_then_network_error_but_order_is_there(
    simulator: Simulator, name: str, symbol: str, path: str
) -> None:
    exchange = simulator.ccxt(name)
    simulator.control.post("faults", kind="drop_after_accept", method="POST", path=path)
    with pytest.raises(ccxt.NetworkError):
        resting(exchange, symbol)
    assert [order["status"] for order in simulator.orders(client_order_id="f-1")] == ["NEW"]
    assert lookup(exchange, symbol)["status"] == "open"
    requests: Any = simulator.control.get("requests", method="POST", path=path)
    assert [(item["status"], item["accepted"], item["params"]["newClientOrderId"]) for item in requests] == [
        (None, True, "f-1")
    ]


@pytest.mark.parametrize(("name", "symbol", "path"), VENUES)
def test_drop_after_accept_when_market_order_then_filled_and_a_blind_resend_trades_twice(
    simulator: Simulator, name: str, symbol: str, path: str
) -> None:
    exchange = simulator.ccxt(name)
    simulator.control.post("faults", kind="drop_after_accept", method="POST", path=path)
    with pytest.raises(ccxt.NetworkError):
        exchange.create_order(symbol, "market", "buy", "0.1", None, {"newClientOrderId": "m-1"})
    assert lookup(exchange, symbol, "m-1")["status"] == "closed"
    exchange.create_order(symbol, "market", "buy", "0.1", None, {"newClientOrderId": "m-1"})
    assert len(simulator.trades()) == 2


@pytest.mark.parametrize(("name", "symbol", "path"), VENUES)
def test_drop_after_accept_when_cancelling_then_order_is_cancelled(
    simulator: Simulator, name: str, symbol: str, path: str
) -> None:
    exchange = simulator.ccxt(name)
    resting(exchange, symbol)
    simulator.control.post("faults", kind="drop_after_accept", method="DELETE", path=path)
    with pytest.raises(ccxt.NetworkError):
        exchange.cancel_order(None, symbol, {"origClientOrderId": "f-1"})
    with pytest.raises(ccxt.OrderNotFound):
        exchange.cancel_order(None, symbol, {"origClientOrderId": "f-1"})
    assert lookup(exchange, symbol)["status"] == "canceled"


def test_drop_when_struck_then_not_one_byte_is_answered(simulator: Simulator) -> None:
    simulator.control.post("faults", kind="drop_before_accept", path="/api/v3/time")
    port = simulator.server.server_address[1]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"GET /api/v3/time HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert connection.recv(1) == b""


@pytest.mark.parametrize(("name", "symbol", "path"), VENUES)
@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (503, -1001, ccxt.OperationFailed),
        (500, -1000, ccxt.OperationFailed),
        (503, -1007, ccxt.RequestTimeout),
        (502, -1006, ccxt.OperationFailed),
    ],
)
def test_error_before_accept_when_creating_then_no_order(
    simulator: Simulator, name: str, symbol: str, path: str, status: int, code: int, error: type[Exception]
) -> None:
    exchange = simulator.ccxt(name)
    simulator.control.post("faults", kind="error_before_accept", method="POST", path=path, status=status, code=code)
    with pytest.raises(error):
        resting(exchange, symbol)
    assert simulator.orders() == []


@pytest.mark.parametrize(("name", "symbol", "path"), VENUES)
def test_error_after_accept_when_creating_then_timeout_but_order_is_there(
    simulator: Simulator, name: str, symbol: str, path: str
) -> None:
    exchange = simulator.ccxt(name)
    simulator.control.post("faults", kind="error_after_accept", method="POST", path=path)
    with pytest.raises(ccxt.RequestTimeout, match="-1007"):
        resting(exchange, symbol)
    assert lookup(exchange, symbol)["status"] == "open"
    assert len(simulator.orders()) == 1


def test_error_after_accept_when_body_is_html_then_exchange_not_available(simulator: Simulator) -> None:
    exchange = simulator.ccxt("binance")
    simulator.control.post(
        "faults",
        kind="error_after_accept",
        method="POST",
        path="/api/v3/order",
        status=502,
        raw_body="<html>Bad Gateway</html>",
    )
    with pytest.raises(ccxt.ExchangeNotAvailable):
        resting(exchange, "BTC/USDT")
    assert len(simulator.orders()) == 1


@pytest.mark.parametrize(("name", "symbol", "path"), VENUES)
@pytest.mark.parametrize("status", [429, 418])
def test_rate_limit_when_creating_then_refused_with_retry_after_and_no_order(
    simulator: Simulator, name: str, symbol: str, path: str, status: int
) -> None:
    exchange = simulator.ccxt(name)
    simulator.control.post("faults", kind="rate_limit", method="POST", path=path, status=status, retry_after=7)
    with pytest.raises(ccxt.DDoSProtection, match=str(status)):
        resting(exchange, symbol)
    assert exchange.last_response_headers["Retry-After"] == "7"
    assert simulator.orders() == []


@pytest.mark.parametrize(("name", "symbol", "path"), VENUES)
def test_delay_before_accept_when_client_gives_up_then_order_is_accepted_late(
    simulator: Simulator, name: str, symbol: str, path: str
) -> None:
    released, slept = threading.Event(), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        released.wait(20)

    simulator.gateway._sleep = sleep
    exchange = simulator.ccxt(name)
    exchange.load_markets()
    exchange.timeout = 300
    simulator.control.post("faults", kind="delay", method="POST", path=path, seconds=30)
    with pytest.raises(ccxt.RequestTimeout):
        resting(exchange, symbol)
    assert simulator.orders() == []
    # Others are served meanwhile.
    assert simulator.ccxt(name).fetch_time() > 0
    released.set()
    wait_until(lambda: len(simulator.orders()) == 1)
    assert slept == [30.0]
    exchange.timeout = 20_000
    assert lookup(exchange, symbol)["status"] == "open"


def test_delay_after_accept_when_client_gives_up_then_order_was_there_at_once(simulator: Simulator) -> None:
    released = threading.Event()

    def sleep(_seconds: float) -> None:
        released.wait(20)

    simulator.gateway._sleep = sleep
    exchange = simulator.ccxt("binance")
    exchange.load_markets()
    exchange.timeout = 300
    simulator.control.post("faults", kind="delay", method="POST", path="/api/v3/order", seconds=30, when="after_accept")
    with pytest.raises(ccxt.RequestTimeout):
        resting(exchange, "BTC/USDT")
    assert len(simulator.orders(open=True)) == 1
    released.set()


def wait_until(condition: Any) -> None:
    """Poll a condition that another thread is about to fulfil."""
    for _ in range(2000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("the condition was not fulfilled")


def test_delay_when_shorter_than_patience_then_answered_after_it(simulator: Simulator) -> None:
    slept: list[float] = []
    simulator.gateway._sleep = slept.append
    simulator.control.post("faults", kind="delay", path="/api/v3/time", seconds="2.5")
    assert simulator.ccxt("binance").publicGetTime()["serverTime"]
    assert slept == [2.5]


@pytest.mark.parametrize(("name", "symbol"), [("binance", "BTC/USDT"), ("binanceusdm", "BTC/USDT:USDT")])
def test_stale_prices_when_in_force_then_old_prices_with_their_old_time(
    simulator: Simulator, name: str, symbol: str
) -> None:
    exchange = simulator.ccxt(name)
    exchange.load_markets()
    simulator.control.post("clock", advance_seconds=700)
    simulator.control.post("price", symbol="BTCUSDT", price="30000")
    simulator.control.post("faults", kind="stale_prices", count=None, age_seconds=600)
    now = exchange.fetch_time()
    ticker = exchange.fetch_ticker(symbol)
    assert Decimal(ticker["last"]) == 50000
    assert now <= ticker["timestamp"] + 600_000 <= exchange.fetch_time()
    assert exchange.fetch_order_book(symbol, 1)["asks"][0][0] == 50005
    simulator.control.delete("faults")
    assert Decimal(exchange.fetch_ticker(symbol)["last"]) == 30000


def test_stale_prices_when_age_is_hidden_then_old_price_looks_fresh(simulator: Simulator) -> None:
    exchange = simulator.ccxt("binance")
    exchange.load_markets()
    simulator.control.post("clock", advance_seconds=700)
    simulator.control.post("price", symbol="BTCUSDT", price="30000")
    simulator.control.post("faults", kind="stale_prices", path="/api/v3/ticker/24hr", hide_age=True)
    before = exchange.fetch_time()
    ticker = exchange.fetch_ticker("BTC/USDT")
    assert Decimal(ticker["last"]) == 50000
    assert ticker["timestamp"] >= before


def test_wrong_balance_when_in_force_then_read_wrong_for_count_requests_and_nothing_changes(
    simulator: Simulator,
) -> None:
    spot, swap = simulator.ccxt("binance"), simulator.ccxt("binanceusdm")
    simulator.control.post("faults", kind="wrong_balance", path="/api/v3/account", asset="USDT", factor="0.5")
    simulator.control.post("faults", kind="wrong_balance", path="/fapi/v3/account", asset="USDT", delta="-250000.5")
    assert [Decimal(spot.fetch_balance()["USDT"]["total"]) for _ in range(2)] == [500000, 1000000]
    assert [Decimal(swap.fetch_balance()["USDT"]["total"]) for _ in range(2)] == [Decimal("749999.5"), 1000000]
    assert simulator.account()["spot"]["USDT"]["free"] == "1000000"


def test_clock_skew_when_in_force_then_time_is_off_and_signed_requests_fail(simulator: Simulator) -> None:
    exchange = simulator.ccxt("binance")
    exchange.load_markets()
    simulator.control.post("faults", kind="clock_skew", skew_ms=120_000, count=2)
    honest = exchange.milliseconds()
    assert exchange.fetch_time() - honest >= 119_000
    with pytest.raises(ccxt.InvalidNonce, match="-1021"):
        resting(exchange, "BTC/USDT")
    assert simulator.orders() == []
    assert resting(exchange, "BTC/USDT")["status"] == "open"


def test_clock_skew_when_venue_is_behind_then_requests_come_from_the_future(simulator: Simulator) -> None:
    exchange = simulator.ccxt("binance")
    exchange.load_markets()
    simulator.control.post("faults", kind="clock_skew", skew_ms=-30_000, method="POST")
    with pytest.raises(ccxt.InvalidNonce, match="ahead of the server"):
        resting(exchange, "BTC/USDT")
