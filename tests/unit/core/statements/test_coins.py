"""Whose holdings a trade closes: its own market's first, then its own strategy's, then the largest."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.core.statements.coins import Holding, Reading, SeenHolding, plan_adoption, plan_takes
from tests.support.builders import NOW, SPOT, SWAP, VENUE, build_instrument, dec

EUROS = "BTC/EUR"


def holding(strategy: str, quantity: str, symbol: str = SPOT) -> Holding:
    return Holding(strategy=strategy, instrument=build_instrument(symbol), quantity=dec(quantity))


def takes(*held: Holding, signed: str, symbol: str = SPOT) -> tuple[list[tuple[str, str, Decimal]], Decimal]:
    """Return what a trade of `mine` takes of whom, in its order, and what is left of it."""
    changes, left = plan_takes(held, "mine", build_instrument(symbol), dec(signed))
    return [(change.strategy, change.instrument.symbol, change.signed) for change in changes], left


def test_trade_when_its_strategy_holds_then_that_goes_first_and_then_the_largest() -> None:
    held = (holding("a", "1"), holding("b", "3"), holding("mine", "0.5"), holding("c", "3"))
    taken = [("mine", SPOT, dec("-0.5")), ("b", SPOT, dec(-3)), ("c", SPOT, dec("-1.5"))]
    assert takes(*held, signed="-5") == (taken, 0)


def test_trade_when_its_market_holds_then_that_goes_first_and_then_the_market_that_holds_most() -> None:
    held = (holding("mine", "9", EUROS), holding("a", "1"), holding("a", "10", "BTC/USDC"))
    taken = [("a", SPOT, dec(-1)), ("a", "BTC/USDC", dec(-10)), ("mine", EUROS, dec(-1))]
    assert takes(*held, signed="-12") == (taken, 0)


@pytest.mark.parametrize(("held", "left"), [("2", "-3"), ("-2", "-5")])
def test_trade_when_larger_than_what_it_closes_then_the_rest_is_left(held: str, left: str) -> None:
    assert takes(holding("mine", held), signed="-5")[1] == dec(left)


def test_trade_of_a_swap_then_no_other_market_is_touched() -> None:
    held = (holding("mine", "2"), holding("mine", "2", "BTC/USDC:USDC"), holding("a", "1", SWAP))
    assert takes(*held, signed="-5", symbol=SWAP) == ([("a", SWAP, dec(-1))], dec(-4))


def seen(quantity: str, symbol: str = SPOT, strategy: str | None = None, price: int = 100) -> SeenHolding:
    return SeenHolding(
        instrument=build_instrument(symbol), quantity=dec(quantity), average_price=dec(price), strategy=strategy
    )


def adopts(
    reading: Reading, *held: Holding, by_strategy: bool = True
) -> list[tuple[str, str, Decimal, Decimal | None]]:
    """Return what a reading changes: of whom, in which market, how much, at which price."""
    changes = plan_adoption(reading, held, by_strategy=by_strategy)
    return [(change.strategy, change.instrument.symbol, change.signed, change.price) for change in changes]


def test_reading_when_it_shows_what_is_held_then_nothing_changes() -> None:
    assert adopts(Reading(at=NOW, held=(seen("3"),)), holding("a", "1"), holding("b", "2")) == []
    assert adopts(Reading(at=NOW)) == []


def test_reading_when_a_holding_is_gone_then_all_of_it_leaves_at_its_cost() -> None:
    held = (holding("a", "1"), holding("b", "2"), holding("a", "-3", SWAP))
    gone = [("a", SPOT, dec(-1), None), ("b", SPOT, dec(-2), None), ("a", SWAP, dec(3), None)]
    assert sorted(adopts(Reading(at=NOW), *held)) == sorted(gone)


def test_reading_when_it_shows_more_then_the_named_strategys_else_the_largest_holders() -> None:
    held = (holding("a", "1"), holding("b", "2"))
    assert adopts(Reading(at=NOW, held=(seen("5", strategy="c"),)), *held) == [("c", SPOT, dec(2), dec(100))]
    assert adopts(Reading(at=NOW, held=(seen("5"),)), *held) == [("b", SPOT, dec(2), dec(100))]
    assert adopts(Reading(at=NOW, held=(seen("5"),))) == [("", SPOT, dec(5), dec(100))]
    for strategy in (None, "c"):
        reading = Reading(at=NOW, held=(seen("5", strategy=strategy),))
        assert adopts(reading, *held, by_strategy=False) == [("", SPOT, dec(2), dec(100))]


def test_reading_when_a_position_turned_around_then_closed_and_opened_anew() -> None:
    reading = Reading(at=NOW, held=(seen("-2", SWAP, "b", 110),))
    assert adopts(reading, holding("a", "3", SWAP)) == [("a", SWAP, dec(-3), None), ("b", SWAP, dec(-2), dec(110))]


def test_reading_when_a_coin_is_in_several_markets_then_the_market_that_shows_most() -> None:
    reading = Reading(at=NOW, held=(seen("1"), seen("4", EUROS, price=90)))
    assert adopts(reading) == [("", EUROS, dec(5), dec(90))]


def test_reading_when_the_wallet_is_known_then_it_counts_for_spot_and_not_for_swaps() -> None:
    wallets = {VENUE: {"BTC": dec("1.001")}}
    assert adopts(Reading(at=NOW, held=(seen("1"),), wallets=wallets), holding("a", "1")) == [
        ("a", SPOT, dec("0.001"), dec(100))
    ]
    assert adopts(Reading(at=NOW, wallets=wallets), holding("a", "1.001")) == []
    assert adopts(Reading(at=NOW, held=(seen("1", SWAP),), wallets=wallets), holding("a", "1", SWAP)) == []


def test_reading_when_it_says_nothing_of_a_venue_then_what_is_held_there_stays() -> None:
    assert adopts(Reading(at=NOW, excludes=frozenset({VENUE})), holding("a", "1")) == []
