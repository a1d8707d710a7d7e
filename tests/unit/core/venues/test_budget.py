"""What a process has of a venue's limit: instants and spans to the microsecond, at each bound and a step beside it."""

from __future__ import annotations

import pytest

from riskgate.core.venues.budget import KNOWN_US, SECOND, WAIT_US_MAX, Booking, Lane, Limit, Purse, span_of

MINUTE = 60 * SECOND
NOW = 1_000 * SECOND
LIMIT = Limit(name="weight", window_us=MINUTE)


@pytest.mark.parametrize(
    ("lane", "percent", "span"),
    [
        (Lane.ORDER, 100, 222_223),
        (Lane.LOOKUP, 100, 222_223),
        (Lane.READING, 100, 416_667),
        (Lane.READING, 50, 833_334),
        (Lane.ORDER, 10, 2_222_223),
    ],
)
def test_span_when_booked_then_the_lanes_share_rounded_up(lane: Lane, percent: int, span: int) -> None:
    assert span_of(200_000, lane, percent) == span
    assert span_of(0, lane, percent) == 0


def test_span_when_it_comes_out_even_then_not_rounded() -> None:
    assert span_of(90, Lane.ORDER, 100) == 100
    assert span_of(48, Lane.READING, 100) == 100


def test_limit_when_it_has_a_window_then_the_parts_of_it() -> None:
    assert (LIMIT.slice_us, LIMIT.life_us, LIMIT.ahead_us) == (SECOND, 2 * SECOND, 30 * SECOND)
    assert LIMIT.lookup_ahead_us == MINUTE + WAIT_US_MAX


@pytest.mark.parametrize(
    ("off", "known"), [(0, True), (KNOWN_US, True), (KNOWN_US + 1, False), (-1, False)]
)  # fmt: skip
def test_booking_when_seen_a_moment_ago_then_known(off: int, known: bool) -> None:
    purse = Purse(LIMIT)
    purse.see(Booking(until_us=5), NOW)
    assert purse.booking.until_us == 5
    assert purse.is_known(NOW + off) is known


def test_venue_when_it_wants_nothing_then_held_until_then() -> None:
    purse = Purse(LIMIT, Booking(not_before_us=NOW))
    assert [purse.held_us(NOW + off) for off in (-7, -1, 0, 1)] == [7, 1, 0, 0]


@pytest.mark.parametrize(("off", "has_room"), [(0, True), (1, False), (-1, True)])
def test_lookup_when_orders_booked_far_ahead_then_it_waits(off: int, has_room: bool) -> None:
    purse = Purse(LIMIT, Booking(until_us=NOW + LIMIT.lookup_ahead_us + off))
    assert purse.has_room_for_lookups(NOW) is has_room


def test_slice_when_paid_from_then_to_its_last_microsecond_and_no_further() -> None:
    purse = Purse(LIMIT)
    purse.fill(10, NOW)
    assert not purse.pay(11, NOW)
    assert purse.left_us == 10
    assert purse.pay(4, NOW)
    assert purse.pay(6, NOW)
    assert not purse.pay(1, NOW)
    assert purse.left_us == 0


@pytest.mark.parametrize(("off", "pays"), [(-1, True), (0, False), (1, False)])
def test_slice_when_its_life_is_over_then_lost(off: int, pays: bool) -> None:
    purse = Purse(LIMIT)
    purse.fill(10, NOW)
    assert purse.pay(1, NOW + LIMIT.life_us + off) is pays
    assert purse.left_us == (9 if pays else 10)


@pytest.mark.parametrize(("ahead", "start"), [(0, 0), (100, 0), (101, 1), (150, 50)])
def test_booked_time_when_it_is_far_ahead_then_used_half_a_window_early(ahead: int, start: int) -> None:
    purse = Purse(LIMIT, Booking(until_us=NOW + LIMIT.ahead_us + ahead))
    assert purse.start_us(100, NOW) == NOW + start


def test_orders_when_they_owe_then_booked_from_a_quarter_of_a_slice_on() -> None:
    purse = Purse(LIMIT)
    least = LIMIT.slice_us // 4
    purse.owe(least - 1, NOW)
    assert (purse.owed_us, purse.owed_since_us, purse.due_us) == (least - 1, NOW, 0)
    purse.owe(1, NOW + SECOND)
    assert (purse.owed_us, purse.owed_since_us, purse.due_us) == (least, NOW, least)


@pytest.mark.parametrize(("off", "owed", "since"), [(0, 7, NOW), (1, 4, NOW + MINUTE + 1)])
def test_debt_when_older_than_the_window_then_forgotten_as_the_venue_forgets_it(
    off: int, owed: int, since: int
) -> None:
    purse = Purse(LIMIT)
    purse.owe(3, NOW)
    purse.owe(4, NOW + MINUTE + off)
    assert (purse.owed_us, purse.owed_since_us) == (owed, since)


def test_limit_when_its_window_is_no_multiple_then_its_parts_are_whole_microseconds() -> None:
    odd = Limit(name="weight", window_us=MINUTE + 59)
    parts = (odd.slice_us, odd.life_us, odd.ahead_us)
    assert parts == (SECOND, 2 * SECOND + 1, 30 * SECOND + 29)
    assert {type(part) for part in parts} == {int}
