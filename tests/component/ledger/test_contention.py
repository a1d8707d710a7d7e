"""Many clients of one account under one virtual clock: nobody is sent away while the table itself can take them."""

from __future__ import annotations

import random
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from time_machine import Traveller

from riskgate.app.ledger import commit_event
from riskgate.app.ledger.commit_event import Acting, Deps
from riskgate.app.ledger.denial_budget import DenialBudget
from riskgate.app.orders.submit_order import submit_order
from riskgate.app.ports.store import Store
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import Contention, VersionConflict
from riskgate.runtime import wiring
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.orders import OrderRequest
from tests.simulation.scheduler import SECOND, Process, Scheduler
from tests.support.gateway import ACCOUNT_ID, NOON, Gateway
from tests.support.wire import COMMIT, READ, Wire, cancel_transaction

#: Seconds that a read and the parts of a transaction take: on its way, holding its items, on its way back.
READING, ARRIVING, HOLDING, RETURNING = (0.003, 0.006), (0.002, 0.005), (0.005, 0.012), (0.001, 0.003)


class Table:
    """What the items of a transaction are while it is carried out: taken, for every other one."""

    def __init__(self, scheduler: Scheduler, chance: random.Random) -> None:
        self._scheduler, self._chance, self._is_taken = scheduler, chance, False

    def _pause(self, seconds: tuple[float, float]) -> None:
        self._scheduler.pause(self._chance.uniform(*seconds))

    def read(self, _wire: Wire, _operation: str, _request: AWSPreparedRequest) -> None:
        """Answer after a while."""
        self._pause(READING)

    def commit(self, wire: Wire, operation: str, request: AWSPreparedRequest) -> AWSResponse | None:
        """Carry a transaction out, or refuse it because another one is being carried out."""
        self._pause(ARRIVING)
        if self._is_taken:
            answer = cancel_transaction("TransactionConflict", "None", "None")(wire, operation, request)
        else:
            self._is_taken = True
            self._pause(HOLDING)
            answer = wire.deliver(request)
            self._is_taken = False
        self._pause(RETURNING)
        return answer


@pytest.mark.long
@pytest.mark.parametrize(("clients", "orders"), [(2, 40), (8, 40)])
def test_orders_when_many_clients_race_on_one_account_then_hardly_any_is_sent_away(
    gateway: Gateway, wire: Wire, traveller: Traveller, monkeypatch: pytest.MonkeyPatch, clients: int, orders: int
) -> None:
    gateway.limits(order_rate_max=None, duplicate_window_seconds=None, daily_trades_max=None)
    chance = random.Random(clients)  # noqa: S311 the same history each time
    monkeypatch.setattr(commit_event, "_JITTER", chance)
    scheduler = Scheduler(chance, NOON, traveller)
    table = Table(scheduler, chance)
    wire.always(READ, table.read)
    wire.always(COMMIT, table.commit)
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
