"""Fifty accounts behind one address, all jobs running: nobody is refused by the venue, and no exit waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import RateLimited
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from riskgate.core.venues.budget import SECOND
from riskgate.core.venues.model import NewVenueOrder
from tests.component.venue_budgets.conftest import Town
from tests.support.exchange_adapter import ORDER_IDS

ACCOUNTS = 50
#: What Binance allows an address in a minute. The jobs below would take more.
WEIGHT = 6000
EXITS = 20
#: Two readings of each account, and a reconciliation of every fifth.
JOBS = 2 * ACCOUNTS + ACCOUNTS // 5


def read_account(exchange: CcxtExchange) -> None:
    """Read what the monitor reads: 100 of weight and more."""
    exchange.list_balances()
    exchange.list_open_orders()


def reconcile(exchange: CcxtExchange) -> None:
    since = datetime.now(UTC) - timedelta(hours=1)
    exchange.list_orders("BTC/USDT", since)
    exchange.list_trades("BTC/USDT", since)


def run_jobs(town: Town, exchange_of: Callable[[str], CcxtExchange]) -> list[str]:
    """Have all accounts read within a few seconds of a minute, and of the next; return which readings came late."""
    late: list[str] = []

    def job(key: str, read: Callable[[CcxtExchange], None], exchange: CcxtExchange) -> Callable[[], None]:
        def run() -> None:
            try:
                read(exchange)
            except RateLimited:
                late.append(key)

        return run

    for number in range(ACCOUNTS):
        key = f"account-{number}"
        exchange = exchange_of(key)
        for minute in range(2):
            at_us = town.timeline.us + minute * 60 * SECOND + number * SECOND // 20
            town.timeline.start(at_us, job(key, read_account, exchange))
        if number % 5 == 0:
            town.timeline.start(town.timeline.us + 7 * SECOND, job(key, reconcile, exchange_of(key)))
    return late


def sell(exchange: CcxtExchange, number: int) -> OrderStatus:
    order = NewVenueOrder(
        client_order_id=exchange.client_order_id(ORDER_IDS[number]),
        symbol="BTC/USDT",
        side=Side.SELL,
        type=OrderType.MARKET,
        quantity=Decimal("0.01"),
        limit_price=None,
    )
    return exchange.create_order(order).status


@pytest.fixture
def crowd(town: Town) -> Town:
    for number in range(ACCOUNTS):
        town.open_account(f"account-{number}")
    town.limit(WEIGHT)
    return town


def test_crowd_when_all_jobs_run_then_no_request_is_refused_and_no_exit_waits(crowd: Town) -> None:
    exchanges = {f"account-{n}": crowd.exchange(f"account-{n}") for n in range(ACCOUNTS)}
    late = run_jobs(crowd, exchanges.__getitem__)
    worker = crowd.process()
    exits: list[tuple[OrderStatus, int]] = []

    def leave(number: int) -> Callable[[], None]:
        exchange = crowd.exchange(f"account-{number}", for_orders=True, shared=worker)

        def run() -> None:
            asked_us = crowd.timeline.us
            status = sell(exchange, number)
            exits.append((status, crowd.timeline.us - asked_us))

        return run

    for number in range(EXITS):
        crowd.timeline.start(crowd.timeline.us + number * 4 * SECOND + 500_000, leave(number))
    crowd.timeline.run()

    assert set(crowd.statuses()) == {200}
    assert exits == [(OrderStatus.FILLED, 0)] * EXITS
    # The limit is too small for all of them: some readings are late, and what may be used is used.
    assert 0 < len(late) < JOBS * 2 // 3


def test_crowd_when_nobody_shares_then_the_venue_refuses_and_bans(crowd: Town) -> None:
    crowd.limit(WEIGHT * 3 // 4)
    run_jobs(crowd, crowd.careless_exchange)
    crowd.timeline.run()
    assert {429, 418} <= set(crowd.statuses())
