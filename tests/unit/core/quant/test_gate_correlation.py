"""CORRELATION in the gate against the whole matrix in floats, and against the book's own series of returns."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from riskgate.core.checks.result import CheckOutcome
from riskgate.core.codes import DenyCode
from riskgate.core.correlations import Correlations
from riskgate.core.order import Order
from riskgate.core.quant.correlation import compute_book_correlation, compute_correlation
from riskgate.core.quant.gate_inputs import build_correlations
from riskgate.core.quant.portfolio import align_daily_closes
from riskgate.core.quant.returns import compute_log_returns
from riskgate.core.side import Side
from tests.support.builders import (
    NOW,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_quote,
    run_check,
)
from tests.unit.core.quant.test_gate_inputs import ASSETS, EQUITY, closes, rows

#: What CORRELATION allows unless told otherwise, and how near to it two ways to add up may disagree.
SHIPPED_MAX, NEAR = 0.8, 0.005
BOOKS = 400


@cache
def matrix() -> Correlations:
    found = build_correlations(closes(), NOW)
    assert found is not None
    return found


def decide(order: Order, held: dict[str, int]) -> tuple[CheckOutcome, float]:
    """Return the gate's verdict and figure on a book of whole units at 100."""
    positions = [build_position(units, f"{asset}/USDT:USDT", 100) for asset, units in held.items()]
    asset = order.symbol.partition("/")[0]
    result = run_check(
        DenyCode.CORRELATION, order, build_account(10 * EQUITY, positions=positions),
        limits=build_limits(correlation_max=str(SHIPPED_MAX)),
        correlation=rows()[asset].for_book(held, matrix()), quote=build_quote(order.symbol),
    )  # fmt: skip
    assert result.observed is not None
    return result.outcome, float(result.observed)


def draw(sides: str) -> Iterator[tuple[Order, dict[str, int]]]:
    """Draw books of two to eight coins with a candidate that is none of them."""
    generator = np.random.default_rng(3)
    for _ in range(BOOKS):
        chosen = [str(a) for a in generator.choice(ASSETS, size=int(generator.integers(3, 10)), replace=False)]
        mixed = [int(sign) for sign in generator.choice((-1, 1), size=len(chosen))]
        signs = {"long": [1] * len(chosen), "short": [-1] * len(chosen), "mixed": mixed}[sides]
        held = {a: sign * int(generator.integers(1, 100)) for a, sign in zip(chosen[1:], signs[1:], strict=True)}
        side = Side.BUY if signs[0] > 0 else Side.SELL
        yield build_order(1, symbol=f"{chosen[0]}/USDT:USDT", side=side), held


@pytest.mark.parametrize("sides", ["long", "short", "mixed"])
def test_correlation_when_held_against_the_full_matrix_then_the_same_verdict(sides: str) -> None:
    aligned = align_daily_closes(closes(), ASSETS, NOW)
    returns = compute_log_returns(aligned.closes)
    full = compute_correlation(returns, ASSETS)
    denied, near, errors = 0, 0, []
    for order, held in draw(sides):
        exposures = np.array([held.get(asset, 0) * 100.0 for asset in ASSETS])
        asset = order.symbol.partition("/")[0]
        exact = compute_book_correlation(full, exposures, asset, side=order.side.sign)
        # No gaps in these closes: the matrix is that of the book's own returns.
        series = order.side.sign * np.corrcoef(returns @ exposures, returns[:, ASSETS.index(asset)])[0, 1]
        assert exact == pytest.approx(series, abs=1e-9)
        assert exact is not None
        outcome, observed = decide(order, held)
        errors.append(abs(observed - exact))
        denied += outcome is VIOLATED
        near += abs(exact - SHIPPED_MAX) <= NEAR
        if abs(exact - SHIPPED_MAX) > NEAR:
            assert (outcome is VIOLATED) is (exact > SHIPPED_MAX)
    # Some of each: what is never denied, or always, proves nothing.
    assert 10 < denied < BOOKS - 10
    assert near < BOOKS / 10
    # The steps of what is stored: measured 4e-5 for books of one direction.
    assert max(errors) < (1e-3 if sides == "mixed" else 1e-4)


def test_book_when_its_legs_cancel_out_then_it_does_not_move_and_is_no_book() -> None:
    alike = Correlations(
        as_of=NOW,
        assets=("BTC", "STETH", "ETH"),
        volatilities=array("I", [10**7] * 3),
        pairs=array("h", [25_600, 25_600, 32_000]),
    )
    order = build_order(1, symbol="BTC/USDT:USDT")
    positions = [build_position(units, f"{asset}/USDT:USDT", 100) for asset, units in (("ETH", 50), ("STETH", -50))]
    result = run_check(
        DenyCode.CORRELATION, order, build_account(10 * EQUITY, positions=positions),
        limits=build_limits(correlation_max="0.8"), quote=build_quote(order.symbol),
        correlation=rows()["BTC"].for_book({"ETH", "STETH"}, alike),
    )  # fmt: skip
    assert result.observed == 0
