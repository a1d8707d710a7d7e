"""What holdings are worth: by a market's fresh price, by a way over a common currency, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import Balance, Venue
from riskgate.core.instrument import Instrument, MarketType, Quote
from riskgate.core.market.holdings import is_dust
from riskgate.core.market.valuation import compute_rate, find_route, list_candidates, usable_price, value_balances
from tests.support.builders import NOW, VENUE, build_instrument, build_quote, dec
from tests.support.hypothesis_profiles import QUICK

SPOT = Venue(venue=VENUE, market_type=MarketType.SPOT)
SWAP = Venue(venue="binanceusdm", market_type=MarketType.SWAP)
OTHER = Venue(venue="kraken", market_type=MarketType.SPOT)


def listed(*symbols: str, venue: Venue = SPOT) -> dict[str, Instrument]:
    found = [build_instrument(symbol, venue=venue.venue) for symbol in symbols]
    return {instrument.key: instrument for instrument in found}


def priced(**prices: str) -> dict[str, Quote]:
    """Return quotes at the main venue; `BTC_USDT="100"`."""
    quotes = [build_quote(name.replace("_", "/"), price) for name, price in prices.items()]
    return {f"{quote.venue}:{quote.symbol}": quote for quote in quotes}


def rate(asset: str, base: str, instruments: Mapping[str, Instrument], quotes: Mapping[str, Quote]) -> Decimal | None:
    route = find_route(asset, base, [SPOT], instruments)
    return None if route is None else compute_rate(asset, route, instruments, quotes, NOW)


@pytest.mark.parametrize(
    ("asset", "base", "symbols", "route"),
    [
        ("USDT", "USDT", (), ()),
        ("BTC", "USDT", ("BTC/USDT", "BTC/USDC"), ("BTC/USDT",)),
        ("BTC", "USDT", ("BTC/USDC", "USDC/USDT"), ("BTC/USDC", "USDC/USDT")),
        ("BTC", "EUR", ("BTC/USDT", "EUR/USDT"), ("BTC/USDT", "EUR/USDT")),
        ("USDC", "EUR", ("USDC/USDT", "EUR/USDT"), ("USDC/USDT", "EUR/USDT")),
        ("TRY", "USDT", ("USDT/TRY",), ("USDT/TRY",)),
        ("ALT", "USDT", ("ALT/BTC", "BTC/USDT"), ("ALT/BTC", "BTC/USDT")),
        ("ALT", "USDT", ("USDT/ALT",), None),
        ("ALT", "USDT", ("ALT/BTC",), None),
        ("ALT", "USDT", (), None),
    ],
)
def test_route_when_looked_for_then_the_shortest_way_to_the_base_currency(
    asset: str, base: str, symbols: tuple[str, ...], route: tuple[str, ...] | None
) -> None:
    found = find_route(asset, base, [SPOT], listed(*symbols))

    assert found == (None if route is None else tuple(f"{VENUE}:{symbol}" for symbol in route))


def test_route_when_spot_and_swap_list_it_then_by_spot_and_else_by_swap() -> None:
    swap, spot = listed("BTC/USDT:USDT", venue=SWAP), listed("BTC/USDT", venue=OTHER)

    assert find_route("BTC", "USDT", [SWAP, OTHER], swap | spot) == ("kraken:BTC/USDT",)
    assert find_route("BTC", "USDT", [SWAP], swap) == ("binanceusdm:BTC/USDT:USDT",)


@pytest.mark.parametrize("asset", ["BTC", "TRY", "USDC", "ALT"])
def test_candidates_when_listed_then_they_hold_every_market_a_route_may_take(asset: str) -> None:
    offered = {f"{venue}:{symbol}" for venue, symbol in list_candidates([SPOT, SWAP], [asset], "EUR")}
    every = listed(*(key.partition(":")[2] for key in offered if key.startswith(VENUE + ":")))

    route = find_route(asset, "EUR", [SPOT], every)
    assert route
    assert set(route) <= offered


def test_rate_when_over_two_markets_then_their_product_or_quotient() -> None:
    instruments = listed("BTC/USDC", "USDC/USDT", "EUR/USDT", "USDT/TRY", "BTC/USDT")
    quotes = priced(BTC_USDC="50000", USDC_USDT="0.999", EUR_USDT="1.25", USDT_TRY="40", BTC_USDT="49950")

    assert rate("USDC", "USDT", instruments, quotes) == Decimal("0.999")
    assert rate("TRY", "USDT", instruments, quotes) == Decimal("0.025")
    assert rate("BTC", "EUR", instruments, quotes) == 39_960
    assert rate("BTC", "USDT", instruments, quotes) == 49_950


def test_rate_when_one_market_on_the_way_has_no_price_then_none() -> None:
    instruments = listed("BTC/USDC", "USDC/USDT")

    assert rate("BTC", "USDT", instruments, priced(BTC_USDC="50000")) is None
    assert rate("BTC", "USDT", instruments, {}) is None


@pytest.mark.parametrize(
    ("changes", "price"),
    [
        ({}, "100"),
        ({"bid": dec(99), "ask": dec(101)}, "100"),
        ({"bid": dec(90), "ask": dec(110)}, "90"),
        ({"bid": dec(95), "ask": dec(105)}, "100"),
        ({"bid": dec(101), "ask": dec(99)}, None),
        ({"bid": None}, None),
        ({"ask": None}, None),
        ({"bid": dec(0)}, None),
        ({"at": NOW - timedelta(seconds=300)}, "100"),
        ({"at": NOW - timedelta(seconds=301)}, None),
        ({"at": NOW + timedelta(seconds=31)}, None),
    ],
)
def test_price_when_two_sided_and_fresh_then_the_mean_and_the_bid_of_a_wide_market(
    changes: dict[str, object], price: str | None
) -> None:
    assert usable_price(build_quote(**changes), NOW) == (None if price is None else Decimal(price))  # type: ignore[arg-type]


def test_price_when_there_is_no_quote_then_none() -> None:
    assert usable_price(None, NOW) is None


amounts = st.integers(-(10**15), 10**15).map(lambda units: Decimal(units) / 10**8)
assets = st.dictionaries(st.sampled_from(["USDT", "BTC", "ETH", "XYZ"]), amounts.map(lambda a: Balance(total=a)))


@QUICK
@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), assets), st.sets(st.sampled_from(["BTC", "ETH", "XYZ"])))
def test_balances_when_valued_then_every_asset_counts_once_or_is_named(
    balances: dict[str, dict[str, Balance]], known: set[str]
) -> None:
    rates = {asset: Decimal(number + 2) for number, asset in enumerate(sorted(known))} | {"USDT": Decimal(1)}

    totals, unpriced = value_balances(balances, rates.get)

    expected = {
        venue: sum((b.total * rates[a] for a, b in held.items() if a in rates), Decimal(0))
        for venue, held in balances.items()
    }
    assert totals == expected
    left_out = {a for held in balances.values() for a, b in held.items() if a not in rates and b.total}
    assert set(unpriced) == left_out


@pytest.mark.parametrize(
    ("quantity", "price", "least", "dust"),
    [
        ("0", 100, None, True),
        ("0.0009", 100, None, True),
        ("0.001", 100, None, False),
        ("-5", 100, None, False),
        ("-0.0001", 100, "5", False),
        ("0.04", 100, "5", True),
        ("0.05", 100, "5", False),
    ],
)
def test_holding_when_no_order_can_sell_it_then_dust_and_what_is_owed_never_is(
    quantity: str, price: int, least: str | None, dust: bool
) -> None:
    """The lot is 0.001."""
    instrument = build_instrument(notional_min=None if least is None else Decimal(least))
    assert is_dust(instrument, Decimal(quantity), Decimal(price)) is dust
