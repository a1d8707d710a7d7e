"""What one process learns of a venue's limits, all others act on; and what a database that is away costs."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import RateLimited, Transient
from riskgate.core.venues.budget import KNOWN_US, SECOND
from tests.component.venue_budgets.conftest import Town
from tests.component.venue_budgets.test_crowd import sell

KEYS = ("first", "second")


@pytest.fixture
def pair(town: Town) -> Town:
    for key in KEYS:
        town.open_account(key)
    return town


def wait(town: Town, seconds: float) -> None:
    town.now(lambda: town.timeline.sleep(seconds))


def refused_for(exchange: CcxtExchange, ask: str = "list_balances") -> int | None:
    with pytest.raises(RateLimited) as caught:
        getattr(exchange, ask)()
    return caught.value.retry_after_seconds


def refuse(town: Town, **options: Any) -> None:
    town.simulator.control.post("faults", kind="rate_limit", method="GET", path="/api/v3/account", **options)


@pytest.mark.parametrize("status", [429, 418])
def test_refusal_when_one_process_is_told_then_no_other_asks_before_its_time(pair: Town, status: int) -> None:
    reader, other = (pair.exchange(key, wait_seconds=0) for key in KEYS)
    worker = pair.exchange("second", for_orders=True)
    other.list_balances()
    assert sell(worker, 0) is OrderStatus.FILLED
    refuse(pair, status=status, retry_after=30)
    assert refused_for(reader) == 30
    asked = len(pair.statuses())
    wait(pair, KNOWN_US / SECOND + 0.1)
    assert refused_for(other) == refused_for(worker, "list_open_orders") == 28
    with pytest.raises(RateLimited) as caught:
        sell(worker, 1)
    assert caught.value.retry_after_seconds == 28
    assert len(pair.statuses()) == asked
    wait(pair, 28)
    assert sell(worker, 1) is OrderStatus.FILLED
    assert other.list_balances()


def test_refusal_when_the_venue_does_not_say_until_when_then_orders_try_first(pair: Town) -> None:
    reader, worker = pair.exchange("first", wait_seconds=0), pair.exchange("second", for_orders=True)
    sell(worker, 0)
    pair.simulator.control.post(
        "faults", kind="error_before_accept", method="GET", path="/api/v3/account", status=429, code=-1003
    )
    reader.list_open_orders()
    assert refused_for(reader) is None
    wait(pair, 11)
    assert sell(worker, 1) is OrderStatus.FILLED
    assert refused_for(reader) is not None


def test_refusal_of_one_accounts_orders_when_told_then_nobody_else_is_held(pair: Town) -> None:
    worker, other = pair.exchange("first", for_orders=True), pair.exchange("second", for_orders=True)
    sell(other, 0)
    pair.simulator.control.post(
        "faults", kind="error_before_accept", method="POST", path="/api/v3/order", status=429, code=-1015
    )
    with pytest.raises(RateLimited):
        sell(worker, 1)
    wait(pair, 3)
    assert sell(other, 1) is OrderStatus.FILLED


def test_weight_when_others_use_the_address_then_readings_wait_for_the_minute_and_orders_go(pair: Town) -> None:
    reader, worker = pair.exchange("first", wait_seconds=0), pair.exchange("second", for_orders=True)
    sell(worker, 0)
    pair.limit(6000)
    pair.limiter.use("spot", 5000, "127.0.0.1")
    reader.list_balances()
    assert (refused_for(reader) or 0) > 30
    assert sell(worker, 1) is OrderStatus.FILLED
    wait(pair, 61)
    assert reader.list_balances()
    assert set(pair.statuses()) == {200}


def test_orders_when_they_use_up_the_limit_then_readings_give_way(pair: Town) -> None:
    shared = pair.process()
    reader, worker = pair.exchange("first", wait_seconds=0), pair.exchange("second", for_orders=True, shared=shared)
    # 80 of weight each: what look-ups of orders take is booked as well.
    for _ in range(40):
        worker.list_open_orders()
    assert refused_for(reader, "list_open_orders")
    assert sell(worker, 0) is OrderStatus.FILLED
    # People are told before the venue refuses any: the alarm counts this.
    for _ in range(200):
        if shared.over:
            break
        with suppress(RateLimited):
            worker.list_open_orders()
    assert shared.take_over() >= 1
    assert shared.take_over() == 0
    assert sell(worker, 1) is OrderStatus.FILLED


def test_database_when_it_is_away_then_orders_go_and_readings_do_not(
    pair: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, worker = pair.exchange("first"), pair.exchange("second", for_orders=True)

    def lose(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="http://database.invalid")

    for name in ("get_item", "update_item"):
        monkeypatch.setattr(pair.aws.dynamodb, name, lose)
    assert sell(worker, 0) is OrderStatus.FILLED
    with pytest.raises(Transient):
        reader.list_balances()


def test_order_when_many_follow_each_other_then_seldom_a_write(pair: Town) -> None:
    worker = pair.exchange("first", for_orders=True)
    sell(worker, 0)
    calls: list[str] = []
    pair.aws.dynamodb.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
    for number in range(1, 21):
        sell(worker, number)
    # One booking for what all of them took.
    assert calls in ([], ["UpdateItem"])
