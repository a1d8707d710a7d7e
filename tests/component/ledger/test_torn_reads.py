"""A batch read is no snapshot of the database: items from before and after a commit must never decide together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.core.account.stored import ReadRequest, Snapshot
from tests.support.gateway import ACCOUNT_ID, Gateway

pytestmark = pytest.mark.usefixtures("each_client")

type Tear = Callable[[Snapshot, Snapshot], Snapshot]


@pytest.fixture
def tear_next_read(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any], Tear], None]:
    """Let the next read that names an order mix what it finds with what was there before."""
    read = DynamoStore.read

    def arrange(before: dict[str, Any], tear: Tear) -> None:
        torn: list[ReadRequest] = []

        def once(store: DynamoStore, request: ReadRequest) -> Snapshot:
            found = read(store, request)
            if torn or not (request.orders or request.client_order_ids):
                return found
            torn.append(request)
            return tear(found, before["snapshot"])

        monkeypatch.setattr(DynamoStore, "read", once)

    return arrange


@pytest.fixture
def remember(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Keep the last whole snapshot that named an order."""
    seen: dict[str, Any] = {}
    read = DynamoStore.read

    def keep(store: DynamoStore, request: ReadRequest) -> Snapshot:
        found = read(store, request)
        if request.orders or request.client_order_ids:
            seen["snapshot"] = found
        return found

    monkeypatch.setattr(DynamoStore, "read", keep)
    return seen


def test_order_when_flag_is_read_before_the_kill_and_account_after_it_then_denied(
    gateway: Gateway, remember: dict[str, Any], tear_next_read: Callable[..., None]
) -> None:
    assert gateway.submit().status == 201
    assert gateway.kill().status == 200
    tear_next_read(remember, lambda now, before: replace(now, kill_switches=before.kill_switches))
    denied = gateway.submit(quantity="0.02")
    assert (denied.status, denied.code) == (422, "KILL_SWITCH_ENGAGED")


def test_order_when_repeated_and_its_record_is_read_before_the_commit_then_replayed(
    gateway: Gateway, tear_next_read: Callable[..., None]
) -> None:
    order = gateway.order()
    first = gateway.submit(order)
    tear_next_read({"snapshot": None}, lambda now, _: replace(now, records={}))
    again = gateway.submit(order)
    assert (first.status, again.status, again.text) == (201, 200, first.text)
    assert again.is_replay


def test_order_when_limits_are_read_before_their_change_then_decided_by_the_new_ones(
    gateway: Gateway, remember: dict[str, Any], tear_next_read: Callable[..., None]
) -> None:
    assert gateway.submit().status == 201
    assert gateway.limits(position_size_fraction_max="0.001").status == 200
    tear_next_read(remember, lambda now, before: replace(now, limits=before.limits))
    denied = gateway.submit(quantity="0.02")
    assert denied.status == 422
    assert "POSITION_SIZE" in denied.violated


def test_fill_when_the_order_is_read_before_the_last_fill_then_none_is_lost(
    gateway: Gateway, remember: dict[str, Any], tear_next_read: Callable[..., None]
) -> None:
    order = gateway.approved(quantity="0.1")
    assert gateway.fill(order, "0.03").status == 201
    before = remember["snapshot"].records
    assert set(before) == {order}
    tear_next_read(remember, lambda now, _: replace(now, records=before))
    assert gateway.fill(order, "0.04").body["filled_quantity"] == "0.07"
    assert gateway.on_order("GET", order).body["filled_quantity"] == "0.07"
    assert gateway.call("GET", f"/accounts/{ACCOUNT_ID}").body["positions"][0]["quantity"] == "0.07"
