"""Two parts of equity: each moves with what happens at its own venues, and equity is always their sum."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import AccountState, Balance, Venue
from riskgate.core.account.equity import mark_positions
from riskgate.core.account.parts import EquityParts, UnconfirmedReading
from riskgate.core.instrument import MarketType
from riskgate.core.ledger.equity_parts import (
    PARTS_SINCE,
    find_last_at,
    is_backed,
    join_parts,
    keep_doubt,
    name_side,
)
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
    build_registration,
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


@pytest.mark.parametrize(("secret", "parts_stay"), [("a key", True), ("another key", True), (None, False)])
def test_registration_when_it_changes_who_is_read_then_both_sides_are_told_anew(
    mixed: AccountState, secret: str | None, parts_stay: bool
) -> None:
    venues = (replace(VENUES[0], secret_name=secret), VENUES[1])
    after = apply(mixed, build_registration(venues=venues)).state
    assert after.equity == 10_000
    assert after.equity_parts == (mixed.equity_parts if parts_stay else None)


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


def backed(equity: str, *, holds: str = "1000", swap: int = 0, **changes: Any) -> bool:
    """Tell whether a report of so much money, and a swap that gained, is worth its equity."""
    positions = (build_reported(swap, SWAP, 90, mark_price=Decimal(100)),) if swap else ()
    event = build_snapshot(
        Decimal(equity), balances={OTHER: {"USDT": Balance(total=Decimal(holds))}}, positions=positions
    )
    return is_backed(build_account(), replace(event, **changes))


@pytest.mark.parametrize(
    ("equity", "is_so"), [("1000", True), ("1005", True), ("1005.01", False), ("995", True), ("994.99", False)]
)
def test_equity_when_its_balances_are_worth_it_then_backed_within_half_a_percent(equity: str, is_so: bool) -> None:
    assert backed(equity) is is_so


@pytest.mark.parametrize(("equity", "is_so"), [("1000", True), ("1100", True), ("1050", False)])
def test_equity_when_swaps_gained_then_with_or_without_the_gain(equity: str, is_so: bool) -> None:
    assert backed(equity, swap=10) is is_so


def test_equity_when_a_coin_is_held_then_at_its_mark_else_at_its_rate() -> None:
    balances = {OTHER: {"BTC": Balance(total=Decimal(2))}}
    spot = (build_reported(2, SPOT, 90, mark_price=Decimal(110)),)
    assert backed("220", balances=balances, positions=spot, rates={"BTC": Decimal(500)})
    assert backed("1000", balances=balances, rates={"BTC": Decimal(500)})
    assert not backed("1000", balances=balances)


@pytest.mark.parametrize(
    ("from_venues", "excludes", "rules", "parts"),
    [
        (True, (OTHER,), PARTS_SINCE, (3000, 7000)),
        (False, (VENUE,), PARTS_SINCE, (7000, 3000)),
        (True, (), PARTS_SINCE, None),
        (True, (OTHER,), PARTS_SINCE - 1, None),
    ],
)
def test_reading_when_of_some_venues_then_the_rest_is_of_the_others(
    from_venues: bool, excludes: tuple[str, ...], rules: int, parts: tuple[int, int] | None
) -> None:
    state = build_account(10_000, equity_at=NOW - SECOND)
    event = build_snapshot(3000, from_venues=from_venues, excludes=excludes, rules=rules)
    joined, found = join_parts(state, event)
    assert joined.equity == (10_000 if parts is not None else 3000)
    assert (None if found is None else (found.read, found.reported)) == parts
    if found is not None:
        assert found.seen_at == NOW - SECOND
        seen = (found.read_at, found.reported_at)
        assert seen == ((event.taken_at, NOW - SECOND) if from_venues else (NOW - SECOND, event.taken_at))


def test_reading_when_it_shows_more_than_there_was_then_the_rest_is_nothing() -> None:
    joined, found = join_parts(build_account(1_000), build_snapshot(3000, excludes=(VENUE,), rules=PARTS_SINCE))
    assert found is not None
    assert (joined.equity, found.read, found.reported) == (3000, 0, 3000)


def test_doubt_when_it_is_of_the_other_side_then_it_waits_on() -> None:
    parts = EquityParts(read=Decimal(1), read_at=NOW, reported=Decimal(2), reported_at=NOW - SECOND)
    read, told = build_snapshot(5, from_venues=True), build_snapshot(5)
    reason = name_side("strange", read, parts)
    assert reason == "at the venues with a key: strange"
    assert [name_side("", read, parts), name_side("strange", told, parts), name_side("strange", read, None)] == [
        "", "strange", "strange",
    ]  # fmt: skip
    for why, event, known, is_kept in (
        (reason, told, parts, True), (reason, read, parts, False), ("strange", told, parts, False), (reason, told, None, False)
    ):  # fmt: skip
        doubt = UnconfirmedReading(at=NOW, equity=Decimal(5), reason=why)
        assert (keep_doubt(build_account(unconfirmed=doubt), event, known) == doubt) is is_kept
    assert keep_doubt(build_account(), told, parts) is None


def test_last_look_when_parts_are_kept_then_of_the_readings_own_side() -> None:
    parts = EquityParts(read=Decimal(1), read_at=NOW, reported=Decimal(2), reported_at=NOW - SECOND)
    state = build_account(equity_parts=parts)
    some = build_snapshot(5, excludes=(VENUE,))
    assert find_last_at(state, replace(some, from_venues=True)) == NOW
    assert find_last_at(state, some) == NOW - SECOND
    assert find_last_at(state, replace(some, excludes=())) == state.last_seen_at
    assert find_last_at(build_account(), some) == build_account().last_seen_at
