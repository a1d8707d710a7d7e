"""STRATEGY_UNKNOWN: once strategies are registered, no other adds exposure, and each is held to its own rules."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.parts import Heartbeat
from riskgate.core.codes import DenyCode
from riskgate.core.limits import StrategyRules
from tests.support.builders import (
    DISABLED,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SELL,
    SPOT,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    run_check,
)

CODE = DenyCode.STRATEGY_UNKNOWN


def registered(**rules: Any) -> Any:
    return build_limits(strategies={"trend": StrategyRules(**rules)})


@pytest.mark.parametrize(
    ("limits", "strategy", "outcome"),
    [
        (build_limits(), "trend", DISABLED),
        (registered(), "trend", PASSED),
        (registered(), "carry", VIOLATED),
        (registered(), "", VIOLATED),
        (build_limits(strategies={}), "trend", VIOLATED),
        (build_limits(strategies={"trend": StrategyRules()}, strategies_known_only=False), "carry", DISABLED),
    ],
)
def test_entry_when_strategies_are_registered_then_only_of_those(limits: Any, strategy: str, outcome: object) -> None:
    assert run_check(CODE, build_order(strategy=strategy), limits=limits).outcome is outcome


def test_exit_when_the_strategy_is_unknown_then_passes() -> None:
    state = build_account(positions=[build_position(10)])
    assert (
        run_check(CODE, build_order(side=SELL, strategy="carry"), state, limits=registered()).outcome is NOT_APPLICABLE
    )


@pytest.mark.parametrize(
    ("own", "accounts", "limit"),
    [("0.02", "0.05", "0.02"), ("0.5", "0.05", "0.05"), ("0.02", None, "0.02"), (None, "0.05", "0.05")],
)
def test_budget_when_registered_then_the_tighter_one_holds(own: str | None, accounts: str | None, limit: str) -> None:
    limits = build_limits(
        strategies={"trend": StrategyRules(fraction_max=Decimal(own) if own else None)},
        strategy_fraction_max=Decimal(accounts) if accounts else None,
    )
    assert run_check(DenyCode.STRATEGY_BUDGET, build_order(), limits=limits).limit == Decimal(limit)


@pytest.mark.parametrize(("symbols", "outcome"), [((SPOT,), PASSED), (("ETH/USDT",), VIOLATED), ((), VIOLATED)])
def test_symbol_when_registered_then_no_other(symbols: tuple[str, ...], outcome: object) -> None:
    result = run_check(DenyCode.SYMBOL_NOT_PERMITTED, build_order(), limits=registered(symbols=symbols))
    assert result.outcome is outcome


def test_stop_when_registered_as_required_then_required_of_this_strategy_alone() -> None:
    limits = registered(stop_loss_required=True)
    assert run_check(DenyCode.STOP_LOSS_REQUIRED, build_order(), limits=limits).outcome is VIOLATED
    assert run_check(DenyCode.STOP_LOSS_REQUIRED, build_order(strategy="carry"), limits=limits).outcome is DISABLED


@pytest.mark.parametrize(
    ("promised", "silent", "outcome"), [(None, 0, VIOLATED), (600, 30, PASSED), (600, 31, VIOLATED), (10, 11, VIOLATED)]
)
def test_heartbeat_when_registered_then_the_shorter_silence_counts(
    promised: int | None, silent: int, outcome: object
) -> None:
    beats = (
        {} if promised is None else {"trend": Heartbeat(at=NOW - timedelta(seconds=silent), interval_seconds=promised)}
    )
    state = build_account(heartbeats=beats)
    result = run_check(DenyCode.HEARTBEAT_MISSED, build_order(), state, limits=registered(heartbeat_seconds=30))
    assert result.outcome is outcome
