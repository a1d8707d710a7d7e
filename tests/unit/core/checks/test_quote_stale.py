"""QUOTE_STALE: an old price values nothing; exits may use an older one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from riskgate.core.codes import DenyCode
from tests.support.builders import (
    DISABLED,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SELL,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_quote,
    run_check,
)

CODE = DenyCode.QUOTE_STALE
LIMITS = build_limits(quote_max_age_seconds=30, quote_max_age_reducing_seconds=300)


@pytest.mark.parametrize(("age", "outcome"), [(0, PASSED), (30, PASSED), (30.001, VIOLATED)])
def test_entry_when_the_quote_is_old_then_denied(age: float, outcome: object) -> None:
    quote = build_quote(at=NOW - timedelta(seconds=age))

    assert run_check(CODE, build_order(), quote=quote, limits=LIMITS).outcome is outcome


@pytest.mark.parametrize(("age", "outcome"), [(31, PASSED), (300, PASSED), (300.001, VIOLATED)])
@pytest.mark.parametrize("reduce_only", [True, False])
def test_exit_when_the_quote_is_old_then_the_first_rules_judge_by_the_longer_limit(
    age: float, outcome: object, *, reduce_only: bool
) -> None:
    state = build_account(positions=[build_position(10)])
    quote = build_quote(at=NOW - timedelta(seconds=age))

    order = build_order(side=SELL, reduce_only=reduce_only)
    assert run_check(CODE, order, state, quote=quote, limits=LIMITS, rules=1).outcome is outcome
    assert run_check(CODE, order, state, quote=quote, limits=LIMITS).outcome is not VIOLATED


@pytest.mark.parametrize(
    ("entries", "exits", "age", "outcome"),
    [(30, 1, 30, PASSED), (30, 1, 31, VIOLATED), (None, 1, 86_400, DISABLED), (30, None, 86_400, DISABLED)],
)
def test_exit_when_its_own_limit_is_the_stricter_one_then_judged_as_an_entry_would_be(
    entries: int | None, exits: int | None, age: int, outcome: object
) -> None:
    limits = build_limits(quote_max_age_seconds=entries, quote_max_age_reducing_seconds=exits)
    quote = build_quote(at=NOW - timedelta(seconds=age))

    order = build_order(side=SELL, reduce_only=True)
    state = build_account(positions=[build_position(10)])
    assert run_check(CODE, order, state, quote=quote, limits=limits, rules=1).outcome is outcome


@pytest.mark.parametrize(("ahead", "outcome"), [(30, PASSED), (31, VIOLATED), (86_400, VIOLATED)])
def test_quote_when_from_the_future_then_it_would_never_grow_old_and_is_denied(ahead: int, outcome: object) -> None:
    quote = build_quote(at=NOW + timedelta(seconds=ahead))

    assert run_check(CODE, build_order(), quote=quote, limits=LIMITS).outcome is outcome


def test_quote_when_missing_then_not_applicable() -> None:
    assert run_check(CODE, build_order(), quote=None, limits=LIMITS).outcome is NOT_APPLICABLE


def test_limit_when_none_then_disabled() -> None:
    assert run_check(CODE, build_order(), quote=build_quote(at=NOW - timedelta(days=1))).outcome is DISABLED
