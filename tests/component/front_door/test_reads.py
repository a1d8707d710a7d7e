"""Reads through the front door with ccxt as it is: two bots on one account, a budget, and market data where allowed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from riskgate.adapters.aws.lazy import forget
from tests.component.front_door.test_ccxt import urls_of
from tests.support.front_door import ORDER_WORKER, FrontDoor, served
from tests.support.gateway import BTC
from tests.support.routed_account import RoutedAccount


class Bots:
    """Bots of one account, each with a key of its own."""

    def __init__(self, door: FrontDoor, routed: RoutedAccount, url: str, stack: ExitStack) -> None:
        self.door, self.routed, self.url, self._stack = door, routed, url, stack

    def start(self, strategy: str, **settings: Any) -> Any:
        """Return a spot bot of a strategy."""
        key, secret = self.door.issue(strategy, **settings)
        bot = ccxt.binance(
            {
                "apiKey": key.key_id,
                "secret": secret,
                "urls": urls_of(self.url, self.routed.simulator.url),
                "enableRateLimit": False,
                "options": {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}},
            }
        )
        self._stack.callback(bot.session.close)
        return bot


@pytest.fixture
def bots(door: FrontDoor, routed: RoutedAccount) -> Iterator[Bots]:
    """Give what starts bots behind a served front door."""
    with ExitStack() as stack:
        yield Bots(door, routed, stack.enter_context(served(door)), stack)


def test_two_bots_when_they_trade_on_one_account_then_neither_adopts_the_others_orders(bots: Bots) -> None:
    first, second = bots.start("trend"), bots.start("grid")
    resting = first.create_order(BTC, "limit", "buy", 0.01, 48000)
    bought = second.create_order(BTC, "market", "buy", 0.02)
    assert [order["id"] for order in first.fetch_open_orders(BTC)] == [resting["id"]]
    assert second.fetch_open_orders(BTC) == []
    assert [order["clientOrderId"] for order in second.fetch_orders(BTC)] == [bought["clientOrderId"]]
    assert {trade["order"] for trade in second.fetch_my_trades(BTC)} == {bought["id"]}
    assert first.fetch_my_trades(BTC) == []
    assert first.fetch_order(resting["id"], BTC)["clientOrderId"] == resting["clientOrderId"]
    with pytest.raises(ccxt.OrderNotFound):
        second.fetch_order(resting["id"], BTC)
    assert bots.door.lambdas.errors == []


def test_bot_when_its_key_shows_the_budget_then_balance_shrinks_by_what_it_uses(bots: Bots) -> None:
    assert bots.routed.gateway.limits(strategies={"trend": {"fraction_max": "0.1"}, "grid": {}}).status == 200
    bot, other = bots.start("trend", shows_budget=True), bots.start("grid", shows_budget=True)
    equity = bots.routed.state().equity
    before = bot.fetch_balance()
    assert Decimal(str(before["free"]["USDT"])) == equity / 10
    assert not before["total"].get("BTC"), "coins that it did not buy are not shown"
    bot.create_order(BTC, "market", "buy", 0.02)
    after = bot.fetch_balance()
    state = bots.routed.state()
    used = state.exposure.by_strategy["trend"]
    assert used > 900
    assert Decimal(str(after["free"]["USDT"])) == pytest.approx(state.equity / 10 - used, abs=Decimal("0.00000001"))
    assert after["total"]["BTC"] == pytest.approx(0.02, abs=0.0001)
    assert not other.fetch_balance()["total"].get("BTC")


def test_market_data_when_the_setting_is_off_then_bots_ask_the_exchange(bots: Bots, door: FrontDoor) -> None:
    key = door.issue()
    status, body = door.call("GET", "/api/v3/time", key)
    assert (status, body["code"]) == (400, -1020)


def test_market_data_when_the_setting_is_on_then_it_is_passed_on(
    bots: Bots, door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSES_PUBLIC_DATA", "true")
    forget()
    key = door.issue()
    direct = bots.routed.simulator.raw("GET", "/api/v3/exchangeInfo", {"symbol": "BTCUSDT"}, key=None, secret=None)
    status, body = door.call("GET", "/api/v3/exchangeInfo", key, symbol="BTCUSDT")
    assert (status, body["symbols"]) == (200, direct[1]["symbols"])
    status, body = door.call("GET", "/api/v3/klines", key, symbol="BTCUSDT", interval="1m", limit="2")
    assert (status, len(body)) == (200, 2)


def test_wallet_when_the_key_is_for_futures_alone_then_it_is_read_too(door: FrontDoor, routed: RoutedAccount) -> None:
    venues = [{"venue": "binanceusdm", "market_type": "swap", "secret_name": "riskgate/exchange/demo"}]
    assert routed.gateway.register(totp=True, venues=venues).status == 200
    key = door.issue(venues={"swap": "binanceusdm"})
    text = door.sign(key[1], {})
    status, body = door.send(
        "GET", "/sapi/v1/account/apiRestrictions", query=text, key_id=key[0].key_id, venue="binanceusdm"
    )
    assert (status, body["enableWithdrawals"]) == (200, False)


@pytest.mark.parametrize("is_listed", [True, False])
def test_fill_when_a_bot_sees_it_first_then_it_is_booked_before_the_bot_is_told(bots: Bots, is_listed: bool) -> None:
    bot, routed = bots.start("trend"), bots.routed
    resting = bot.create_order(BTC, "limit", "buy", 0.01, 48000)
    routed.simulator.control.post("price", symbol="BTCUSDT", price="47900")
    assert routed.status(resting["clientOrderId"]) == "submitted"
    seen = bot.fetch_orders(BTC)[-1] if is_listed else bot.fetch_order(resting["id"], BTC)
    assert (seen["status"], seen["filled"]) == ("closed", 0.01)
    assert routed.record(resting["clientOrderId"]).filled_quantity == Decimal("0.01")
    calls = len(bots.door.lambdas.calls)
    bot.fetch_order(resting["id"], BTC)
    assert len(bots.door.lambdas.calls) == calls + 1, "what is booked is not asked for again"


def test_fill_when_the_worker_is_away_then_the_bot_sees_it_all_the_same_and_the_queue_brings_it(bots: Bots) -> None:
    bot, routed = bots.start("trend"), bots.routed
    resting = bot.create_order(BTC, "limit", "buy", 0.01, 48000)
    routed.simulator.control.post("price", symbol="BTCUSDT", price="47900")
    bots.door.lambdas.down.add(ORDER_WORKER)
    assert bot.fetch_order(resting["id"], BTC)["status"] == "closed"
    assert routed.record(resting["clientOrderId"]).filled_quantity == 0
    routed.work_all()
    assert routed.record(resting["clientOrderId"]).filled_quantity == Decimal("0.01")
