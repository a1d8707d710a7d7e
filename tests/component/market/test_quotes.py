"""Quotes each minute: of what is held, working or permitted; from each venue by itself."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import boto3
import pytest

from riskgate.core.instrument import Quote
from riskgate.runtime import wiring
from tests.support.gateway import ACCOUNT_ID, VENUE
from tests.support.market_data_job import NOWHERE, SECRET_NAME, MarketDataJob, metric_values

TICKERS = "/api/v3/ticker/24hr"


def names(job: MarketDataJob) -> set[str]:
    """Return the markets that have a quote as of now."""
    return set(job.quotes())


def test_quotes_when_symbols_are_permitted_then_stored_with_volume_as_the_venue_has_them(job: MarketDataJob) -> None:
    job.gateway.advance(seconds=1)
    assert job.collect("quotes") == [True]
    stored = job.quotes()
    assert set(stored) == {"binance:BTC/USDT", "binance:ETH/USDT"}
    quote = stored["binance:BTC/USDT"]
    assert quote.bid is not None
    assert quote.ask is not None
    assert quote.volume_24h is not None
    assert quote.bid < quote.ask < quote.bid * Decimal("1.001")
    assert quote.volume_24h > 0
    assert quote.at == job.gateway.now


def test_quotes_when_a_bot_orders_right_after_then_the_order_is_priced_by_them(job: MarketDataJob) -> None:
    job.gateway.advance(minutes=5)
    job.gateway.reading("100000")
    assert job.gateway.check(type="market", price=None).code == "QUOTE_STALE"
    job.collect("quotes")
    assert job.gateway.check(type="market", price=None).body["decision"] == "approved"


def test_quotes_when_held_or_working_then_collected_though_nothing_is_permitted(job: MarketDataJob) -> None:
    job.gateway.refresh_quotes()
    job.gateway.reading("100000")
    job.gateway.approved(symbol="BTC/USDT")
    position = {"venue": VENUE, "symbol": "SOL/USDT", "quantity": "1", "average_price": "100"}
    job.gateway.reading("100000", positions=[position])
    job.register(symbols_allowed=["DOGE/USDT"], symbols_denied=["DOGE/USDT"])
    job.forget_wants()
    job.gateway.advance(seconds=1)
    job.collect("quotes")
    assert names(job) == {"binance:BTC/USDT", "binance:SOL/USDT"}


def test_quotes_when_an_asset_is_held_then_its_rate_is_collected(job: MarketDataJob) -> None:
    balances = [{"venue": VENUE, "asset": "SOL", "total": "3"}, {"venue": VENUE, "asset": "ETH", "total": "0"}]
    job.gateway.reading("100000", balances=balances)
    job.register(symbols_allowed=[])
    job.forget_wants()
    job.gateway.advance(seconds=1)
    job.collect("quotes")
    assert names(job) == {"binance:SOL/USDT"}


def test_quotes_when_a_schedule_names_more_symbols_then_those_too(job: MarketDataJob) -> None:
    job.gateway.advance(seconds=1)
    job.collect("quotes", symbols=["SOL/USDT", "NO/SUCH", "BTC/USDT:USDT"])
    assert names(job) == {"binance:BTC/USDT", "binance:ETH/USDT", "binance:SOL/USDT"}


def test_quotes_when_spot_and_swap_then_each_market_from_its_own_side(job: MarketDataJob) -> None:
    job.register("futures", (VENUE, "swap", SECRET_NAME), symbols_allowed=["BTC/USDT:USDT", "SOL/USDT"])
    job.gateway.advance(seconds=1)
    assert job.collect("quotes") == [True, True]
    assert names(job) == {"binance:BTC/USDT", "binance:ETH/USDT", "binance:BTC/USDT:USDT"}


def test_quotes_when_a_minute_passes_then_asked_for_three_times(job: MarketDataJob) -> None:
    assert job.tick("quotes") == {"messages": 1}
    asked = []
    for _ in range(3):
        asked.append(len(job.work_all()))
        job.gateway.advance(seconds=20)
    assert asked == [1, 1, 1]
    assert job.work_all() == []
    assert len(job.requests(TICKERS)) == 3


def test_quotes_when_a_newer_one_is_stored_then_it_stays(
    job: MarketDataJob, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = job.gateway.now + timedelta(seconds=20)
    price = Decimal(49_000)
    kept = Quote(venue=VENUE, symbol="BTC/USDT", at=newer, bid=price, ask=price, last=price)
    assert wiring.deps().store.put_quotes([kept]) == 1
    capsys.readouterr()
    job.collect("quotes")
    assert job.quotes()["binance:BTC/USDT"] == kept
    assert metric_values(capsys.readouterr().out, "QuotesStored") == [1]


def test_quotes_when_the_message_comes_twice_then_no_harm(job: MarketDataJob) -> None:
    job.gateway.advance(seconds=1)
    job.tick("quotes")
    message = job.receive()
    assert message is not None
    assert job.work(message)
    before = job.quotes()
    assert job.work(message)
    assert job.quotes() == before


def test_quotes_when_the_message_waited_too_long_then_dropped(
    job: MarketDataJob, capsys: pytest.CaptureFixture[str]
) -> None:
    job.tick("quotes")
    message = job.receive()
    assert message is not None
    job.gateway.advance(seconds=61)
    capsys.readouterr()
    assert job.work(message)
    assert metric_values(capsys.readouterr().out, "JobMessagesDropped") == [1]
    assert not job.requests(TICKERS)


def test_quotes_when_the_venue_sends_old_prices_then_rejected_and_counted(
    job: MarketDataJob, capsys: pytest.CaptureFixture[str]
) -> None:
    job.gateway.advance(hours=1)
    job.simulator.control.post("faults", kind="stale_prices", age_seconds=301, path="*", method="GET", count=None)
    capsys.readouterr()
    assert job.collect("quotes") == [True]
    output = capsys.readouterr().out
    assert (metric_values(output, "QuotesStored"), metric_values(output, "QuotesRejected")) == ([0], [2])
    assert job.quotes() == {}


def test_quotes_when_one_venue_is_down_then_the_other_is_served(
    job: MarketDataJob, capsys: pytest.CaptureFixture[str]
) -> None:
    job.put_market_secret("abroad", urls=_urls(NOWHERE), exchange="binance")
    job.put_market_secret("zurich", exchange="binance")
    job.register(
        ACCOUNT_ID,
        ("abroad", "spot", "riskgate/exchange/down"),
        (VENUE, "spot", SECRET_NAME),
        ("zurich", "spot", "riskgate/exchange/up"),
    )
    job.gateway.advance(seconds=1)
    capsys.readouterr()
    # Quotes are asked for again in seconds: no message comes back.
    assert job.collect("quotes") == [True, True, True]
    assert names(job) == {f"{venue}:{asset}/USDT" for venue in (VENUE, "zurich") for asset in ("BTC", "ETH")}
    output = capsys.readouterr().out
    assert metric_values(output, "CollectionsFailed") == [1]
    assert metric_values(output, "VenueErrors") == [1, 0, 0]
    assert len(metric_values(output, "VenueLatency")) == 3


def test_quotes_when_collected_then_no_key_of_an_account_is_read(
    job: MarketDataJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its role may not: the secrets that accounts name do not even exist here (A17)."""
    asked: list[str] = []
    session = boto3.DEFAULT_SESSION
    assert session is not None
    session.events.register(
        "before-parameter-build.secretsmanager.GetSecretValue", lambda params, **_: asked.append(params["SecretId"])
    )
    job.register("other", (VENUE, "spot", "riskgate/exchange/other"), symbols_allowed=["SOL/USDT"])
    job.gateway.advance(seconds=1)
    assert [row["stored"] for row in job.tick("quotes", at_once=True)["results"]] == [3]
    assert set(asked) == {f"riskgate/market/{VENUE}"}


