"""ORDER_RATE: a sliding window over approvals; excess is denied, exits pass."""

from __future__ import annotations

from datetime import timedelta

import pytest

from riskgate.core.account.document import RecentOrder
from riskgate.core.codes import DenyCode
from riskgate.core.orders.events import BatchDecided
from tests.support.builders import (
    DISABLED,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SECOND,
    SELL,
    VIOLATED,
    apply,
    approve,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_snapshot,
    build_submitted,
    decide,
    run_check,
)

CODE = DenyCode.ORDER_RATE
LIMITS = build_limits(order_rate_max=3, order_rate_window_seconds=10)


def list_recent(count: int, age: float = 0) -> tuple[RecentOrder, ...]:
    at = NOW - timedelta(seconds=age)
    return tuple(RecentOrder(at=at, client_order_id=f"r{n}", fingerprint=f"r{n}") for n in range(count))


def test_orders_when_older_than_every_window_then_kept_no_longer() -> None:
    state = build_account(recent_orders=(*list_recent(2, 3600), *list_recent(1)))
    limits = build_limits(order_rate_max=3, order_rate_window_seconds=60, duplicate_window_seconds=30)
    assert apply(state, build_snapshot(), limits=limits).state.recent_orders == list_recent(1)


@pytest.mark.parametrize(("count", "outcome"), [(0, PASSED), (1, PASSED), (2, PASSED), (3, VIOLATED), (9, VIOLATED)])
def test_order_when_more_than_the_limit_then_denied(count: int, outcome: object) -> None:
    state = build_account(recent_orders=list_recent(count))

    assert run_check(CODE, build_order(), state, limits=LIMITS).outcome is outcome


@pytest.mark.parametrize(("age", "outcome"), [(9.999, VIOLATED), (10, PASSED), (-60, VIOLATED)])
def test_window_when_it_slides_then_only_what_is_inside_counts(age: float, outcome: object) -> None:
    """Approvals from after now belong to a clock that stepped back: they count."""
    state = build_account(recent_orders=list_recent(3, age))

    assert run_check(CODE, build_order(), state, limits=LIMITS).outcome is outcome


def test_approvals_when_made_then_counted_and_denials_not() -> None:
    state = build_account()
    for number in range(3):
        state = approve(state, build_order(client_order_id=f"a{number}"), limits=LIMITS)
    after, decision = decide(state, build_order(client_order_id="a3"), limits=LIMITS)
    assert decision.evaluation.code is CODE
    assert after.recent_orders == state.recent_orders

    later = NOW + 10 * SECOND
    assert decide(after, build_order(client_order_id="a4"), limits=LIMITS, now=later)[1].approved


def test_batch_when_its_legs_are_more_than_the_limit_then_denied_whole() -> None:
    legs = tuple(build_submitted(build_order(client_order_id=f"b{number}")) for number in range(4))

    result = apply(build_account(), BatchDecided(legs=legs), limits=LIMITS)

    assert [decision.approved for decision in result.decisions] == [True, True, True, False]
    assert result.decisions[3].evaluation.code is CODE
    assert not result.state.working_orders


@pytest.mark.parametrize("limit", [200, 250, 1000])
def test_limit_when_beyond_what_the_document_keeps_then_still_enforced(limit: int) -> None:
    limits = build_limits(order_rate_max=limit, order_rate_window_seconds=3600)
    state = build_account()
    approved = 0
    for number in range(260):
        order = build_order(client_order_id=f"a{number}", quantity=number + 1)
        state, decision = decide(state, order, limits=limits)
        approved += decision.approved

    assert approved == 200


def test_exit_when_the_rate_is_spent_then_exempt_and_counted() -> None:
    state = build_account(positions=[build_position(10)], recent_orders=list_recent(3))

    assert run_check(CODE, build_order(side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE
    assert len(approve(state, build_order(side=SELL), limits=LIMITS).recent_orders) == 4


def test_limit_when_none_then_disabled() -> None:
    assert run_check(CODE, build_order(), build_account(recent_orders=list_recent(99))).outcome is DISABLED
