"""Readings too strange to believe at once: at each limit, one step beside it, and what confirms them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import AccountState, Balance
from riskgate.core.account.parts import EquityClaim, UnconfirmedReading
from riskgate.core.ledger.account_events import SnapshotRecorded
from riskgate.core.ledger.suspicion import cap_equity, explain_equity, find_reason, is_confirmed, remember
from riskgate.core.safeguards.breakers import SECOND_LOOK_AFTER, SECOND_LOOK_SINCE
from tests.support.builders import (
    MINUTE,
    NOW,
    SPOT,
    SWAP,
    VENUE,
    build_account,
    build_limits,
    build_position,
    build_reported,
    build_snapshot,
    dec,
)

TINY = timedelta(microseconds=1)
KEY = build_position().key
HELD = build_account(10_000, positions=[build_position(10)])


def reading(equity: str = "10000", rules: int = SECOND_LOOK_SINCE, **changes: Any) -> SnapshotRecorded:
    held = {"positions": (build_reported(10),)} | changes
    return build_snapshot(equity, rules=rules, **held)


@pytest.mark.parametrize(
    ("equity", "reason"),
    [
        ("0", "equity is not positive"),
        ("-1", "equity is not positive"),
        ("0.01", "equity moved by a factor of 10 or more"),
        ("1000", "equity moved by a factor of 10 or more"),
        ("1000.01", ""),
        ("99999.99", ""),
        ("100000", "equity moved by a factor of 10 or more"),
    ],
)
def test_equity_when_it_moved_by_a_factor_then_strange_from_the_limit_on(equity: str, reason: str) -> None:
    assert find_reason(HELD, reading(equity)) == reason


@pytest.mark.parametrize("before", [0, -5])
def test_equity_when_there_was_none_then_no_factor(before: int) -> None:
    assert find_reason(build_account(before), build_snapshot("100")) == ""


def test_positions_when_all_are_gone_then_strange_unless_the_reading_is_not_of_their_venue() -> None:
    empty = "no positions while the account holds some"
    assert find_reason(HELD, reading(positions=())) == empty
    assert find_reason(HELD, reading(positions=(), excludes=(VENUE,))) == ""
    assert find_reason(HELD, reading(positions=(), rules=1)) == empty
    assert find_reason(build_account(), reading(positions=())) == ""


def test_market_when_the_gateway_reads_it_no_more_then_strange_where_it_was_of_worth() -> None:
    gone = {"positions": (build_reported(1, "ETH/USDT"),), "from_venues": True}
    assert find_reason(HELD, reading(**gone)) == f"nothing in {KEY} any more"
    assert find_reason(HELD, reading(rules=1, **gone)) == ""
    elsewhere = {"positions": (build_reported(10, "BTC/USDC"),), "from_venues": True}
    assert find_reason(HELD, reading(**elsewhere)) == "", "the coin is booked in another market"
    swap = build_account(10_000, positions=[build_position(10, SWAP)])
    assert find_reason(swap, reading(**elsewhere)) == f"nothing in {build_position(1, SWAP).key} any more"
    reported = {"positions": (build_reported(1, "ETH/USDT"),)}
    assert find_reason(HELD, reading(**reported)) == "", "its venue was reported"


@pytest.mark.parametrize(("quantity", "is_strange"), [("0.5", False), ("0.501", True)])
def test_market_when_it_is_gone_then_strange_above_half_a_percent_of_equity(quantity: str, is_strange: bool) -> None:
    state = build_account(10_000, positions=[build_position(quantity)])
    reason = find_reason(state, reading(positions=(build_reported(1, "ETH/USDT"),), from_venues=True))
    assert bool(reason) is is_strange


def test_markets_when_many_are_gone_then_three_are_named() -> None:
    positions = [build_position(10, f"{name}/USDT") for name in ("D", "C", "B", "A")]
    reason = find_reason(build_account(10_000, positions=positions), reading(from_venues=True))
    assert reason == f"nothing in {VENUE}:A/USDT, {VENUE}:B/USDT, {VENUE}:C/USDT any more"


@pytest.mark.parametrize(("equity", "is_strange"), [("9950", False), ("9949.99", True), ("10500", False)])
def test_equity_when_the_gateway_reads_a_fall_then_strange_beyond_half_a_percent(equity: str, is_strange: bool) -> None:
    state = build_account(10_000, positions=[build_position(10)], monitored_since=NOW - MINUTE)
    assert bool(find_reason(state, reading(equity, from_venues=True))) is is_strange
    assert find_reason(state, reading(equity)) == "", "a bot may report a loss at once"
    assert find_reason(HELD, reading(equity, from_venues=True)) == "", "nothing is known of an earlier look"


FIRST = UnconfirmedReading(at=NOW, equity=dec(1_000), reason="why")


@pytest.mark.parametrize(
    ("equity", "after", "reason", "rules", "confirms"),
    [
        ("1000", SECOND_LOOK_AFTER, "why", SECOND_LOOK_SINCE, True),
        ("1000", SECOND_LOOK_AFTER - TINY, "why", SECOND_LOOK_SINCE, False),
        ("1000", TINY, "why", 1, True),
        ("1000", timedelta(), "why", 1, False),
        ("1000", -MINUTE, "why", 1, False),
        ("1200", MINUTE, "why", 1, True),
        ("1200.01", MINUTE, "why", 1, False),
        ("800", MINUTE, "why", 1, True),
        ("799.99", MINUTE, "why", 1, False),
        ("1000", MINUTE, "other", 1, False),
    ],
)
def test_reading_when_a_later_one_is_like_it_then_confirmed(
    equity: str, after: timedelta, reason: str, rules: int, confirms: bool
) -> None:
    event = reading(equity, rules, taken_at=NOW + after)
    assert is_confirmed(FIRST, event, reason) is confirms
    assert not is_confirmed(None, event, reason)


def test_reading_when_of_almost_nothing_then_compared_with_one_unit() -> None:
    first = UnconfirmedReading(at=NOW, equity=dec(0), reason="why")
    assert is_confirmed(first, reading("-0.2", 1, taken_at=NOW + MINUTE), "why")
    assert not is_confirmed(first, reading("-0.21", 1, taken_at=NOW + MINUTE), "why")


def test_reading_when_remembered_then_the_first_of_its_kind() -> None:
    later = reading("1100", taken_at=NOW + MINUTE)
    assert remember(FIRST, later, "why") is FIRST
    new = UnconfirmedReading(at=NOW + MINUTE, equity=dec(1_100), reason="why")
    assert remember(None, later, "why") == new
    assert remember(FIRST, reading("1100", 1, taken_at=NOW + MINUTE), "why") == new
    assert remember(FIRST, later, "other").reason == "other"


def test_equity_when_only_prices_moved_then_explained_by_them() -> None:
    swap = build_position(-2, SWAP, contract_size=dec(10))
    state = build_account(10_000, positions=[build_position(10), swap])
    assert explain_equity(state, {}, {}) == 10_000
    assert explain_equity(state, {KEY: dec(101)}, {}) == 10_010
    assert explain_equity(state, {swap.key: dec(101)}, {}) == 10_000 - 20
    assert explain_equity(state, {swap.key: dec(101)}, {"USDT": dec(2)}) == 10_000 - 40 + 1_000 + _cash_gain(state)
    assert explain_equity(state, {}, {"USDT": dec(2)}, lambda _: False) == 10_000


def _cash_gain(state: AccountState) -> Decimal:
    """Return what the money of an account gains where its rate goes from one to two."""
    rate = state.rate("USDT")
    totals = [assets["USDT"].total for assets in state.balances.values() if "USDT" in assets]
    return sum(totals, Decimal(0)) * (2 - rate) if rate is not None else Decimal(0)


def test_equity_when_a_coin_moved_then_a_balance_counts_unless_its_position_does() -> None:
    balances = {VENUE: {"BTC": Balance(total=dec(10)), "ETH": Balance(total=dec(4))}}
    state = build_account(10_000, positions=[build_position(10)], balances=balances, rates={"ETH": dec(20)})
    assert explain_equity(state, {}, {"ETH": dec(21)}) == 10_004
    assert explain_equity(state, {}, {"BTC": dec(200)}) == 10_000
    assert explain_equity(state, {}, {"XRP": dec(200)}) == 10_000


@pytest.mark.parametrize(
    ("equity", "accepted", "counts", "claim"),
    [
        ("9000", "0", "9000", None),
        ("9000", "5", "9000", EquityClaim(accepted=dec(5))),
        ("10000", "0", "10000", None),
        ("10100", "0", "10100", EquityClaim(accepted=dec(100))),
        ("10100.01", "0", "10000", EquityClaim(claimed=dec("10100.01"))),
        ("10095", "5", "10095", EquityClaim(accepted=dec(100))),
        ("10096", "5", "10000", EquityClaim(accepted=dec(5), claimed=dec(10_096))),
    ],
)
def test_gain_when_a_bot_reports_it_then_believed_up_to_the_limit_in_all(
    equity: str, accepted: str, counts: str, claim: EquityClaim | None
) -> None:
    known = EquityClaim(accepted=dec(accepted)) if accepted != "0" else None
    state = build_account(10_000, equity_claim=known)
    limits = build_limits(equity_unexplained_gain_fraction_max="0.01")
    event = reading(equity, positions=(), own_marks={})
    assert cap_equity(state, limits, event) == (dec(counts), claim)


def test_gain_when_nobody_limits_it_or_a_venue_shows_it_then_believed() -> None:
    limits = build_limits(equity_unexplained_gain_fraction_max="0.01")
    claim = EquityClaim(accepted=dec(5))
    state = build_account(10_000, equity_claim=claim)
    assert cap_equity(state, limits, reading("20000")) == (dec(20_000), None)
    assert cap_equity(state, build_limits(), reading("20000", own_marks={})) == (dec(20_000), None)
    assert cap_equity(state, limits, reading("20000", own_marks={}, from_venues=True, excludes=("x",))) == (
        20_000,
        claim,
    )


def test_gain_when_prices_explain_it_then_believed() -> None:
    limits = build_limits(equity_unexplained_gain_fraction_max="0.01")
    assert cap_equity(HELD, limits, reading("10500", own_marks={KEY: dec(150)})) == (dec(10_500), None)
    assert cap_equity(HELD, limits, reading("10500", own_marks={f"{VENUE}:{SPOT}": dec(100)}))[0] == 10_000
