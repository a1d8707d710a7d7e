"""A bot in a loop: its denials are written down up to a budget, its approvals and exits always."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from riskgate.app.ledger import denial_budget
from riskgate.app.ledger.denial_budget import DenialBudget
from riskgate.core.account.document import OrderStatus
from riskgate.runtime import wiring
from tests.support.callers import ADMIN
from tests.support.gateway import ACCOUNT_ID, Gateway
from tests.support.wire import COMMIT, READ, Wire, cancel_transaction

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
LOST = cancel_transaction("ConditionalCheckFailed", "None")


@pytest.fixture
def counted() -> list[int]:
    """Give what is counted as not written down."""
    return []


@pytest.fixture
def spent(gateway: Gateway, wire: Wire, counted: list[int], monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Give a gateway whose caller has had its two denials."""
    deps = replace(wiring.deps(), denials=DenialBudget(burst=2), count_over_budget=lambda: counted.append(1))
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


@pytest.fixture
def two_left(gateway: Gateway, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Give a gateway whose caller has two denials left, and gets no more."""
    deps = replace(wiring.deps(), denials=DenialBudget(burst=2, per_second=0))
    monkeypatch.setattr(wiring, "deps", cache(lambda: deps))
    return gateway


@pytest.mark.parametrize("kind", ["order", "batch", "change"])
def test_denial_when_it_loses_races_then_it_counts_once(two_left: Gateway, wire: Wire, kind: str) -> None:
    name = two_left.approved(quantity="0.01")

    def deny() -> int:
        if kind == "change":
            return two_left.on_order("PATCH", name, body={"quantity": "3"}).status
        if kind == "order":
            return two_left.submit(quantity="3").status
        orders = [two_left.order(quantity="3")]
        return two_left.call("POST", f"/accounts/{ACCOUNT_ID}/orders/batch", {"orders": orders}).status

    wire.then(COMMIT, *[LOST] * 3)
    assert [deny() for _ in range(3)] == [422, 422, 429]


def test_approval_when_an_attempt_before_was_to_be_denied_then_it_costs_no_denial(
    two_left: Gateway, wire: Wire
) -> None:
    two_left.advance(seconds=60)

    def lose_the_race_to_fresh_quotes(*request: Any) -> Any:
        two_left.refresh_quotes()
        return LOST(*request)

    wire.then(COMMIT, lose_the_race_to_fresh_quotes)
    assert two_left.submit(quantity="0.01").status == 201
    assert wire.is_exhausted
    assert [two_left.submit(quantity="3").status for _ in range(3)] == [422, 422, 429]


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


def _drain(gateway: Gateway) -> None:
    """Spend what time has brought the caller."""
    while wiring.deps().denials.spend(f"token:{ADMIN.token_id}", gateway.now):
        pass


def _hold(gateway: Gateway) -> None:
    """Hold nine tenths of a bitcoin, and have no denials left."""
    gateway.limits(
        risk_per_trade_fraction_max=None,
        order_notional_fraction_max="0.5",
        position_size_fraction_max="0.5",
        asset_fraction_max="0.5",
        sector_fraction_max="0.5",
        var_fraction_max=None,
        open_risk_fraction_max=None,
        stress_loss_fraction_max=None,
        correlation_max=None,
        volume_fraction_max=None,
    )
    gateway.refresh_quotes()
    gateway.fill(gateway.approved(quantity="0.9", stop_loss_price="49900"), "0.9")
    _drain(gateway)


def _tripped(gateway: Gateway) -> list[str]:
    return [breaker["name"] for breaker in gateway.account()["breakers"]]


def test_breaker_when_the_budget_is_spent_then_its_trip_is_written(spent: Gateway, counted: list[int]) -> None:
    _hold(spent)
    spent.quote(bid="46600", ask="46600")
    assert spent.submit(quantity="0.001", price="46600", stop_loss_price="46000").status == 422
    assert _tripped(spent) == ["DAILY_LOSS"]
    assert spent.submit(quantity="0.001", price="46600", stop_loss_price="46000").status == 429
    spent.advance(seconds=5)
    spent.quote(bid="49990", ask="50010")
    assert _tripped(spent) == ["DAILY_LOSS"], "the price came back, the breaker stays"
    assert counted == [1]


def test_reservation_when_it_ends_in_a_denial_beyond_the_budget_then_it_is_released(spent: Gateway) -> None:
    # A strategy that confirms what it places has what it does not confirm released.
    spent.on_order("POST", spent.approved(quantity="0.01"), "/placed")
    name = spent.approved(quantity="0.02")
    spent.advance(seconds=901)
    spent.refresh_quotes()
    _drain(spent)
    assert spent.submit(quantity="3").status == 422
    assert wiring.deps().store.get_order(ACCOUNT_ID, name).status is OrderStatus.EXPIRED
    assert spent.submit(quantity="3").status == 429


def test_prices_when_they_move_a_position_only_then_the_budget_holds(spent: Gateway, counted: list[int]) -> None:
    _hold(spent)
    for bid in ("49980", "49970", "49985"):
        spent.quote(bid=bid, ask="50010")
        assert spent.submit(quantity="3").status == 429
    assert counted == [1, 1, 1]


def test_batch_when_only_one_leg_is_an_exit_then_it_counts(spent: Gateway) -> None:
    leaving = spent.order(side="sell", reduce_only=True, quantity="1", stop_loss_price=None)
    for orders, status in (([spent.order(quantity="3"), leaving], 429), ([leaving], 422)):
        assert spent.call("POST", f"/accounts/{ACCOUNT_ID}/orders/batch", {"orders": orders}).status == status


def test_change_when_the_budget_is_spent_then_429_and_the_order_is_as_before(spent: Gateway, wire: Wire) -> None:
    name = spent.approved()
    before = spent.on_order("GET", name).body
    wire.sent.clear()
    answer = spent.on_order("PATCH", name, body={"quantity": "3"})
    assert (answer.status, answer.code) == (429, "DENIAL_BUDGET_SPENT")
    assert set(wire.operations()) == {READ, "GetItem"}
    assert spent.on_order("GET", name).body == before
