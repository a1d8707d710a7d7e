"""Bodies of the account and market routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import Venue
from riskgate.core.instrument import Instrument, MarketType, Quote
from riskgate.schemas.http.requests.accounts import AccountRequest, TransferRequest
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.failed import ValidationFailed
from riskgate.schemas.http.requests.market import InstrumentRequest, InstrumentsRequest, QuoteRequest, QuotesRequest
from riskgate.schemas.http.requests.snapshots import SnapshotRequest

type Body = dict[str, Any]
type AsSent = Callable[[Body], Body]

ACCOUNT: Body = {
    "base_currency": "USDT",
    "venues": [
        {"venue": "binance", "market_type": "spot", "secret_name": "riskgate/x"},
        {"venue": "bybit", "market_type": "swap"},
    ],
    "initial_equity": "100000",
}
BALANCE: Body = {"venue": "binance", "asset": "USDT", "total": "1000"}
POSITION: Body = {"venue": "binance", "symbol": "BTC/USDT", "quantity": "-0.5", "average_price": "60000"}
SNAPSHOT: Body = {"equity": "100000", "balances": [BALANCE], "positions": [POSITION]}
TRANSFER: Body = {"transfer_id": "t-1", "kind": "withdrawal", "amount": "500"}
SPOT: Body = {"venue": "binance", "symbol": "BTC/USDT", "market_type": "spot"}
SWAP: Body = {"venue": "binance", "symbol": "BTC/USDT:USDT", "market_type": "swap", "contract_size": "0.001"}
QUOTE: Body = {"venue": "binance", "symbol": "BTC/USDT", "at": "2026-03-02T00:00:00Z", "bid": "1", "ask": "2"}


def refused(model: Any, body: Body) -> list[str]:
    """Return the fields a body is refused for."""
    with pytest.raises(ValidationFailed) as caught:
        parse_request(model, body)
    return [error["field"] for error in caught.value.errors]


def test_account_when_well_formed_then_venues_are_the_engines(as_sent: AsSent) -> None:
    account = parse_request(AccountRequest, as_sent(ACCOUNT | {"sectors": {"BTC": "store-of-value"}}))
    assert account.to_venues("demo") == (
        Venue(venue="binance", market_type=MarketType.SPOT, secret_name="riskgate/x", group="binance"),
        Venue(venue="bybit", market_type=MarketType.SWAP, group="bybit"),
    )
    assert account.sectors == {"BTC": "store-of-value"}
    assert account.initial_equity == Decimal(100000)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"base_currency": "usdt"}, "base_currency"),
        ({"venues": []}, "venues"),
        ({"venues": [{"venue": f"v{n}", "market_type": "spot"} for n in range(11)]}, "venues"),
        ({"venues": [{"venue": "a", "market_type": "spot"}, {"venue": "a", "market_type": "swap"}]}, "venues"),
        ({"venues": [{"venue": "a", "market_type": "futures"}]}, "venues.0.market_type"),
        ({"venues": [{"venue": "a", "market_type": "spot", "secret_name": None}]}, "venues.0.secret_name"),
        ({"venues": [{"venue": "a", "market_type": "spot", "key": "x"}]}, "venues.0.key"),
        ({"sectors": {"BTC": ""}}, "sectors.BTC"),
        ({"sectors": []}, "sectors"),
        ({"initial_equity": "0"}, "initial_equity"),
        ({"initial_equity": "-1"}, "initial_equity"),
        ({"initial_equity": "NaN"}, "initial_equity"),
        ({"name": "x"}, "name"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_account_when_a_field_is_invalid_then_refused(change: Body, field: str) -> None:
    assert refused(AccountRequest, ACCOUNT | change) == [field]


def test_account_when_a_sectors_asset_is_malformed_then_refused() -> None:
    assert refused(AccountRequest, ACCOUNT | {"sectors": {"b tc": "x"}}) == ["sectors.b tc.[key]"]


@pytest.mark.parametrize("equity", ["0", "-250.5", "100000"])
def test_snapshot_when_equity_is_strange_then_still_reaches_the_breakers(as_sent: AsSent, equity: str) -> None:
    snapshot = parse_request(SnapshotRequest, as_sent(SNAPSHOT | {"equity": equity}))
    assert snapshot.equity == Decimal(equity)
    assert snapshot.positions[0].quantity == Decimal("-0.5")
    assert snapshot.balances[0].used == 0
    assert snapshot.taken_at is None


def test_snapshot_when_flat_then_taken() -> None:
    assert parse_request(SnapshotRequest, {"equity": "1", "balances": [], "positions": []}).positions == ()


def test_snapshot_when_200_positions_then_taken_and_one_more_refused() -> None:
    positions = [POSITION | {"symbol": f"C{n}/USDT"} for n in range(201)]
    assert len(parse_request(SnapshotRequest, SNAPSHOT | {"positions": positions[:200]}).positions) == 200
    assert refused(SnapshotRequest, SNAPSHOT | {"positions": positions}) == ["positions"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"equity": "NaN"}, "equity"),
        ({"equity": None}, "equity"),
        ({"positions": [POSITION | {"quantity": "0"}]}, "positions.0.quantity"),
        ({"positions": [POSITION | {"average_price": "0"}]}, "positions.0.average_price"),
        ({"positions": [POSITION | {"mark_price": None}]}, "positions.0.mark_price"),
        ({"positions": None}, "positions"),
        ({"balances": [BALANCE, BALANCE]}, "balances"),
        ({"balances": [BALANCE | {"used": "-1"}]}, "balances.0.used"),
        ({"rates": {"EUR": "0"}}, "rates.EUR"),
        ({"rates": {"EUR": None}}, "rates.EUR"),
        ({"taken_at": "2026-03-02"}, "taken_at"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_snapshot_when_a_field_is_invalid_then_refused(change: Body, field: str) -> None:
    assert refused(SnapshotRequest, SNAPSHOT | change) == [field]


@pytest.mark.parametrize("missing", ["equity", "balances", "positions"])
def test_snapshot_when_incomplete_then_refused(missing: str) -> None:
    assert refused(SnapshotRequest, {name: value for name, value in SNAPSHOT.items() if name != missing}) == [missing]


@pytest.mark.parametrize(("kind", "amount"), [("deposit", Decimal(500)), ("withdrawal", Decimal(-500))])
def test_transfer_when_taken_then_signed_by_its_kind(kind: str, amount: Decimal) -> None:
    assert parse_request(TransferRequest, TRANSFER | {"kind": kind}).to_amount() == amount


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "loan"}, "kind"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"transfer_id": "a b"}, "transfer_id"),
    ],
)
def test_transfer_when_a_field_is_invalid_then_refused(change: Body, field: str) -> None:
    assert refused(TransferRequest, TRANSFER | change) == [field]


def test_instrument_when_spot_then_currencies_follow_from_the_symbol(as_sent: AsSent) -> None:
    body = as_sent(
        SPOT | {"tick_size": 0.01, "step_size": "0.00001", "quantity_min": 0, "notional_max": "9", "sector": "x"}
    )
    assert parse_request(InstrumentRequest, body).to_instrument() == Instrument(
        venue="binance",
        symbol="BTC/USDT",
        market_type=MarketType.SPOT,
        base_currency="BTC",
        quote_currency="USDT",
        settle_currency="USDT",
        tick_size=Decimal("0.01"),
        step_size=Decimal("0.00001"),
        quantity_min=Decimal(0),
        notional_max=Decimal(9),
        sector="x",
    )


def test_instrument_when_swap_then_settles_in_the_currency_named(as_sent: AsSent) -> None:
    instrument = parse_request(
        InstrumentRequest, as_sent(SWAP | {"settle_currency": "USDT", "active": False})
    ).to_instrument()
    assert (instrument.settle_currency, instrument.contract_size, instrument.active) == (
        "USDT",
        Decimal("0.001"),
        False,
    )


def test_instrument_and_quote_when_their_fields_are_compared_then_they_are_the_engines() -> None:
    # What a class is not proven to place is no feeder's to say.
    assert set(InstrumentRequest.model_fields) == {item.name for item in fields(Instrument)} - {"unsupported"}
    assert set(QuoteRequest.model_fields) == {item.name for item in fields(Quote)}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (SPOT | {"symbol": "BTC/USDT:USDT"}, "symbol"),
        (SWAP | {"symbol": "BTC/USDT"}, "symbol"),
        (SWAP | {"symbol": "BTC/USD:BTC"}, "symbol"),
        (SPOT | {"base_currency": "ETH"}, "base_currency"),
        (SPOT | {"quote_currency": "EUR"}, "quote_currency"),
        (SPOT | {"settle_currency": "BTC"}, "settle_currency"),
        (SPOT | {"contract_size": "10"}, "contract_size"),
        (SWAP | {"contract_size": "0"}, "contract_size"),
        (SPOT | {"tick_size": "-0.01"}, "tick_size"),
        (SPOT | {"quantity_min": "2", "quantity_max": "1"}, "quantity_min"),
        (SPOT | {"price_min": "2", "price_max": "1"}, "price_min"),
        (SPOT | {"notional_min": "2", "notional_max": "1"}, "notional_min"),
        (SPOT | {"notional_max": "0"}, "notional_max"),
        (SPOT | {"active": None}, "active"),
        (SPOT | {"maker_fee": "0.1"}, "maker_fee"),
    ],
    ids=lambda value: str(value)[:70],
)
def test_instrument_when_contradictory_then_refused(body: Body, field: str) -> None:
    assert refused(InstrumentRequest, body) == [field]


def test_instruments_when_a_market_is_named_twice_then_refused() -> None:
    other = SPOT | {"venue": "kraken"}
    assert len(parse_request(InstrumentsRequest, {"instruments": [SPOT, other]}).instruments) == 2
    assert refused(InstrumentsRequest, {"instruments": [SPOT, other, SPOT]}) == ["instruments"]
    assert refused(InstrumentsRequest, {"instruments": []}) == ["instruments"]
    assert refused(InstrumentsRequest, {"instruments": [SPOT] * 101}) == ["instruments"]


@pytest.mark.parametrize("prices", [{"bid": "1"}, {"ask": "1"}, {"last": "1"}, {"bid": "1", "ask": "1"}])
def test_quote_when_it_has_a_price_then_taken(prices: Body, as_sent: AsSent) -> None:
    body = {"venue": "binance", "symbol": "BTC/USDT", "at": QUOTE["at"], "volume_24h": 0, **prices}
    quote = parse_request(QuoteRequest, as_sent(body)).to_quote()
    assert {name: getattr(quote, name) for name in prices} == {name: Decimal(1) for name in prices}
    assert quote.volume_24h == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"bid": "3"}, "bid"),
        ({"bid": ..., "ask": ...}, "bid"),
        ({"bid": None}, "bid"),
        ({"ask": "0"}, "ask"),
        ({"at": ...}, "at"),
        ({"at": "2026-03-02T00:00:00+01:00"}, "at"),
        ({"volume_24h": "-1"}, "volume_24h"),
        ({"symbol": "btc/usdt"}, "symbol"),
    ],
    ids=str,
)
def test_quote_when_it_says_nothing_or_contradicts_itself_then_refused(change: Body, field: str) -> None:
    body = {name: value for name, value in (QUOTE | change).items() if value is not ...}
    assert refused(QuoteRequest, body) == [field]


def test_quotes_when_a_market_is_named_twice_then_refused() -> None:
    assert len(parse_request(QuotesRequest, {"quotes": [QUOTE]}).quotes) == 1
    assert refused(QuotesRequest, {"quotes": [QUOTE, QUOTE]}) == ["quotes"]
    assert refused(QuotesRequest, {"quotes": [QUOTE] * 101}) == ["quotes"]
    assert refused(QuotesRequest, {"quotes": []}) == ["quotes"]
