"""A part of a venue's API that has a pool of its own: what is used up there holds nothing else."""

from __future__ import annotations

import pytest
from ccxt.base.errors import RateLimitExceeded

from riskgate.adapters.dynamodb.venue_budgets import DynamoVenueBudgets
from riskgate.adapters.exchange.credentials import VenueCredentials
from riskgate.adapters.exchange.errors import Reply
from riskgate.adapters.exchange.rate_gate import BudgetUse, RateGate, SharedBudgets
from riskgate.core.errors import RateLimited
from tests.component.venue_budgets.conftest import START_US
from tests.support.aws import Aws

KEY = VenueCredentials(keys={"apiKey": "key", "secret": "secret"})


def gate_of(aws: Aws, *, for_orders: bool) -> RateGate:
    shared = SharedBudgets(
        bookings=DynamoVenueBudgets(aws.dynamodb, aws.state_table),
        address="egress",
        now_us=lambda: START_US,
        sleep=lambda _seconds: None,
    )
    return RateGate(BudgetUse(shared=shared, for_orders=for_orders), "kraken", "krakenfutures", KEY)


@pytest.mark.parametrize("for_orders", [False, True])
def test_history_when_it_is_used_up_then_orders_and_other_readings_go_on(aws: Aws, for_orders: bool) -> None:
    reader = gate_of(aws, for_orders=False)
    reader.begin("executions", sends=False)
    reader.admit(["history"], 1, 600)
    reader.end({}, RateLimitExceeded("apiLimitExceeded"), Reply(status=200))
    other = gate_of(aws, for_orders=for_orders)
    other.begin("create_order", sends=for_orders)
    other.admit(["private"], 1, 600)
    other.end({}, None, Reply(status=200))
    other.begin("executions", sends=False)
    with pytest.raises(RateLimited):
        other.admit(["history"], 1, 600)


def test_readings_when_they_use_up_the_history_then_they_wait_for_their_turn(aws: Aws) -> None:
    gate, passed = gate_of(aws, for_orders=False), 0
    while passed < 100:
        gate.begin("executions", sends=False)
        try:
            gate.admit(["history"], 1, 600)
        except RateLimited:
            break
        gate.end({}, None, Reply(status=200))
        passed += 1
    # Half of a hundred in ten minutes are readings', three quarters at once.
    assert 20 <= passed <= 75
