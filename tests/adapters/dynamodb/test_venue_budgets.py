"""Bookings of a venue's time: to the microsecond, at each bound and a step beside it."""

from __future__ import annotations

from typing import Any

import pytest

from riskgate.adapters.dynamodb.venue_budgets import DynamoVenueBudgets
from riskgate.core.errors import Transient
from riskgate.core.venues.budget import Booking
from tests.support.aws import Aws

NOW = 1_000


@pytest.fixture
def budgets(aws: Aws) -> DynamoVenueBudgets:
    return DynamoVenueBudgets(aws.dynamodb, aws.state_table)


def test_line_when_empty_or_ended_then_it_begins_now(budgets: DynamoVenueBudgets) -> None:
    assert budgets.look("a") == Booking()
    assert budgets.book("a", 7, now_us=NOW, latest_us=NOW + 7) == (True, Booking(until_us=NOW + 7))
    assert budgets.book("a", 7, now_us=NOW + 7, latest_us=NOW + 14) == (True, Booking(until_us=NOW + 14))
    assert budgets.book("a", 7, now_us=NOW + 99, latest_us=NOW + 999) == (True, Booking(until_us=NOW + 106))
    assert budgets.look("a") == Booking(until_us=NOW + 106)
    assert budgets.look("b") == Booking()


@pytest.mark.parametrize(("latest", "written"), [(12, True), (11, False)])
def test_line_when_it_would_end_too_late_then_not_booked(
    budgets: DynamoVenueBudgets, latest: int, written: bool
) -> None:
    budgets.charge("a", 7, now_us=NOW)
    is_booked, booking = budgets.book("a", 5, now_us=NOW + 3, latest_us=NOW + latest)
    assert (is_booked, booking.until_us) == (written, NOW + (12 if written else 7))
    assert budgets.look("a").until_us == booking.until_us


def test_line_when_an_empty_one_would_end_too_late_then_not_booked(budgets: DynamoVenueBudgets) -> None:
    assert budgets.book("a", 5, now_us=NOW, latest_us=NOW + 4) == (False, Booking())
    assert budgets.look("a") == Booking()


@pytest.mark.parametrize(("now", "written"), [(NOW + 9, False), (NOW + 10, True)])
def test_venue_when_it_wants_nothing_then_only_orders_are_booked(
    budgets: DynamoVenueBudgets, now: int, written: bool
) -> None:
    budgets.hold("a", NOW + 10)
    is_booked, booking = budgets.book("a", 5, now_us=now, latest_us=NOW + 999)
    assert (is_booked, booking.not_before_us) == (written, NOW + 10)
    charged = budgets.charge("a", 5, now_us=now)
    assert charged == Booking(until_us=now + (10 if written else 5), not_before_us=NOW + 10)


def test_order_when_charged_then_it_goes_to_the_end_however_late(budgets: DynamoVenueBudgets) -> None:
    budgets.charge("a", 500, now_us=NOW)
    assert budgets.charge("a", 500, now_us=NOW + 1).until_us == NOW + 1000


def test_line_and_pause_when_corrected_then_never_shorter(budgets: DynamoVenueBudgets) -> None:
    for until in (NOW + 5, NOW + 9, NOW + 7):
        budgets.correct("a", until)
        budgets.hold("a", until + 1)
    assert budgets.look("a") == Booking(until_us=NOW + 9, not_before_us=NOW + 10)


def test_bookings_when_watched_then_the_latest_eight_come_with_each_read(budgets: DynamoVenueBudgets) -> None:
    seen: dict[str, Booking] = {}
    for number in [*range(8), 0, 8]:
        budgets.watch(f"n{number}", lambda booking, name=f"n{number}": seen.update({name: booking}))  # type: ignore[misc]
    names = [key["pk"]["S"].partition("#")[2] for key in budgets.list_keys()]
    assert names == ["n2", "n3", "n4", "n5", "n6", "n7", "n0", "n8"]
    row: dict[str, Any] = {"until_us": {"N": "5"}}
    budgets.take({("VENUE_BUDGET#n8", "BOOKING"): row})
    assert seen == {name: Booking(until_us=5 if name == "n8" else 0) for name in names}


def test_reads_when_made_then_consistent(aws: Aws, reads: Any) -> None:
    assert DynamoVenueBudgets(reads, aws.state_table).look("a") == Booking()


class Racing:
    """A client of a table where somebody else is always first: the line is never as it was seen."""

    def __init__(self, client: Any) -> None:
        self.exceptions, self.times = client.exceptions, 0

    def update_item(self, **asked: Any) -> None:
        self.times += 1
        until = "0" if "until_us > :now" in asked["ConditionExpression"] else "99999"
        response = {
            "Error": {"Code": "ConditionalCheckFailedException", "Message": ""},
            "Item": {"until_us": {"N": until}},
        }
        raise self.exceptions.ConditionalCheckFailedException(response, "UpdateItem")


def test_line_when_others_are_always_first_then_given_up(aws: Aws) -> None:
    racing: Any = Racing(aws.dynamodb)
    with pytest.raises(Transient) as caught:
        DynamoVenueBudgets(racing, aws.state_table).charge("a", 5, now_us=NOW)
    assert (caught.value.code, racing.times) == ("THROTTLED", 6)
