"""A kill switch with ten thousand accounts: no approval after it, every account takes note once, whatever comes twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import batched
from typing import Any

from riskgate.adapters.dynamodb import items
from riskgate.app.routing.follow_kill_switch import follow_kill_switch
from riskgate.app.routing.worker import Worker
from riskgate.app.safeguards.carry_out_change import ACCOUNTS_PER_SLICE, SeenChange, carry_out_change
from riskgate.core.kill_switch import KillSwitch
from riskgate.schemas.codec import encode
from riskgate.schemas.log.audit_entry import read_entry
from riskgate.schemas.messages.order import MessageKind, OrderMessage
from tests.concurrency.instances import ACCOUNT_ID, CLIENTS, NOW, Gateway, order, retry

ACCOUNTS = 10_000
ITEMS_PER_WRITE = 25


class Lanes:
    """What the order worker was told."""

    def __init__(self) -> None:
        self.messages: list[OrderMessage] = []

    def send(self, message: OrderMessage) -> None:
        self.messages.append(message)


def seed_accounts(gateway: Gateway) -> list[str]:
    """Store copies of the account as if they had been registered."""
    client, tables = gateway.clients[0], gateway.tables
    chain = gateway.deps.store.read_chain(ACCOUNT_ID)
    assert chain is not None
    assert chain.state is not None
    stored = client.get_item(TableName=tables["control"], Key=items.limits_key(ACCOUNT_ID))["Item"]
    names = [f"account-{number:05d}" for number in range(ACCOUNTS)]
    states, limits = [], []
    for name in names:
        state = replace(chain.state, account_id=name)
        document = encode(state).decode()
        states.append(items.account_item(name, state, document, version=state.version, sequence=0, head="0" * 64))
        states.append(items.registry_key(name))
        limits.append(stored | items.limits_key(name) | {"account_id": {"S": name}})
    write_all(gateway, "state", [{"PutRequest": {"Item": item}} for item in states])
    write_all(gateway, "control", [{"PutRequest": {"Item": item}} for item in limits])
    return names


def write_all(gateway: Gateway, table: str, requests: Sequence[Any]) -> None:
    def write(number: int, batch: tuple[Any, ...]) -> None:
        client = gateway.clients[number % CLIENTS]
        left: Any = {gateway.tables[table]: list(batch)}
        while left:
            left = client.batch_write_item(RequestItems=left)["UnprocessedItems"]

    calls = enumerate(batched(requests, ITEMS_PER_WRITE, strict=False))
    in_parallel([partial(write, number, batch) for number, batch in calls])


def in_parallel(calls: Sequence[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda call: call(), calls))


def worker_of(gateway: Gateway, instance: int) -> Worker:
    """Return a worker with all the time it needs."""
    return Worker(
        deps=gateway.instances[instance % CLIENTS],
        permits=None,  # type: ignore[arg-type] # nothing is sent
        exchange_of=None,  # type: ignore[arg-type]
        clock=lambda: NOW,
        claimant="test",
        deadline=float("inf"),
        call_seconds=1,
        claim_seconds_max=1,
        arrival_margin_seconds=1,
        life_seconds=1,
    )


def list_changes(gateway: Gateway, account_id: str) -> Iterator[bool]:
    """Yield what each kill-switch entry of an account's log says."""
    for row in gateway.deps.store.list_audit(account_id, after=0, limit=100):
        entry = read_entry(row.entry)
        if entry.event == "kill_switch_changed":
            yield entry.inputs["engaged"]


def test_fan_out_when_ten_thousand_accounts_are_registered_then_each_follows_once(gateway: Gateway) -> None:
    names, lanes = seed_accounts(gateway), Lanes()
    gateway.kill()
    for name in names[:: ACCOUNTS // 20]:
        assert not gateway.submit(order("after", account_id=name)).approved, "approved after the answer"
    flag = KillSwitch(scope="global", key="", engaged=True, reason="drill")
    seen = SeenChange(edit_id="edit-1", item="GLOBAL", flag=flag, cancel_open_orders=True, seen_at=NOW)
    for _ in range(2):
        # The stream tells again after a crash.
        carry_out_change(seen, deps=gateway.deps, queue=lambda: lanes, now=NOW)
    slices = [message for message in lanes.messages if message.kind is MessageKind.FOLLOW_KILL_SWITCH]
    assert len(slices) == 2 * -(-(ACCOUNTS + 1) // ACCOUNTS_PER_SLICE)
    calls = [
        lambda n=n, m=m: retry(lambda: follow_kill_switch(m, worker_of(gateway, n), lanes))
        for n, m in enumerate(slices)
    ]
    in_parallel(calls)
    progress = gateway.deps.store.kill_switches.list_progress(["GLOBAL"])["GLOBAL"]
    assert (progress.is_complete, progress.accounts, progress.noted) == (True, ACCOUNTS + 1, ACCOUNTS + 1)
    for name in names[:: ACCOUNTS // 50]:
        assert list(list_changes(gateway, name)) == [True]
    # The invariants ask for logs from the registration on, which copies have not.
    write_all(gateway, "state", [{"DeleteRequest": {"Key": items.account_key(name)}} for name in names])
