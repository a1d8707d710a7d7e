"""Retries, keys that change, clocks that are off, and what ccxt is allowed to do."""

from __future__ import annotations

import logging
import traceback
from decimal import Decimal
from typing import Any

import pytest
import requests

from riskgate.adapters.exchange.build import CallPolicy, build_exchange, exact_class
from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.client import ExchangeClient
from riskgate.adapters.exchange.credentials import VenueCredentials
from riskgate.adapters.exchange.session import VenueSession
from riskgate.core.errors import (
    GatewayError,
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
    VenueAccessDenied,
    VenueAnswerInvalid,
)
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType, TimeInForce
from riskgate.core.side import Side
from riskgate.core.venues.model import NewVenueOrder, VenueOrderRef
from tests.unit.adapters.exchange import binance
from tests.unit.adapters.exchange.recorded import KEYS, RecordedSession, no_waiting, recorded_exchange

ID = "0123456789abcdef0123456789abcdef"
ORDER = NewVenueOrder(
    client_order_id=ID,
    symbol="BTC/USDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(1),
    limit_price=Decimal(100),
)
REF = VenueOrderRef(client_order_id=ID, symbol="BTC/USDT")
SPOT = MarketType.SPOT
PLACED = binance.order(SPOT)
NOT_FOUND = (400, {"code": -2013, "msg": "Order does not exist."})


def sequence(*answers: Any) -> Any:
    """Answer one after the other; the last one from then on."""
    left = list(answers)
    return lambda _request: left.pop(0) if len(left) > 1 else left[0]


def sleeping() -> tuple[list[float], Any]:
    slept: list[float] = []
    return slept, slept.append


@pytest.mark.parametrize(
    "failure",
    [
        requests.ConnectionError("reset"),
        requests.ReadTimeout("Read timed out"),
        requests.ConnectTimeout("timed out"),
        (503, {"code": -1001, "msg": "Internal error; unable to process your request. Please try again."}),
        (502, "<html>Bad Gateway</html>"),
    ],
)
def test_read_when_venue_fails_at_first_then_tried_again_with_growing_pauses(failure: Any) -> None:
    slept, sleep = sleeping()
    exchange, session = binance.exchange(SPOT, {"GET order": sequence(failure, failure, PLACED)}, sleep=sleep)
    assert exchange.get_order(REF) is not None
    assert len(session.sent("GET", "/api/v3/order")) == 3
    assert slept == [0.25, 0.5]


def test_read_when_venue_never_answers_then_transient_after_bounded_attempts() -> None:
    exchange, session = binance.exchange(SPOT, {"GET order": requests.ConnectionError("reset")})
    with pytest.raises(Transient) as caught:
        exchange.get_order(REF)
    assert (caught.value.code, len(session.sent("GET", "/api/v3/order"))) == ("EXCHANGE_UNAVAILABLE", 3)


@pytest.mark.parametrize("status", [418, 429])
def test_read_when_rate_limited_then_not_repeated(status: int) -> None:
    exchange, session = binance.exchange(SPOT, {"GET order": (status, {"code": -1003, "msg": "Too many requests"})})
    with pytest.raises(RateLimited):
        exchange.get_order(REF)
    assert len(session.sent("GET", "/api/v3/order")) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((400, {"code": -1121, "msg": "Invalid symbol."}), Rejected),
        ((200, {"nonsense": True}), VenueAnswerInvalid),
        ((200, "[1, 2, 3]"), VenueAnswerInvalid),
        ((200, "no json"), VenueAnswerInvalid),
        ((200, binance.order(SPOT, origQty="NaN")), VenueAnswerInvalid),
        ((200, binance.order(SPOT, side=None)), VenueAnswerInvalid),
        ((200, binance.raw(binance.order(SPOT, price="<p>"), p="NaN")), VenueAnswerInvalid),
        ((200, binance.raw(binance.order(SPOT, price="<p>"), p="Infinity")), VenueAnswerInvalid),
    ],
)
def test_read_when_refused_or_unreadable_then_said_so_at_once(answer: Any, error: type[Exception]) -> None:
    exchange, session = binance.exchange(SPOT, {"GET order": answer})
    with pytest.raises(error):
        exchange.get_order(REF)
    assert len(session.sent("GET", "/api/v3/order")) == 1


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (requests.ConnectionError("reset"), OutcomeUnknown),
        (requests.ReadTimeout("Read timed out"), OutcomeUnknown),
        ((503, {"code": -1007, "msg": "Timeout waiting for response from backend server."}), OutcomeUnknown),
        ((500, "<html>"), OutcomeUnknown),
        ((400, "Bad Request"), OutcomeUnknown),
        ((200, "no json"), OutcomeUnknown),
        ((200, {"orderId": None}), OutcomeUnknown),
        ((400, {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}), OutcomeUnknown),
        ((429, {"code": -1003, "msg": "Too many requests"}), RateLimited),
        ((418, {"code": -1003, "msg": "Way too many requests"}), RateLimited),
        ((400, {"code": -2010, "msg": "Account has insufficient balance for requested action."}), Rejected),
        ((400, {"code": -1013, "msg": "Filter failure: NOTIONAL"}), Rejected),
        ((401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}), VenueAccessDenied),
    ],
)
def test_create_when_it_fails_then_sent_once_and_meaning_by_class(failure: Any, error: type[GatewayError]) -> None:
    routes = {"POST order": failure, "GET order": NOT_FOUND, "GET time": {"serverTime": binance.AT_MS}}
    exchange, session = binance.exchange(SPOT, routes)
    with pytest.raises(GatewayError) as caught:
        exchange.create_order(ORDER)
    assert type(caught.value) is error
    assert len(session.sent("POST", "/api/v3/order")) == 1
    if error is Rejected:
        assert isinstance(caught.value, Rejected)
        assert caught.value.venue_code in {"-2010", "-1013"}


