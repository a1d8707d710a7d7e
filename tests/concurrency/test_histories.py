"""Everything at once: seeded histories of all operations by four threads keep every invariant."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Concatenate

import pytest

from riskgate.app.account.change_limits import change_limits
from riskgate.app.account.record_snapshot import record_snapshot
from riskgate.app.account.record_transfer import record_transfer
from riskgate.app.ledger.commit_event import Acting, Deps
from riskgate.app.orders.close_order import close_order
from riskgate.app.orders.modify_order import Change, modify_order
from riskgate.app.orders.record_fill import Fill, record_order_fill
from riskgate.app.orders.submit_batch import submit_batch
from riskgate.app.orders.submit_order import submit_order
from riskgate.app.safeguards.reset_breaker import reset_breaker
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import GatewayError
from riskgate.core.side import Side
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.snapshots import SnapshotRequest
from tests.concurrency.instances import ACCOUNT_ID, NOW, SYMBOL, UNLIMITED, VENUE, Gateway, order, quote, retry

THREADS, STEPS = 4, 60
#: Few names, so that threads meet on the same orders, fills and transfers.
NAMES = [f"o-{n}" for n in range(15)]


class Worker:
    """One thread: draws operations from its own seed and counts how they ended."""

    def __init__(self, gateway: Gateway, deps: Deps, seed: int) -> None:
        self.gateway, self.deps, self.random = gateway, deps, random.Random(seed)  # noqa: S311 a test's dice
        self.now = NOW
        self.outcomes: Counter[str] = Counter()

    def run(self) -> None:
        """Take all steps; refusals are answers, too."""
        steps = [self.submit] * 6 + [self.fill] * 4 + [self.cancel, self.batch, self.modify] * 2
        steps += [self.snapshot, self.transfer, self.limit, self.kill, self.reset, self.requote, self.wait]
        for _ in range(STEPS):
            step = self.random.choice(steps)
            try:
                retry(step)
                self.outcomes[step.__name__] += 1
            except GatewayError as error:
                assert error.status < 500
                self.outcomes[error.code] += 1

    def name(self) -> str:
        return self.random.choice(NAMES)

    def amount(self, *choices: str) -> Decimal:
        return Decimal(self.random.choice(choices))

    def apply[**P, R](self, use_case: Callable[Concatenate[Acting, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        return use_case(Acting(deps=self.deps, actor="test", now=self.now), *args, **kwargs)

    def submit(self) -> None:
        side = self.random.choice([Side.BUY, Side.BUY, Side.SELL])
        quantity = self.random.choice(["0.005", "0.01", "0.02", "0.3"])
        self.apply(submit_order, order(self.name(), quantity=quantity, side=side))

    def batch(self) -> None:
        names = self.random.sample(NAMES, 3)
        self.apply(submit_batch, ACCOUNT_ID, tuple(order(name, quantity="0.011") for name in names))

    def modify(self) -> None:
        change = Change(quantity=self.amount("0.005", "0.02", "0.4"))
        self.apply(modify_order, ACCOUNT_ID, self.name(), change)

    def cancel(self) -> None:
        self.apply(close_order, ACCOUNT_ID, self.name(), OrderStatus.CANCELLED, "drawn")

    def fill(self) -> None:
        fill = Fill(
            fill_id=f"f-{self.random.randrange(4)}",
            quantity=self.amount("0.004", "0.01", "0.02"),
            price=self.amount("49000", "50000", "51000"),
            executed_at=self.now,
            fee=self.amount("0", "1"),
        )
        self.apply(record_order_fill, ACCOUNT_ID, self.name(), fill)

    def snapshot(self) -> None:
        total = str(self.amount("0.02", "0.1"))
        held = {"venue": VENUE, "symbol": SYMBOL, "quantity": total, "average_price": "50000"}
        balances = [
            {"venue": VENUE, "asset": name, "total": amount} for name, amount in (("USDT", "95000"), ("BTC", total))
        ]
        body = {
            "equity": str(self.amount("96000", *["99000", "101000"] * 3)),
            "balances": balances,
            "positions": [held],
        }
        self.apply(record_snapshot, ACCOUNT_ID, parse_request(SnapshotRequest, body))

    def transfer(self) -> None:
        amount = self.amount("100", "-100")
        self.apply(record_transfer, ACCOUNT_ID, f"t-{self.random.randrange(5)}", amount, NOW)

    def limit(self) -> None:
        stored = self.deps.store.read_chain(ACCOUNT_ID)
        assert stored is not None
        assert stored.state is not None
        limits = replace(UNLIMITED, position_size_fraction_max=self.amount("0.05", "0.1", "0.2"))
        self.apply(change_limits, ACCOUNT_ID, limits, expected_version=stored.state.limits_version)

    def kill(self) -> None:
        # One person at a time: what two set against each other at once has no order to hold it against.
        with self.gateway.person:
            self.gateway.kill(engaged=True)
            self.gateway.kill(engaged=False)

    def reset(self) -> None:
        self.apply(reset_breaker, ACCOUNT_ID, "DAILY_LOSS", "drawn")

    def requote(self) -> None:
        self.deps.store.put_quotes([replace(quote(self.random.choice([49_500, 50_000, 50_500])), at=self.now)])

    def wait(self) -> None:
        """Let this instance's clock run ahead of the others': reservations end, clocks disagree."""
        self.now += timedelta(seconds=self.random.choice([1, 20, 500]))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_history_when_four_threads_do_everything_then_every_invariant_holds(gateway: Gateway, seed: int) -> None:
    gateway.limit(
        replace(UNLIMITED, reservation_ttl_seconds=300, state_max_age_seconds=None, quote_max_age_seconds=None)
    )
    for name in NAMES[:6]:
        assert gateway.submit(order(name)).approved
    workers = [Worker(gateway, gateway.instances[n], seed * 100 + n) for n in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(worker.run) for worker in workers]:
            future.result()
    outcomes = sum((worker.outcomes for worker in workers), Counter())
    assert outcomes.total() == THREADS * STEPS
    # A history in which nothing was decided, filled or released would show nothing.
    assert {"submit", "fill", "cancel", "kill", "limit"} <= set(outcomes)
