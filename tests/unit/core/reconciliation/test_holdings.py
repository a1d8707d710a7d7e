"""Positions and balances held against a venue's: what they are worth, and which differences count."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.breaks import BreakKind
from riskgate.core.account.document import AccountState, Balance, Venue
from riskgate.core.instrument import Instrument, MarketType
from riskgate.core.reconciliation.holdings import FUNDING_GRACE, match_holdings
from riskgate.core.reconciliation.match import AMOUNT_QUANTUM, OwnBook, VenueBook, known_symbols, market_of_asset
from riskgate.core.venues.model import VenueBalance, VenueFunding, VenuePosition
from tests.support.builders import (
    HOUR,
    NOW,
    SECOND,
    SPOT,
    SWAP,
    VENUE,
    build_account,
    build_instrument,
    build_position,
    build_trade,
    build_working,
    dec,
)

KEY = f"{VENUE}:{SWAP}"


def venue_book(*positions: VenuePosition, market_type: MarketType = MarketType.SWAP, **changes: Any) -> VenueBook:
    book = VenueBook(venue=VENUE, market_type=market_type, since=NOW - HOUR, read_at=NOW, positions=positions)
    return replace(book, **changes)


def position(quantity: str, symbol: str = SWAP, **changes: Any) -> VenuePosition:
    seen = VenuePosition(
        symbol=symbol, quantity=dec(quantity), entry_price=dec(90), mark_price=dec(100), unrealized_pnl=None
    )
    return replace(seen, **changes)


def balance(total: str, asset: str = "USDT") -> VenueBalance:
    return VenueBalance(asset=asset, total=dec(total), free=dec(total), used=dec(0))


def own_book(state: AccountState, *instruments: Instrument) -> OwnBook:
    return OwnBook(state=replace(state, balances={}), instruments={one.key: one for one in instruments})


@pytest.mark.parametrize(
    ("instrument", "held", "price", "worth"),
    [
        (None, None, "100", None),
        (None, None, None, None),
        (None, {}, None, "300"),
        (None, {"contract_size": dec("0.1")}, "100", "20"),
        ({}, None, None, None),
        ({}, None, "100", "200"),
        ({}, {}, None, "300"),
        ({"contract_size": dec(10)}, {}, "100", "2000"),
        ({"settle_currency": "EUR"}, {}, "100", "250"),
        ({"settle_currency": "XYZ"}, {}, "100", None),
    ],
)
def test_quantity_when_valued_then_by_the_market_else_by_what_is_held_and_never_by_a_guess(
    instrument: dict[str, Any] | None, held: dict[str, Any] | None, price: str | None, worth: str | None
) -> None:
    """Two contracts, of one unit unless told; what is held is marked at 150."""
    positions = [] if held is None else [build_position(1, SWAP, 150, **held)]
    markets = [] if instrument is None else [build_instrument(SWAP, **instrument)]
    own = own_book(build_account(positions=positions, rates={"EUR": dec("1.25")}), *markets)
    value = own.value(KEY, dec(-2), None if price is None else dec(price))
    assert value == (None if worth is None else dec(worth))


def test_step_and_tick_when_a_market_names_none_then_the_smallest_amount() -> None:
    zero = build_instrument("ETH/USDT", step_size=dec(0), tick_size=dec(0))
    own = own_book(build_account(), build_instrument(), zero)
    places = (f"{VENUE}:{SPOT}", zero.key, f"{VENUE}:SOL/USDT")
    assert [own.step(place) for place in places] == [dec("0.001"), AMOUNT_QUANTUM, AMOUNT_QUANTUM]
    assert [own.tick(place) for place in places] == [dec("0.01"), AMOUNT_QUANTUM, AMOUNT_QUANTUM]


@pytest.mark.parametrize(
    ("theirs", "difference", "money"),
    [("1", None, None), ("1.0009", None, None), ("1.001", "0.001", "0.1"), ("0.999", "-0.001", "0.1"), ("-1", "-2", "200")],
)  # fmt: skip
def test_swap_when_a_step_apart_then_a_break_over_its_worth_at_the_venues_mark(
    theirs: str, difference: str | None, money: str | None
) -> None:
    own = own_book(build_account(positions=[build_position(1, SWAP)]), build_instrument(SWAP))
    found = match_holdings(venue_book(position(theirs)), own).findings
    assert [(f.theirs["difference"], f.money) for f in found] == (
        [] if difference is None or money is None else [(difference, dec(money))]
    )


@pytest.mark.parametrize(
    ("changes", "money"), [({}, "100"), ({"mark_price": None}, "90"), ({"mark_price": None, "entry_price": None}, None)]
)
def test_swap_when_the_venue_tells_no_mark_then_worth_its_entry_and_without_one_nothing(
    changes: dict[str, Any], money: str | None
) -> None:
    [found] = match_holdings(
        venue_book(position("1", **changes)), own_book(build_account(), build_instrument(SWAP))
    ).findings
    assert found.money == (None if money is None else dec(money))
    assert (found.kind, found.subject, found.market) == (BreakKind.POSITION, f"market {SWAP}", KEY)


@pytest.mark.parametrize(
    ("adopted", "held", "quantities"),
    [
        ({KEY: dec(2)}, "3", ("1", "3")),
        ({KEY: dec(2)}, None, ("-2", "0")),
        ({f"other:{SWAP}": dec(2)}, None, None),
    ],
)
def test_swap_when_a_snapshot_merely_took_it_over_then_it_stays_a_difference(
    adopted: dict[str, Decimal], held: str | None, quantities: tuple[str, str] | None
) -> None:
    """Gone from both sides it still is one: nothing that we know of closed it."""
    state = build_account(positions=[build_position(held, SWAP)] if held else [])
    state = replace(state, reconciliation=state.reconciliation.adopt(adopted))
    seen = [position(held)] if held else []
    found = match_holdings(venue_book(*seen), own_book(state, build_instrument(SWAP))).findings
    assert [(f.subject, f.ours["quantity"], f.theirs["quantity"]) for f in found] == (
        [(f"market {SWAP}", *quantities)] if quantities else []
    )


@pytest.mark.parametrize(("has_all", "found"), [(True, 1), (False, 0)])
def test_holding_when_its_row_may_be_one_that_nobody_can_read_then_not_missing(has_all: bool, found: int) -> None:
    state = build_account(positions=[build_position(1, SWAP)])
    book = venue_book(has_all_positions=has_all, has_all_balances=has_all)
    assert len(match_holdings(book, own_book(state, build_instrument(SWAP))).findings) == found
    cash = OwnBook(state=build_account(1_000))
    assert len(match_holdings(book, cash).findings) == found


@pytest.mark.parametrize(
    ("total", "positions", "funding", "counts"),
    [
        ("1000.00000001", (), (), True),
        ("1000.000000009", (), (), False),
        ("1050", (("1", "50"),), (), False),
        ("950", (("1", "-50"),), (), False),
        ("1050.00000001", (("1", "50"),), (), True),
        ("997", (), (("-3", 0),), False),
        ("997", (), (("-3", FUNDING_GRACE // SECOND),), False),
        ("997", (), (("-3", FUNDING_GRACE // SECOND + 1),), True),
    ],
)
def test_swap_wallet_when_it_differs_then_only_beyond_what_marks_and_fresh_funding_move(
    total: str, positions: tuple[tuple[str, str], ...], funding: tuple[tuple[str, int], ...], counts: bool
) -> None:
    state = replace(build_account(1_000), positions={})
    seen = [position("0", unrealized_pnl=dec(pnl)) for _, pnl in positions]
    paid = tuple(
        VenueFunding(payment_id="p", symbol=SWAP, amount=dec(amount), asset="USDT", at=NOW - age * SECOND)
        for amount, age in funding
    )
    book = venue_book(*seen, balances=(balance(total),), funding=paid)
    found = match_holdings(book, OwnBook(state=state, instruments={KEY: build_instrument(SWAP)})).findings
    assert [f.kind for f in found] == [BreakKind.BALANCE] * counts


@pytest.mark.parametrize(
    ("asset", "rates", "kind", "money"),
    [
        ("BTC", {}, BreakKind.POSITION, "150"),
        ("EUR", {"EUR": dec("1.25")}, BreakKind.BALANCE, "1.25"),
        ("XYZ", {}, BreakKind.BALANCE, None),
    ],
)
def test_spot_balance_when_it_differs_then_a_position_where_a_market_is_known_and_worth_what_prices_it(
    asset: str, rates: dict[str, Decimal], kind: BreakKind, money: str | None
) -> None:
    state = build_account(positions=[build_position(1, SPOT, 150)], rates=rates)
    state = replace(state, balances={VENUE: {asset: Balance(total=dec(3))}})
    book = venue_book(market_type=MarketType.SPOT, balances=(balance("2", asset),))
    [found] = match_holdings(book, OwnBook(state=state, instruments={f"{VENUE}:{SPOT}": build_instrument()})).findings
    assert (found.kind, found.subject, found.theirs["difference"]) == (kind, f"asset {asset}", "-1")
    assert found.money == (None if money is None else dec(money))


def test_swap_wallet_when_another_currencys_profit_or_funding_is_large_then_its_own_difference_is_a_break() -> None:
    """A thousand USDT of profit and of funding explain nothing of the hundred USDC that are gone."""
    paid = VenueFunding(payment_id="1", symbol=SWAP, asset="USDT", amount=dec(1000), at=NOW)
    profit = position("1", unrealized_pnl=dec(1000))
    held = build_account(positions=[build_position(1, SWAP, 90)], rates={"USDC": dec(1)})
    own = replace(own_book(held), state=replace(held, balances={VENUE: {"USDC": Balance(total=dec(500))}}))
    match = match_holdings(venue_book(profit, balances=(balance("400", "USDC"),), funding=(paid,)), own)
    assert [(one.kind, one.subject, one.money) for one in match.findings] == [
        (BreakKind.BALANCE, "asset USDC", dec(100))
    ]


def test_new_account_when_it_has_several_venues_then_nothing_is_compared_before_its_first_snapshot() -> None:
    """Where its money lies was assumed until then; one venue has all of it."""
    other = Venue(venue="other", market_type=MarketType.SWAP)
    first = Venue(venue=VENUE, market_type=MarketType.SWAP)
    book = venue_book(balances=(balance("7"),))
    for venues, has_snapshot, compared in (((first, other), False, 0), ((first, other), True, 1), ((first,), False, 1)):
        state = replace(build_account(1_000), venues=venues, has_snapshot=has_snapshot)
        match = match_holdings(book, OwnBook(state=state))
        assert (match.compared, match.matched, len(match.findings)) == (compared, 0, compared)


def test_markets_when_held_worked_or_traded_then_known_and_those_of_other_venues_not() -> None:
    state = build_account(
        positions=[build_position(1, SPOT), build_position(1, "ETH/USDT", venue="other")],
        working=[build_working(1, "SOL/USDT")],
        closed_trades=(build_trade(key=f"{VENUE}:LTC/USDT"),),
    )
    assert known_symbols(state, VENUE) == {SPOT, "SOL/USDT", "LTC/USDT"}
    book = venue_book(market_type=MarketType.SPOT)
    own = OwnBook(state=state)
    assert market_of_asset(own, book, "LTC") == f"{VENUE}:LTC/USDT"
    assert market_of_asset(own, book, "ETH") == ""
