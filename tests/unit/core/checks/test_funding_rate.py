"""FUNDING_RATE: what holding a swap pays per interval."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.core.checks.funding_rate import compute_dearest
from riskgate.core.codes import DenyCode
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
    build_limits,
    build_order,
    build_position,
    run_check,
)

CODE = DenyCode.FUNDING_RATE
LIMITS = build_limits(funding_rate_fraction_max="0.003")


@pytest.mark.parametrize(
    ("quantity", "side", "rate", "outcome"),
    [
        (10, BUY, "0.003", PASSED),
        (10, BUY, "0.0031", VIOLATED),
        (10, BUY, "-0.02", PASSED),
        (-10, SELL, "-0.003", PASSED),
        (-10, SELL, "-0.0031", VIOLATED),
        (-10, SELL, "0.02", PASSED),
    ],
)
def test_entry_when_its_side_pays_more_than_the_limit_then_denied(
    quantity: int, side: Side, rate: str, outcome: object
) -> None:
    state = build_account(positions=[build_position(quantity, SWAP, funding_rate=Decimal(rate))])

    assert run_check(CODE, build_order(symbol=SWAP, side=side), state, limits=LIMITS).outcome is outcome
    opposite = SELL if side is BUY else BUY
    assert run_check(CODE, build_order(symbol=SWAP, side=opposite), state, limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(CODE, build_order(symbol=SWAP, side=side), state).outcome is DISABLED


def test_rate_when_unknown_then_not_applicable() -> None:
    state = build_account(positions=[build_position(10, SWAP)])

    assert run_check(CODE, build_order(symbol=SWAP), state, limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(CODE, build_order(symbol=SWAP), limits=LIMITS).outcome is NOT_APPLICABLE


def test_account_when_measured_then_the_dearest_position_counts_and_what_is_received_does_not() -> None:
    pays = build_position(-1, SWAP, funding_rate=Decimal("-0.002"))
    gets = build_position(1, "ETH/USDT:USDT", funding_rate=Decimal("-0.05"))

    assert compute_dearest(build_account(positions=[pays, gets])) == Decimal("0.002")
    assert compute_dearest(build_account(positions=[gets])) == 0
    assert compute_dearest(build_account()) == 0
