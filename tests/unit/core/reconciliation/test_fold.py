"""What a run leaves in the account: how far each venue was read, and which markets only reduce."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.breaks import BreakKind, Finding, Watermark
from riskgate.core.account.document import AccountState
from riskgate.core.reconciliation.events import ReconciliationRun, VenueReading
from riskgate.core.reconciliation.fold import WATERMARK_SPACING, WATERMARKS_MAX, fold_reconciliation
from tests.support.builders import MINUTE, NOW, SECOND, SPOT, VENUE, build_account

MARKET = f"{VENUE}:{SPOT}"


def finding(kind: BreakKind = BreakKind.POSITION, subject: str = "asset BTC", market: str = MARKET) -> Finding:
    return Finding(
        kind=kind,
        venue=VENUE,
        subject=subject,
        market=market,
        ours={},
        theirs={},
        mark="1",
        action="look",
        money=Decimal(1),
    )


def fold(state: AccountState, *findings: Finding, at: timedelta = timedelta(), **reading: Any) -> AccountState:
    mark = Watermark(read_at=NOW + at, audit_sequence=1)
    read = VenueReading(**{"venue": VENUE, "complete": True, "watermark": mark} | reading)
    event = ReconciliationRun(
        run_id=f"r{at}", readings=(read,), findings=findings, found=len(findings), repairs=(), compared=1, matched=0
    )
    return fold_reconciliation(state, event, NOW + at)


def marks_after(*minutes: float) -> list[float]:
    """Return the minutes of the watermarks that runs at these minutes leave."""
    state = build_account()
    for minute in minutes:
        state = fold(state, at=minute * MINUTE)
    return [(mark.read_at - NOW) / MINUTE for mark in state.reconciliation.watermarks.get(VENUE, ())]


SPACING = WATERMARK_SPACING / MINUTE


@pytest.mark.parametrize(
    ("runs", "kept"),
    [
        ((0,), [0]),
        ((0, 1), [0, 1]),
        ((0, 1, 2), [0, 2]),
        ((0, SPACING, SPACING + 1), [0, SPACING, SPACING + 1]),
        ((0, SPACING - 1, SPACING), [0, SPACING]),
        ((0, 5, 10, 15, 20), [0, 5, 10, 15, 20]),
        ((0, 5, 10, 11, 12), [0, 5, 10, 12]),
    ],
)
def test_watermark_when_the_last_came_soon_after_the_one_before_then_the_new_one_takes_its_place(
    runs: tuple[float, ...], kept: list[float]
) -> None:
    assert marks_after(*runs) == kept


def test_watermarks_when_there_are_many_then_the_latest_are_kept() -> None:
    runs = [5.0 * number for number in range(WATERMARKS_MAX + 2)]
    assert marks_after(*runs) == runs[2:]


@pytest.mark.parametrize("reading", [{"complete": False}, {"watermark": None}])
def test_watermark_when_a_venue_was_not_read_whole_then_none(reading: dict[str, Any]) -> None:
    assert fold(build_account(), **reading).reconciliation.watermarks == {}


def test_run_when_folded_then_counted_and_named() -> None:
    state = fold(fold(build_account()), at=MINUTE)
    known = state.reconciliation
    assert (known.runs, known.run_id, known.run_at) == (2, f"r{MINUTE}", NOW + MINUTE)


@pytest.mark.parametrize(
    ("found", "stopped"),
    [
        (finding(), [f"RECONCILIATION_BREAK {MARKET}"]),
        (finding(BreakKind.STATUS), []),
        (finding(market=""), []),
    ],
)
def test_break_when_red_in_a_market_then_that_market_only_reduces(found: Finding, stopped: list[str]) -> None:
    assert list(fold(build_account(), found).breakers) == stopped


def test_breaker_when_the_red_break_clears_then_it_goes_even_if_a_milder_one_stays() -> None:
    mild = finding(BreakKind.STATUS, "order o1")
    state = fold(build_account(), finding(), mild)
    assert len(state.breakers) == 1
    state = fold(state, mild, at=SECOND)
    assert state.breakers == {}
    assert [item.finding.kind for item in state.reconciliation.open.values()] == [BreakKind.STATUS]
