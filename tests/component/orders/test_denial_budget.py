"""A bot in a loop: its denials are written down up to a budget, its approvals and exits always."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from riskgate.app.ledger import denial_budget
from riskgate.app.ledger.denial_budget import DenialBudget
from riskgate.runtime import wiring
from tests.support.gateway import ACCOUNT_ID, Gateway
from tests.support.wire import READ, Wire

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def spent(gateway: Gateway, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Give a gateway whose caller has had its two denials."""
    deps = replace(wiring.deps(), denials=DenialBudget(burst=2))
    monkeypatch.setattr(wiring, "deps", cache(lambda: deps))
    assert [gateway.submit(quantity="3").status for _ in range(2)] == [422, 422]
    wire.sent.clear()
    return gateway


def test_denial_when_the_budget_is_spent_then_429_and_nothing_is_written(spent: Gateway, wire: Wire) -> None:
    order = spent.order(quantity="3")
    answer = spent.submit(order)
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (429, "DENIAL_BUDGET_SPENT", "1")
    assert wire.operations() == [READ]
    spent.advance(seconds=1)
    spent.refresh_quotes()
    assert spent.submit(order).status == 422, "the same id is decided once there is a denial left"


def test_batch_when_the_budget_is_spent_then_429(spent: Gateway) -> None:
    orders = [spent.order(quantity="3"), spent.order(quantity="0.01")]
    assert spent.call("POST", f"/accounts/{ACCOUNT_ID}/orders/batch", {"orders": orders}).status == 429


def test_approval_when_the_budget_is_spent_then_approved(spent: Gateway) -> None:
    assert spent.submit().status == 201


def test_exit_when_the_budget_is_spent_then_its_denial_is_written(spent: Gateway) -> None:
    for _ in range(3):
        answer = spent.submit(side="sell", reduce_only=True, quantity="1", stop_loss_price=None)
        assert answer.status == 422
        assert "REDUCE_ONLY_INVALID" in answer.violated


def test_replay_of_a_denial_when_the_budget_is_spent_then_answered_as_before(spent: Gateway) -> None:
    spent.advance(seconds=1)
    spent.refresh_quotes()
    order = spent.order(quantity="3")
    assert spent.submit(order).status == 422
    again = spent.submit(order)
    assert (again.status, again.is_replay) == (422, True)


def test_unknown_account_when_the_budget_is_spent_then_429(spent: Gateway) -> None:
    body = spent.order()
    assert spent.call("POST", "/accounts/nobody/orders", body).status == 429


def test_budget_when_time_passes_then_it_fills_to_its_burst_and_no_further() -> None:
    budget = DenialBudget(burst=2, per_second=0.5)
    assert [budget.spend("a", NOON) for _ in range(3)] == [True, True, False]
    assert budget.spend("b", NOON), "each caller has its own"
    assert [budget.spend("a", NOON + timedelta(seconds=s)) for s in (1, 2, 3)] == [False, True, False]
    later = NOON + timedelta(hours=1)
    assert [budget.spend("a", later) for _ in range(3)] == [True, True, False]
    assert budget.spend("a", NOON) is False, "a clock that goes back brings nothing"


def test_budget_when_there_are_many_callers_then_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(denial_budget, "CALLERS_MAX", 2)
    budget = DenialBudget(burst=1, per_second=0)
    assert [budget.spend(actor, NOON) for actor in ("a", "b", "c", "c", "a")] == [True, True, True, False, True]