@pytest.mark.parametrize(
    "refusal",
    [
        (400, {"code": -2010, "msg": "Duplicate order sent."}),
        (400, {"code": -2010, "msg": "Account has insufficient balance for requested action."}),
        (400, {"code": -4116, "msg": "ClientOrderId is duplicated."}),
    ],
)
def test_create_when_refused_but_venue_knows_the_id_then_the_original(refusal: Any) -> None:
    market = MarketType.SWAP if refusal[1]["code"] == -4116 else SPOT
    order = NewVenueOrder(
        **{**{name: getattr(ORDER, name) for name in ORDER.__slots__}, "symbol": binance.SYMBOL[market]}
    )
    original = binance.order(market, orderId=42, executedQty="0.25000", status="PARTIALLY_FILLED")
    exchange, session = binance.exchange(market, {"POST order": refusal, "GET order": original})
    found = exchange.create_order(order)
    assert (found.exchange_order_id, found.filled_quantity) == ("42", Decimal("0.25"))
    assert len(session.sent("POST", f"{binance.paths(market)[1]}/order")) == 1


@pytest.mark.parametrize(
    "lookup",
    [
        requests.ConnectionError("x"),
        (200, "no json"),
        (418, {"code": -1003, "msg": "x"}),
        (401, {"code": -2015, "msg": "x"}),
    ],
)
def test_create_when_refused_and_venue_does_not_say_what_it_knows_then_outcome_unknown(lookup: Any) -> None:
    refusal = (400, {"code": -2010, "msg": "Duplicate order sent."})
    exchange, _ = binance.exchange(SPOT, {"POST order": refusal, "GET order": lookup})
    with pytest.raises(OutcomeUnknown):
        exchange.create_order(ORDER)


def test_create_when_markets_cannot_be_read_then_nothing_was_sent() -> None:
    exchange, session = binance.exchange(
        SPOT, {"GET exchangeInfo": requests.ConnectionError("x"), "POST order": PLACED}
    )
    with pytest.raises(Transient):
        exchange.create_order(ORDER)
    assert session.sent("POST", "/api/v3/order") == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"symbol": "NO/SUCH"}, "INSTRUMENT_NOT_FOUND"),
        ({"limit_price": None}, "PRICE_INVALID"),
        ({"type": OrderType.MARKET}, "PRICE_INVALID"),
        ({"type": OrderType.STOP_LIMIT}, "PRICE_INVALID"),
        ({"trigger_price": Decimal(90)}, "PRICE_INVALID"),
        ({"limit_price": Decimal("100.001")}, "PRICE_INVALID"),
        ({"quantity": Decimal("0.000001")}, "QUANTITY_INVALID"),
        ({"time_in_force": TimeInForce.GTD}, "TIME_IN_FORCE_INVALID"),
    ],
)
def test_create_when_order_cannot_be_sent_as_it_is_then_refused_before(changes: dict[str, Any], code: str) -> None:
    fields = {name: getattr(ORDER, name) for name in ORDER.__slots__} | changes
    exchange, session = binance.exchange(SPOT, {"POST order": PLACED})
    with pytest.raises(InvalidRequest) as caught:
        exchange.create_order(NewVenueOrder(**fields))
    assert caught.value.code == code
    assert session.sent("POST", "/api/v3/order") == []


def test_create_when_venue_is_only_read_then_refused() -> None:
    exchange, _ = recorded_exchange("bitfinex", SPOT, {})
    with pytest.raises(InvalidRequest) as caught:
        exchange.create_order(ORDER)
    assert caught.value.code == "VENUE_TRADING_UNSUPPORTED"


