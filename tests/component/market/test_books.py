"""Order books: read for what is traded, and what an order at market is held to."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from infra.riskctl.audit import replay_account
from riskgate.app.market.collect_books import LEVELS_KEPT
from riskgate.core.order_book import OrderBook, compute_impact
from riskgate.core.side import Side
from riskgate.runtime import wiring
from tests.support.gateway import ACCOUNT_ID
from tests.support.market_data_job import MarketDataJob, metric_values
from tests.support.wire import COMMIT, READ, Wire

DEPTH = "/api/v3/depth"
BTC = "binance:BTC/USDT"


def books(job: MarketDataJob) -> dict[str, OrderBook]:
    """Return the stored order books by market."""
    return job.market_items("BOOK#", OrderBook)


def collect(job: MarketDataJob) -> OrderBook:
    """Collect quotes and books of a thin market, and return its book."""
    job.simulator.control.post(
        "book", symbol="BTCUSDT", market="spot", level_notional="1000", level_gap_bps="10", levels=40
    )
    job.gateway.advance(seconds=1)
    assert all(job.collect("quotes"))
    job.gateway.reading("100000")
    return books(job)[BTC]


def test_books_when_collected_then_the_venues_levels_merged_and_dated_by_the_question(job: MarketDataJob) -> None:
    stored = collect(job)
    venue = job.simulator.ccxt("binance").fetch_order_book("BTC/USDT", 100)

    assert set(books(job)) == {BTC, "binance:ETH/USDT"}
    assert stored.at == job.gateway.now
    for side, levels in ((Side.BUY, venue["asks"]), (Side.SELL, venue["bids"])):
        met = stored.met_by(side)
        assert len(met) <= LEVELS_KEPT
        assert [met[0].price, met[0].quantity] == [Decimal(str(number)) for number in levels[0][:2]]
        assert met[-1].price == Decimal(str(levels[-1][0]))
        assert stored.depth_met_by(side) == sum(Decimal(str(quantity)) for _, quantity, *_ in levels)


def test_order_when_it_walks_the_collected_book_then_denied_with_its_figure_in_two_requests(
    job: MarketDataJob, wire: Wire
) -> None:
    stored = collect(job)
    assert job.gateway.limits(price_impact_bps_max="5").status == 200
    job.gateway.advance(seconds=1)
    stored = collect(job)
    job.gateway.check(type="market", price=None)  # what is held is known from here on
    wire.sent.clear()
    answer = job.gateway.submit(type="market", price=None, quantity="0.1")

    assert [sent.operation for sent in wire.sent] == [READ, COMMIT]
    assert answer.code == "PRICE_IMPACT"
    impact = compute_impact(stored.asks, Decimal("0.1"))
    assert impact is not None
    (violation,) = [row for row in answer.body["violations"] if row["code"] == "PRICE_IMPACT"]
    assert Decimal(violation["observed"]) == round(impact * 10_000, 12)
    assert job.gateway.submit(type="market", price=None, quantity="0.01").status == 201
    assert job.gateway.submit(quantity="0.1").status == 201  # a limit order needs no book


def test_decision_when_it_went_by_a_book_then_the_entry_holds_its_side_alone_and_replays(job: MarketDataJob) -> None:
    stored = collect(job)
    job.gateway.submit(type="market", price=None, quantity="0.001")
    job.gateway.submit(quantity="0.001")

    def book_of(sequence: int) -> Any:
        return json.loads(rows[sequence].entry)["inputs"]["market"]["book"]

    rows = wiring.deps().store.list_audit(ACCOUNT_ID, after=0, limit=100)
    assert (book_of(-1), book_of(-2)["bids"]) == (None, [])
    assert len(book_of(-2)["asks"]) == len(stored.asks)
    assert replay_account(wiring.deps().store, ACCOUNT_ID).findings == ()


def test_order_when_larger_than_the_collected_depth_then_insufficient_with_the_real_depth(job: MarketDataJob) -> None:
    stored = collect(job)
    depth = stored.depth_met_by(Side.BUY)
    answer = job.gateway.check(type="market", price=None, quantity=str(depth + Decimal("0.00001")))

    (violation,) = [row for row in answer.body["violations"] if row["code"] == "LIQUIDITY_INSUFFICIENT"]
    assert Decimal(violation["limit"]) == depth


def test_books_when_a_venue_has_none_then_the_quotes_are_stored_all_the_same(
    job: MarketDataJob, capsys: pytest.CaptureFixture[str]
) -> None:
    job.simulator.control.post(
        "faults", kind="error_before_accept", code=-1121, status=400, path=DEPTH, method="GET", count=None
    )
    job.gateway.advance(seconds=1)
    capsys.readouterr()
    assert job.collect("quotes") == [True]
    output = capsys.readouterr().out
    assert set(job.quotes()) == {BTC, "binance:ETH/USDT"}
    assert (metric_values(output, "BooksStored"), metric_values(output, "BooksFailed")) == ([0], [2])
    assert metric_values(output, "CollectionsFailed") == []


def test_books_when_more_is_listed_than_read_then_what_is_traded_comes_first(job: MarketDataJob) -> None:
    job.gateway.refresh_quotes()
    job.gateway.reading("100000")
    assert job.gateway.limits(symbols_allowed=["BTC/USDT", "ETH/USDT", "SOL/USDT"]).status == 200
    job.gateway.refresh_quotes()
    job.gateway.approved(symbol="SOL/USDT", price="100", stop_loss_price="99", quantity="1")
    job.tick("quotes")
    message = job.receive()
    assert message is not None
    assert json.loads(message["Body"])["books"] == ["SOL/USDT", "BTC/USDT", "ETH/USDT"]
