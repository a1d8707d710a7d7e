"""INSTRUMENT_NOT_FOUND: what the venue does not list cannot be valued."""

from __future__ import annotations

from riskgate.core.codes import DenyCode
from tests.support.builders import (
    NOT_APPLICABLE,
    PASSED,
    SELL,
    VIOLATED,
    build_account,
    build_instrument,
    build_order,
    build_position,
    evaluate_order,
    run_check,
)

CODE = DenyCode.INSTRUMENT_NOT_FOUND


def test_instrument_when_listed_then_passes() -> None:
    assert run_check(CODE, build_order()).outcome is PASSED


def test_instrument_when_unknown_then_denied_under_this_code() -> None:
    assert evaluate_order(build_order(), instrument=None).code is CODE


def test_instrument_when_inactive_then_only_exits_pass_by_the_present_rules() -> None:
    state = build_account(positions=[build_position(10)])
    inactive = build_instrument(active=False)

    assert run_check(CODE, build_order(), state, instrument=inactive).outcome is VIOLATED
    assert run_check(CODE, build_order(side=SELL), state, instrument=inactive, rules=1).outcome is VIOLATED
    assert run_check(CODE, build_order(side=SELL), state, instrument=inactive).outcome is NOT_APPLICABLE
