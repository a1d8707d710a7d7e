"""Quotes each minute: of what is held, working or permitted; from each venue by itself."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from riskgate.core.instrument import Quote
from riskgate.runtime import wiring
from tests.support.gateway import ACCOUNT_ID, VENUE
from tests.support.market_data_job import NOWHERE, SECRET_NAME, MarketDesk, metric_values

TICKERS = "/api/v3/ticker/24hr"


def names(desk: MarketDesk) -> set[str]:
    """Return the markets that have a quote as of now."""
    return set(desk.quotes())


def test_quotes_when_symbols_are_permitted_then_stored_with_volume_as_the_venue_has_them(desk: MarketDesk) -> None:
    desk.gateway.advance(seconds=1)
    assert desk.collect("quotes") == [True]
    stored = desk.quotes()
    assert set(stored) == {"binance:BTC/USDT", "binance:ETH/USDT"}
    quote = stored["binance:BTC/USDT"]
    assert quote.bid is not None
    assert quote.ask is not None
    assert quote.volume_24h is not None
    assert quote.bid < quote.ask < quote.bid * Decimal("1.001")
    assert quote.volume_24h > 0
    assert quote.at == desk.gateway.now


def test_quotes_when_a_bot_orders_right_after_then_the_order_is_priced_by_them(desk: MarketDesk) -> None:
    desk.gateway.advance(minutes=5)
    desk.gateway.reading("100000")
    assert desk.gateway.check(type="market", price=None).code == "QUOTE_STALE"
    desk.collect("quotes")
    assert desk.gateway.check(type="market", price=None).body["decision"] == "approved"


def test_quotes_when_held_or_working_then_collected_though_nothing_is_permitted(desk: MarketDesk) -> None:
    desk.gateway.refresh_quotes()
    desk.gateway.reading("100000")
    desk.gateway.approved(symbol="BTC/USDT")
    position = {"venue": VENUE, "symbol": "SOL/USDT", "quantity": "1", "average_price": "100"}
    desk.gateway.reading("100000", positions=[position])
    desk.register(symbols_allowed=["DOGE/USDT"], symbols_denied=["DOGE/USDT"])
    desk.gateway.advance(seconds=1)
    desk.collect("quotes")
    assert names(desk) == {"binance:BTC/USDT", "binance:SOL/USDT"}


def test_quotes_when_an_asset_is_held_then_its_rate_is_collected(desk: MarketDesk) -> None:
    balances = [{"venue": VENUE, "asset": "SOL", "total": "3"}, {"venue": VENUE, "asset": "ETH", "total": "0"}]
    desk.gateway.reading("100000", balances=balances)
    desk.register(symbols_allowed=[])
    desk.gateway.advance(seconds=1)
    desk.collect("quotes")
    assert names(desk) == {"binance:SOL/USDT"}


def test_quotes_when_a_schedule_names_more_symbols_then_those_too(desk: MarketDesk) -> None:
    desk.gateway.advance(seconds=1)
    desk.collect("quotes", symbols=["SOL/USDT", "NO/SUCH", "BTC/USDT:USDT"])
    assert names(desk) == {"binance:BTC/USDT", "binance:ETH/USDT", "binance:SOL/USDT"}


def test_quotes_when_spot_and_swap_then_each_market_from_its_own_side(desk: MarketDesk) -> None:
    desk.register("futures", (VENUE, "swap", SECRET_NAME), symbols_allowed=["BTC/USDT:USDT", "SOL/USDT"])
    desk.gateway.advance(seconds=1)
    assert desk.collect("quotes") == [True, True]
    assert names(desk) == {"binance:BTC/USDT", "binance:ETH/USDT", "binance:BTC/USDT:USDT"}


def test_quotes_when_a_minute_passes_then_asked_for_three_times(desk: MarketDesk) -> None:
    assert desk.tick("quotes") == {"messages": 1}
    asked = []
    for _ in range(3):
        asked.append(len(desk.work_all()))
        desk.gateway.advance(seconds=20)
    assert asked == [1, 1, 1]
    assert desk.work_all() == []
    assert len(desk.requests(TICKERS)) == 3


def test_quotes_when_a_newer_one_is_stored_then_it_stays(desk: MarketDesk, capsys: pytest.CaptureFixture[str]) -> None:
    newer = desk.gateway.now + timedelta(seconds=20)
    price = Decimal(49_000)
    kept = Quote(venue=VENUE, symbol="BTC/USDT", at=newer, bid=price, ask=price, last=price)
    assert wiring.deps().store.put_quotes([kept]) == 1
    capsys.readouterr()
    desk.collect("quotes")
    assert desk.quotes()["binance:BTC/USDT"] == kept
    assert metric_values(capsys.readouterr().out, "QuotesStored") == [1]


def test_quotes_when_the_message_comes_twice_then_no_harm(desk: MarketDesk) -> None:
    desk.gateway.advance(seconds=1)
    desk.tick("quotes")
    message = desk.receive()
    assert message is not None
    assert desk.work(message)
    before = desk.quotes()
    assert desk.work(message)
    assert desk.quotes() == before


def test_quotes_when_the_message_waited_too_long_then_dropped(
    desk: MarketDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.tick("quotes")
    message = desk.receive()
    assert message is not None
    desk.gateway.advance(seconds=61)
    capsys.readouterr()
    assert desk.work(message)
    assert metric_values(capsys.readouterr().out, "JobMessagesDropped") == [1]
    assert not desk.requests(TICKERS)


def test_quotes_when_the_venue_sends_old_prices_then_rejected_and_counted(
    desk: MarketDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.gateway.advance(hours=1)
    desk.simulator.control.post("faults", kind="stale_prices", age_seconds=301, path="*", method="GET", count=None)
    capsys.readouterr()
    assert desk.collect("quotes") == [True]
    output = capsys.readouterr().out
    assert (metric_values(output, "QuotesStored"), metric_values(output, "QuotesRejected")) == ([0], [2])
    assert desk.quotes() == {}


def test_quotes_when_one_venue_is_down_then_the_other_is_served(
    desk: MarketDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.put_secret("riskgate/exchange/down", urls=_urls(NOWHERE), exchange="binance")
    desk.put_secret("riskgate/exchange/up", exchange="binance")
    desk.register(
        ACCOUNT_ID,
        ("abroad", "spot", "riskgate/exchange/down"),
        (VENUE, "spot", SECRET_NAME),
        ("zurich", "spot", "riskgate/exchange/up"),
    )
    desk.gateway.advance(seconds=1)
    capsys.readouterr()
    # Quotes are asked for again in seconds: no message comes back.
    assert desk.collect("quotes") == [True, True, True]
    assert names(desk) == {f"{venue}:{asset}/USDT" for venue in (VENUE, "zurich") for asset in ("BTC", "ETH")}
    output = capsys.readouterr().out
    assert metric_values(output, "CollectionsFailed") == [1]
    assert metric_values(output, "VenueErrors") == [1, 0, 0]
    assert len(metric_values(output, "VenueLatency")) == 3


def test_quotes_when_secrets_name_different_endpoints_then_none_is_stored_there(
    desk: MarketDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.put_secret("riskgate/exchange/testnet", urls=_urls(NOWHERE))
    desk.put_secret("riskgate/exchange/same", exchange="binance", apiKey="another-key")
    desk.register("other", (VENUE, "spot", "riskgate/exchange/same"))
    desk.gateway.advance(seconds=1)
    assert [row["stored"] for row in desk.tick("quotes", at_once=True)["results"]] == [2]
    desk.register("third", (VENUE, "spot", "riskgate/exchange/testnet"))
    desk.gateway.advance(seconds=1)
    (result,) = desk.tick("quotes", at_once=True)["results"]
    assert result["code"] == "VENUE_AMBIGUOUS"
    assert desk.quotes() == {}
    assert metric_values(capsys.readouterr().out, "CollectionsFailed") == [1]


def test_quotes_when_a_secret_is_missing_then_the_accounts_with_one_are_served(desk: MarketDesk) -> None:
    desk.register("broken", (VENUE, "spot", "riskgate/exchange/missing"))
    desk.gateway.advance(seconds=1)
    assert [row["stored"] for row in desk.tick("quotes", at_once=True)["results"]] == [2]


def test_quotes_when_no_account_gives_a_secret_then_nothing_is_asked(
    desk: MarketDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.gateway.register(venues=[{"venue": VENUE, "market_type": "spot"}]).status in {200, 201}
    capsys.readouterr()
    assert desk.tick("quotes") == {"messages": 0}
    assert metric_values(capsys.readouterr().out, "QuotesWanted") == [0]


def test_quotes_when_one_account_is_corrupt_then_the_others_are_served(
    desk: MarketDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.register("other", (VENUE, "spot", SECRET_NAME), symbols_allowed=["SOL/USDT"])
    key = {"pk": {"S": "LIMITS"}, "sk": {"S": "ACCOUNT#other"}}
    table = desk.gateway.aws.control_table
    item = desk.gateway.aws.dynamodb.get_item(TableName=table, Key=key)["Item"]
    desk.gateway.aws.dynamodb.put_item(TableName=table, Item=item | {"document": {"S": "{"}})
    desk.gateway.advance(seconds=1)
    capsys.readouterr()
    desk.collect("quotes")
    assert names(desk) == {"binance:BTC/USDT", "binance:ETH/USDT"}
    assert metric_values(capsys.readouterr().out, "AccountsUnreadable") == [1]
    desk.gateway.aws.dynamodb.put_item(TableName=table, Item=item)


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("event", [{}, {"task": "orders"}, {"task": "quotes", "symbols": ["btc"]}, {"account_id": "x"}])
def test_function_when_the_event_is_unknown_then_refused(desk: MarketDesk, event: dict[str, object]) -> None:
    with pytest.raises(Exception, match="invalid field"):
        desk.invoke(event)


def test_quotes_when_the_venue_refuses_for_their_number_then_left_alone_as_long_as_it_says(desk: MarketDesk) -> None:
    desk.simulator.control.post("faults", kind="rate_limit", path=TICKERS, method="GET", retry_after=45)
    desk.tick("quotes")
    for _ in range(3):
        desk.work_all()
        assert len(desk.requests(TICKERS)) == 1
        desk.gateway.advance(seconds=20)
    desk.collect("quotes")
    assert set(desk.quotes()) == {"binance:BTC/USDT", "binance:ETH/USDT"}


def _urls(base: str) -> dict[str, object]:
    return {"api": dict.fromkeys(("public", "private"), f"{base}/api/v3")}
