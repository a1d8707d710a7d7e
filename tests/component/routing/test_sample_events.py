"""The sample events of the order worker do as they are called: the same files serve `sam local invoke`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from functions.order_worker.app import lambda_handler
from tests.support.routed_account import RoutedAccount, WorkerContext

EVENTS = Path(__file__).resolve().parents[3] / "events" / "order_worker"
ORDER = "sample-1"


def invoke(name: str) -> Any:
    """Hand a sample over and return what comes again."""
    event = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    answer: Any = lambda_handler(event, WorkerContext())  # type: ignore[arg-type]
    known = {record["messageId"] for record in event["Records"]}
    assert {item["itemIdentifier"] for item in answer["batchItemFailures"]} <= known
    return answer["batchItemFailures"]


def test_sample_events_when_listed_then_each_has_its_test() -> None:
    names = {path.stem for path in EVENTS.glob("*.json")}
    assert names == {"submit_forged", "cancel", "cancel_matching", "resolve", "unreadable"}


def test_forged_submission_when_handed_over_then_nothing_is_sent(routed: RoutedAccount) -> None:
    routed.approved(client_order_id=ORDER)
    assert invoke("submit_forged") == []
    assert (routed.status(ORDER), routed.venue_orders(ORDER)) == ("approved", [])


@pytest.mark.parametrize("name", ["cancel", "cancel_matching"])
def test_cancellation_when_handed_over_then_the_order_is_gone_at_the_venue(routed: RoutedAccount, name: str) -> None:
    routed.approved(client_order_id=ORDER)
    routed.work_all()
    assert routed.status(ORDER) == "submitted"
    assert invoke(name) == []
    assert routed.status(ORDER) == "cancelled"
    routed.assert_agrees(ORDER)


@pytest.mark.parametrize("name", ["submit_forged", "cancel"])
def test_message_when_its_order_is_unknown_then_dropped(routed: RoutedAccount, name: str) -> None:
    assert invoke(name) == []
    assert routed.simulator.orders() == []


def test_resolution_when_nothing_is_in_doubt_then_done(routed: RoutedAccount) -> None:
    assert invoke("resolve") == []


def test_message_when_unreadable_then_it_comes_again_until_the_dead_letters_take_it(routed: RoutedAccount) -> None:
    assert len(invoke("unreadable")) == 1
