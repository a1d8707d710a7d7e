"""Many clients under one virtual clock: nobody is sent away while the table can take them, and who stops them least."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import count, islice
from types import SimpleNamespace
from typing import cast

import pytest
from time_machine import Traveller

from riskgate.adapters.dynamodb import guards
from riskgate.app.account.change_limits import change_limits
from riskgate.app.ledger import commit_event
from riskgate.app.ledger.commit_event import Acting, Deps
from riskgate.app.ledger.denial_budget import DenialBudget
from riskgate.app.orders.submit_order import submit_order
from riskgate.app.ports.store import Store
from riskgate.app.safeguards.set_kill_switch import set_kill_switch
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import Contention, VersionConflict
from riskgate.core.kill_switch import KillSwitch
from riskgate.runtime import wiring
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.orders import OrderRequest
from tests.concurrency.instances import WIDE
from tests.simulation.scheduler import SECOND, Process, Scheduler
from tests.support.gateway import ACCOUNT_ID, NOON, Gateway
from tests.support.held_items import HeldItems
from tests.support.wire import Wire

BOTS, ENGAGED_TIMES = 16, 12


@pytest.mark.long
@pytest.mark.parametrize(("clients", "orders"), [(2, 40), (8, 40)])
def test_orders_when_many_clients_race_on_one_account_then_hardly_any_is_sent_away(
    gateway: Gateway, wire: Wire, traveller: Traveller, monkeypatch: pytest.MonkeyPatch, clients: int, orders: int
) -> None:
    gateway.limits(order_rate_max=None, duplicate_window_seconds=None, daily_trades_max=None)
    chance = random.Random(clients)  # noqa: S311 the same history each time
    monkeypatch.setattr(commit_event, "_JITTER", chance)
    scheduler = Scheduler(chance, NOON, traveller)
    HeldItems(scheduler, chance).stand_before(wire)
    deps = replace(
        wiring.deps(),
        sleep=scheduler.pause,
        monotonic=lambda: scheduler.now_us / SECOND,
        denials=DenialBudget(burst=10_000),
    )
    sent_away, answered = [], []

    def trade() -> None:
        for _ in range(orders):
            wanted = parse_request(OrderRequest, gateway.order(quantity="0.00001")).to_order(ACCOUNT_ID)
            try:
                submit_order(Acting(deps=deps, actor="token:bot", now=scheduler.now), wanted)
            except Contention:
                sent_away.append(wanted.client_order_id)
                scheduler.pause(1)  # as the answer asks for
            else:
                answered.append(wanted.client_order_id)

    bots = [scheduler.spawn(f"bot {number}", trade, Process(name=f"instance {number}")) for number in range(clients)]
    scheduler.run()

    assert [bot.error for bot in bots if bot.error] == []
    assert len(answered) + len(sent_away) == clients * orders
    assert len(sent_away) < 0.01 * clients * orders
    wire.heal()
    entries = list(wiring.deps().store.list_audit(ACCOUNT_ID, after=2, limit=1_000))
    assert len(entries) == len(answered)


@pytest.mark.long
def test_switch_when_approvals_that_it_does_not_cover_hold_its_guard_then_it_is_acknowledged_soon(
    gateway: Gateway, wire: Wire, traveller: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen bots of another strategy, their accounts all of one shard: its guard is hardly ever free."""
    accounts = open_accounts(gateway, BOTS)
    chance = random.Random(7)  # noqa: S311 the same history each time
    monkeypatch.setattr(commit_event, "_JITTER", chance)
    scheduler = Scheduler(chance, gateway.now, traveller)
    HeldItems(scheduler, chance).stand_before(wire)
    deps = replace(wiring.deps(), sleep=scheduler.pause, monotonic=lambda: scheduler.now_us / SECOND)
    approved, took = [], list[float]()

    def trade(account: str) -> None:
        while len(took) < ENGAGED_TIMES:
            wanted = parse_request(OrderRequest, gateway.order(quantity="0.001", strategy="grid")).to_order(account)
            with suppress(Contention):
                answer = submit_order(Acting(deps=deps, actor="token:bot", now=scheduler.now), wanted)
                assert answer.approved
                approved.append(wanted.client_order_id)

    def stop() -> None:
        acting = Acting(deps=deps, actor="token:operator", now=scheduler.now)
        for _ in range(ENGAGED_TIMES):
            scheduler.pause(chance.uniform(0.02, 0.1))
            began = scheduler.now_us
            set_kill_switch(
                acting,
                KillSwitch(scope="strategy", key="trend", engaged=True, reason="drill"),
                cancel_open_orders=False,
            )
            took.append((scheduler.now_us - began) / SECOND)

    tasks = [scheduler.spawn(f"bot of {name}", partial(trade, name), Process(name=name)) for name in accounts]
    tasks.append(scheduler.spawn("operator", stop, Process(name="operator")))
    scheduler.run()

    assert [task.error for task in tasks if task.error] == []
    assert len(took) == ENGAGED_TIMES
    assert len(approved) > 10 * ENGAGED_TIMES
    # 32 guards are written one after the other: that alone takes a fifth of a second here.
    assert max(took) < 1


def open_accounts(gateway: Gateway, number: int) -> list[str]:
    """Register accounts of one shard that nothing limits."""
    shard = guards.guard_key("bot-0")
    names = list(islice((name for n in count() if guards.guard_key(name := f"bot-{n}") == shard), number))
    for name in names:
        gateway.register(name)
        change_limits(Acting(deps=wiring.deps(), actor="test", now=gateway.now), name, WIDE, expected_version=1)
    return names


def test_wait_when_it_would_outlast_the_time_then_one_more_attempt_before_it_is_over(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sleep ends late: one that lasts to the end of the time leaves none for the attempt it was for."""
    monkeypatch.setattr(commit_event._JITTER, "uniform", lambda _, ceiling: ceiling)
    clock, begun = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        clock[0] += seconds + 0.001

    def read(_: ReadRequest) -> Snapshot:
        begun.append(clock[0])
        clock[0] += 0.03
        raise VersionConflict

    store = cast("Store", SimpleNamespace(read=read))
    deps = Deps(store=store, sleep=sleep, monotonic=lambda: clock[0], deadline_seconds=0.3)
    with pytest.raises(Contention):
        submit_order(
            Acting(deps=deps, actor="token:bot", now=NOON),
            parse_request(OrderRequest, gateway.order()).to_order(ACCOUNT_ID),
        )
    assert len(begun) == 2
    assert 0.29 < begun[-1] < 0.3