def rotating(*keys: str, routes: dict[str, Any]) -> tuple[CcxtExchange, RecordedSession, list[bool]]:
    """An exchange whose secret changes when it is looked at again."""
    left, asked = list(keys), []

    def source(refresh: bool) -> VenueCredentials:
        asked.append(refresh)
        if refresh and len(left) > 1:
            left.pop(0)
        return VenueCredentials(keys={"apiKey": left[0], "secret": "s"})

    public = {f"GET {path}" if path[0] == "/" else path: answer for path, answer in routes.items()}
    session = RecordedSession({"GET /api/v3/exchangeInfo": binance.market(SPOT), **public})
    return CcxtExchange("binance", SPOT, source, session=session, sleep=no_waiting), session, asked


def accepts_only(key: str, answer: Any) -> Any:
    denied = (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."})
    return lambda request: answer if request.headers["X-MBX-APIKEY"] == key else denied


def test_read_when_key_was_rotated_then_secret_is_read_again_once_and_markets_are_kept() -> None:
    exchange, session, asked = rotating("old", "new", routes={"/api/v3/order": accepts_only("new", PLACED)})
    assert exchange.get_order(REF) is not None
    assert exchange.get_order(REF) is not None
    assert asked.count(True) == 1
    assert len(session.sent("GET", "/api/v3/exchangeInfo")) == 1
    assert [request.headers.get("X-MBX-APIKEY") for request in session.requests] == [None, "old", "new", "new"]


def test_create_when_key_was_rotated_then_sent_again_with_the_new_one() -> None:
    exchange, session, _ = rotating("old", "new", routes={"POST /api/v3/order": accepts_only("new", PLACED)})
    assert exchange.create_order(ORDER).exchange_order_id == "4087922044"
    assert len(session.sent("POST", "/api/v3/order")) == 2


@pytest.mark.parametrize("keys", [("old",), ("old", "also wrong", "right, but too late")])
def test_key_when_still_denied_after_one_look_then_access_denied(keys: tuple[str, ...]) -> None:
    answer = accepts_only("right, but too late", PLACED)
    exchange, session, asked = rotating(*keys, routes={"/api/v3/order": answer, "POST /api/v3/order": answer})
    with pytest.raises(VenueAccessDenied):
        exchange.get_order(REF)
    assert asked.count(True) == 1
    assert len(session.sent("GET", "/api/v3/order")) == len(keys[:2])


def test_key_when_it_stops_working_then_denied_and_not_taken_for_a_ban() -> None:
    denied = (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."})
    exchange, _ = binance.exchange(SPOT, {"GET order": sequence(PLACED, denied)})
    assert exchange.get_order(REF) is not None
    with pytest.raises(VenueAccessDenied):
        exchange.get_order(REF)


def test_refusal_when_it_comes_from_ccxt_itself_then_no_code_of_an_earlier_answer() -> None:
    refused = (400, {"code": -1121, "msg": "Invalid symbol."})
    exchange, _ = binance.exchange(SPOT, {"GET depth": refused}, credentials=VenueCredentials())
    with pytest.raises(Rejected) as first:
        exchange.get_order_book("BTC/USDT")
    # There is no key to sign with: ccxt refuses before anything is sent.
    with pytest.raises(VenueAccessDenied) as second:
        exchange.list_balances()
    assert (first.value.venue_code, second.value.venue_code) == ("-1121", "AuthenticationError")


def test_read_when_our_clock_is_off_then_set_by_the_venues_and_tried_again() -> None:
    early = (400, {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."})
    routes = {"GET order": sequence(early, PLACED), "GET time": {"serverTime": binance.AT_MS}}
    exchange, session = binance.exchange(SPOT, routes)
    assert exchange.get_order(REF) is not None
    first, second = (int(sent["timestamp"]) for sent in session.sent("GET", "/api/v3/order"))
    assert abs(second - binance.AT_MS) < 60_000 < abs(first - binance.AT_MS)


def test_create_when_our_clock_is_off_then_unknown_but_the_next_request_is_on_time() -> None:
    early = (400, {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."})
    routes = {"POST order": early, "GET order": NOT_FOUND, "GET time": {"serverTime": binance.AT_MS}}
    exchange, session = binance.exchange(SPOT, routes)
    with pytest.raises(OutcomeUnknown):
        exchange.create_order(ORDER)
    assert exchange.get_order(REF) is None
    (lookup,) = session.sent("GET", "/api/v3/order")
    assert abs(int(lookup["timestamp"]) - binance.AT_MS) < 60_000


@pytest.mark.parametrize("ccxt_id", ["binance", "binanceusdm", "kraken", "okx", "bybit", "coinbase"])
def test_exchange_when_built_then_limited_quiet_exact_and_bounded(ccxt_id: str) -> None:
    policy = CallPolicy(connect_seconds=1, read_seconds=3)
    options = {"verbose": True, "x": 1}
    built = build_exchange(ccxt_id, SPOT, VenueCredentials(keys=KEYS, options=options), policy)
    assert built.enableRateLimit is True
    assert built.verbose is False
    assert built.number is str
    assert built.timeout == 3000
    assert isinstance(built.session, VenueSession)
    assert (built.session.trust_env, built.session.max_redirects) == (False, 0)
    assert built.options["x"] == 1
    assert built.parse_json('{"a": 0.10000000000000000001, "b": NaN, "c": 9007199254740993}') == {
        "a": "0.10000000000000000001",
        "b": "NaN",
        "c": 9007199254740993,
    }
    built.session.close()


@pytest.mark.parametrize(
    "ccxt_id",
    [
        "",
        "base",
        "errors",
        "no_such",
        "../x",
        "Binance",
        "async_support",
        "pro",
        "abstract",
        "os",
        "static_dependencies",
        "nosuchexchange",
    ],
)
def test_exchange_when_not_a_ccxt_class_then_refused(ccxt_id: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        exact_class(ccxt_id)
    assert caught.value.code == "VENUE_UNKNOWN"


def test_exchange_when_settings_break_ccxt_then_refused_without_them() -> None:
    with pytest.raises(GatewayError) as caught:
        build_exchange(
            "binance",
            SPOT,
            VenueCredentials(keys=KEYS, options={"a": {1}}, sandbox=True, urls={"api": 1}),
            CallPolicy(),
        )
    assert caught.value.code == "SECRET_UNREADABLE"


@pytest.mark.parametrize(
    ("venue", "market_type", "secret_exchange", "expected"),
    [
        ("binance", MarketType.SPOT, None, "binance"),
        ("binance", MarketType.SWAP, None, "binanceusdm"),
        ("binanceusdm", MarketType.SWAP, None, "binanceusdm"),
        ("kraken", MarketType.SWAP, None, "krakenfutures"),
        ("okx", MarketType.SWAP, None, "okx"),
        ("desk-7", MarketType.SPOT, "binance", "binance"),
        ("desk-7", MarketType.SWAP, "binance", "binanceusdm"),
    ],
)
def test_class_when_chosen_then_by_venue_market_and_secret(
    venue: str, market_type: MarketType, secret_exchange: str | None, expected: str
) -> None:
    credentials = VenueCredentials(exchange=secret_exchange)
    assert ExchangeClient(venue, market_type, lambda _refresh: credentials).ccxt_id == expected


def test_errors_when_endpoint_is_another_then_mean_what_they_mean_at_the_venue() -> None:
    urls = {"api": {"fapiPrivate": "http://127.0.0.1:1/fapi/v1", "fapiPublic": "http://127.0.0.1:1/fapi/v1"}}
    credentials = VenueCredentials(keys=KEYS, urls=urls)
    routes = {
        "GET /fapi/v1/exchangeInfo": binance.market(MarketType.SWAP),
        "POST /fapi/v1/order": (400, {"code": -2019, "msg": "Margin is insufficient."}),
        "GET /fapi/v1/order": NOT_FOUND,
    }
    exchange, _ = recorded_exchange("binance", MarketType.SWAP, routes, credentials=credentials)
    fields = {name: getattr(ORDER, name) for name in ORDER.__slots__} | {"symbol": "BTC/USDT:USDT"}
    with pytest.raises(Rejected, match="InsufficientFunds"):
        exchange.create_order(NewVenueOrder(**fields))


@pytest.mark.parametrize(
    "failure",
    [
        requests.ReadTimeout("x"),
        requests.ConnectionError("x"),
        (400, {"code": -1121, "msg": "x"}),
        (401, {"code": -2015, "msg": "x"}),
        (500, "<html>"),
        (200, "no json"),
        (429, "{}"),
    ],
)
def test_failure_when_shown_and_logged_then_no_key_and_no_signature(
    failure: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    exchange, session = binance.exchange(SPOT, {"GET order": failure, "POST order": failure})
    shown = ""
    for call in (lambda: exchange.get_order(REF), lambda: exchange.create_order(ORDER)):
        with pytest.raises(GatewayError) as caught:
            call()
        shown += "".join(traceback.format_exception(caught.value)) + repr(caught.value.__dict__)
        assert caught.value.__cause__ is None
    signatures = [sent["signature"] for method in ("GET", "POST") for sent in session.sent(method, "/api/v3/order")]
    assert len(signatures) >= 2
    for secret in (*KEYS.values(), *signatures):
        assert secret not in shown
        assert secret not in caplog.text
