"""Two parts of equity: each moves with what happens at its own venues, and equity is always their sum."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from riskgate.core.account.document import AccountState, Balance, Venue
from riskgate.core.account.equity import mark_positions
from riskgate.core.instrument import MarketType
from riskgate.core.money import ZERO, with_risk_context
from tests.support.builders import (
    NOW,
    SECOND,
    SPOT,
    SWAP,
    VENUE,
    apply,
    build_account,
    build_position,
    build_reported,
    build_snapshot,
)

OTHER = "kraken"
VENUES = (
    Venue(venue=VENUE, market_type=MarketType.SPOT, secret_name="a key"),
    Venue(venue=OTHER, market_type=MarketType.SWAP),
)


def sum_parts(state: AccountState) -> Decimal:
    assert state.equity_parts is not None
    return state.equity_parts.read + state.equity_parts.reported


@pytest.fixture
def mixed() -> AccountState:
    """Return an account of 10,000 that holds 1,000 of a coin where it has a key, and a short where it has none."""
    state = build_account(positions=[build_position(10), build_position(-5, SWAP, venue=OTHER)], venues=VENUES)
    event = build_snapshot(
        4000,
        balances={OTHER: {"USDT": Balance(total=Decimal(4000))}},
        positions=(build_reported(-5, SWAP, venue=OTHER),),
        excludes=(VENUE,),
    )
    return apply(state, event).state


def test_parts_when_only_one_was_told_then_the_other_is_the_rest(mixed: AccountState) -> None:
    assert mixed.equity_parts is not None
    assert (mixed.equity_parts.read, mixed.equity_parts.reported, mixed.equity) == (6000, 4000, 10_000)


def test_marks_when_they_move_then_each_part_by_its_own(mixed: AccountState) -> None:
    at = NOW + SECOND
    marks = {f"{VENUE}:{SPOT}": (Decimal(90), at), f"{OTHER}:{SWAP}": (Decimal(110), at)}

    moved = with_risk_context(mark_positions)(mixed, marks)

    assert moved.equity_parts is not None
    assert (moved.equity_parts.read, moved.equity_parts.reported) == (5900, 3950)
    assert moved.equity == sum_parts(moved) == 9850


def test_reading_when_of_one_side_then_what_prices_did_to_the_other_stays(mixed: AccountState) -> None:
    at = NOW + SECOND
    moved = with_risk_context(mark_positions)(mixed, {f"{VENUE}:{SPOT}": (Decimal(90), at)})
    event = build_snapshot(
        4100,
        balances={OTHER: {"USDT": Balance(total=Decimal(4100))}},
        positions=(build_reported(-5, SWAP, venue=OTHER),),
        excludes=(VENUE,),
        taken_at=at,
    )

    after = apply(moved, event, now=at).state

    assert after.equity == sum_parts(after) == 10_000
    assert after.positions[f"{VENUE}:{SPOT}"].mark_price == 90


def test_reading_when_decided_by_earlier_rules_then_its_equity_is_the_accounts(mixed: AccountState) -> None:
    before = replace(mixed, equity_parts=None)
    event = build_snapshot(9000, positions=(build_reported(-5, SWAP, venue=OTHER),), excludes=(VENUE,), rules=3)

    after = apply(before, event).state

    assert (after.equity, after.equity_parts) == (9000, None)


def test_rates_when_reported_then_none_of_what_the_gateway_reads_itself(mixed: AccountState) -> None:
    held = mixed.balances | {VENUE: {"EUR": Balance(total=Decimal(100))}}
    state = replace(mixed, balances=held, rates={"EUR": Decimal(1)})
    event = build_snapshot(
        4000,
        balances={OTHER: {"USDT": Balance(total=Decimal(4000))}},
        positions=(build_reported(-5, SWAP, venue=OTHER),),
        excludes=(VENUE,),
        rates={"EUR": Decimal(900), "GBP": Decimal(2)},
        taken_at=NOW + SECOND,
    )

    after = apply(state, event, now=NOW + SECOND).state

    assert after.rates == {"EUR": 1, "GBP": 2}
    assert after.equity == state.equity
    assert after.venue_equity.get(VENUE, ZERO) < 90_000
