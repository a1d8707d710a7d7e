"""Operator's exits at the venue: sent through kill switches, after the cancels, exactly once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.gateway import ACCOUNT_ID, Answer
from tests.support.routed_account import RoutedAccount

EXITS = f"/accounts/{ACCOUNT_ID}/exits"


def exit_all(routed: RoutedAccount, exit_id: str = "e1", **fields: Any) -> Answer:
    body = {"exit_id": exit_id, "reason": "drill", "scope": "all"} | fields
    return routed.gateway.call("POST", EXITS, body, headers=routed.gateway.next_totp())


def assert_flat(routed: RoutedAccount) -> None:
    """Fail where more is held than was paid as a fee of what was bought."""
    assert sum(Decimal(position["value"]) for position in routed.gateway.account()["positions"]) < 5


@pytest.fixture
def holding(routed: RoutedAccount) -> RoutedAccount:
    """Give a routed account that bought at the venue."""
    entry = routed.approved(price="50500", stop_loss_price="49000", quantity="0.05")
    routed.work_all()
    assert routed.status(entry) == "filled"
    routed.gateway.refresh_quotes()
    return routed


def test_exit_when_the_account_is_killed_then_its_orders_are_sent_and_fill(holding: RoutedAccount) -> None:
    holding.gateway.kill("account", ACCOUNT_ID)
    waiting_entry = holding.gateway.submit(holding.order())
    assert waiting_entry.code == "KILL_SWITCH_ENGAGED"

    answer = exit_all(holding)
    (leg,) = answer.body["legs"]
    assert (answer.body["trading_state"], leg["route"], leg["decision"]) == ("HALTED", True, "approved")
    holding.work_all()

    assert holding.status(leg["client_order_id"]) == "filled"
    holding.assert_agrees(leg["client_order_id"])
    assert_flat(holding)


def test_exit_when_the_kill_switch_comes_after_the_approval_then_it_still_leaves_and_is_not_cancelled(
    holding: RoutedAccount,
) -> None:
    (leg,) = exit_all(holding).body["legs"]
    holding.gateway.kill(cancel_open_orders=True)
    holding.work_all()

    assert holding.status(leg["client_order_id"]) == "filled"


def test_stop_cancel_exit_when_one_command_then_cancels_come_first_and_the_position_is_gone(
    holding: RoutedAccount,
) -> None:
    # A resting exit holds what is to be sold.
    resting = holding.approved(side="sell", price="52000", stop_loss_price=None, quantity="0.04995")
    entry = holding.approved()
    holding.work_all()
    waiting = holding.approved(quantity="0.02")

    answer = exit_all(holding, stop_entries=True, cancel_open_orders=True)
    assert sorted(answer.body["cancelling"]) == sorted([resting, entry, waiting])
    holding.work_all()

    assert {holding.status(order) for order in (resting, entry, waiting)} == {"cancelled"}
    assert holding.record(resting).reason == "operator's exit e1"
    (leg,) = answer.body["legs"]
    assert holding.status(leg["client_order_id"]) == "filled"
    assert_flat(holding)
    account = holding.gateway.account()
    assert account["open_orders"] == []
    assert [row["name"] for row in account["breakers"]] == ["MANUAL_STOP"]
    holding.gateway.refresh_quotes()
    assert holding.submit().code == "TRADING_REDUCING"


def test_exit_when_it_overtakes_the_cancels_then_it_waits_for_what_they_free(holding: RoutedAccount) -> None:
    resting = holding.approved(side="sell", price="52000", stop_loss_price=None, quantity="0.04995")
    holding.work_all()
    (leg,) = exit_all(holding, cancel_open_orders=True).body["legs"]
    messages = list(iter(holding.receive, None))
    (exit_message,) = [message for message in messages if '"submit"' in message["Body"]]
    cancels = [message for message in messages if message is not exit_message]

    assert holding.invoke(exit_message)
    assert holding.status(leg["client_order_id"]) == "approved"
    assert not holding.invoke(*cancels)
    assert holding.status(resting) == "cancelled"
    assert not holding.invoke(exit_message)
    assert holding.status(leg["client_order_id"]) == "filled"


def test_entry_when_entries_are_stopped_before_it_left_then_never_sent(routed: RoutedAccount) -> None:
    entry = routed.approved()
    exit_all(routed, stop_entries=True)
    routed.work_all()

    assert routed.requests("POST") == []
    assert routed.status(entry) == "cancelled"


def test_exit_when_the_same_demand_comes_again_before_the_worker_ran_then_sent_once(holding: RoutedAccount) -> None:
    before = len(holding.requests("POST"))
    (leg,) = exit_all(holding).body["legs"]
    assert exit_all(holding).is_replay
    holding.work_all()
    assert exit_all(holding).body["legs"][0]["client_order_id"] == leg["client_order_id"]
    holding.work_all()

    assert len(holding.requests("POST")) == before + 1
    assert len(holding.venue_orders(leg["client_order_id"])) == 1


def test_orders_when_so_many_fail_at_the_venue_then_the_breaker_trips_and_a_person_resets_it(
    routed: RoutedAccount,
) -> None:
    routed.gateway.limits(order_failures_max=3)
    routed.gateway.refresh_quotes()
    routed.fault("error_before_accept", status=400, code=-2010, count=3)
    for number in range(3):
        assert routed.gateway.account()["breakers"] == []
        rejected = routed.approved(quantity=f"0.01{number}")
        routed.work_all()
        assert routed.status(rejected) == "rejected"
        routed.gateway.refresh_quotes()

    (breaker,) = routed.gateway.account()["breakers"]
    assert (breaker["name"], breaker["observed"], breaker["limit"]) == ("ORDER_FAILURE_RATE", "3", "3")
    assert routed.submit(quantity="0.02").code == "TRADING_REDUCING"
    path = f"/accounts/{ACCOUNT_ID}/breakers/ORDER_FAILURE_RATE/reset"
    answer = routed.gateway.call("POST", path, {"reason": "key fixed"}, headers=routed.gateway.next_totp())
    assert answer.body["trading_state"] == "ACTIVE"
    routed.gateway.refresh_quotes()
    assert routed.submit(quantity="0.021").status == 201
