"""A guarded exchange whose orders the gateway sends: real gateway, queue, worker and venue behind ccxt's methods."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import ccxt
import ccxt.async_support
import pytest

from infra.simulators.exchange.client import ccxt_urls
from riskgate_client import Denied, NotFound, OutcomeUnknown, guard
from tests.support.client_bot import Bot, issue_token, lose_answer, lose_request, refuse
from tests.support.gateway import BTC
from tests.support.routed_account import RoutedAccount
from tests.support.venue import KEY, SECRET, Simulator

STOP = {"riskgate": {"stop_loss_price": 47000}}


class Working(Bot):
    """A bot whose waiting lets the worker do its work."""

    def attach(self, routed: RoutedAccount) -> Working:
        sleep = self.time.sleep

        def work(seconds: float) -> None:
            routed.work()
            sleep(seconds)

        self.client._transport._sleep = work

        async def work_async(seconds: float) -> None:
            work(seconds)

        self.asynchronous._transport._sleep = work_async
        return self


@pytest.fixture
def worked(routed: RoutedAccount) -> Working:
    return Working(issue_token(routed.gateway.aws)).attach(routed)


@pytest.fixture
def guarded(exchange: Any, worked: Working) -> Any:
    """A guarded exchange that could not place anything itself: it has no key."""
    exchange.apiKey = exchange.secret = None
    return guard(exchange, worked.client, strategy="trend", route=True)


def test_order_when_approved_then_at_the_venue_once_and_built_from_the_gateways_answer(
    guarded: Any, routed: RoutedAccount
) -> None:
    order = guarded.create_order(BTC, "limit", "buy", 0.0123456, 48000.001, STOP)

    [placed] = routed.simulator.orders()
    assert (order["id"], order["status"], order["symbol"]) == (str(placed["order_id"]), "open", BTC)
    assert (order["amount"], order["price"], order["filled"], order["remaining"]) == (0.01234, 48000.0, 0.0, 0.01234)
    routed.assert_agrees(order["clientOrderId"])
    assert guarded.fetch_order(order["id"], BTC)["status"] == "open"
    assert guarded.fetch_order_status(order["id"], BTC) == "open"


def test_market_order_when_filled_then_its_average_and_fee(guarded: Any, routed: RoutedAccount) -> None:
    order = guarded.createMarketBuyOrder(BTC, 0.01, STOP)

    assert order["status"] == "closed"
    assert order["filled"] == 0.01
    assert 49_000 < order["average"] < 51_000
    assert order["cost"] == pytest.approx(order["average"] * 0.01)
    assert order["fee"]["cost"] > 0


def test_order_when_denied_then_ccxts_error_and_nothing_at_the_venue(guarded: Any, routed: RoutedAccount) -> None:
    with pytest.raises(ccxt.InvalidOrder) as caught:
        guarded.create_order(BTC, "limit", "buy", 10, 48000, STOP)

    assert isinstance(caught.value, Denied)
    assert routed.simulator.orders() == []


def test_order_when_the_venue_refuses_then_an_error_with_its_reason(guarded: Any, routed: RoutedAccount) -> None:
    routed.fault("error_before_accept", code=-2010, status=400, msg="Account has insufficient balance")

    with pytest.raises(ccxt.InvalidOrder, match="ORDER_REJECTED"):
        guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)


def test_order_when_cancelled_by_any_of_its_names_then_gone(guarded: Any, routed: RoutedAccount, worked: Bot) -> None:
    orders = [guarded.create_order(BTC, "limit", "buy", 0.01, 48000 + number, STOP) for number in range(3)]

    by_venue = guarded.cancel_order(orders[0]["id"], BTC)
    by_own = guarded.cancel_order(None, BTC, {"clientOrderId": orders[1]["clientOrderId"]})
    # After a restart nothing is remembered.
    fresh = guard(guarded._exchange, worked.client, strategy="trend", route=True)
    again = fresh.cancel_order(orders[2]["id"], BTC)

    assert [found["status"] for found in (by_venue, by_own, again)] == ["canceled"] * 3
    assert not any(placed["open"] for placed in routed.simulator.orders())
    with pytest.raises(ccxt.OrderNotFound) as caught:
        fresh.cancel_order("987654", BTC)
    assert isinstance(caught.value, NotFound)


def test_orders_when_all_are_cancelled_then_those_of_the_strategy(guarded: Any, routed: RoutedAccount) -> None:
    other = routed.approved(strategy="carry")
    routed.work_all()
    for number in range(2):
        guarded.create_order(BTC, "limit", "buy", 0.01, 48000 + number, STOP)

    found = guarded.cancelAllOrders()

    assert [order["status"] for order in found] == ["canceled"] * 2
    assert routed.status(other) == "submitted"


def test_edit_when_approved_then_replaced_at_the_venue_under_the_same_name(guarded: Any, routed: RoutedAccount) -> None:
    order = guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)

    with pytest.raises(Denied):
        guarded.edit_order(order["id"], BTC, "limit", "buy", 10, 48000)
    changed = guarded.edit_order(order["id"], BTC, "limit", "buy", 0.02, 48100)

    assert (changed["id"], changed["amount"], changed["price"]) == (order["id"], 0.02, 48100.0)
    routed.work_all()
    routed.assert_agrees(order["clientOrderId"])
    assert guarded.fetch_order(order["id"], BTC)["price"] == 48100.0


def test_batch_when_approved_then_all_are_sent(guarded: Any, routed: RoutedAccount) -> None:
    legs = [
        {"symbol": BTC, "type": "limit", "side": "buy", "amount": 0.01, "price": price, "params": STOP}
        for price in (48000, 48100)
    ]

    orders = guarded.create_orders(legs)

    assert [order["status"] for order in orders] == ["open", "open"]
    assert len(routed.simulator.orders()) == 2


def test_order_when_the_gateways_answers_are_lost_then_asked_for_again_it_is_the_same(
    guarded: Any, routed: RoutedAccount, worked: Bot
) -> None:
    worked.break_wire(lose_answer, *[lose_request] * 8)
    with pytest.raises(ccxt.RequestTimeout) as caught:
        guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)
    assert isinstance(caught.value, OutcomeUnknown)
    worked.wire.faults.clear()

    order = guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)

    routed.work_all()
    assert order["clientOrderId"] == caught.value.client_order_id
    assert len(routed.simulator.orders()) == 1


def test_order_when_approved_and_then_unreadable_then_no_error_that_would_make_a_second_one(
    guarded: Any, routed: RoutedAccount, worked: Bot
) -> None:
    def then_down(wire: Any, request: Any) -> Any:
        wire.always = refuse
        return wire.gateway.handle_request(request)

    worked.break_wire(then_down)

    order = guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)

    assert (order["status"], order["filled"]) == ("open", None)
    worked.wire.always = None
    routed.work_all()
    assert guarded.fetch_order(order["id"], BTC)["status"] == "open"
    assert len(routed.simulator.orders()) == 1


def test_read_when_the_gateway_does_not_know_the_order_then_the_venues(
    guarded: Any, routed: RoutedAccount, exchange: Any, simulator: Simulator
) -> None:
    exchange.apiKey, exchange.secret = KEY, SECRET
    by_hand = exchange.create_order(BTC, "limit", "buy", 0.01, 45000)

    assert guarded.fetch_order(by_hand["id"], BTC)["price"] == 45000.0
    assert len(guarded.fetch_open_orders(BTC)) == 1


def test_venue_parameters_when_the_gateway_sends_then_refused(guarded: Any, routed: RoutedAccount) -> None:
    for call in (
        lambda: guarded.create_order(BTC, "limit", "buy", 0.01, 48000, {"icebergQty": 1}),
        lambda: guarded.edit_order("1", BTC, "limit", "buy", 0.01, 48000, {"cancelReplaceMode": "ALLOW_FAILURE"}),
        lambda: guarded.private_post_order({}),
    ):
        with pytest.raises(ccxt.ExchangeError):
            call()
    assert routed.simulator.orders() == []
    guarded.settle()


def test_asynchronous_exchange_when_guarded_then_the_same(
    routed: RoutedAccount, worked: Working, simulator: Simulator
) -> None:
    async def trade() -> None:
        exchange = ccxt.async_support.binance(
            {
                "apiKey": KEY,
                "secret": SECRET,
                "urls": ccxt_urls(simulator.url),
                "enableRateLimit": False,
                "options": {"fetchMarkets": {"types": ["spot"]}},
            }
        )
        guarded = guard(exchange, worked.asynchronous, strategy="trend", route=True)
        try:
            order = await guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)
            assert order["status"] == "open"
            assert (await guarded.fetch_order(order["id"], BTC))["amount"] == 0.01
            assert (await guarded.edit_limit_buy_order(order["id"], BTC, 0.02, 48000))["amount"] == 0.02
            assert (await guarded.cancel_order(order["id"], BTC))["status"] == "canceled"
            assert await guarded.cancel_all_orders() == []
        finally:
            await guarded.close()

    asyncio.run(trade())
    assert [Decimal(placed["quantity"]) for placed in simulator.orders()][-1] == Decimal("0.02")
