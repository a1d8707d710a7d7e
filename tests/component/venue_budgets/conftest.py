"""A venue that counts, on a clock of the test's, and what asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from infra.simulators.exchange.binance import Binance
from infra.simulators.exchange.limits import WeightLimiter
from riskgate.adapters.dynamodb.venue_budgets import DynamoVenueBudgets
from riskgate.adapters.exchange.build import CallPolicy
from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.rate_gate import BudgetUse, SharedBudgets
from riskgate.core.instrument import MarketType
from tests.support.aws import Aws
from tests.support.exchange_adapter import credentials, unthrottled
from tests.support.timeline import Timeline
from tests.support.venue import SECRET, Simulator, real_time_venue, running

#: A whole minute.
START_US = 1_700_000_040 * 1_000_000


@dataclass
class Town:
    """Many accounts behind one address, whose processes share what the venue allows."""

    aws: Aws
    simulator: Simulator
    timeline: Timeline
    limiter: WeightLimiter
    opened: list[CcxtExchange] = field(default_factory=list)

    def open_account(self, key: str) -> None:
        self.simulator.control.post(
            "accounts",
            account=key,
            key=key,
            secret=SECRET,
            balances={"spot": {"USDT": "1000000", "BTC": "10"}},
        )

    def process(self) -> SharedBudgets:
        """Return what a process of its own knows of the budgets."""
        return SharedBudgets(
            bookings=DynamoVenueBudgets(self.aws.dynamodb, self.aws.state_table),
            address="egress",
            now_us=self.timeline.now_us,
            sleep=self.timeline.sleep,
        )

    def exchange(
        self, key: str, *, for_orders: bool = False, wait_seconds: float = 20, shared: SharedBudgets | None = None
    ) -> CcxtExchange:
        """Return an account's exchange as one process has it."""
        return self._open(
            key, BudgetUse(shared=shared or self.process(), for_orders=for_orders, wait_seconds=wait_seconds)
        )

    def careless_exchange(self, key: str) -> CcxtExchange:
        """Return the same without a budget."""
        return self._open(key, None)

    def limit(self, weight: int | None) -> None:
        self.simulator.control.post("rate_limit", market="spot", limit=weight)

    def statuses(self) -> list[int | None]:
        return [entry.status for entry in self.simulator.gateway.requests()]

    def now(self, process: Callable[[], None]) -> None:
        """Carry one process out."""
        self.timeline.start(self.timeline.us, process)
        self.timeline.run()

    def _open(self, key: str, budget: BudgetUse | None) -> CcxtExchange:
        known = credentials(self.simulator, key)
        policy = CallPolicy(read_seconds=20, attempts=1)
        exchange = CcxtExchange("binance", MarketType.SPOT, lambda _refresh: known, policy=policy, budget=budget)
        self.opened.append(exchange)
        return exchange


@pytest.fixture
def town(aws: Aws) -> Iterator[Town]:
    with unthrottled(), running(real_time_venue()) as simulator:
        timeline = Timeline(START_US)
        protocol = simulator.gateway.protocol
        assert isinstance(protocol, Binance)
        limiter = protocol.limiter = WeightLimiter(timeline.now_ms)
        made = Town(aws, simulator, timeline, limiter)
        yield made
        for exchange in made.opened:
            with suppress(OSError):
                exchange.close()
