"""A venue that counts by key: what one process of a key is told, all of that key act on, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

import pytest

from infra.simulators.exchange.bybit.limits import SecondLimiter
from infra.simulators.exchange.bybit.protocol import Bybit
from infra.simulators.exchange.client import bybit_urls
from riskgate.adapters.exchange.build import CallPolicy
from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.credentials import VenueCredentials
from riskgate.adapters.exchange.rate_gate import BudgetUse
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import RateLimited
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from riskgate.core.venues.budget import SECOND
from riskgate.core.venues.model import NewVenueOrder
from tests.component.venue_budgets.conftest import START_US, Town
from tests.component.venue_budgets.test_shared import refused_for, wait
from tests.support.aws import Aws
from tests.support.exchange_adapter import ORDER_IDS, unthrottled
from tests.support.timeline import Timeline
from tests.support.venue import SECRET, running_bybit

ACCOUNTS, ROUNDS = 50, 3
#: Requests a second of a key to a path, as Bybit has it for most of them.
LIMIT = 10
WALLET = "/v5/account/wallet-balance"


@dataclass
class KeyTown(Town):
    """The same at a venue that speaks Bybit's protocol."""

    def _open(self, key: str, budget: BudgetUse | None) -> CcxtExchange:
        known = VenueCredentials(keys={"apiKey": key, "secret": SECRET}, urls=bybit_urls(self.simulator.url))
        policy = CallPolicy(read_seconds=20, attempts=1)
        exchange = CcxtExchange("bybit", MarketType.SPOT, lambda _refresh: known, policy=policy, budget=budget)
        self.opened.append(exchange)
        return exchange


@pytest.fixture
def keys(aws: Aws) -> Iterator[KeyTown]:
    with unthrottled(), running_bybit() as simulator:
        timeline = Timeline(START_US)
        protocol = simulator.gateway.protocol
        assert isinstance(protocol, Bybit)
        protocol.limiter = SecondLimiter(timeline.now_ms)
        protocol.limiter.set_limit(LIMIT)
        made = KeyTown(aws, simulator, timeline, protocol.limiter)  # type: ignore[arg-type]
        yield made
        for exchange in made.opened:
            with suppress(OSError):
                exchange.close()


def sell(exchange: CcxtExchange, number: int) -> OrderStatus:
    order = NewVenueOrder(
        client_order_id=exchange.client_order_id(ORDER_IDS[number]),
        symbol="BTC/USDT",
        side=Side.SELL,
        type=OrderType.MARKET,
        quantity=Decimal("0.01"),
    )
    return exchange.create_order(order).status


def test_refusal_when_one_process_of_a_key_is_told_then_its_others_wait_and_other_keys_do_not(keys: KeyTown) -> None:
    for key in ("first", "second"):
        keys.open_account(key)
    reader, other = (keys.exchange("first", wait_seconds=0) for _ in range(2))
    worker, stranger = keys.exchange("first", for_orders=True), keys.exchange("second", wait_seconds=0)
    for exchange in (other, worker, stranger):
        exchange.list_balances()
    wait(keys, 5)
    keys.simulator.control.post("faults", kind="rate_limit", method="GET", path=WALLET, retry_after=30)
    told = refused_for(reader)
    assert told is not None
    assert 28 <= told <= 30
    wait(keys, 3)
    asked = len(keys.statuses())

    assert refused_for(other)
    with pytest.raises(RateLimited):
        sell(worker, 0)
    assert len(keys.statuses()) == asked
    assert stranger.list_balances()
    wait(keys, 30)
    assert sell(worker, 0) in {OrderStatus.SUBMITTED, OrderStatus.FILLED}
    assert other.list_balances()


def test_crowd_when_fifty_keys_are_read_then_none_is_refused_and_no_exit_waits(keys: KeyTown) -> None:
    exits: list[int] = []
    # Markets are known from before: processes read them once.
    keys.simulator.gateway.protocol.limiter.set_limit(None)  # type: ignore[attr-defined]
    opened = {}
    for number in range(ACCOUNTS):
        keys.open_account(f"account-{number}")
        opened[number] = keys.exchange(f"account-{number}"), keys.exchange(f"account-{number}", for_orders=True)
        assert all(exchange.has_market("BTC/USDT") for exchange in opened[number])
        keys.now(lambda: keys.timeline.sleep(1))
    keys.simulator.gateway.protocol.limiter.set_limit(LIMIT)  # type: ignore[attr-defined]
    keys.simulator.gateway.forget_requests()
    for number in range(ACCOUNTS):
        reader, worker = opened[number]

        def read(reader: CcxtExchange = reader) -> None:
            for _ in range(ROUNDS):
                with suppress(RateLimited):
                    reader.list_balances()
                    reader.list_open_orders()

        def leave(worker: CcxtExchange = worker, number: int = number) -> None:
            asked_us = keys.timeline.us
            sell(worker, number % len(ORDER_IDS))
            exits.append(keys.timeline.us - asked_us)

        keys.timeline.start(keys.timeline.us + number * SECOND // 50, read)
        keys.timeline.start(keys.timeline.us + SECOND // 2 + number * SECOND // 10, leave)
    keys.timeline.run()

    assert exits == [0] * ACCOUNTS
    requests = keys.simulator.gateway.requests()
    assert [entry.path for entry in requests if not entry.accepted] == []
    assert len(requests) > ACCOUNTS * ROUNDS
