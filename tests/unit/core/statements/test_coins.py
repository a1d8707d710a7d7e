"""Whose holdings a trade closes: its own market's first, then its own strategy's, then the largest."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.core.statements.coins import Holding, plan_takes
from tests.support.builders import SPOT, SWAP, build_instrument, dec

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
