"""A kill switch on its way to every account: finished whatever breaks in between, and nothing of it done twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from riskgate.adapters.dynamodb import items
from riskgate.app.ledger.commit_event import Deps
from riskgate.app.routing.follow_kill_switch import follow_kill_switch
from riskgate.app.routing.worker import Worker
from riskgate.app.safeguards import carry_out_change as fan_out
from riskgate.app.safeguards.carry_out_change import ACCOUNTS_PER_SLICE, SeenChange, carry_out_change
from riskgate.core.kill_switch import KillSwitch
from riskgate.runtime import wiring
from riskgate.schemas.codec import encode
from riskgate.schemas.messages.order import MessageKind, OrderMessage
from tests.component.alerts.test_table_edits import changes, put_raw
from tests.support.alert_path import Phone
from tests.support.aws import Aws
from tests.support.gateway import ACCOUNT_ID, Gateway

OTHERS = ("second", "third")


class Crash(BaseException):
    """The function's process ends here."""


@contextmanager
def crashing_at(step: int) -> Iterator[list[int]]:
    """End the process before its n-th request to DynamoDB or to a queue; yields what was counted."""
    count = [0]

    def before_send(**_: Any) -> None:
        count[0] += 1
        if count[0] == step:
            raise Crash

    store: Any = wiring.deps().store
    clients: list[tuple[Any, str]] = [(store._client, "dynamodb"), (wiring.queue()._client, "sqs")]
    for client, service in clients:
        client.meta.events.register_first(f"before-send.{service}", before_send)
    try:
        yield count
    finally:
        for client, service in clients:
            client.meta.events.unregister(f"before-send.{service}", before_send)


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_fan_out_when_it_crashes_at_any_step_then_a_repetition_finishes_it_and_repeats_nothing(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "ACCOUNTS_PER_SLICE", 2)
    for account in OTHERS:
        phone.gateway.register(account)
    phone.note_edits()
    step, crashed, engaged = 0, True, False
    told = {account: len(changes(account)) for account in (ACCOUNT_ID, *OTHERS, "gateway")}
    while crashed:
        step, engaged, crashed = step + 1, not engaged, False
        phone.gateway.advance(seconds=400)
        put_raw(phone, engaged=engaged)
        records = phone.records(phone.gateway.aws.control_table)
        try:
            with crashing_at(step):
                phone.control(records)
                phone.follow()
        except Crash:
            crashed = True
            phone.gateway.advance(seconds=60)
            phone.control(records)
            phone.follow()
        for account, before in told.items():
            entries = changes(account)
            assert len(entries) == before + step, f"{account} after a crash at step {step}"
            assert entries[-1][1] is engaged
        progress = phone.gateway.call("GET", "/kill-switch").body["kill_switches"][0]["progress"]
        assert (progress["complete"], progress["accounts_noted"]) == (True, 3), f"after a crash at step {step}"
    assert step > 10, "every step of the way was tried"


class Lanes:
    """What the order worker was told."""

    def __init__(self) -> None:
        self.messages: list[OrderMessage] = []

    def send(self, message: OrderMessage) -> None:
        self.messages.append(message)


def seed_accounts(aws: Aws, count: int) -> list[str]:
    """Store copies of the account as if they had been registered."""
    chain = wiring.deps().store.read_chain(ACCOUNT_ID)
    assert chain is not None
    assert chain.state is not None
    stored = aws.dynamodb.get_item(TableName=aws.control_table, Key=items.limits_key(ACCOUNT_ID))["Item"]
    names = [f"account-{number:05d}" for number in range(count)]
    for name in names:
        state = replace(chain.state, account_id=name)
        document = encode(state).decode()
        item = items.account_item(name, state, document, version=state.version, sequence=0, head="0" * 64)
        limits = stored | items.limits_key(name) | {"account_id": {"S": name}}
        for table, row in (
            (aws.state_table, item),
            (aws.state_table, items.registry_key(name)),
            (aws.control_table, limits),
        ):
            aws.dynamodb.put_item(TableName=table, Item=row)
    return names


@pytest.mark.long
def test_fan_out_when_ten_thousand_accounts_are_registered_then_each_follows_once(aws: Aws, phone: Phone) -> None:
    gateway, deps, lanes = phone.gateway, wiring.deps(), Lanes()
    names = seed_accounts(aws, 10_000)
    assert gateway.kill(reason="drill").status == 200
    assert gateway.submit(account=names[-1]).code == "KILL_SWITCH_ENGAGED"
    seen = SeenChange(
        edit_id="edit-1",
        item="GLOBAL",
        flag=KillSwitch(scope="global", key="", engaged=True, reason="drill"),
        cancel_open_orders=True,
        seen_at=gateway.now,
    )
    for _ in range(2):
        carry_out_change(seen, deps=deps, queue=lambda: lanes, now=gateway.now)
    slices = [message for message in lanes.messages if message.kind is MessageKind.FOLLOW_KILL_SWITCH]
    assert len(slices) == 2 * -(-10_001 // ACCOUNTS_PER_SLICE)
    for message in slices:
        follow_kill_switch(message, worker_of(deps, gateway), lanes)
    progress = deps.store.kill_switches.list_progress(["GLOBAL"])["GLOBAL"]
    assert (progress.is_complete, progress.accounts, progress.noted) == (True, 10_001, 10_001)
    for name in names[:: len(names) // 50]:
        assert len(changes(name)) == 1
    for name in names:
        aws.dynamodb.delete_item(TableName=aws.state_table, Key=items.account_key(name))


def worker_of(deps: Deps, gateway: Gateway) -> Worker:
    """Return a worker with all the time it needs."""
    return Worker(
        deps=deps,
        permits=None,  # type: ignore[arg-type] # nothing is sent
        exchange_of=None,  # type: ignore[arg-type]
        clock=lambda: gateway.now,
        claimant="test",
        deadline=float("inf"),
        call_seconds=1,
        absence_seconds=1,
        life_seconds=1,
    )