def test_quotes_when_no_account_gives_a_secret_then_nothing_is_asked(
    job: MarketDataJob, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.gateway.register(totp=True, venues=[{"venue": VENUE, "market_type": "spot"}]).status in {200, 201}
    job.forget_wants()
    capsys.readouterr()
    assert job.tick("quotes") == {"messages": 0}
    assert metric_values(capsys.readouterr().out, "QuotesWanted") == [0]


def test_quotes_when_one_account_is_corrupt_then_all_are_served(job: MarketDataJob) -> None:
    job.register("other", (VENUE, "spot", SECRET_NAME), symbols_allowed=["SOL/USDT"])
    key = {"pk": {"S": "LIMITS"}, "sk": {"S": "ACCOUNT#other"}}
    table = job.gateway.aws.control_table
    item = job.gateway.aws.dynamodb.get_item(TableName=table, Key=key)["Item"]
    job.gateway.aws.dynamodb.put_item(TableName=table, Item=item | {"document": {"S": "{"}})
    job.gateway.advance(seconds=1)
    job.collect("quotes")
    assert names(job) == {"binance:BTC/USDT", "binance:ETH/USDT", "binance:SOL/USDT"}
    job.gateway.aws.dynamodb.put_item(TableName=table, Item=item)


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("event", [{}, {"task": "orders"}, {"task": "quotes", "symbols": ["btc"]}, {"account_id": "x"}])
def test_function_when_the_event_is_unknown_then_refused(job: MarketDataJob, event: dict[str, object]) -> None:
    with pytest.raises(Exception, match="invalid field"):
        job.invoke(event)


def test_quotes_when_the_venue_refuses_for_their_number_then_left_alone_as_long_as_it_says(job: MarketDataJob) -> None:
    job.simulator.control.post("faults", kind="rate_limit", path=TICKERS, method="GET", retry_after=45)
    job.tick("quotes")
    for _ in range(3):
        job.work_all()
        assert len(job.requests(TICKERS)) == 1
        job.gateway.advance(seconds=20)
    job.collect("quotes")
    assert set(job.quotes()) == {"binance:BTC/USDT", "binance:ETH/USDT"}


def _urls(base: str) -> dict[str, object]:
    return {"api": dict.fromkeys(("public", "private"), f"{base}/api/v3")}
