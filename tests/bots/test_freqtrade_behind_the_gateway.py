"""freqtrade trades through the gateway by another address and key: what is approved, what is denied, what stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.bots.freqtrade import Freqtrade
from infra.local.bots.places import MARKETS, PAIRS, Place, freqtrade
from tests.bots.gateways import DUST, IN_PROCESS, ON_STACK, BotsGateway

#: Spot as it is deployed, futures where it is quick to find what went wrong.
EACH_MARKET = pytest.mark.parametrize(
    ("bots_gateway", "mode"), [(ON_STACK, "spot"), (IN_PROCESS, "futures")], indirect=["bots_gateway"]
)


def open_orders(place: Place) -> list[dict[str, object]]:
    """Return what works at the exchange, conditional orders of futures aside."""
    return [row for row in place.orders() if row["open"]]


def wait_for_entry(bot: Freqtrade, pair: str) -> None:
    """Wait until an entry is filled and its stop rests at the exchange."""
    bot.wait_for_trade(pair, is_open=1)
    bot.wait_for_log(f"stoploss limit order added for {pair}.")


@EACH_MARKET
def test_freqtrade_when_behind_the_gateway_then_trades_is_denied_restarts_and_leaves(
    bots_gateway: BotsGateway, tmp_path: Path, mode: str
) -> None:
    gateway, (bitcoin, ether) = bots_gateway, PAIRS[mode]
    place = gateway.place("swing")
    gateway.loosen()
    gateway.exchange_leverage(1)
    with freqtrade(place, tmp_path / "bot", mode) as bot:
        bot.say(long=[bitcoin])
        wait_for_entry(bot, bitcoin)
        assert gateway.outcomes(place) == ["approved", "approved"]

        # A limit denies the next one: the bot says so, and goes on.
        gateway.set_limits(order_notional_max="400")
        bot.say(long=[bitcoin, ether])
        line = bot.wait_for_log("Risk gateway: NOTIONAL_ABOVE_MAXIMUM")
        assert "Unable to create trade for" in line

        # So does the kill switch.
        gateway.switch(engaged=True)
        bot.wait_for_log("Risk gateway: KILL_SWITCH_ENGAGED")
        bot.say(long=[bitcoin])
        gateway.switch(engaged=False)
        gateway.set_limits(order_notional_max=None)

        # Started again, it knows its trade and its stop.
        bot.stop()
        bot.start()
        bot.assert_running()
        assert [(row["pair"], row["is_open"]) for row in bot.trades()] == [(bitcoin, 1)]
        bot.say(exit=[bitcoin])
        left = bot.wait_for_trade(bitcoin, is_open=0)
        assert left["exit_reason"] == "exit_signal"

        # Its stop is at the exchange: it goes off there.
        bot.say(long=[ether])
        wait_for_entry(bot, ether)
        bot.say()
        gateway.set_price("ETHUSDT", "1750")  # the stop is at 1,757, its limit one percent below
        stopped = bot.wait_for_trade(ether, is_open=0)
        assert stopped["exit_reason"] == "stoploss_on_exchange"
        bot.assert_running()
    assert open_orders(place) == []
    for pair in (bitcoin, ether):
        gateway.settle_flat(pair)
    assert {row["market"] for row in place.orders()} == {MARKETS[mode]}


@EACH_MARKET
def test_two_instances_when_on_one_account_then_neither_touches_the_others_trade(
    bots_gateway: BotsGateway, tmp_path: Path, mode: str
) -> None:
    gateway, (bitcoin, _) = bots_gateway, PAIRS[mode]
    gateway.exchange_leverage(1)
    one, two = (gateway.place(name) for name in ("first", "second"))
    with freqtrade(one, tmp_path / "one", mode) as first:
        first.say(long=[bitcoin])
        wait_for_entry(first, bitcoin)
        with freqtrade(two, tmp_path / "two", mode, stake_amount=700) as second:
            assert second.trades() == []
            second.say(long=[bitcoin])
            wait_for_entry(second, bitcoin)
            first.say(exit=[bitcoin])
            first.wait_for_trade(bitcoin, is_open=0)
            [kept] = second.trades()
            assert kept["is_open"] == 1
            assert second.orders()[-1]["status"] == "open"
            second.say(exit=[bitcoin])
            second.wait_for_trade(bitcoin, is_open=0)
    assert open_orders(one) == []
    gateway.settle_flat(bitcoin)


@pytest.mark.parametrize("bots_gateway", [ON_STACK], indirect=True)
def test_freqtrade_when_the_days_loss_trips_then_its_resting_entry_goes_and_its_exit_passes(
    bots_gateway: BotsGateway, tmp_path: Path
) -> None:
    gateway, (bitcoin, ether) = bots_gateway, PAIRS["spot"]
    place = gateway.place("swing", "0.2")
    gateway.loosen()
    settings = {
        "stake_amount": 8000,
        "stoploss": -0.99,
        # It bids: a fall of the price fills it. And it keeps no stop at the exchange, so that the fall is its loss.
        "entry_pricing": {"price_side": "same", "use_order_book": True, "order_book_top": 1},
        "order_types": {"entry": "limit", "exit": "limit", "stoploss": "limit", "stoploss_on_exchange": False},
    }
    with freqtrade(place, tmp_path / "bot", "spot", **settings) as bot:
        bot.say(long=[bitcoin])
        bot.wait_for_trade(bitcoin, is_open=1)
        gateway.set_price("BTCUSDT", "58900")
        bot.wait_for_log("LIMIT_BUY has been fulfilled for Trade(id=1, pair=BTC/USDT")
        gateway.settle(lambda: gateway.position(bitcoin) > DUST, "the fill is booked")
        bot.say(long=[bitcoin, ether])
        bot.wait_for_trade(ether, is_open=1)
        assert [row["symbol"] for row in open_orders(place)] == ["ETHUSDT"]
        gateway.set_price("BTCUSDT", "36000")
        gateway.settle(lambda: "DAILY_LOSS" in gateway.breakers(), "the breaker trips")
        bot.wait_for(lambda: True if open_orders(place) == [] else None, "the end of the resting entry")
        bot.wait_for_log("Risk gateway: TRADING_REDUCING")
        bot.say(exit=[bitcoin])
        bot.wait_for_trade(bitcoin, is_open=0)
        bot.assert_running()
    gateway.settle_flat(bitcoin)
