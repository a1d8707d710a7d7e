"""Two bots on one account: each sees its own orders, trades and positions, by its own ids, and nobody else's."""

from __future__ import annotations

from typing import Any

import boto3
import ccxt
import pytest

from riskgate.adapters.aws.clients import dynamodb_client
from tests.support.bot import bot_of, read
from tests.support.gateway import ACCOUNT_ID, BTC
from tests.support.monitored_account import BTC_SWAP, SWAP_VENUE, Watch
from tests.support.routed_account import RoutedAccount, worker_client_id
from tests.support.wire import Wire

SPOT, SWAP = ("binance", BTC, {}), ("binanceusdm", BTC_SWAP, {"symbol": BTC_SWAP, "venue": SWAP_VENUE})


@pytest.fixture(autouse=True)
def both_venues(routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the account a swap venue beside the spot one, with money and a price."""
    monkeypatch.setenv("JOB_QUEUE_URL", boto3.client("sqs").create_queue(QueueName="monitor")["QueueUrl"])
    monkeypatch.setenv("SUMMARY_HOUR", "off")
    monkeypatch.setenv("SUMMARY_TIME_ZONE", "UTC")
    watch = Watch(routed)
    watch.trade_both()
    watch.fund(spot={"USDT": "50000", "BTC": "0"}, swap={"USDT": "50000"})
    watch.recorded()
    routed.gateway.refresh_quotes()
    quote = routed.gateway.quote_of(BTC_SWAP, venue=SWAP_VENUE)
    answer = routed.gateway.call("PUT", "/market/quotes", {"quotes": [quote]})
    assert answer.status == 200, answer.text


@pytest.fixture(params=[SPOT, SWAP], ids=["spot", "swap"])
def market(request: pytest.FixtureRequest) -> tuple[str, str, dict[str, str]]:
    """Give the venue's ccxt class, the market, and what an order there names beside the usual."""
    found: tuple[str, str, dict[str, str]] = request.param
    return found


def _bots(routed: RoutedAccount, name: str) -> tuple[Any, Any]:
    return bot_of(routed.simulator, name, strategy="trend"), bot_of(routed.simulator, name, strategy="grid")


def test_lists_of_orders_when_two_bots_share_the_account_then_each_sees_its_own_by_its_own_ids(
    routed: RoutedAccount, market: tuple[str, str, dict[str, str]]
) -> None:
    name, symbol, fields = market
    own = routed.approved(strategy="trend", **fields)
    other = routed.approved(strategy="grid", price="47800", stop_loss_price="46500", **fields)
    routed.work_all()
    routed.simulator.ccxt(name).create_order(symbol, "limit", "buy", "0.1", "40000", {"newClientOrderId": "by-hand"})
    trend, grid = _bots(routed, name)
    for bot, mine in ((trend, own), (grid, other)):
        assert [order["clientOrderId"] for order in bot.fetch_open_orders(symbol)] == [mine]
        assert [order["clientOrderId"] for order in bot.fetch_orders(symbol)] == [mine]
    everything = bot_of(routed.simulator, name, strategy="trend", shows_all=True).fetch_open_orders(symbol)
    assert {order["clientOrderId"] for order in everything} == {own, other, "by-hand"}


def test_order_when_asked_for_by_either_id_then_only_its_own_bot_finds_it(
    routed: RoutedAccount, market: tuple[str, str, dict[str, str]]
) -> None:
    name, symbol, fields = market
    own = routed.approved(strategy="trend", **fields)
    routed.work_all()
    record = routed.record(own)
    trend, grid = _bots(routed, name)
    for asked in ((None, {"origClientOrderId": own}), (record.exchange_order_id, {})):
        found = trend.fetch_order(asked[0], symbol, asked[1])
        assert (found["clientOrderId"], found["id"]) == (own, record.exchange_order_id)
        with pytest.raises(ccxt.OrderNotFound):
            grid.fetch_order(asked[0], symbol, asked[1])
    # The venue's name of it is nobody's name at the front door.
    with pytest.raises(ccxt.OrderNotFound):
        grid.fetch_order(None, symbol, {"origClientOrderId": worker_client_id(record, 0)})


def test_trades_when_two_bots_share_the_account_then_each_sees_those_of_its_orders(
    routed: RoutedAccount, market: tuple[str, str, dict[str, str]]
) -> None:
    name, symbol, fields = market
    for strategy, quantity in (("trend", "0.01"), ("grid", "0.02")):
        routed.approved(strategy=strategy, type="market", price=None, quantity=quantity, **fields)
    routed.work_all()
    kind = "spot" if name == "binance" else "swap"
    Watch(routed).trade_at_venue("BUY", "0.03", kind)
    trend, grid = _bots(routed, name)
    assert {trade["amount"] for trade in trend.fetch_my_trades(symbol)} == {"0.01000000" if kind == "spot" else "0.010"}
    assert sum(float(trade["amount"]) for trade in grid.fetch_my_trades(symbol)) == pytest.approx(0.02)
    everything = bot_of(routed.simulator, name, strategy="trend", shows_all=True).fetch_my_trades(symbol)
    assert sum(float(trade["amount"]) for trade in everything) == pytest.approx(0.06)


def test_trade_when_the_gateway_has_not_seen_it_yet_then_its_bot_does(routed: RoutedAccount, wire: Wire) -> None:
    own = routed.approved(strategy="trend")
    routed.work_all()
    # As if the acknowledgement were still under way: the number is not written down.
    table = routed.gateway.aws.state_table
    number = routed.record(own).exchange_order_id
    key = {"pk": {"S": "ACCOUNT#demo"}, "sk": {"S": f"VENUE_ORDER#binance:BTCUSDT#{number}"}}
    assert dynamodb_client().get_item(TableName=table, Key=key)["Item"]
    routed.gateway.aws.dynamodb.delete_item(TableName=table, Key=key)
    Watch(routed).price("47900")
    trend, grid = _bots(routed, "binance")
    assert grid.fetch_my_trades(BTC) == []
    found = trend.fetch_my_trades(BTC)
    assert {trade["order"] for trade in found} == {number}


def test_names_when_a_bot_polls_then_they_are_looked_up_once(routed: RoutedAccount, wire: Wire) -> None:
    for _ in range(3):
        routed.approved(strategy="trend")
    routed.work_all()
    trend, _ = _bots(routed, "binance")
    trend.fetch_orders(BTC)
    wire.sent.clear()
    assert len(trend.fetch_orders(BTC)) == 3
    assert [sent.operation for sent in wire.sent] == ["BatchGetItem"], "the account alone is read"


def test_positions_when_two_bots_hold_parts_then_each_sees_its_part(routed: RoutedAccount) -> None:
    fields = {"symbol": BTC_SWAP, "venue": SWAP_VENUE, "type": "market", "price": None}
    routed.approved(strategy="trend", quantity="0.01", **fields)
    routed.work_all()
    alone, other = _bots(routed, "binanceusdm")
    assert [float(row["contracts"]) for row in alone.fetch_positions()] == [0.01]
    assert other.fetch_positions() == []
    routed.approved(strategy="grid", quantity="0.03", **fields)
    routed.work_all()
    for bot, part in ((alone, 0.01), (other, 0.03)):
        [row] = bot.fetch_positions()
        assert float(row["contracts"]) == part
    account = [bot.fapiPrivateV3GetAccount()["positions"] for bot in (alone, other)]
    assert [[row["positionAmt"] for row in rows] for rows in account] == [["0.010"], ["0.030"]]


def test_position_when_nobody_of_the_gateway_holds_it_then_no_bot_sees_it(routed: RoutedAccount) -> None:
    Watch(routed).trade_at_venue("BUY", "0.5", "swap")
    trend, _ = _bots(routed, "binanceusdm")
    assert trend.fetch_positions() == []
    assert len(bot_of(routed.simulator, "binanceusdm", shows_all=True).fetch_positions()) == 1


@pytest.mark.parametrize("status", ["approved", "unknown"])
def test_order_when_the_venue_does_not_know_it_yet_then_it_is_new_and_never_missing(
    routed: RoutedAccount, market: tuple[str, str, dict[str, str]], status: str
) -> None:
    name, symbol, fields = market
    own = routed.approved(strategy="trend", **fields)
    if status == "unknown":
        path = "/api/v3/order" if name == "binance" else "/fapi/v1/order"
        routed.fault("drop_before_accept", path=path, count=99)
        routed.work()
    assert routed.status(own) == status
    trend, grid = _bots(routed, name)
    found = trend.fetch_order(None, symbol, {"origClientOrderId": own})
    assert (found["status"], found["clientOrderId"], found["filled"]) == ("open", own, "0.00000000")
    assert [order["clientOrderId"] for order in trend.fetch_open_orders(symbol)] == [own]
    assert grid.fetch_open_orders(symbol) == []
    with pytest.raises(ccxt.OrderNotFound):
        grid.fetch_order(None, symbol, {"origClientOrderId": own})


def test_order_when_denied_then_it_does_not_exist(routed: RoutedAccount) -> None:
    denied = routed.order(quantity="1000")
    assert routed.gateway.submit(denied).status == 422
    answer = read("GET", "/api/v3/order", {"symbol": "BTCUSDT", "origClientOrderId": denied["client_order_id"]})
    assert (answer["status"], answer["cause"]) == (400, "")


def test_conditional_order_when_it_fires_then_its_bot_sees_it_and_its_trade(routed: RoutedAccount) -> None:
    fields = {"symbol": BTC_SWAP, "venue": SWAP_VENUE}
    routed.approved(strategy="trend", type="market", price=None, quantity="0.01", **fields)
    routed.work_all()
    stop = {"side": "sell", "type": "stop", "trigger_price": "48000", "price": None, "stop_loss_price": None}
    own = routed.approved(strategy="trend", quantity="0.01", reduce_only=True, **stop, **fields)
    routed.work_all()
    trend, grid = _bots(routed, "binanceusdm")
    trigger = {"trigger": True}
    assert [order["clientOrderId"] for order in trend.fetch_open_orders(BTC_SWAP, None, None, trigger)] == [own]
    assert grid.fetch_open_orders(BTC_SWAP, None, None, trigger) == []
    Watch(routed).price("47900")
    # Nobody of the gateway has looked since: the venue's number of what fired is not written down.
    [sale] = [trade for trade in trend.fetch_my_trades(BTC_SWAP) if trade["side"] == "sell"]
    assert grid.fetch_my_trades(BTC_SWAP) == []
    [fired] = [order for order in trend.fetch_orders(BTC_SWAP) if order["id"] == sale["order"]]
    assert fired["clientOrderId"] == own


def test_exit_when_the_gateway_makes_it_then_no_list_shows_it_until_it_filled(routed: RoutedAccount) -> None:
    own = routed.approved(strategy="trend", type="market", price=None, quantity="0.01")
    routed.work_all()
    exit_body = {"exit_id": "out-1", "scope": "all", "reason": "drill"}
    answer = routed.gateway.call("POST", f"/accounts/{ACCOUNT_ID}/exits", exit_body, headers=routed.gateway.next_totp())
    assert answer.status in {200, 201, 202}, answer.text
    trend, _ = _bots(routed, "binance")
    assert trend.fetch_open_orders(BTC) == [], "the exit is on its way, and the gateway's"
    routed.work_all()
    sides = [trade["side"] for trade in trend.fetch_my_trades(BTC)]
    assert sides == ["buy", "sell"]
    assert own in {order["clientOrderId"] for order in trend.fetch_orders(BTC)}
