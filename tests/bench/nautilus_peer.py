"""NautilusTrader's risk engine on one order: CPU time as JSON. Runs in the environment of requirements/nautilus.txt.

A live engine's parts without its network: message bus, cache, portfolio and RiskEngine with a cash account, a limit on
the order's value and the checks on. What passes goes to an endpoint that counts. `python nautilus_peer.py 0 500` measures
with no open orders and with 500 resting buys of the same market, taking turns.
"""

# mypy: ignore-errors
# ruff: noqa: T201
from __future__ import annotations

import gc
import json
import sys
import time
from decimal import Decimal

from nautilus_trader.accounting.factory import AccountFactory
from nautilus_trader.cache.cache import Cache
from nautilus_trader.common.component import LiveClock, MessageBus
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.execution.messages import SubmitOrder
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.enums import AccountType, OrderSide, TimeInForce
from nautilus_trader.model.events import AccountState
from nautilus_trader.model.identifiers import AccountId, ClientOrderId, StrategyId, TraderId, VenueOrderId
from nautilus_trader.model.objects import AccountBalance, Money
from nautilus_trader.model.orders import LimitOrder
from nautilus_trader.portfolio.portfolio import Portfolio
from nautilus_trader.risk.config import RiskEngineConfig
from nautilus_trader.risk.engine import RiskEngine
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.test_kit.stubs.events import TestEventStubs

#: CPU time a round takes at least.
ROUND_SECONDS, ROUNDS = 0.015, 5
TRADER, STRATEGY, ACCOUNT = TraderId("BENCH-001"), StrategyId("BENCH-001"), AccountId("BINANCE-001")


class Bench:
    """One engine with so many open orders, and a command that it passes."""

    def __init__(self, open_orders: int) -> None:
        clock = LiveClock()
        bus = MessageBus(trader_id=TRADER, clock=clock)
        self.cache = Cache(database=None)
        portfolio = Portfolio(msgbus=bus, cache=self.cache, clock=clock)
        self.instrument = TestInstrumentProvider.btcusdt_binance()
        self.cache.add_instrument(self.instrument)
        self.cache.add_account(AccountFactory.create(_cash()))
        config = RiskEngineConfig(
            # The most the throttler takes: here it shall count, not wait.
            max_order_submit_rate="100000000/00:00:01",
            max_notional_per_order={str(self.instrument.id): 100_000},
        )
        self.engine = RiskEngine(portfolio=portfolio, msgbus=bus, cache=self.cache, clock=clock, config=config)
        self.sent, self.calls = 0, 10
        bus.register(endpoint="ExecEngine.execute", handler=self.count)
        bus.register(endpoint="ExecEngine.process", handler=lambda _: None)
        for number in range(open_orders):
            self.rest(self.order(f"open-{number}"))
        order = self.order("order-1")
        self.command = SubmitOrder(
            trader_id=TRADER, strategy_id=STRATEGY, order=order, position_id=None, command_id=UUID4(), ts_init=0
        )

    def count(self, _command: object) -> None:
        """Take what the engine passes on."""
        self.sent += 1

    def order(self, name: str) -> LimitOrder:
        """Return a small limit buy."""
        return LimitOrder(
            trader_id=TRADER,
            strategy_id=STRATEGY,
            instrument_id=self.instrument.id,
            client_order_id=ClientOrderId(name),
            order_side=OrderSide.BUY,
            quantity=self.instrument.make_qty(Decimal(5)),
            price=self.instrument.make_price(Decimal(100)),
            time_in_force=TimeInForce.GTC,
            init_id=UUID4(),
            ts_init=0,
        )

    def rest(self, order: LimitOrder) -> None:
        """Have an order rest at the venue."""
        self.cache.add_order(order, None)
        order.apply(TestEventStubs.order_submitted(order, account_id=ACCOUNT))
        self.cache.update_order(order)
        order.apply(
            TestEventStubs.order_accepted(
                order, account_id=ACCOUNT, venue_order_id=VenueOrderId(order.client_order_id.value)
            )
        )
        self.cache.update_order(order)

    def measure(self) -> float:
        """Return the CPU time of one order, in microseconds."""
        execute, command, before, calls = self.engine.execute, self.command, self.sent, self.calls
        started = time.thread_time()
        for _ in range(calls):
            execute(command)
        seconds = time.thread_time() - started
        if self.sent - before != calls:
            raise RuntimeError("the engine denied an order")
        return seconds / calls * 1e6


def _cash() -> AccountState:
    total = Money(1_000_000, USDT)
    return AccountState(
        account_id=ACCOUNT,
        account_type=AccountType.CASH,
        base_currency=None,
        reported=True,
        balances=[AccountBalance(total, Money(0, USDT), total)],
        margins=[],
        info={},
        event_id=UUID4(),
        ts_event=0,
        ts_init=0,
    )


def main() -> None:
    """Measure and print one object: open orders to microseconds per round."""
    benches = {count: Bench(int(count)) for count in sys.argv[1:]}
    for count, bench in benches.items():
        if bench.cache.orders_open_count() != int(count):
            raise RuntimeError("the open orders are not open")
        bench.calls = max(10, int(ROUND_SECONDS * 1e6 / bench.measure()))
    gc.collect()
    gc.freeze()
    times = {count: [] for count in benches}
    for _ in range(ROUNDS):
        for count, bench in benches.items():
            times[count].append(bench.measure())
    print(json.dumps(times))


if __name__ == "__main__":
    main()
