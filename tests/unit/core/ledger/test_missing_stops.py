"""What people are told of stops that their venue does not hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from riskgate.core.account.document import AccountState, KeptStop, Position
from riskgate.core.account.stops import PLACING_MAX
from riskgate.core.ledger.missing_stops import RED_AFTER, tell_missing_stops
from riskgate.core.levels.notices import NoticeKind
from riskgate.core.order import StopKeeper
from riskgate.core.orders.events import RULES
from riskgate.core.severity import Severity
from tests.support.builders import (
    NOW,
    SECOND,
    apply,
    build_account,
    build_position,
    build_reported,
    build_snapshot,
    dec,
)

TINY = timedelta(microseconds=1)
KEY = build_position().key
LATE = PLACING_MAX + SECOND


def held(missing_for: timedelta | None, keeper: StopKeeper = StopKeeper.VENUE, **changes: Any) -> Position:
    since = None if missing_for is None else NOW - missing_for
    kept = KeptStop(kept_by=keeper, unkept_since=since)
    return replace(build_position(10, stop_loss_price=dec(90), kept_stop=kept), **changes)


def state(*positions: Position, **known: Severity) -> AccountState:
    return build_account(positions=positions, missing_stops={KEY: known["known"]} if known else {})


@pytest.mark.parametrize(
    ("missing_for", "level"),
    [
        (None, None),
        (timedelta(), None),
        (PLACING_MAX, None),
        (PLACING_MAX + TINY, Severity.ORANGE),
        (RED_AFTER - TINY, Severity.ORANGE),
        (RED_AFTER, Severity.RED),
    ],
)
def test_stop_when_missing_for_long_then_told_and_graver_later(
    missing_for: timedelta | None, level: Severity | None
) -> None:
    after, notices = tell_missing_stops(state(held(missing_for)), NOW)
    assert after.missing_stops == ({} if level is None else {KEY: level})
    assert [notice.severity for notice in notices] == ([] if level is None else [level])


def test_stop_when_missing_then_which_how_much_rests_and_since_when() -> None:
    _, [notice] = tell_missing_stops(state(held(LATE)), NOW)
    assert (notice.kind, notice.name, notice.limit, notice.unit) == (NoticeKind.STOP_MISSING, KEY, dec(90), "price")
    assert (notice.detail, notice.since) == ("a stop rests for 0 of 10", NOW - LATE)
    _, [short] = tell_missing_stops(state(held(LATE, quantity=dec("-2.50"))), NOW)
    assert short.detail == "a stop rests for 0 of 2.5"


@pytest.mark.parametrize("position", [held(LATE, StopKeeper.STRATEGY), held(LATE, kept_stop=None)])
def test_stop_when_the_venue_is_not_to_keep_it_then_nothing_is_told(position: Position) -> None:
    before = state(position)
    assert tell_missing_stops(before, NOW) == (before, ())


@pytest.mark.parametrize(
    ("known", "missing_for", "told"),
    [
        (Severity.ORANGE, LATE, []),
        (Severity.ORANGE, RED_AFTER, [NoticeKind.STOP_MISSING]),
        (Severity.RED, RED_AFTER, []),
        (Severity.RED, LATE, []),
        (Severity.ORANGE, None, [NoticeKind.STOP_RESTORED]),
    ],
)
def test_stop_when_known_to_be_missing_then_told_again_only_where_it_got_worse_or_rests(
    known: Severity, missing_for: timedelta | None, told: list[NoticeKind]
) -> None:
    _, notices = tell_missing_stops(state(held(missing_for), known=known), NOW)
    assert [notice.kind for notice in notices] == told


def test_stop_when_it_rests_again_or_its_position_is_closed_then_told_as_news_to_nobody() -> None:
    after, [rests] = tell_missing_stops(state(held(None), known=Severity.RED), NOW)
    assert (after.missing_stops, rests.name, rests.severity) == ({}, KEY, Severity.INFO)
    assert rests.detail == "a stop rests for 0 of 10"
    _, [closed] = tell_missing_stops(state(known=Severity.RED), NOW)
    assert (closed.kind, closed.detail) == (NoticeKind.STOP_RESTORED, "the position is closed")


@pytest.mark.parametrize(("rules", "is_told"), [(3, False), (4, True), (RULES, True)])
def test_reading_when_a_stop_is_missing_then_told_by_the_rules_that_tell_it_and_not_by_earlier_ones(
    rules: int, *, is_told: bool
) -> None:
    before = state(held(RED_AFTER))
    result = apply(before, build_snapshot(positions=(build_reported(10),), rules=rules))
    assert (len(result.notices), len(result.state.missing_stops)) == (is_told, is_told)
