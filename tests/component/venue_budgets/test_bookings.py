"""Readings of any number of processes stay under their part of a limit; one that ends loses its slice, no more."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from riskgate.adapters.dynamodb.venue_budgets import DynamoVenueBudgets
from riskgate.adapters.exchange.credentials import VenueCredentials
from riskgate.adapters.exchange.errors import Reply
from riskgate.adapters.exchange.rate_gate import BudgetUse, RateGate, SharedBudgets
from riskgate.core.errors import RateLimited
from riskgate.core.venues.budget import SECOND, Limit
from tests.component.venue_budgets.conftest import START_US
from tests.support.aws import Aws
from tests.support.hypothesis_profiles import examples

MINUTE_US = 60 * SECOND
PROCESSES = 4
LARGEST_US = 3 * SECOND
#: Each example has a limit of its own.
ADDRESSES = count()
#: Which process asks, how much later, for how many ms of the venue's time, whether for an order, and whether it ends.
_ASKED = st.tuples(
    st.integers(0, PROCESSES - 1),
    st.sampled_from([0, 10_000, SECOND, 5 * SECOND, 40 * SECOND]),
    st.sampled_from([10, 200, 800, 3000]),
    st.sampled_from([False, False, False, True]),
    st.booleans(),
)


def busiest(sent: list[tuple[int, int]], window_us: int) -> int:
    """Return the most that any window holds, of (instant, microseconds of the venue's time)."""
    return max((sum(c for at, c in sent if first <= at < first + window_us) for first, _ in sent), default=0)


@pytest.mark.parametrize("percent", [100, 40])
@examples(30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(_ASKED, max_size=60))
def test_readings_when_any_processes_ask_then_never_more_than_their_part(
    aws: Aws, percent: int, asked: list[tuple[int, int, int, bool, bool]]
) -> None:
    bookings = DynamoVenueBudgets(aws.dynamodb, aws.state_table)
    now_us, address = START_US, str(next(ADDRESSES))

    def make(number: int) -> RateGate:
        shared = SharedBudgets(bookings=bookings, address=address, percent=percent, now_us=lambda: now_us)
        use = BudgetUse(shared=shared, for_orders=number == 0)
        return RateGate(use, "binance", "binance", VenueCredentials())

    gates = [make(number) for number in range(PROCESSES)]
    readings: list[tuple[int, int]] = []
    for asks, later_us, cost_ms, is_order, ends in asked:
        now_us += later_us
        number = 0 if is_order else max(asks, 1)
        gate = gates[number]
        gate.begin("create_order" if is_order else "fetch_balance", sends=is_order)
        try:
            gate.admit("private", cost_ms / 50, 50)
        except RateLimited:
            assert not is_order
        else:
            if not is_order:
                readings.append((now_us, cost_ms * 1000))
        gate.end({}, None, Reply())
        if ends:
            gates[number] = make(number)
    # Three quarters of the limit; one reading that is larger than a slice may stand at the end.
    assert busiest(readings, MINUTE_US) <= MINUTE_US * 3 // 4 * percent // 100 + LARGEST_US


def test_slice_when_its_process_ends_then_only_that_is_lost(aws: Aws) -> None:
    limit = Limit("address/egress/binance", MINUTE_US)
    bookings = DynamoVenueBudgets(aws.dynamodb, aws.state_table)
    done, booking = bookings.book(limit.name, limit.slice_us, now_us=START_US, latest_us=START_US + limit.ahead_us)
    assert (done, booking.until_us) == (True, START_US + limit.slice_us)
    # Nobody gives it back; once its time has passed, nothing of it is left.
    later_us = START_US + limit.slice_us
    done, booking = bookings.book(limit.name, limit.ahead_us, now_us=later_us, latest_us=later_us + limit.ahead_us)
    assert (done, booking.until_us) == (True, later_us + limit.ahead_us)
