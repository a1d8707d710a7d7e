"""Processes that race for the last of a venue's limit, on the real engine's conditions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from riskgate.adapters.dynamodb.venue_budgets import DynamoVenueBudgets
from riskgate.core.errors import Transient
from tests.concurrency.instances import CLIENTS, Gateway

NOW_US, ROOM, ASKED = 1_700_000_000_000_000, 20, 64


def test_slices_when_all_race_for_the_last_then_never_more_than_there_are(gateway: Gateway) -> None:
    budgets = [DynamoVenueBudgets(client, gateway.tables["state"]) for client in gateway.clients]

    def book(number: int) -> bool:
        while True:
            try:
                done, booking = budgets[number % CLIENTS].book(
                    "race", 1000, now_us=NOW_US, latest_us=NOW_US + ROOM * 1000
                )
            except Transient:
                continue
            assert booking.until_us <= NOW_US + ROOM * 1000
            return done

    with ThreadPoolExecutor(CLIENTS) as pool:
        granted = list(pool.map(book, range(ASKED)))
    assert sum(granted) == ROOM
    assert budgets[0].look("race").until_us == NOW_US + ROOM * 1000


def test_orders_when_charged_together_then_each_is_counted_and_a_hold_stands(gateway: Gateway) -> None:
    budgets = [DynamoVenueBudgets(client, gateway.tables["state"]) for client in gateway.clients]
    budgets[0].hold("race", NOW_US + 10)
    budgets[1].hold("race", NOW_US + 5)
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda n: budgets[n % CLIENTS].charge("race", 7, now_us=NOW_US), range(ASKED)))
    booking = budgets[0].look("race")
    assert (booking.until_us, booking.not_before_us) == (NOW_US + 7 * ASKED, NOW_US + 10)
    assert budgets[0].book("race", 1, now_us=NOW_US, latest_us=NOW_US + 10**9) == (False, booking)
