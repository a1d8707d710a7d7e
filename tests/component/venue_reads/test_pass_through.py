"""Whitelisted reads arrive at the venue, signed with the account's key, and come back as the venue wrote them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.venue_reader.app import lambda_handler
from riskgate.core.front_door.calls import CALLS, CallClass, find_call
from tests.component.test_events import EVENTS
from tests.support.binance_routes import read_list
from tests.support.bot import body_of, bot_of, read
from tests.support.monitored_account import Watch
from tests.support.routed_account import RoutedAccount, WorkerContext


@pytest.fixture(autouse=True)
def both_venues(routed: RoutedAccount) -> None:
    """Give the account a swap venue beside the spot one."""
    Watch(routed).trade_both()


def _arrived(routed: RoutedAccount) -> list[dict[str, Any]]:
    found: Any = routed.simulator.control.get("requests")
    return list(found)


def test_every_documented_call_when_asked_for_then_only_reads_reach_the_venue(routed: RoutedAccount) -> None:
    before = len(_arrived(routed))
    refused = [route for route in read_list() if CALLS.get(route) is None or CALLS[route].kind is not CallClass.READ]
    assert len(refused) > 600
    causes = {-1020: "NOT_OFFERED", -2015: "CALL_NOT_A_READ"}
    for method, path in refused:
        code = -1020 if find_call(method, path).kind is CallClass.PUBLIC else -2015
        answer = read(method, path)
        assert (body_of(answer)["code"], answer["cause"]) == (code, causes[code]), path
    assert len(_arrived(routed)) == before, "nothing reached the venue"


def test_read_when_passed_on_then_it_is_signed_with_the_accounts_key_and_unchanged(routed: RoutedAccount) -> None:
    brackets = read("GET", "/fapi/v1/leverageBracket", {"symbol": "BTCUSDT"})
    direct = routed.simulator.raw("GET", "/fapi/v1/leverageBracket", {"symbol": "BTCUSDT"})
    assert brackets["status"] == 200
    assert json.loads(brackets["body"]) == direct[1]
    # The venue knows the account's key alone: this answer is to a request signed with it.
    assert routed.simulator.raw("GET", "/fapi/v1/leverageBracket", key="gateway-issued")[0] == 401
    assert any(name.lower().startswith("x-mbx-used-weight") for name in brackets["headers"])


@pytest.mark.parametrize(
    "path",
    [
        "/sapi/v1/account/apiRestrictions",
        "/sapi/v1/capital/config/getall",
        "/sapi/v1/asset/tradeFee",
        "/sapi/v1/margin/allPairs",
        "/fapi/v1/positionSide/dual",
        "/fapi/v1/accountConfig",
        "/fapi/v3/positionRisk",
        "/fapi/v2/balance",
        "/api/v3/account",
    ],
)
def test_read_when_it_needs_no_parameters_then_it_is_answered(routed: RoutedAccount, path: str) -> None:
    answer = read("GET", path)
    assert answer["status"] == 200, answer
    assert body_of(answer) == routed.simulator.raw("GET", path)[1]


def test_refusal_of_the_venue_when_it_refuses_then_it_comes_back_in_its_own_words(routed: RoutedAccount) -> None:
    answer = read("GET", "/api/v3/myTrades", {"symbol": "NOTHING"})
    assert (answer["status"], body_of(answer)["code"], answer["cause"]) == (400, -1121, "")


def test_venue_when_it_is_dead_then_the_answer_says_to_try_again(routed: RoutedAccount) -> None:
    routed.fault("drop_before_accept", method="GET", path="/api/v3/account", count=2)
    answer = read("GET", "/api/v3/account")
    assert (answer["status"], body_of(answer)["code"]) == (503, -1001)
    assert answer["cause"] == "EXCHANGE_UNAVAILABLE"


def test_venue_when_a_proxy_answers_in_its_place_then_no_page_is_passed_on(routed: RoutedAccount) -> None:
    page = {"status": 502, "raw_body": "<html>no</html>"}
    routed.fault("error_before_accept", method="GET", path="/api/v3/account", count=2, **page)
    answer = read("GET", "/api/v3/account")
    assert (answer["status"], body_of(answer)["code"]) == (503, -1001)


def test_venue_when_it_limits_then_the_bot_is_told_for_how_long(routed: RoutedAccount) -> None:
    routed.fault("rate_limit", method="GET", path="/api/v3/account", retry_after=7)
    answer = read("GET", "/api/v3/account")
    assert answer["status"] == 429
    assert {name.lower(): text for name, text in answer["headers"].items()}["retry-after"] == "7"


@pytest.mark.parametrize(
    "name", ["signature", "timestamp", "recvWindow", "maxRetriesOnFailure", "apiKey", "email", "x y"]
)
def test_parameter_when_it_is_none_that_reads_take_then_nothing_is_asked(routed: RoutedAccount, name: str) -> None:
    before = len(_arrived(routed))
    answer = read("GET", "/api/v3/account", {name: "1"})
    assert (answer["status"], body_of(answer)["code"]) == (400, -1104)
    assert len(_arrived(routed)) == before


@pytest.mark.parametrize(
    "changes",
    [{"venue": "kraken"}, {"account_id": "nobody"}, {"venue": "binanceusdm"}, {"path": "/fapi/v2/account"}],
)
def test_venue_when_it_is_not_the_accounts_or_of_another_kind_then_nothing_is_asked(
    routed: RoutedAccount, changes: dict[str, str]
) -> None:
    before = len(_arrived(routed))
    answer = read(**{"method": "GET", "path": "/api/v3/account", "venue": "binance"} | changes)
    assert (answer["status"], body_of(answer)["code"]) == (401, -2015)
    assert len(_arrived(routed)) == before


def test_secret_when_it_is_another_accounts_then_nothing_is_asked(routed: RoutedAccount) -> None:
    table, key = routed.gateway.aws.control_table, {"pk": {"S": "SECRET"}, "sk": {"S": "riskgate/exchange/demo"}}
    routed.gateway.aws.dynamodb.put_item(TableName=table, Item=key | {"account_id": {"S": "another"}})
    answer = read("GET", "/api/v3/account")
    assert (answer["status"], answer["cause"]) == (401, "SECRET_OF_ANOTHER_ACCOUNT")


def test_ccxt_when_it_loads_markets_and_asks_what_bots_ask_then_all_of_it_works(routed: RoutedAccount) -> None:
    spot, swap = bot_of(routed.simulator, "binance"), bot_of(routed.simulator, "binanceusdm")
    spot.load_markets()
    assert spot.fetch_balance()["free"]["USDT"]
    assert spot.fetch_trading_fees()["BTC/USDT"]["maker"] is not None
    assert spot.fetch_open_orders("BTC/USDT") == []
    assert spot.fetch_my_trades("BTC/USDT") == []
    swap.load_markets()
    assert swap.fetch_balance()["total"]["USDT"]
    assert swap.fetch_positions() == []
    assert swap.fetch_leverage_tiers(["BTC/USDT:USDT"])["BTC/USDT:USDT"]
    assert swap.fapiPrivateGetPositionSideDual() == {"dualSidePosition": False}
    assert swap.fetch_funding_history("BTC/USDT:USDT") == []
    asked = {path for exchange in (spot, swap) for _, path, status in exchange.session.passed if status == 200}
    assert {"/sapi/v1/capital/config/getall", "/fapi/v1/leverageBracket", "/sapi/v1/asset/tradeFee"} <= asked


def test_refusal_when_the_call_is_no_read_then_people_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    read("POST", "/sapi/v1/capital/withdraw/apply", {"coin": "BTC"})
    assert '"VenueReadsRefused":[1.0]' in capsys.readouterr().out.replace(" ", "")


@pytest.mark.parametrize("name", ["get_account", "post_withdrawal"])
def test_sample_event_when_invoked_then_it_is_answered(name: str) -> None:
    event = json.loads((EVENTS / "venue_reader" / f"{name}.json").read_text())
    answer = lambda_handler(event, WorkerContext())  # type: ignore[arg-type]
    assert answer["status"] == {"get_account": 200, "post_withdrawal": 401}[name]
