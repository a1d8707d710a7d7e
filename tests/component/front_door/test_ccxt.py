"""ccxt as it is, behind another address and with another key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ccxt
import pytest

from infra.simulators.exchange.client import ccxt_urls
from tests.component.front_door.conftest import SWAP
from tests.support.front_door import ORDER_WORKER, FrontDoor, served
from tests.support.gateway import BTC
from tests.support.routed_account import RoutedAccount

PRIVATE = {"private": "/api/v3", "sapi": "/sapi/v1", "fapiPrivate": "/fapi/v1"}


def urls_of(door_url: str, market_url: str) -> dict[str, Any]:
    """Return ccxt's addresses: the exchange's own for market data, the front door for what is signed."""
    urls: dict[str, Any] = ccxt_urls(market_url)
    own = {name: f"{door_url}/venues/binance{path}" for name, path in PRIVATE.items()}
    own |= {
        "fapiPrivateV2": f"{door_url}/venues/binance/fapi/v2",
        "fapiPrivateV3": f"{door_url}/venues/binance/fapi/v3",
    }
    return {"api": urls["api"] | own}


@contextmanager
def trading(name: str, door: FrontDoor, routed: RoutedAccount, kind: str, **changes: Any) -> Iterator[Any]:
    """Give one of ccxt's exchanges that trades through the front door."""
    key, secret = door.issue(**changes)
    with served(door) as url:
        bot = getattr(ccxt, name)(
            {
                "apiKey": key.key_id,
                "secret": secret,
                "urls": urls_of(url, routed.simulator.url),
                "enableRateLimit": False,
                "options": {"defaultType": kind, "fetchMarkets": {"types": [kind]}},
            }
        )
        yield bot
        bot.session.close()


@pytest.fixture
def bot(door: FrontDoor, routed: RoutedAccount) -> Iterator[Any]:
    """Give a spot bot."""
    with trading("binance", door, routed, "spot") as bot:
        yield bot


def test_bot_when_it_buys_and_cancels_then_order_and_answer_are_the_venues(bot: Any, routed: RoutedAccount) -> None:
    order = bot.create_order(BTC, "limit", "buy", 0.01, 48000)
    assert order["status"] == "open"
    [found] = routed.simulator.orders()
    assert order["id"] == str(found["order_id"])
    assert order["clientOrderId"].startswith("x-")
    assert routed.status(order["clientOrderId"]) == "submitted"
    cancelled = bot.cancel_order(order["id"], BTC)
    assert cancelled["status"] == "canceled"
    assert routed.status(order["clientOrderId"]) == "cancelled"


def test_bot_when_it_reads_then_it_sees_its_own_orders_by_its_own_ids(bot: Any, routed: RoutedAccount) -> None:
    order = bot.create_order(BTC, "limit", "buy", 0.01, 48000, {"newClientOrderId": "bot-1"})
    assert routed.submit(strategy="grid", client_order_id="grid-1").status == 201
    routed.work_all()
    assert [row["clientOrderId"] for row in bot.fetch_open_orders(BTC)] == ["bot-1"]
    assert bot.fetch_order(order["id"], BTC)["clientOrderId"] == "bot-1"
    found = bot.fetch_order(None, BTC, {"origClientOrderId": "bot-1"})
    assert (found["id"], found["status"]) == (order["id"], "open")
    assert bot.fetch_balance()["USDT"]["total"] > 0
    bought = bot.create_order(BTC, "market", "buy", 0.01)
    assert (bought["status"], bought["filled"]) == ("closed", 0.01)
    assert {trade["order"] for trade in bot.fetch_my_trades(BTC)} == {bought["id"]}
    assert bought["fee"]["cost"] > 0


