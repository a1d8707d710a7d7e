"""The life of a break: opened once, seen again, closed by agreement or by a person, folded from the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.breaks import (
    ACCEPTED_BREAKS_MAX,
    CLOSED_BREAKS_MAX,
    OPEN_BREAKS_MAX,
    STICKY,
    BreakKind,
    Closing,
    Finding,
    Reconciliation,
    Watermark,
)
from riskgate.core.account.document import AccountState
from riskgate.core.errors import NotFound
from riskgate.core.instrument import MarketType
from riskgate.core.ledger.account_events import SnapshotRecorded
from riskgate.core.levels.notices import BREAKS_TOLD, NoticeKind
from riskgate.core.reconciliation.events import BreakResolved, ReconciliationRun, VenueReading
from riskgate.core.reconciliation.holdings import match_holdings
from riskgate.core.reconciliation.match import OwnBook, VenueBook
from riskgate.core.severity import Severity
from riskgate.core.venues.model import VenueBalance, VenuePosition
from riskgate.schemas.codec import decode, encode
from tests.support.builders import MINUTE, NOW, SPOT, SWAP, VENUE, apply, build_account, build_reported, build_snapshot

MARKET = f"{VENUE}:{SPOT}"
OTHER = "kraken"


def build_finding(kind: BreakKind = BreakKind.POSITION, subject: str = "asset BTC", **changes: Any) -> Finding:
    finding = Finding(
        kind=kind,
        venue=VENUE,
        subject=subject,
        market=MARKET,
        ours={"quantity": "1"},
        theirs={"quantity": "2"},
        mark="1",
        action="look",
        money=Decimal(100),
    )
    return replace(finding, **changes)


def build_run(*findings: Finding, complete: bool = True, at: datetime = NOW, run_id: str = "r") -> ReconciliationRun:
    mark = Watermark(read_at=at, audit_sequence=1)
    reading = VenueReading(venue=VENUE, complete=complete, watermark=mark if complete else None)
    return ReconciliationRun(
        run_id=run_id,
        readings=(reading,),
        findings=findings,
        found=len(findings),
        repairs=(),
        compared=10,
        matched=10 - len(findings),
    )


def run(state: AccountState, *findings: Finding, minutes: int = 0, complete: bool = True) -> AccountState:
    now = NOW + minutes * MINUTE
    return apply(state, build_run(*findings, complete=complete, at=now), now=now).state


def resolve(state: AccountState, finding: Finding, minutes: int = 1) -> AccountState:
    event = BreakResolved(break_id=finding.break_id, reason="checked", who="token:1")
    return apply(state, event, now=NOW + minutes * MINUTE).state


def test_break_when_found_again_then_open_once_with_its_first_time() -> None:
    finding = build_finding()
    later = replace(finding, theirs={"quantity": "3"}, mark="2")
    state = run(run(build_account(), finding), later, minutes=5)
    (item,) = state.reconciliation.open.values()
    assert (item.first_seen, item.last_seen, item.finding) == (NOW, NOW + 5 * MINUTE, later)
    assert (state.reconciliation.runs, state.reconciliation.money_at_issue) == (2, Decimal(100))


def test_break_when_both_sides_agree_again_then_cleared_by_itself() -> None:
    state = run(run(build_account(), build_finding()), minutes=5)
    assert state.reconciliation.open == {}
    (closed,) = state.reconciliation.closed
    assert (closed.how, closed.who, closed.closed_at) == (Closing.SELF_CLEARED, "", NOW + 5 * MINUTE)


def test_break_when_the_venue_was_not_read_then_neither_cleared_nor_raised() -> None:
    opened = run(build_account(), build_finding())
    state = run(opened, build_finding(BreakKind.BALANCE, "asset BNB"), minutes=5, complete=False)
    assert state.reconciliation.open == opened.reconciliation.open
    assert state.reconciliation.watermarks == opened.reconciliation.watermarks


def test_break_when_of_a_venue_that_was_not_part_of_the_run_then_kept() -> None:
    away = build_finding(venue=OTHER, market=f"{OTHER}:{SPOT}")
    reading = VenueReading(venue=OTHER, complete=True)
    opened = apply(build_account(), replace(build_run(away), readings=(reading,))).state
    assert run(opened, minutes=5).reconciliation.open == opened.reconciliation.open


@pytest.mark.parametrize("kind", sorted(STICKY))
def test_break_when_somebody_traded_around_us_then_only_a_person_closes_it(kind: BreakKind) -> None:
    finding = build_finding(kind, "order 1")
    state = run(run(build_account(), finding), minutes=5)
    assert list(state.reconciliation.open) == [finding.break_id]
    state = resolve(state, finding, 6)
    (closed,) = state.reconciliation.closed
    assert (closed.how, closed.who, closed.why) == (Closing.RESOLVED, "token:1", "checked")


def test_break_when_resolved_and_seen_unchanged_then_not_opened_again() -> None:
    finding = build_finding(BreakKind.ROGUE_ORDER, "order 1")
    state = resolve(run(build_account(), finding), finding)
    for minutes in (5, 10):
        state = run(state, finding, minutes=minutes)
        assert state.reconciliation.open == {}
    state = run(state, minutes=15)
    # A longer look back shows it again.
    assert run(state, finding, minutes=20).reconciliation.open == {}


def test_break_when_resolved_and_the_disagreement_changes_then_opened_again() -> None:
    finding = build_finding(BreakKind.ROGUE_ORDER, "order 1")
    state = resolve(run(build_account(), finding), finding)
    state = run(state, replace(finding, mark="filled 2"), minutes=5)
    assert list(state.reconciliation.open) == [finding.break_id]
    assert state.reconciliation.accepted == ()


def test_break_when_resolved_agreed_and_apart_again_then_opened_again() -> None:
    finding = build_finding()
    state = resolve(run(build_account(), finding), finding)
    state = run(run(state, minutes=5), finding, minutes=10)
    assert list(state.reconciliation.open) == [finding.break_id]


def test_resolution_when_no_such_break_is_open_then_refused() -> None:
    with pytest.raises(NotFound, match="no such open break"):
        resolve(build_account(), build_finding())


def test_market_when_a_red_break_is_open_then_it_only_reduces_until_the_last_is_closed() -> None:
    position = build_finding()
    rogue = build_finding(BreakKind.ROGUE_ORDER, "order 1")
    name = f"RECONCILIATION_BREAK {MARKET}"
    state = run(build_account(), position, rogue, build_finding(BreakKind.FEE, "order 2", market="binance:ETH/USDT"))
    assert list(state.breakers) == [name]
    assert (state.breakers[name].scope, state.breakers[name].key) == ("symbol", MARKET)
    state = run(state, rogue, minutes=5)
    assert list(state.breakers) == [name]
    assert resolve(state, rogue, 6).breakers == {}


def test_market_when_a_person_reset_its_breaker_then_only_another_break_trips_it_again() -> None:
    first = build_finding()
    state = run(build_account(), first)
    state = replace(state, breakers={})
    assert run(state, first, minutes=5).breakers == {}
    second = build_finding(BreakKind.DUPLICATE_ORDER, "order 9")
    assert list(run(state, first, second, minutes=5).breakers) == [f"RECONCILIATION_BREAK {MARKET}"]


def test_breaks_when_more_than_a_document_holds_then_the_gravest_are_opened() -> None:
    many = [build_finding(BreakKind.FEE, f"order {n}") for n in range(OPEN_BREAKS_MAX)]
    rogue = build_finding(BreakKind.ROGUE_ORDER, "order x")
    opened = run(build_account(), *many, rogue).reconciliation.open
    assert len(opened) == OPEN_BREAKS_MAX
    assert rogue.break_id in opened


def test_watermarks_when_runs_follow_each_other_closely_then_they_still_reach_back() -> None:
    state = build_account()
    for second in range(0, 3_600, 30):
        now = NOW + second * MINUTE / 60
        state = apply(state, build_run(at=now), now=now).state
    marks = state.reconciliation.watermarks[VENUE]
    assert marks[-1].read_at == now
    assert marks[-1].read_at - marks[0].read_at >= 20 * MINUTE
    assert len(marks) <= 8


def seen(quantity: str, minutes: int) -> SnapshotRecorded:
    position = build_reported(quantity, SWAP)
    return build_snapshot(10_000, positions=(position,), taken_at=NOW + minutes * MINUTE, balances={}, from_venues=True)


def test_position_when_a_snapshot_takes_over_what_no_fill_explains_then_still_a_break_until_a_person_closes_it() -> (
    None
):
    state = apply(build_account(), seen("2", 0), now=NOW).state
    assert state.reconciliation.adopted == {}
    for minutes, quantity in ((1, "2"), (2, "3"), (3, "3")):
        state = apply(state, seen(quantity, minutes), now=NOW + minutes * MINUTE).state
    market = f"{VENUE}:{SWAP}"
    assert state.reconciliation.adopted == {market: Decimal(1)}
    position = VenuePosition(
        symbol=SWAP, quantity=Decimal(3), entry_price=None, mark_price=Decimal(100), unrealized_pnl=None
    )
    book = VenueBook(venue=VENUE, market_type=MarketType.SWAP, since=NOW, read_at=NOW, positions=(position,))
    (finding,) = match_holdings(book, OwnBook(state=state)).findings
    assert (finding.kind, finding.ours["quantity"], finding.theirs["difference"]) == (BreakKind.POSITION, "2", "1")
    state = resolve(run(state, finding, minutes=4), finding, 5)
    assert match_holdings(book, OwnBook(state=state)).findings == ()


def test_balances_when_several_venues_were_never_read_then_no_break() -> None:
    """Registration assumes that all money lies at the first venue."""
    state = build_account()
    other = replace(state.venues[0], venue=OTHER)
    balance = VenueBalance(asset="USDT", total=Decimal(1), free=Decimal(1), used=Decimal(0))
    book = VenueBook(venue=OTHER, market_type=MarketType.SPOT, since=NOW, read_at=NOW, balances=(balance,))
    unread = replace(state, venues=(*state.venues, other))
    assert match_holdings(book, OwnBook(state=unread)).findings == ()
    (finding,) = match_holdings(book, OwnBook(state=replace(unread, has_snapshot=True))).findings
    assert finding.kind is BreakKind.BALANCE


def test_position_when_the_venue_lost_it_and_has_it_again_then_the_difference_goes_with_it() -> None:
    state = apply(build_account(), seen("2", 0), now=NOW).state
    for minutes in (1, 2):
        # The second look at an account without positions is believed.
        flat = build_snapshot(10_000, positions=(), taken_at=NOW + minutes * MINUTE, balances={}, from_venues=True)
        state = apply(state, flat, now=NOW + minutes * MINUTE).state
    assert state.reconciliation.adopted == {f"{VENUE}:{SWAP}": Decimal(-2)}
    state = apply(state, seen("2", 3), now=NOW + 3 * MINUTE).state
    assert state.reconciliation.adopted == {}


KINDS = st.sampled_from(sorted(BreakKind))
SIGHTS = st.lists(st.tuples(KINDS, st.integers(0, 3), st.integers(0, 2)), max_size=6)


@given(st.lists(st.tuples(SIGHTS, st.booleans(), st.booleans()), max_size=8))
def test_breaks_when_any_runs_and_resolutions_follow_then_bounded_and_never_open_and_cleared_at_once(
    history: list[tuple[list[tuple[BreakKind, int, int]], bool, bool]],
) -> None:
    state = build_account()
    for number, (sights, complete, resolves) in enumerate(history):
        found = {f.break_id: f for f in (build_finding(k, f"order {s}", mark=str(m)) for k, s, m in sights)}
        before = state.reconciliation
        state = run(state, *found.values(), minutes=5 * number, complete=complete)
        known: Reconciliation = state.reconciliation
        if complete:
            accepted = {item.break_id for item in known.accepted}
            assert set(found) <= set(known.open) | accepted
            assert all(n in found or item.finding.kind in STICKY for n, item in known.open.items())
        else:
            # What cannot be read keeps a run from being complete: it is a finding all the same.
            unreadable = {name for name, item in found.items() if item.kind is BreakKind.UNREADABLE_ROW}
            settled = {item.break_id for item in known.accepted}
            assert known.open.keys() == before.open.keys() | (unreadable - settled)
        if resolves and known.open:
            state = resolve(state, next(iter(known.open.values())).finding, 5 * number + 1)
        red = {i.finding.market for i in state.reconciliation.open.values() if i.finding.severity is Severity.RED}
        assert {breaker.key for breaker in state.breakers.values()} == red
        assert len(state.reconciliation.closed) <= CLOSED_BREAKS_MAX
        assert len(state.reconciliation.accepted) <= ACCEPTED_BREAKS_MAX
        assert decode(encode(state), AccountState) == state


def test_breaks_when_several_are_new_then_told_at_once_and_as_grave_as_the_gravest() -> None:
    mild = build_finding(BreakKind.BALANCE, "asset BNB", market=f"{VENUE}:BNB/USDT", money=Decimal(5))
    grave = build_finding(BreakKind.ROGUE_ORDER, "order 1")
    [told] = apply(build_account(), build_run(mild, grave)).notices
    assert mild.severity.rank < grave.severity.rank
    assert (told.kind, told.severity, told.subject) == (NoticeKind.RECONCILIATION_BREAK, grave.severity, grave.market)
    assert (told.detail, told.amount) == (f"rogue_order {VENUE} order 1, balance {VENUE} asset BNB", Decimal(105))


def test_breaks_when_more_are_new_than_are_told_then_their_number_is() -> None:
    findings = [build_finding(subject=f"asset {number}") for number in range(BREAKS_TOLD + 2)]
    [told] = apply(build_account(), build_run(*findings)).notices
    assert told.detail.count("position") == BREAKS_TOLD
    assert told.detail.endswith(", 2 more")
