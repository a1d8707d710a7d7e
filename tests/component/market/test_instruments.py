"""Trading rules from the venue: with sectors, written when they changed, inactive when no longer listed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.instrument import MarketType
from riskgate.runtime import wiring
from tests.support.gateway import VENUE, instrument_of
from tests.support.market_data_job import SECRET_NAME, MarketDataJob, metric_values

INFO = "/api/v3/exchangeInfo"


def test_instruments_when_collected_then_the_venues_rules_with_sectors(job: MarketDataJob) -> None:
    assert job.collect("instruments") == [True]
    stored = job.instruments()
    btc, eth = stored["binance:BTC/USDT"], stored["binance:ETH/BTC"]
    assert (btc.tick_size, btc.step_size, btc.notional_min) == (Decimal("0.01"), Decimal("0.00001"), Decimal(5))
    assert (btc.sector, eth.sector, eth.quote_currency) == ("store-of-value", "smart-contracts", "BTC")
    assert "binance:BTC/USDT:USDT" in stored


def test_instruments_when_swaps_are_collected_then_contract_size_and_settle_currency(job: MarketDataJob) -> None:
    job.register("futures", ("futures", "swap", "riskgate/exchange/futures"))
    job.put_market_secret("futures", exchange="binance")
    assert job.collect("instruments") == [True, True]
    swap = job.instruments()["futures:BTC/USDT:USDT"]
    assert (swap.market_type, swap.contract_size, swap.settle_currency) == (MarketType.SWAP, Decimal(1), "USDT")


def test_instruments_when_an_operator_set_a_sector_then_it_stays_while_rules_follow_the_venue(
    job: MarketDataJob,
) -> None:
    ours = instrument_of("BTC/USDT", sector="digital-gold", tick_size="5")
    assert job.gateway.call("PUT", "/market/instruments", {"instruments": [ours]}).status == 200
    job.collect("instruments")
    btc = job.instruments()["binance:BTC/USDT"]
    assert (btc.sector, btc.tick_size) == ("digital-gold", Decimal("0.01"))


def test_instruments_when_nothing_changed_then_nothing_is_written(
    job: MarketDataJob, capsys: pytest.CaptureFixture[str]
) -> None:
    job.collect("instruments")
    before = job.instruments()
    capsys.readouterr()
    assert job.collect("instruments") == [True]
    assert metric_values(capsys.readouterr().out, "InstrumentsStored") == [0]
    assert job.instruments() == before


def test_instruments_when_no_longer_listed_then_inactive_and_orders_are_denied(job: MarketDataJob) -> None:
    gone = instrument_of("BTC/USDT") | {"symbol": "LUNA/USDT"}
    assert job.gateway.call("PUT", "/market/instruments", {"instruments": [gone]}).status == 200
    job.collect("instruments")
    stored = job.instruments()
    assert not stored["binance:LUNA/USDT"].active
    assert stored["binance:BTC/USDT:USDT"].active, "swaps are another list"
    assert "INSTRUMENT_NOT_FOUND" in job.gateway.check(symbol="LUNA/USDT").violated
    job.collect("instruments")
    assert not job.instruments()["binance:LUNA/USDT"].active


def test_instruments_when_the_list_is_far_too_short_then_nothing_changes_and_the_message_returns(
    job: MarketDataJob, capsys: pytest.CaptureFixture[str]
) -> None:
    job.collect("instruments")
    template = job.instruments()["binance:BTC/USDT"]
    listed = len([item for item in job.instruments().values() if item.market_type is MarketType.SPOT])
    more = [replace(template, symbol=f"X{number}/USDT") for number in range(2 * listed)]
    wiring.deps().store.put_instruments(more)
    before = job.instruments()
    capsys.readouterr()
    assert job.collect("instruments") == [False]
    assert job.instruments() == before
    assert metric_values(capsys.readouterr().out, "CollectionsFailed") == [1]
    (result,) = job.tick("instruments", at_once=True)["results"]
    assert result["code"] == VenueAnswerInvalid.code


def test_instruments_when_the_venue_does_not_answer_then_the_message_comes_again(job: MarketDataJob) -> None:
    job.simulator.control.post("faults", kind="drop_before_accept", path=INFO, method="GET", count=None)
    job.tick("instruments")
    message = job.receive()
    assert message is not None
    assert not job.work(message)
    job.simulator.control.delete("faults")
    assert job.work(message)
    assert job.instruments()["binance:BTC/USDT"].sector == "store-of-value"


def test_instruments_when_two_accounts_share_a_venue_then_asked_for_once(job: MarketDataJob) -> None:
    job.register("other", (VENUE, "spot", SECRET_NAME))
    assert job.tick("instruments") == {"messages": 1}


def test_instruments_when_one_cannot_be_read_then_the_others_are_stored_and_it_is_counted(
    job: MarketDataJob, capsys: pytest.CaptureFixture[str]
) -> None:
    job.register("futures", ("futures", "swap", "riskgate/exchange/futures"))
    job.put_market_secret("futures", exchange="binance")
    fault = {"where": "symbol", "equals": "ETHUSDT", "field": "pricePrecision", "value": "n/a"}
    job.simulator.control.post("faults", kind="odd_row", method="GET", path="/fapi/*", count=None, **fault)
    assert job.collect("instruments") == [True, True]
    assert "futures:BTC/USDT:USDT" in job.instruments()
    assert "futures:ETH/USDT:USDT" not in job.instruments()
    assert metric_values(capsys.readouterr().out, "MarketRowsUnreadable") == [1]