def test_bot_when_refused_then_it_sees_the_exception_that_it_acts_on(bot: Any, routed: RoutedAccount) -> None:
    with pytest.raises(ccxt.InvalidOrder, match="NOTIONAL_ABOVE_MAXIMUM.*10.00 %"):
        bot.create_order(BTC, "limit", "buy", 1, 48000)
    with pytest.raises(ccxt.InsufficientFunds, match="INSUFFICIENT_BALANCE"):
        bot.create_order(BTC, "limit", "sell", 0.01, 52000)
    with pytest.raises(ccxt.OrderNotFound):
        bot.cancel_order("1", BTC)
    with pytest.raises(ccxt.AuthenticationError, match="never does"):
        bot.withdraw("USDT", 1, "0x" + "0" * 40)
    routed.gateway.kill()
    with pytest.raises(ccxt.InvalidOrder, match="KILL_SWITCH_ENGAGED"):
        bot.create_order(BTC, "limit", "buy", 0.01, 48000)
    assert routed.simulator.orders() == []


def test_bot_when_nobody_knows_then_it_sees_a_timeout_and_finds_the_order(
    bot: Any, door: FrontDoor, routed: RoutedAccount
) -> None:
    bot.load_markets()
    door.lambdas.down.add(ORDER_WORKER)
    with pytest.raises(ccxt.RequestTimeout):
        bot.create_order(BTC, "limit", "buy", 0.01, 48000, {"newClientOrderId": "bot-1"})
    door.lambdas.down.clear()
    routed.work_all()
    assert bot.fetch_order(None, BTC, {"origClientOrderId": "bot-1"})["status"] == "open"


def test_bot_when_it_edits_an_order_then_the_new_one_is_the_venues(bot: Any, routed: RoutedAccount) -> None:
    order = bot.create_order(BTC, "limit", "buy", 0.01, 48000)
    edited = bot.edit_order(order["id"], BTC, "limit", "buy", 0.01, 47900)
    assert edited["id"] != order["id"]
    assert edited["price"] == 47900
    [resting] = [row for row in routed.simulator.orders() if row["open"]]
    assert str(resting["order_id"]) == edited["id"]


def test_bot_when_it_places_a_stop_on_spot_then_it_rests(bot: Any, routed: RoutedAccount) -> None:
    bot.create_order(BTC, "market", "buy", 0.01)
    held = bot.amount_to_precision(BTC, 0.0099)
    stop = bot.create_order(BTC, "limit", "sell", float(held), 47400, {"stopPrice": 47500})
    assert bot.fetch_order(stop["id"], BTC)["type"] in {"stop_loss_limit", "limit"}
    [resting] = [row for row in routed.simulator.orders() if row["open"]]
    assert str(resting["order_id"]) == stop["id"]
    bot.cancel_order(stop["id"], BTC)


def test_swap_bot_when_it_trades_then_as_at_the_exchange(door: FrontDoor, swaps: None, routed: RoutedAccount) -> None:
    with trading("binanceusdm", door, routed, "linear") as bot:
        order = bot.create_order(SWAP, "limit", "buy", 0.01, 48000)
        assert order["status"] == "open"
        edited = bot.edit_order(order["id"], SWAP, "limit", "buy", 0.01, 47900)
        assert edited["price"] == 47900
        assert bot.cancel_order(edited["id"], SWAP)["status"] == "canceled"
        bought = bot.create_order(SWAP, "market", "buy", 0.01)
        assert (bought["status"], bought["filled"]) == ("closed", 0.01)
        [position] = bot.fetch_positions([SWAP])
        assert position["contracts"] == 0.01
        stop = bot.create_order(SWAP, "market", "sell", 0.01, None, {"stopLossPrice": 47500, "reduceOnly": True})
        assert [row["id"] for row in bot.fetch_open_orders(SWAP, params={"trigger": True})] == [stop["id"]]
        bot.cancel_order(stop["id"], SWAP, {"trigger": True})
        leverage = int(position["leverage"] or 20)
        assert bot.set_leverage(leverage, SWAP)["leverage"] == leverage
        closed = bot.create_order(SWAP, "market", "sell", 0.01, None, {"reduceOnly": True})
        assert closed["status"] == "closed"
