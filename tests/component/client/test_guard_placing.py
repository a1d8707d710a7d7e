"""A guarded exchange that places orders itself: decided first, sent once, reported back."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest

from infra.simulators.exchange.client import ccxt_urls
from riskgate_client import Denied, NotGuarded, OutcomeUnknown, Refused, RiskGateError, Unavailable, guard
from tests.support.client_bot import Bot, lose_answer, lose_request, refuse
from tests.support.gateway import BTC, Gateway
from tests.support.venue import KEY, SECRET, Simulator

STOP = {"riskgate": {"stop_loss_price": 47000}}


@pytest.fixture
def guarded(exchange: Any, bot: Bot) -> Any:
    return guard(exchange, bot.client, strategy="trend", route=False)


def test_order_when_approved_then_placed_under_the_gateways_id_and_confirmed(
    guarded: Any, bot: Bot, simulator: Simulator
) -> None:
    order = guarded.create_order(BTC, "limit", "buy", 0.0123456, 48000.123456, STOP)

    stored = bot.client.get(order["clientOrderId"])
    assert (stored.status, stored.quantity, stored.price) == ("submitted", Decimal("0.01234"), Decimal("48000.12"))
    [placed] = simulator.orders()
    assert placed["client_order_id"] == stored.order_id
    assert (order["id"], order["status"]) == (str(placed["order_id"]), "open")
    assert guarded.fetch_order(order["id"], BTC)["clientOrderId"] == order["clientOrderId"]


def test_order_when_denied_then_ccxts_error_and_nothing_at_the_venue(guarded: Any, simulator: Simulator) -> None:
    with pytest.raises(ccxt.InvalidOrder) as caught:
        guarded.createLimitBuyOrder(BTC, 10, 48000, STOP)

    assert isinstance(caught.value, Denied)
    assert caught.value.code == "NOTIONAL_ABOVE_MAXIMUM"
    assert caught.value.violations
    assert "NOTIONAL_ABOVE_MAXIMUM" in str(caught.value)
    assert simulator.orders() == []


def test_order_when_there_is_no_money_then_insufficient_funds(guarded: Any, gateway: Gateway) -> None:
    with pytest.raises(ccxt.InsufficientFunds) as caught:
        guarded.create_limit_sell_order(BTC, 0.01, 52000)

    assert isinstance(caught.value, Denied)
    assert caught.value.code == "INSUFFICIENT_BALANCE"


def test_market_order_when_filled_then_the_gateway_has_the_position(guarded: Any, bot: Bot) -> None:
    order = guarded.create_market_buy_order(BTC, 0.01, STOP)

    assert order["status"] == "closed"
    stored = bot.client.get(order["clientOrderId"])
    assert (stored.status, stored.filled_quantity) == ("filled", Decimal("0.01"))
    assert stored.fees
    [position] = bot.client.read_account().positions
    assert Decimal("0.0099") < position.quantity <= Decimal("0.01")


def test_order_by_cost_when_placed_then_decided_in_quote(guarded: Any, bot: Bot) -> None:
    order = guarded.create_market_buy_order_with_cost(BTC, 500, STOP)

    assert Decimal("0.0099") < bot.client.get(order["clientOrderId"]).filled_quantity <= Decimal("0.01")


def test_order_when_the_amount_would_be_money_then_refused(guarded: Any, exchange: Any) -> None:
    exchange.options["createMarketBuyOrderRequiresPrice"] = False

    with pytest.raises(ccxt.InvalidOrder, match="amount is money"):
        guarded.create_market_buy_order(BTC, 0.01, STOP)


def test_market_order_when_it_names_a_price_then_the_price_does_not_make_it_larger(
    guarded: Any, bot: Bot, exchange: Any
) -> None:
    """Some classes of ccxt take amount times price as the cost of a market buy: then that is what is decided on."""
    exchange.options["createMarketBuyOrderRequiresPrice"] = True

    with pytest.raises(Denied):
        guarded.create_order(BTC, "market", "buy", 0.01, 50_000_000, STOP)

    order = guarded.create_order(BTC, "market", "buy", 0.01, 50_000, STOP)
    assert bot.client.get(order["clientOrderId"]).filled_quantity <= Decimal("0.01")


def test_cancel_when_asked_then_at_the_venue_and_the_reservation_ends(guarded: Any, bot: Bot) -> None:
    order = guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)

    guarded.cancel_order(order["id"], BTC)

    assert bot.client.get(order["clientOrderId"]).status == "cancelled"
    with pytest.raises(ccxt.OrderNotFound):
        guarded.cancel_order(order["id"], BTC)


def test_cancel_when_the_gateway_is_away_then_done_all_the_same(guarded: Any, bot: Bot, simulator: Simulator) -> None:
    order = guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)
    bot.wire.always = refuse

    guarded.cancelOrder(order["id"], BTC)

    assert not any(placed["open"] for placed in simulator.orders())
    bot.wire.always = None
    guarded.settle()
    assert bot.client.get(order["clientOrderId"]).status == "cancelled"


def test_cancels_when_several_then_each(guarded: Any, bot: Bot) -> None:
    first, second, third = (guarded.create_order(BTC, "limit", "buy", 0.01, 48000 + n, STOP) for n in range(3))

    guarded.cancel_orders([first["id"], second["id"]], BTC)
    guarded.cancel_all_orders(BTC)

    assert {bot.client.get(order["clientOrderId"]).status for order in (first, second, third)} == {"cancelled"}


def test_edit_when_approved_then_replaced_and_when_denied_the_old_order_stays(
    guarded: Any, bot: Bot, simulator: Simulator
) -> None:
    order = guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)

    with pytest.raises(Denied):
        guarded.edit_order(order["id"], BTC, "limit", "buy", 10, 48100)
    assert bot.client.get(order["clientOrderId"]).status == "submitted"

    changed = guarded.edit_limit_buy_order(order["id"], BTC, 0.02, 48100)

    assert bot.client.get(order["clientOrderId"]).status == "cancelled"
    stored = bot.client.get(changed["clientOrderId"])
    assert (stored.quantity, stored.stop_loss_price) == (Decimal("0.02"), Decimal(47000))
    assert [placed["open"] for placed in simulator.orders()] == [False, True]


def test_batch_when_one_is_denied_then_none_is_placed(guarded: Any, bot: Bot, simulator: Simulator) -> None:
    legs: list[dict[str, Any]] = [
        {"symbol": BTC, "type": "limit", "side": "buy", "amount": amount, "price": 48000, "params": STOP}
        for amount in (0.01, 10)
    ]

    with pytest.raises(Denied):
        guarded.create_orders(legs)
    assert simulator.orders() == []

    legs[1]["amount"] = 0.02
    orders = guarded.create_orders(legs)
    assert [bot.client.get(order["clientOrderId"]).status for order in orders] == ["submitted"] * 2


def test_order_when_the_venue_refuses_then_its_error_and_no_reservation(
    guarded: Any, bot: Bot, simulator: Simulator
) -> None:
    simulator.control.post(
        "faults", kind="error_before_accept", method="POST", path="/api/v3/order", code=-2010, status=400
    )

    with pytest.raises(ccxt.ExchangeError) as caught:
        guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)

    assert not isinstance(caught.value, RiskGateError)
    assert bot.client.read_account().open_orders == ()
    assert bot.client.find(lambda order: order.status == "cancelled") is not None


@pytest.mark.parametrize("kind", ["drop_after_accept", "drop_before_accept"])
def test_order_when_the_venues_answer_is_lost_then_looked_up_and_never_sent_twice(
    guarded: Any, bot: Bot, simulator: Simulator, gateway: Gateway, kind: str
) -> None:
    simulator.control.post("faults", kind=kind, method="POST", path="/api/v3/order")

    try:
        order = guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)
    except ccxt.RequestTimeout as error:
        assert kind == "drop_before_accept"
        assert isinstance(error, OutcomeUnknown)
        # It may arrive yet: it stays reserved, and is not sent again.
        assert len(bot.client.read_account().open_orders) == 1
        with pytest.raises(OutcomeUnknown):
            guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)
        bot.time.now += 31
        with pytest.raises(ccxt.ExchangeNotAvailable) as caught:
            guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)
        assert isinstance(caught.value, Unavailable)
        assert bot.client.read_account().open_orders == ()
        order = guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)

    assert len(simulator.orders()) == 1
    assert bot.client.get(order["clientOrderId"]).status == "submitted"
    assert len(bot.client.read_account().open_orders) == 1


def test_order_when_the_gateway_gives_no_answer_then_nothing_is_placed_and_the_id_is_kept(
    guarded: Any, bot: Bot, simulator: Simulator
) -> None:
    bot.break_wire(lose_answer, *[lose_request] * 8)
    with pytest.raises(ccxt.RequestTimeout) as caught:
        guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)
    assert isinstance(caught.value, OutcomeUnknown)
    assert simulator.orders() == []
    bot.wire.faults.clear()

    order = guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)

    assert order["clientOrderId"] == caught.value.client_order_id
    assert len(simulator.orders()) == 1
    assert len(bot.client.read_account().open_orders) == 1


def test_gateway_when_down_then_network_error_and_nothing_placed(guarded: Any, bot: Bot, simulator: Simulator) -> None:
    bot.wire.always = refuse

    with pytest.raises(ccxt.NetworkError):
        guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)

    assert simulator.orders() == []


def test_confirmation_when_the_approval_has_ended_then_cancelled_at_the_venue(
    guarded: Any, bot: Bot, simulator: Simulator, gateway: Gateway, exchange: Any
) -> None:
    place = exchange.create_order

    def slow(*arguments: Any) -> Any:
        [waiting] = bot.client.read_account().open_orders
        gateway.cancel(waiting.client_order_id)
        return place(*arguments)

    exchange.create_order = slow
    with pytest.raises(ccxt.InvalidOrder, match="approval ended"):
        guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)

    assert [placed["open"] for placed in simulator.orders()] == [False]


def test_order_when_its_confirmation_was_lost_and_its_approval_ended_then_the_next_look_cancels_it(
    guarded: Any, bot: Bot, simulator: Simulator, gateway: Gateway
) -> None:
    def then_down(wire: Any, request: Any) -> Any:
        wire.always = refuse
        return wire.gateway.handle_request(request)

    bot.break_wire(then_down)
    order = guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)
    bot.wire.always = None
    gateway.cancel(order["clientOrderId"])

    guarded.fetch_order(order["id"], BTC)

    assert [placed["open"] for placed in simulator.orders()] == [False]


def test_order_when_ccxt_would_send_it_again_by_itself_then_refused(guarded: Any, simulator: Simulator) -> None:
    guarded.options["maxRetriesOnFailure"] = 2

    with pytest.raises(ccxt.InvalidOrder, match="twice"):
        guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)

    assert simulator.orders() == []


def test_fills_when_seen_by_a_read_then_reported_once(
    guarded: Any, bot: Bot, exchange: Any, simulator: Simulator
) -> None:
    order = guarded.create_order(BTC, "limit", "buy", 0.01, 49990, STOP)
    bot.wire.always = refuse
    simulator.control.post("price", symbol="BTCUSDT", market="spot", price="49000")
    found = guarded.fetch_order(order["id"], BTC)
    assert found["status"] == "closed"
    bot.wire.always = None
    assert bot.client.get(order["clientOrderId"]).status == "submitted"

    guarded.fetch_closed_orders(BTC)
    guarded.fetch_order(order["id"], BTC)

    assert bot.client.get(order["clientOrderId"]).filled_quantity == Decimal("0.01")


def test_bot_when_started_again_then_its_orders_are_taken_up(exchange: Any, bot: Bot, simulator: Simulator) -> None:
    first = guard(exchange, bot.client, strategy="trend", route=False)
    order = first.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)
    second = guard(exchange, bot.client, strategy="trend", route=False)
    second.settle()

    second.cancel_order(order["id"], BTC)

    assert bot.client.get(order["clientOrderId"]).status == "cancelled"


@pytest.mark.parametrize(
    ("kind", "price", "params"),
    [
        ("limit", 48000, {"unknown": 1}),
        ("limit", 48000, {"newClientOrderId": "x"}),
        ("limit", 48000, {"trailingPercent": 1}),
        ("limit", 48000, {"takeProfitPrice": 60000}),
        ("limit", 48000, {"timeInForce": "GTD"}),
        ("limit", 48000, {"postOnly": "yes"}),
        ("limit", 48000, {"stopLoss": 47000}),
        ("limit", 48000, {"triggerPrice": 51000, "stopLossPrice": 47000}),
        ("limit", 48000, {"triggerPrice": 51000, "triggerDirection": "descending"}),
        ("limit", 48000, {"riskgate": {"route": True}}),
        ("limit", None, {}),
        ("trailing_stop", 48000, {}),
        ("limit", float("nan"), {}),
        ("limit", -1, {}),
    ],
)
def test_arguments_when_the_gateway_cannot_judge_them_then_refused(
    guarded: Any, simulator: Simulator, bot: Bot, kind: str, price: Any, params: dict[str, Any]
) -> None:
    with pytest.raises(ccxt.InvalidOrder) as caught:
        guarded.create_order(BTC, kind, "buy", 0.01, price, params)

    assert isinstance(caught.value, Refused)
    assert bot.wire.paths() == []
    assert simulator.orders() == []


def test_methods_when_refused_then_ccxts_not_supported_and_hidden_from_has(guarded: Any, simulator: Simulator) -> None:
    for call in (
        lambda: guarded.private_post_order({"symbol": "BTCUSDT"}),
        lambda: guarded.privatePostOrder({}),
        lambda: guarded.sapi_post_margin_order({}),
        lambda: guarded.withdraw("BTC", 1, "x"),
        lambda: guarded.set_leverage(5, BTC),
        lambda: guarded.request("order", "private", "POST"),
        lambda: guarded.create_trailing_percent_order(BTC, "market", "buy", 1),
    ):
        with pytest.raises(ccxt.NotSupported) as caught:
            call()
        assert isinstance(caught.value, NotGuarded)
    assert guarded.has["createOrder"] is True
    assert guarded.has["withdraw"] is False
    for hidden in ("apiKey", "secret", "session", "nonsense", "_exchange_"):
        assert not hasattr(guarded, hidden)
    with pytest.raises(AttributeError):
        guarded.create_order = None
    guarded.timeout = 5000
    assert guarded.timeout == 5000
    assert "withdraw" not in dir(guarded)
    assert "Guarded" in repr(guarded)
    assert not hasattr(guarded.fetch_ticker, "__self__")
    assert simulator.orders() == []


def test_unbound_method_when_called_with_the_guarded_object_then_it_meets_the_guard(
    guarded: Any, simulator: Simulator
) -> None:
    with pytest.raises((ccxt.BaseError, AttributeError)):
        ccxt.binance.create_order(guarded, BTC, "limit", "buy", 10, 48000)

    assert simulator.orders() == []


def test_reads_when_asked_then_the_venues(guarded: Any) -> None:
    assert guarded.fetch_ticker(BTC)["last"]
    assert guarded.fetchBalance()["USDT"]["total"] == 1_000_000
    assert guarded.amount_to_precision(BTC, 0.123456789) == "0.12345"
    assert guarded.markets[BTC]["spot"]
    assert guarded.public_get_time()
    assert guarded.publicGetTime()


def test_stop_when_the_bot_names_none_then_the_guards(exchange: Any, bot: Bot) -> None:
    guarded = guard(exchange, bot.client, strategy="trend", route=False, stop_fraction=Decimal("0.05"))

    limit = guarded.create_order(BTC, "limit", "buy", 0.01, 48000)
    market = guarded.create_order(BTC, "market", "buy", 0.001)

    assert bot.client.get(limit["clientOrderId"]).stop_loss_price == Decimal(45600)
    stop = bot.client.get(market["clientOrderId"]).stop_loss_price
    assert stop is not None
    assert Decimal(47000) < stop < Decimal(48000)


def test_stop_order_when_placed_then_its_trigger_is_decided_on_and_sent(guarded: Any, bot: Bot) -> None:
    guarded.create_market_buy_order(BTC, 0.01, STOP)

    order = guarded.create_stop_loss_order(BTC, "limit", "sell", 0.009, 46900, 47000)

    stored = bot.client.get(order["clientOrderId"])
    assert (stored.type, stored.trigger_price, stored.reduce_only) == ("stop_limit", Decimal(47000), True)
    assert order["triggerPrice"] == 47000


def test_exchange_when_not_fit_then_no_guard(exchange: Any, bot: Bot) -> None:
    with pytest.raises(TypeError, match="exchange object of ccxt"):
        guard(object(), bot.client, strategy="trend", route=False)
    with pytest.raises(TypeError, match="needs a Client"):
        guard(exchange, bot.asynchronous, strategy="trend", route=False)
    with pytest.raises(TypeError, match="does not offer"):
        guard(ccxt.bitstamp(), bot.client, strategy="trend", route=False)
    exchange.options["maxRetriesOnFailure"] = 3
    with pytest.raises(ValueError, match="twice"):
        guard(exchange, bot.client, strategy="trend", route=False)


@pytest.mark.parametrize("module", ["async_support", "pro"])
def test_asynchronous_exchange_when_guarded_then_the_same(bot: Bot, simulator: Simulator, module: str) -> None:
    async def trade() -> None:
        exchange = getattr(ccxt, module).binance(
            {
                "apiKey": KEY,
                "secret": SECRET,
                "urls": ccxt_urls(simulator.url),
                "enableRateLimit": False,
                "options": {"fetchMarkets": {"types": ["spot"]}},
            }
        )
        guarded = guard(exchange, bot.asynchronous, strategy="trend", route=False)
        try:
            order = await guarded.create_order(BTC, "limit", "buy", 0.01, 48000, STOP)
            assert (await bot.asynchronous.get(order["clientOrderId"])).status == "submitted"
            with pytest.raises(ccxt.InvalidOrder) as caught:
                await guarded.createLimitBuyOrder(BTC, 10, 48000, STOP)
            assert isinstance(caught.value, Denied)
            assert [row["clientOrderId"] for row in await guarded.fetch_open_orders(BTC)] == [order["clientOrderId"]]
            with pytest.raises(ccxt.NotSupported):
                await guarded.privatePostOrder({})
            await guarded.cancel_order(order["id"], BTC)
            assert (await bot.asynchronous.get(order["clientOrderId"])).status == "cancelled"
            assert (await guarded.fetch_ticker(BTC))["last"]
            await guarded.settle()
        finally:
            await guarded.close()

    asyncio.run(trade())
