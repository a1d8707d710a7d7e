"""Whatever is sent, the venue answers as Binance would: a result or a coded refusal."""

from __future__ import annotations

from decimal import localcontext
from urllib.parse import urlencode

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from infra.simulators.exchange.accounts import Permissions
from infra.simulators.exchange.auth import sign
from infra.simulators.exchange.gateway import Gateway, Request
from infra.simulators.exchange.money import EXACT
from infra.simulators.exchange.routing import ROUTES
from tests.support.hypothesis_profiles import examples
from tests.support.loopback import loopback_session
from tests.support.venue import ACCOUNT, KEY, SECRET, START_MS, Simulator, frozen_venue, fund

LIMIT = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "40000"}
STOP = {"algoType": "CONDITIONAL", "side": "SELL", "type": "STOP_MARKET", "quantity": "0.1", "triggerPrice": "40000"}
# What makes a request to a route meaningful; a few of its parameters are then replaced.
BASES: dict[str, dict[str, str]] = {
    "/api/v3/order": LIMIT,
    "/fapi/v1/order": LIMIT,
    "/api/v3/order/cancelReplace": {**LIMIT, "cancelReplaceMode": "ALLOW_FAILURE", "cancelOrderId": "1000000001"},
    "/fapi/v1/algoOrder": STOP,
    "/api/v3/klines": {"interval": "1M", "limit": "3"},
    "/fapi/v1/klines": {"interval": "1w", "limit": "3"},
}
NAMES = [
    "symbol",
    "side",
    "type",
    "timeInForce",
    "quantity",
    "price",
    "stopPrice",
    "quoteOrderQty",
    "newClientOrderId",
    "orderId",
    "origClientOrderId",
    "startTime",
    "endTime",
    "fromId",
    "limit",
    "interval",
    "symbols",
    "reduceOnly",
    "algoType",
    "triggerPrice",
    "closePosition",
    "clientAlgoId",
    "algoId",
    "leverage",
    "marginType",
    "goodTillDate",
    "cancelReplaceMode",
    "cancelOrderId",
    "newOrderRespType",
    "positionSide",
    "coin",
    "recvWindow",
    "selfTradePreventionMode",
    "dualSidePosition",
    "workingType",
    "omitZeroBalances",
    "offset",
]
VALUES = [
    "BTCUSDT",
    "ETHBTC",
    "USDT",
    "BUY",
    "SELL",
    "LIMIT",
    "MARKET",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "STOP_MARKET",
    "TAKE_PROFIT",
    "LIMIT_MAKER",
    "GTC",
    "IOC",
    "FOK",
    "GTX",
    "GTD",
    "0",
    "1",
    "2",
    "0.1",
    "0.00000001",
    "40000",
    "50005",
    "60000",
    "99999999999999999999",
    "111111111111111111111",
    "-1",
    "NaN",
    "1e9",
    "true",
    "false",
    "CONDITIONAL",
    "CROSSED",
    "STOP_ON_FAILURE",
    "1d",
    "1M",
    "1s",
    "[]",
    "[1]",
    "{}",
    "[",
    "null",
    "%",
    "a-1",
    "1000000001",
    "2000001",
    "9223372036854775808",
]
ODD = ['["BTCUSDT"]', '["NOPE"]', "\u0661", "\x00", "\U0001f600", "", " ", str(START_MS), str(START_MS - 10**9)]
REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(sorted(ROUTES)),
        st.dictionaries(
            st.sampled_from(NAMES),
            st.one_of(st.sampled_from(VALUES), st.sampled_from(ODD), st.text(max_size=8)),
            max_size=4,
        ),
    ),
    min_size=4,
    max_size=20,
)


@examples(300)
@given(sent=REQUESTS)
def test_gateway_when_any_parameters_are_sent_then_answer_or_coded_refusal(
    sent: list[tuple[tuple[str, str], dict[str, str]]],
) -> None:
    with localcontext(EXACT):
        venue = frozen_venue()
        account = fund(venue, ACCOUNT, {"USDT": "100000", "BTC": "1"}, "100000")
        venue.add_key(account, KEY, SECRET, Permissions())
        gateway = Gateway(venue)
        for (method, path), fields in sent:
            text = urlencode({"symbol": "BTCUSDT", **BASES.get(path, {}), **fields, "timestamp": START_MS})
            text += f"&signature={sign(SECRET, text)}"
            parts = {"query": text} if method in ("GET", "DELETE") else {"body": text}
            answer = gateway.handle(Request(method=method, path=path, api_key=KEY, **parts))
            assert answer.status in (200, 400, 401, 409), answer.payload
            if answer.status != 200:
                assert isinstance(answer.payload, dict)
                code = answer.payload["code"]
                assert isinstance(code, int)
                assert code < 0
            assert answer.body()


@pytest.mark.parametrize(
    "url", ["https://example.com/", "http://api.binance.com/api/v3/time", "https://eapi.binance.com/"]
)
def test_loopback_session_when_other_host_is_asked_then_no_request_leaves(simulator: Simulator, url: str) -> None:
    with loopback_session(simulator.url) as session:
        assert (
            session.get("https://api.binance.com/api/v3/time", timeout=10).url == "https://api.binance.com/api/v3/time"
        )
        with pytest.raises(requests.exceptions.InvalidSchema):
            session.get(url, timeout=10)
