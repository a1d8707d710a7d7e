"""freqtrade trades at the simulated exchange without a gateway: what is believed there is believed behind one."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.bots.places import MARKETS, PAIRS, Place, freqtrade


@pytest.mark.parametrize("mode", ["spot", "futures"])
def test_freqtrade_when_at_the_simulated_exchange_then_enters_guards_exits_and_is_stopped_out(
    place_alone: Place, tmp_path: Path, mode: str
) -> None:
    place, (bitcoin, ether) = place_alone, PAIRS[mode]
    with freqtrade(place, tmp_path / "bot", mode) as bot:
        bot.say(long=[bitcoin, ether])
        for pair in (bitcoin, ether):
            bot.wait_for_log(f"stoploss limit order added for {pair}.")
        bot.say(exit=[bitcoin])
        left = bot.wait_for_trade(bitcoin, is_open=0)
        assert left["exit_reason"] == "exit_signal"
        bot.say()
        place.set_price("ETHUSDT", "3790")  # the stop is at 3,800, its limit one percent below
        stopped = bot.wait_for_trade(ether, is_open=0)
        assert stopped["exit_reason"] == "stoploss_on_exchange"
        bot.assert_running()
    assert [row for row in place.orders() if row["open"]] == []
    if mode == "futures":
        assert (place.position("BTCUSDT"), place.position("ETHUSDT")) == (0, 0)
    refused = [row for row in place.requests() if row["status"] not in (200, None)]
    # To be told that the margin type is what it is to be is no error to ccxt.
    assert {row["path"] for row in refused} <= {"/fapi/v1/marginType"}
    assert {row["market"] for row in place.orders()} == {MARKETS[mode]}
