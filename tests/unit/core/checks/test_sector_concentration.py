"""SECTOR_CONCENTRATION: one sector, and one bucket for what nobody classified."""

from __future__ import annotations

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    DISABLED,
    NOT_APPLICABLE,
    PASSED,
    SELL,
    SWAP,
    VIOLATED,
    build_account,
    build_instrument,
    build_limits,
    build_order,
    build_position,
    build_working,
    run_check,
)

CODE = DenyCode.SECTOR_CONCENTRATION
LIMITS = build_limits(sector_fraction_max="0.30")


@pytest.mark.parametrize(("quantity", "outcome"), [("5", PASSED), ("5.001", VIOLATED)])
@pytest.mark.parametrize("side", [BUY, SELL])
def test_order_when_its_sector_is_beyond_the_limit_then_denied(side: Side, quantity: str, outcome: object) -> None:
    state = build_account(
        positions=[build_position(10, "ETH/USDT"), build_position(-10, "SOL/USDT:USDT")],
        working=[build_working(5, "ADA/USDT")],
    )

    assert run_check(CODE, build_order(quantity, symbol=SWAP, side=side), state, limits=LIMITS).outcome is outcome


def test_order_when_the_others_are_of_another_sector_then_they_do_not_count() -> None:
    state = build_account(positions=[build_position(30, "UNI/USDT", sector="defi")])

    assert run_check(CODE, build_order(30), state, limits=LIMITS).outcome is PASSED


def test_sector_when_the_account_names_one_then_it_goes_before_the_instruments() -> None:
    state = build_account(positions=[build_position(30, "UNI/USDT", sector="defi")], sectors={"BTC": "defi"})

    assert run_check(CODE, build_order("0.001"), state, limits=LIMITS).outcome is VIOLATED


def test_sector_when_unknown_then_one_bucket_with_the_same_limit() -> None:
    state = build_account(positions=[build_position(30, "UNI/USDT", sector=None)])
    unclassified = build_instrument(sector=None)

    result = run_check(CODE, build_order("0.001"), state, limits=LIMITS, instrument=unclassified)
    assert result.outcome is VIOLATED
    assert "unknown" in result.message


def test_exit_when_the_sector_is_beyond_the_limit_then_exempt() -> None:
    state = build_account(positions=[build_position(500)])

    assert run_check(CODE, build_order(side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE


@pytest.mark.parametrize("equity", ["0", "NaN"])
def test_sector_when_equity_is_not_positive_then_denied(equity: str) -> None:
    assert run_check(CODE, build_order(), build_account(equity), limits=LIMITS).outcome is VIOLATED


def test_order_when_it_cannot_be_valued_then_not_applicable_and_limit_when_none_then_disabled() -> None:
    assert run_check(CODE, build_order(type=OrderType.MARKET), quote=None, limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(CODE, build_order(1000)).outcome is DISABLED
