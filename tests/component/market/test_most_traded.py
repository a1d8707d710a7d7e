"""Accounts that permit every symbol: the most traded markets of their venue are kept ready."""

from __future__ import annotations

import pytest

from riskgate.app.market import list_most_traded
from riskgate.core.instrument import MarketType
from riskgate.runtime.jobs import market_data
from tests.support.gateway import VENUE
from tests.support.market_data_job import SECRET_NAME, MarketDataJob

SPOT = MarketType.SPOT


@pytest.fixture
def open_adapter(job: MarketDataJob, monkeypatch: pytest.MonkeyPatch) -> MarketDataJob:
    """An account without an allow list, at a venue of which two markets are kept ready."""
    monkeypatch.setattr(list_most_traded, "MOST_TRADED_MAX", 2)
    job.register(symbols_allowed=None)
    job.forget_wants()
    return job


def test_most_traded_when_an_account_permits_all_then_listed_by_turnover_in_its_currency(
    open_adapter: MarketDataJob,
) -> None:
    open_adapter.collect("instruments")
    assert market_data.most_traded().get(VENUE, SPOT) == ("BTC/USDT", "ETH/USDT")


def test_most_traded_when_listed_then_quotes_and_closes_follow(open_adapter: MarketDataJob) -> None:
    assert open_adapter.tick("quotes") == {"messages": 0}
    open_adapter.collect("instruments")
    open_adapter.gateway.advance(seconds=1)
    open_adapter.collect("quotes")
    assert set(open_adapter.quotes()) == {"binance:BTC/USDT", "binance:ETH/USDT"}
    open_adapter.collect("closes")
    assert set(open_adapter.closes("BTC", "ETH", "SOL")) == {"BTC", "ETH"}


def test_most_traded_when_every_account_has_a_list_then_not_asked_for_and_not_used(open_adapter: MarketDataJob) -> None:
    open_adapter.collect("instruments")
    open_adapter.register(symbols_allowed=["SOL/USDT"])
    open_adapter.forget_wants()
    open_adapter.forget_requests()
    open_adapter.collect("instruments")
    assert open_adapter.requests("/api/v3/ticker/24hr") == []
    open_adapter.gateway.advance(seconds=1)
    open_adapter.collect("quotes")
    assert set(open_adapter.quotes()) == {"binance:SOL/USDT"}


def test_most_traded_when_accounts_differ_then_both_are_served(open_adapter: MarketDataJob) -> None:
    open_adapter.register("other", (VENUE, "spot", SECRET_NAME), symbols_allowed=["SOL/USDT"])
    open_adapter.collect("instruments")
    open_adapter.gateway.advance(seconds=1)
    open_adapter.collect("quotes")
    assert set(open_adapter.quotes()) == {"binance:BTC/USDT", "binance:ETH/USDT", "binance:SOL/USDT"}
