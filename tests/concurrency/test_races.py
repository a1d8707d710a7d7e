"""Orders, replays and kill switches that race on one account, against the real engine's transactions."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Event
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.submit_order import OrderAnswer, submit_order
from riskgate.core.errors import Conflict
from riskgate.schemas.log.audit_entry import read_entry
from tests.concurrency.instances import ACCOUNT_ID, CLIENTS, NOW, UNLIMITED, Gateway, order

ORDERS, ROOM = 50, 10


def events(gateway: Gateway) -> list[str]:
    return [row.event for row in gateway.deps.store.list_audit(ACCOUNT_ID, after=0, limit=1_000)]


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"position_size_fraction_max": Decimal("0.1")}, "POSITION_SIZE"),
        ({"daily_trades_max": ROOM, "position_size_fraction_max": None}, "MAX_DAILY_TRADES"),
    ],
    ids=["by-size", "by-count"],
)
def test_orders_when_fifty_race_for_room_for_ten_then_exactly_ten(
    gateway: Gateway, limits: dict[str, Any], code: str
) -> None:
    wide = {"asset_fraction_max": None, "sector_fraction_max": None, "strategy_fraction_max": None}
    gateway.limit(replace(UNLIMITED, **wide | limits))
    answers = gateway.submit_all([order(f"o-{n}") for n in range(ORDERS)])
    approved = [answer for answer in answers if answer.approved]
    denied = [json.loads(answer.body)["code"] for answer in answers if not answer.approved]
    assert len(approved) == ROOM
    assert Counter(denied) == {code: ORDERS - ROOM}
    state = gateway.deps.store.read_chain(ACCOUNT_ID)
    assert state is not None
    assert state.state is not None
    assert len(state.state.working_orders) == ROOM
    assert state.version == state.audit_sequence == 2 + ORDERS
    assert Counter(events(gateway)) == {"account_registered": 1, "limits_changed": 1, "order_decided": ORDERS}


def test_order_when_fifty_send_the_same_then_one_decision_and_forty_nine_replays(gateway: Gateway) -> None:
    answers = gateway.submit_all([order("same")] * ORDERS, threads=ORDERS)
    assert {answer.body for answer in answers} == {answers[0].body}
    assert all(answer.approved for answer in answers)
    assert sum(not answer.replayed for answer in answers) == 1
    assert events(gateway).count("order_decided") == 1


def test_id_when_fifty_send_different_orders_then_one_decision_and_forty_nine_conflicts(gateway: Gateway) -> None:
    def submit(n: int) -> OrderAnswer | None:
        try:
            return gateway.submit(order("same", quantity=f"0.0{n + 10}"), n)
        except Conflict as error:
            assert error.code == "CLIENT_ORDER_ID_REUSED"
            return None

    with ThreadPoolExecutor(8) as pool:
        answers = [answer for answer in pool.map(submit, range(ORDERS)) if answer is not None]
    assert len(answers) == 1
    assert events(gateway).count("order_decided") == 1


def test_kill_switch_when_it_races_fifty_orders_then_nothing_is_approved_after_it_returned(gateway: Gateway) -> None:
    gateway.limit(
        replace(UNLIMITED, position_size_fraction_max=None, asset_fraction_max=None, sector_fraction_max=None)
    )
    started, returned = Event(), Event()

    def submit(n: int) -> tuple[bool, bool]:
        """Return whether the switch had returned before this order was sent, and whether the order was approved."""
        was_killed = returned.is_set()
        answer = gateway.submit(order(f"o-{n}"), n)
        started.set()
        return was_killed, answer.approved

    with ThreadPoolExecutor(9) as pool:
        orders = [pool.submit(submit, n) for n in range(ORDERS)]
        started.wait()
        gateway.kill(instance=7)
        killed_at = gateway.deps.store.read_chain(ACCOUNT_ID)
        returned.set()
        late = [pool.submit(submit, n) for n in range(ORDERS, ORDERS + 8)]
        outcomes = [future.result() for future in orders + late]
    assert killed_at is not None
    assert any(approved for _, approved in outcomes)
    assert not any(approved for was_killed, approved in outcomes if was_killed)
    later = gateway.deps.store.list_audit(ACCOUNT_ID, after=killed_at.audit_sequence, limit=1_000)
    assert later
    assert {row.decision for row in later if row.event == "order_decided"} == {"denied"}


def test_limits_when_tightened_while_orders_race_then_every_later_approval_obeys(gateway: Gateway) -> None:
    wide = replace(UNLIMITED, asset_fraction_max=None, sector_fraction_max=None, strategy_fraction_max=None)
    gateway.limit(replace(wide, position_size_fraction_max=Decimal("0.3")))
    started = Event()

    def submit(n: int) -> OrderAnswer:
        answer = gateway.submit(order(f"o-{n}"), n)
        started.set()
        return answer

    with ThreadPoolExecutor(8) as pool:
        orders = [pool.submit(submit, n) for n in range(ORDERS)]
        started.wait()
        gateway.limit(replace(wide, position_size_fraction_max=Decimal("0.1")))
        for future in orders:
            future.result()
    state = gateway.deps.store.read_chain(ACCOUNT_ID)
    assert state is not None
    assert state.state is not None
    assert state.state.limits_version == 3
    # I1 of the checker holds each approval against the limits it was given under.
    assert len(state.state.working_orders) >= ROOM


def test_reply_lost_when_the_sdk_sends_again_then_the_token_makes_it_one_decision(gateway: Gateway) -> None:
    client, lost = gateway.clients[3], []

    def lose_first_reply(request: Any, **_: Any) -> None:
        if b"TransactWriteItems" in request.headers["X-Amz-Target"] and not lost:
            lost.append(client._endpoint.http_session.send(request).status_code)  # type: ignore[attr-defined]
            raise ConnectionClosedError(endpoint_url=request.url)

    client.meta.events.register("before-send.dynamodb", lose_first_reply)
    answer = submit_order(Acting(deps=gateway.instances[3], actor="test", now=NOW), order("lost"))
    assert lost == [200]
    assert (answer.approved, answer.replayed) == (True, False)
    assert events(gateway).count("order_decided") == 1


def test_entries_when_written_by_all_instances_then_their_numbers_follow_each_other(gateway: Gateway) -> None:
    gateway.submit_all([order(f"o-{n}", quantity="0.001") for n in range(24)])
    rows = gateway.deps.store.list_audit(ACCOUNT_ID, after=0, limit=1_000)
    assert [read_entry(row.entry).sequence for row in rows] == list(range(1, len(rows) + 1))


def test_flag_when_it_is_edited_in_the_table_while_orders_race_then_nothing_is_approved_after_it(
    gateway: Gateway,
) -> None:
    gateway.limit(
        replace(UNLIMITED, position_size_fraction_max=None, asset_fraction_max=None, sector_fraction_max=None)
    )
    started, returned = Event(), Event()

    def submit(n: int) -> tuple[bool, bool]:
        """Return whether the edit had returned before this order was sent, and whether the order was approved."""
        was_edited = returned.is_set()
        answer = gateway.submit(order(f"o-{n}"), n)
        started.set()
        return was_edited, answer.approved

    with ThreadPoolExecutor(9) as pool:
        orders = [pool.submit(submit, n) for n in range(ORDERS)]
        started.wait()
        gateway.clients[7].update_item(
            TableName=gateway.tables["control"],
            Key={"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "STRATEGY#trend"}},
            UpdateExpression="SET engaged = :on",
            ExpressionAttributeValues={":on": {"BOOL": True}},
        )
        edited_at = gateway.deps.store.read_chain(ACCOUNT_ID)
        returned.set()
        late = [pool.submit(submit, n) for n in range(ORDERS, ORDERS + CLIENTS)]
        outcomes = [future.result() for future in orders + late]
    assert edited_at is not None
    assert not any(approved for was_edited, approved in outcomes if was_edited)
    # Nobody tells the guards of an edit before the stream does: what had read the flag before may still be written.
    later = gateway.deps.store.list_audit(ACCOUNT_ID, after=edited_at.audit_sequence, limit=1_000)
    decided = [row.decision for row in later if row.event == "order_decided"]
    assert decided.count("approved") <= CLIENTS
    assert decided[-CLIENTS:] == ["denied"] * CLIENTS
