"""A reading of the venues as a snapshot: what becomes a position, what is cash, and what makes it unusable."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState, Balance, Venue
from riskgate.core.errors import Unprocessable
from riskgate.core.instrument import MarketType
from riskgate.core.ledger.account_events import SnapshotRecorded
from riskgate.core.monitor.reading import (
    AccountReading,
    VenueReading,
    compute_rates,
    list_changes,
    list_markets,
    list_quoted,
    to_snapshot,
)
from riskgate.core.venues.model import VenueBalance, VenuePosition
from tests.support.builders import (
    MINUTE,
    NOW,
    VENUE,
    apply,
    build_account,
    build_instrument,
    build_position,
    build_quote,
    build_working,
)
from tests.support.hypothesis_profiles import QUICK

SPOT = Venue(venue=VENUE, market_type=MarketType.SPOT, secret_name="riskgate/exchange/demo")
SWAP = Venue(venue="binanceusdm", market_type=MarketType.SWAP, secret_name="riskgate/exchange/demo")
SYMBOLS = ("BTC/USDT", "BTC/USDC", "ETH/USDT", "USDC/USDT", "ETH/BTC")
PRICES = {"BTC/USDT": "50000", "BTC/USDC": "50050", "ETH/USDT": "2000", "USDC/USDT": "0.999", "ETH/BTC": "0.04"}
LATER = NOW + MINUTE


def held(**amounts: str | int | Decimal) -> VenueReading:
    balances = (VenueBalance(asset=a, total=Decimal(n), free=Decimal(n), used=Decimal(0)) for a, n in amounts.items())
    return VenueReading(venue=SPOT, balances=tuple(balances))


def swap(total: str = "1000", *positions: VenuePosition) -> VenueReading:
    balance = VenueBalance(asset="USDT", total=Decimal(total), free=Decimal(total), used=Decimal(0))
    return VenueReading(venue=SWAP, balances=(balance,), positions=positions)


def position(quantity: str, **changes: Any) -> VenuePosition:
    known = VenuePosition(
        symbol="BTC/USDT:USDT",
        quantity=Decimal(quantity),
        entry_price=Decimal(48_000),
        mark_price=Decimal(50_000),
        unrealized_pnl=None,
    )
    return replace(known, **changes)


def read(*venues: VenueReading, without: tuple[str, ...] = (), age: int = 0) -> AccountReading:
    """Return a reading on markets that all have prices, but for those in `without`."""
    spot = [build_instrument(symbol, notional_min=Decimal(5)) for symbol in SYMBOLS]
    swaps = [build_instrument("BTC/USDT:USDT", venue=SWAP.venue)]
    quotes = [
        build_quote(symbol, price, at=LATER - timedelta(seconds=age))
        for symbol, price in PRICES.items()
        if symbol not in without
    ]
    return AccountReading(
        taken_at=LATER,
        venues=venues,
        instruments={instrument.key: instrument for instrument in spot + swaps},
        quotes={f"{quote.venue}:{quote.symbol}": quote for quote in quotes},
        priced_at=LATER,
    )


def booked(event: SnapshotRecorded) -> dict[str, Decimal]:
    return {p.symbol: p.quantity for p in event.positions}


def test_holdings_when_read_then_cash_is_cash_and_the_rest_is_positions() -> None:
    event = to_snapshot(build_account(), read(held(USDT=1000, USDC=500, BTC="0.1", ETH="0.5")))

    assert booked(event) == {"BTC/USDT": Decimal("0.1"), "ETH/USDT": Decimal("0.5")}
    assert event.equity == 1000 + Decimal("499.5") + 5000 + 1000
    assert event.rates == {"USDC": Decimal("0.999"), "BTC": 50_000, "ETH": 2000}
    assert event.from_venues


def test_snapshot_when_recorded_then_the_account_values_its_venues_as_the_reading_did() -> None:
    state = build_account(venues=(SPOT, SWAP))
    event = to_snapshot(state, read(held(USDT=4000, USDC="0.3", BTC="0.1"), swap("1234.56", position("-0.2"))))
    after = apply(state, event, now=LATER).state

    assert sum(after.venue_equity.values()) == after.equity == event.equity
    assert after.venue_equity[SWAP.venue] == Decimal("1234.56")
    short = after.positions[f"{SWAP.venue}:BTC/USDT:USDT"]
    assert (short.quantity, short.average_price, short.mark_price) == (Decimal("-0.2"), 48_000, 50_000)
    assert after.monitored_since == LATER


def test_snapshot_when_a_later_one_is_recorded_then_monitored_since_the_first() -> None:
    state = apply(build_account(), to_snapshot(build_account(), read(held(USDT=10_000))), now=LATER).state
    later = replace(read(held(USDT=10_000)), taken_at=LATER + MINUTE)

    assert apply(state, to_snapshot(state, later), now=LATER + MINUTE).state.monitored_since == LATER


def test_rates_when_a_reading_does_not_know_them_then_forgotten() -> None:
    state = build_account(rates={"GBP": Decimal("1.3"), "USDC": Decimal(2)})

    after = apply(state, to_snapshot(state, read(held(USDT=10_000))), now=LATER).state

    assert after.rates == {"USDC": Decimal("0.999")}


def test_position_when_known_then_keeps_its_market_and_its_average() -> None:
    known = build_position("0.1", "BTC/USDC", 40_000, settle_currency="USDC")

    (seen,) = to_snapshot(build_account(positions=[known]), read(held(BTC="0.09"))).positions

    assert (seen.symbol, seen.quantity, seen.average_price) == ("BTC/USDC", Decimal("0.09"), 40_000)
    assert seen.mark_price == 50_050


@pytest.mark.parametrize(
    ("total", "shares"),
    [
        ("0.3", {"BTC/USDT": "0.2", "BTC/USDC": "0.1"}),
        ("0.29", {"BTC/USDT": "0.19", "BTC/USDC": "0.1"}),
        ("0.5", {"BTC/USDT": "0.4", "BTC/USDC": "0.1"}),
        ("0.05", {"BTC/USDT": "0.05"}),
    ],
    ids=["as known", "less", "more", "less than the smaller one"],
)
def test_asset_when_bought_in_two_markets_then_the_difference_is_the_larger_ones(
    total: str, shares: dict[str, str]
) -> None:
    known = [build_position("0.2", "BTC/USDT", 40_000), build_position("0.1", "BTC/USDC", 40_000)]

    event = to_snapshot(build_account(positions=known), read(held(BTC=total)))

    assert booked(event) == {symbol: Decimal(quantity) for symbol, quantity in shares.items()}


@pytest.mark.parametrize(("total", "is_position"), [("0.00009", False), ("0.0001", False), ("0.001", True)])
def test_holding_when_below_what_can_be_sold_then_equity_and_no_position(total: str, *, is_position: bool) -> None:
    """The lot is 0.001 BTC, the least notional 5."""
    event = to_snapshot(build_account(), read(held(USDT=10_000, BTC=total)))

    assert bool(event.positions) is is_position
    assert event.equity == 10_000 + Decimal(total) * 50_000


@pytest.mark.parametrize("reading", [read(held(BTC=1), without=("BTC/USDT",)), read(held(BTC=1), age=301)])
def test_asset_when_equity_counts_it_and_it_has_no_price_then_refused(reading: AccountReading) -> None:
    state = build_account(balances={VENUE: {"BTC": Balance(total=Decimal(1))}}, rates={"BTC": Decimal(50_000)})

    with pytest.raises(Unprocessable) as refused:
        to_snapshot(state, reading)
    assert refused.value.code == "ASSET_UNPRICED"


def test_asset_when_it_was_never_counted_and_has_no_price_then_left_out_and_named() -> None:
    state = build_account()
    event = to_snapshot(state, read(held(USDT=10_000, SCAM=1_000_000)))
    result = apply(state, event, now=LATER)

    assert event.equity == 10_000
    assert result.snapshot is not None
    assert result.snapshot.unpriced_assets == ("SCAM",)
    again = to_snapshot(result.state, replace(read(held(USDT=10_000, SCAM=1_000_000)), taken_at=LATER + MINUTE))
    assert again.equity == 10_000, "named before, and still no reason to refuse"


def test_debt_when_it_has_no_price_then_refused() -> None:
    with pytest.raises(Unprocessable):
        to_snapshot(build_account(), read(held(USDT=10_000, SCAM=-1)))


def test_asset_when_it_has_a_price_but_no_market_at_its_venue_then_refused() -> None:
    """Exposure that no market names would be seen by no limit."""
    other = Venue(venue="kraken", market_type=MarketType.SPOT)
    here = VenueReading(venue=other, balances=held(BTC=1).balances)

    with pytest.raises(Unprocessable) as refused:
        to_snapshot(build_account(venues=(SPOT, other)), read(held(USDT=1), here))
    assert refused.value.code == "INSTRUMENT_NOT_FOUND"


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (position("1", symbol="NEW/USDT:USDT"), "INSTRUMENT_NOT_FOUND"),
        (position("1", mark_price=None), "NO_REFERENCE_PRICE"),
        (position("1e12"), "POSITION_TOO_LARGE"),
    ],
)
def test_swap_position_when_it_cannot_be_valued_then_refused(seen: VenuePosition, code: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        to_snapshot(build_account(venues=(SWAP,)), read(swap("1000", seen)))
    assert refused.value.code == code


def test_swap_position_when_the_venue_tells_no_entry_then_the_known_one() -> None:
    known = build_position("0.1", "BTC/USDT:USDT", 45_000, venue=SWAP.venue)
    reading = read(swap("1000", position("0.2", entry_price=None)))

    (seen,) = to_snapshot(build_account(venues=(SWAP,), positions=[known]), reading).positions
    assert seen.average_price == 45_000
    (unknown,) = to_snapshot(build_account(venues=(SWAP,)), reading).positions
    assert unknown.average_price == 50_000


def test_markets_when_listed_then_known_positions_and_all_ways_to_value_what_is_held() -> None:
    state = build_account(positions=[build_position(1, "SOL/EUR", settle_currency="EUR")], venues=(SPOT, SWAP))
    reading = read(held(ETH=1), swap("1", position("1")))

    markets = set(list_markets(state, reading))
    assert {(VENUE, "SOL/EUR"), (VENUE, "ETH/USDT"), (VENUE, "EUR/USDT"), (SWAP.venue, "BTC/USDT:USDT")} <= markets
    assert list_quoted(state, reading) == {VENUE: ["ETH/USDT", "USDC/USDT"]}


def test_changes_when_compared_then_what_no_fill_explains() -> None:
    state = build_account(balances={VENUE: {"USDT": Balance(total=Decimal(100)), "ETH": Balance(total=Decimal(2))}})

    assert list_changes(state, read(held(USDT=100, BTC=1))) == {(VENUE, "BTC"): 1, (VENUE, "ETH"): -2}


units = st.integers(1, 10**9).map(lambda amount: Decimal(amount) / 10**5)


@QUICK
@given(usdt=units, usdc=units, btc=units, eth=units, wallet=units, short=units)
def test_equity_when_anything_is_held_then_the_sum_of_it_all_and_the_exposure_that_of_the_positions(
    usdt: Decimal, usdc: Decimal, btc: Decimal, eth: Decimal, wallet: Decimal, short: Decimal
) -> None:
    state: AccountState = build_account(venues=(SPOT, SWAP))
    reading = read(held(USDT=usdt, USDC=usdc, BTC=btc, ETH=eth), swap(str(wallet), position(str(-short))))

    event = to_snapshot(state, reading)

    assert event.equity == usdt + usdc * Decimal("0.999") + btc * 50_000 + eth * 2000 + wallet
    assert booked(event).get("BTC/USDT:USDT") == -short
    assert booked(event).get("BTC/USDT", btc) == btc


@pytest.mark.parametrize(
    ("margins", "wallet", "ratio"),
    [
        (("250",), "1000", "0.25"),
        (("250", "50"), "1000", "0.3"),
        (("1",), "3", "0.333334"),
        (("1",), "0", "1000"),
        (("1",), "-5", "1000"),
        (("5000",), "1", "1000"),
        ((None,), "1000", None),
        (("250", None), "1000", None),
        ((), "1000", None),
    ],
)
def test_margin_ratio_when_the_venue_tells_all_of_it_then_of_its_wallet_and_no_more_than_the_most(
    margins: tuple[str | None, ...], wallet: str, ratio: str | None
) -> None:
    symbols = ("BTC/USDT:USDT", "ETH/USDT:USDT")
    held_there = tuple(
        position("1", symbol=symbol, maintenance_margin=None if margin is None else Decimal(margin))
        for symbol, margin in zip(symbols, margins, strict=False)
    )
    reading = read(swap(wallet, *held_there))
    more = build_instrument("ETH/USDT:USDT", venue=SWAP.venue)
    reading = replace(reading, instruments={**reading.instruments, more.key: more})
    ratios = to_snapshot(build_account(venues=(SWAP,)), reading).margin_ratios
    assert ratios == ({} if ratio is None else {SWAP.venue: Decimal(ratio)})


def test_rates_when_the_base_currency_is_any_then_of_all_others() -> None:
    rates = compute_rates(build_account(base_currency="BTC"), read(held(BTC=1, ETH=1, USDT=5)))
    assert (rates["ETH"], rates["USDT"]) == (Decimal("0.04"), 1 / Decimal(50_000))
    assert "BTC" not in rates
    rates = compute_rates(build_account(), read(held(BTC=1, USDT=5, XYZ=1)))
    assert (rates["BTC"], "XYZ" in rates, "USDT" in rates) == (50_000, False, False)


@pytest.mark.parametrize("priced_at", [None, LATER])
def test_rates_when_prices_are_of_no_instant_of_their_own_then_of_the_readings(priced_at: datetime | None) -> None:
    fresh, old = read(held(BTC=1)), read(held(BTC=1), age=100_000)
    assert compute_rates(build_account(), replace(fresh, priced_at=priced_at))["BTC"] == 50_000
    assert compute_rates(build_account(), replace(old, priced_at=priced_at)) == {}


def test_holding_when_its_own_market_has_no_price_then_refused() -> None:
    # Its rate is known by another market: the position itself cannot be valued.
    known = build_position("1", "ETH/BTC", "0.04", settle_currency="BTC")
    state = build_account(positions=[known])
    with pytest.raises(Unprocessable) as refused:
        to_snapshot(state, read(held(ETH=1, BTC=1), without=("ETH/BTC",)))
    assert refused.value.code == "NO_REFERENCE_PRICE"


def test_rates_when_only_an_order_is_paid_in_an_asset_then_it_has_one() -> None:
    """Nothing of it is held, and an order that reserves it is valued by its rate."""
    paid_in_ether = build_working(1, "BTC/ETH", reserved_asset="ETH")
    with_order, without = build_account(working=[paid_in_ether]), build_account()
    assert compute_rates(with_order, read(held(USDT=1000)))["ETH"] == 2000
    assert "ETH" not in compute_rates(without, read(held(USDT=1000)))
