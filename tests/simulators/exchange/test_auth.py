"""Signatures, timestamps, keys, permissions, parameters, unknown paths."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import ccxt
import pytest

from infra.simulators.exchange.auth import sign
from infra.simulators.exchange.clock import wall_ms
from tests.support.venue import KEY, SECRET, Simulator

ACCOUNT_PATHS = ["/api/v3/account", "/fapi/v3/account", "/sapi/v1/capital/config/getall"]
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "40000"}


@pytest.mark.parametrize("path", ACCOUNT_PATHS)
def test_request_when_signed_then_answered(simulator: Simulator, path: str) -> None:
    assert simulator.raw("GET", path)[0] == 200


@pytest.mark.parametrize("path", ACCOUNT_PATHS)
@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"key": None}, 401, -2014),
        ({"key": "unknown"}, 401, -2015),
        ({"secret": "wrong"}, 400, -1022),
        ({"secret": None}, 400, -1102),
        ({"timestamp": False}, 400, -1102),
    ],
)
def test_request_when_key_signature_or_timestamp_is_wrong_then_refused(
    simulator: Simulator, path: str, changes: dict[str, Any], status: int, code: int
) -> None:
    answer = simulator.raw("GET", path, **changes)
    assert (answer[0], answer[1]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("offset_ms", "window", "code"),
    [
        (-60_000, None, -1021),
        (60_000, None, -1021),
        (-30_000, 60_000, None),
        (-30_000, 20_000, -1021),
        (0, 60_001, -1131),
        (500, None, None),
    ],
)
def test_timestamp_when_off_then_judged_by_receive_window(
    simulator: Simulator, offset_ms: int, window: int | None, code: int | None
) -> None:
    fields: dict[str, Any] = {"timestamp": wall_ms() + offset_ms}
    if window is not None:
        fields["recvWindow"] = window
    status, body, _ = simulator.raw("GET", "/api/v3/account", fields)
    assert (status, body.get("code")) == ((200, None) if code is None else (400, code))


def test_signature_when_query_and_body_are_mixed_then_covers_both(simulator: Simulator) -> None:
    query, body = (
        urlencode({"symbol": "BTCUSDT", "side": "BUY"}),
        urlencode({**{k: v for k, v in ORDER.items() if k not in ("symbol", "side")}, "timestamp": wall_ms()}),
    )
    target = f"/api/v3/order?{query}"
    status, answer, _ = simulator.send(
        "POST", target, f"{body}&signature={sign(SECRET, query + body)}", {"X-MBX-APIKEY": KEY}
    )
    assert (status, answer["status"]) == (200, "NEW")
    status, answer, _ = simulator.send("POST", target, f"{body}&signature={sign(SECRET, body)}", {"X-MBX-APIKEY": KEY})
    assert (status, answer["code"]) == (400, -1022)


def test_signature_when_parameters_were_tampered_with_then_refused(simulator: Simulator) -> None:
    signed = urlencode({**ORDER, "timestamp": wall_ms()})
    forged = signed.replace("quantity=0.1", "quantity=9.9") + f"&signature={sign(SECRET, signed)}"
    status, answer, _ = simulator.send("POST", "/api/v3/order", forged, {"X-MBX-APIKEY": KEY})
    assert (status, answer["code"]) == (400, -1022)
    assert simulator.orders() == []


def test_signature_when_not_ascii_then_refused(simulator: Simulator) -> None:
    status, answer, _ = simulator.send(
        "GET", f"/api/v3/account?timestamp={wall_ms()}&signature=%E2%98%83", None, {"X-MBX-APIKEY": KEY}
    )
    assert (status, answer["code"]) == (400, -1022)


@pytest.mark.parametrize(
    ("market", "path", "right"),
    [("spot", "/api/v3/order", "enable_spot_and_margin_trading"), ("swap", "/fapi/v1/order", "enable_futures")],
)
def test_order_when_key_may_not_trade_then_refused_but_reads_pass(
    simulator: Simulator, market: str, path: str, right: str
) -> None:
    simulator.control.post("accounts", account="alice", key="reader", secret="r", permissions={right: False})
    status, body, _ = simulator.raw("POST", path, ORDER, key="reader", secret="r")
    assert (status, body["code"]) == (401, -2015)
    reads = {"spot": "/api/v3/openOrders", "swap": "/fapi/v1/openOrders"}
    assert simulator.raw("GET", reads[market], key="reader", secret="r")[0] == 200
    assert simulator.orders() == []


def test_key_when_bound_to_another_address_then_refused(simulator: Simulator) -> None:
    simulator.control.post(
        "accounts", account="alice", key="bound", secret="b", permissions={"ip_allow_list": ["192.0.2.7"]}
    )
    status, body, _ = simulator.raw("GET", "/api/v3/account", key="bound", secret="b")
    assert (status, body["code"]) == (401, -2015)


def test_key_when_revoked_then_authentication_error(simulator: Simulator) -> None:
    spot = simulator.ccxt("binanceusdm")
    spot.fetch_balance()
    simulator.control.delete("keys", key=KEY)
    with pytest.raises(ccxt.AuthenticationError, match="-2015"):
        spot.fetch_balance()


def test_accounts_when_two_keys_then_each_sees_only_its_own(simulator: Simulator) -> None:
    simulator.control.post(
        "accounts", account="bob", key="bob-key", secret="bob-secret", balances={"spot": {"USDT": "7"}}
    )
    placed = simulator.raw("POST", "/api/v3/order", ORDER)[1]
    bob: dict[str, Any] = {"key": "bob-key", "secret": "bob-secret"}
    assert simulator.raw("GET", "/api/v3/openOrders", **bob)[1] == []
    status, body, _ = simulator.raw(
        "DELETE", "/api/v3/order", {"symbol": "BTCUSDT", "orderId": placed["orderId"]}, **bob
    )
    assert (status, body["code"]) == (400, -2011)
    assert simulator.raw("GET", "/api/v3/account", **bob)[1]["balances"] == [
        {"asset": "USDT", "free": "7.00000000", "locked": "0.00000000"}
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"side": "HOLD"}, -1117),
        ({"type": "ICEBERG"}, -1116),
        ({"timeInForce": "GTX"}, -1115),
        ({"timeInForce": "DAY"}, -1115),
        ({"timeInForce": None}, -1102),
        ({"price": None}, -1102),
        ({"price": "0"}, -1013),
        ({"price": "1e3"}, -1100),
        ({"price": "-1"}, -1100),
        ({"quantity": None}, -1102),
        ({"quantity": "NaN"}, -1100),
        ({"quantity": "٣"}, -1100),
        ({"stopPrice": "39000"}, -1106),
        ({"type": "MARKET", "timeInForce": None}, -1106),
        ({"type": "MARKET", "price": None}, -1106),
        ({"newClientOrderId": "bad id"}, -1100),
        ({"newClientOrderId": "x" * 37}, -1100),
        ({"reduceOnly": "true"}, -1104),
        ({"selfTradePreventionMode": "MAYBE"}, -1130),
        ({"newOrderRespType": "MORE"}, -1130),
        ({"symbol": "NOPE"}, -1121),
        ({"symbol": None}, -1102),
        ({"quoteOrderQty": "10"}, -1106),
    ],
)
def test_spot_order_when_parameters_are_wrong_then_code_and_no_order(
    simulator: Simulator, fields: dict[str, Any], code: int
) -> None:
    merged = {name: value for name, value in {**ORDER, **fields}.items() if value is not None}
    status, body, _ = simulator.raw("POST", "/api/v3/order", merged)
    assert (status, body["code"]) == (400, code)
    assert simulator.orders() == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"side": "HOLD"}, -1117),
        ({"type": "ICEBERG"}, -1116),
        ({"timeInForce": None}, -1102),
        ({"price": None}, -1102),
        ({"price": "0"}, -4001),
        ({"quantity": None}, -1102),
        ({"quantity": "0"}, -4003),
        ({"type": "MARKET", "timeInForce": None}, -1106),
        ({"timeInForce": "GTD"}, -1102),
    ],
)
def test_swap_order_when_parameters_are_wrong_then_code_and_no_order(
    simulator: Simulator, fields: dict[str, Any], code: int
) -> None:
    merged = {name: value for name, value in {**ORDER, **fields}.items() if value is not None}
    status, body, _ = simulator.raw("POST", "/fapi/v1/order", merged)
    assert (status, body["code"]) == (400, code)
    assert simulator.orders() == []


@pytest.mark.parametrize("path", ["/api/v3/order", "/fapi/v1/order"])
def test_query_when_neither_id_is_given_then_refused(simulator: Simulator, path: str) -> None:
    for method in ("GET", "DELETE"):
        status, body, _ = simulator.raw(method, path, {"symbol": "BTCUSDT"})
        assert (status, body["code"]) == (400, -1102)


def test_parameter_when_sent_twice_then_refused(simulator: Simulator) -> None:
    status, body, _ = simulator.send("GET", "/api/v3/depth?symbol=BTCUSDT&symbol=ETHUSDT", None, {})
    assert (status, body["code"]) == (400, -1101)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/v3/nope"), ("PUT", "/api/v3/order"), ("GET", "/dapi/v1/time")]
)
def test_path_when_unknown_then_404(simulator: Simulator, method: str, path: str) -> None:
    status, body, _ = simulator.raw(method, path)
    assert (status, body["code"]) == (404, -5000)


@pytest.mark.parametrize(
    ("path", "fields", "code"),
    [
        ("/api/v3/myTrades", {"startTime": 0, "endTime": 90_000_000}, -1127),
        ("/fapi/v1/userTrades", {"startTime": 0, "endTime": 8 * 86_400_000}, -1127),
        ("/api/v3/allOrders", {"limit": 1001}, -1130),
        ("/api/v3/allOrders", {"limit": 0}, -1130),
    ],
)
def test_history_when_range_is_too_wide_then_refused(
    simulator: Simulator, path: str, fields: dict[str, Any], code: int
) -> None:
    status, body, _ = simulator.raw("GET", path, {"symbol": "BTCUSDT", **fields})
    assert (status, body["code"]) == (400, code)


def test_my_trades_when_paged_by_id_then_each_trade_once(simulator: Simulator) -> None:
    for _ in range(5):
        simulator.raw(
            "POST", "/api/v3/order", {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
        )
    seen: list[int] = []
    next_id = 0
    while page := simulator.raw("GET", "/api/v3/myTrades", {"symbol": "BTCUSDT", "fromId": next_id, "limit": 2})[1]:
        seen += [trade["id"] for trade in page]
        next_id = seen[-1] + 1
    assert seen == sorted({int(str(trade["trade_id"])) for trade in simulator.trades()})
    latest = simulator.raw("GET", "/api/v3/myTrades", {"symbol": "BTCUSDT", "limit": 2})[1]
    assert [trade["id"] for trade in latest] == seen[-2:]
