"""CORRELATION: the candidate with its sign against the rest of the book, also on real returns."""

from __future__ import annotations

import csv
from array import array
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from riskgate.core.checks.correlation import EXACT_SINCE, OBSERVATIONS_MIN
from riskgate.core.codes import DenyCode
from riskgate.core.correlations import CORRELATION_ONE, UNDEFINED, VOLATILITY_ONE, Correlations
from riskgate.core.figures import CORRELATION_AGE_MAX, CorrelationRow
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    DISABLED,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SECOND,
    SELL,
    SWAP,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_row,
    build_working,
    run_check,
)

CODE = DenyCode.CORRELATION
LIMITS = build_limits(correlation_max="0.8")
ETH, SOL = "ETH/USDT:USDT", "SOL/USDT:USDT"
CLOSES = Path(__file__).parents[3] / "data" / "daily_closes.csv"


@pytest.mark.parametrize(("rho", "outcome"), [("0.79", PASSED), ("0.8", PASSED), ("0.80004", VIOLATED)])
@pytest.mark.parametrize(("side", "held"), [(BUY, 10), (SELL, -10)])
def test_entry_when_in_the_books_direction_then_denied_above_the_limit(
    side: Side, held: int, rho: str, outcome: object
) -> None:
    given: dict[str, Any] = {"limits": LIMITS, "correlation": build_row("BTC", {"ETH": rho})}
    state = build_account(positions=[build_position(held, ETH)])

    assert run_check(CODE, build_order(symbol=SWAP, side=side), state, **given).outcome is outcome


@pytest.mark.parametrize(("side", "held"), [(SELL, 10), (BUY, -10)])
def test_hedge_when_against_the_book_then_passes_with_the_negative_correlation(side: Side, held: int) -> None:
    state = build_account(positions=[build_position(held, ETH)])
    row = build_row("BTC", {"ETH": "0.95"})

    result = run_check(CODE, build_order(symbol=SWAP, side=side), state, limits=LIMITS, correlation=row)
    assert (result.outcome, result.observed) == (PASSED, Decimal("-0.95"))


@pytest.mark.parametrize(("side", "held"), [(BUY, 10), (SELL, -10)])
def test_entry_when_the_assets_move_against_each_other_then_the_opposite_sides_are_alike(side: Side, held: int) -> None:
    row = build_row("BTC", {"ETH": "-0.95"})
    state = build_account(positions=[build_position(-held, ETH)])

    order = build_order(symbol=SWAP, side=side)
    assert run_check(CODE, order, state, limits=LIMITS, correlation=row).outcome is VIOLATED


@pytest.mark.parametrize(
    "row",
    [
        None,
        build_row("BTC", {}),
        build_row("BTC", {"ETH": "0.1"}, observations={"ETH": OBSERVATIONS_MIN - 1}),
        build_row("BTC", {"ETH": "0.1"}, volatilities={}),
    ],
    ids=["no row", "asset missing", "29 returns", "no volatility"],
)
def test_entry_when_data_is_missing_or_short_then_one_in_the_same_direction_and_no_hedge_in_the_other(row: Any) -> None:
    state = build_account(positions=[build_position(10, ETH)])

    same = run_check(CODE, build_order(symbol=SWAP), state, limits=LIMITS, correlation=row)
    assert (same.outcome, same.observed) == (VIOLATED, Decimal(1))
    hedge = run_check(CODE, build_order(symbol=SWAP, side=SELL), state, limits=LIMITS, correlation=row)
    assert (hedge.outcome, hedge.observed) == (PASSED, Decimal(0))


def test_entry_when_thirty_returns_are_known_then_they_are_believed() -> None:
    row = build_row("BTC", {"ETH": "0.1"}, observations={"ETH": OBSERVATIONS_MIN})
    state = build_account(positions=[build_position(10, ETH)])

    assert run_check(CODE, build_order(), state, limits=LIMITS, correlation=row).outcome is PASSED


def test_entry_when_one_asset_of_many_lacks_data_then_denied() -> None:
    state = build_account(positions=[build_position(10, ETH), build_position(1, SOL)])
    row = build_row("BTC", {"ETH": "-0.9"})

    assert run_check(CODE, build_order(), state, limits=LIMITS, correlation=row).outcome is VIOLATED


def test_entry_when_an_order_only_works_then_it_belongs_to_the_book() -> None:
    state = build_account(working=[build_working(10, ETH)])
    row = build_row("BTC", {"ETH": "0.95"})

    assert run_check(CODE, build_order(), state, limits=LIMITS, correlation=row).outcome is VIOLATED


def test_entry_when_there_is_no_book_or_only_the_same_asset_then_passes() -> None:
    same_asset = build_account(positions=[build_position(10, SWAP)])

    assert run_check(CODE, build_order(), limits=LIMITS).outcome is PASSED
    assert run_check(CODE, build_order(), same_asset, limits=LIMITS).outcome is PASSED


def test_book_when_its_assets_do_not_move_then_no_correlation() -> None:
    state = build_account(positions=[build_position(10, ETH)])
    still = build_row("BTC", {"ETH": "0.9"}, volatilities={"ETH": Decimal(0)})

    assert run_check(CODE, build_order(), state, limits=LIMITS, correlation=still).observed == 0


def test_exit_when_the_book_is_correlated_then_exempt() -> None:
    state = build_account(positions=[build_position(10), build_position(10, ETH)])

    assert run_check(CODE, build_order(side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE


def test_order_when_it_cannot_be_valued_then_not_applicable_and_limit_when_none_then_disabled() -> None:
    state = build_account(positions=[build_position(10, ETH)])

    market = build_order(type=OrderType.MARKET)
    assert run_check(CODE, market, state, quote=None, limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(CODE, build_order(), state).outcome is DISABLED


@cache
def read_log_returns() -> dict[str, npt.NDArray[np.float64]]:
    """Return the daily log returns of 2021 of every asset that has a close on each of its days."""
    with CLOSES.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["date"].startswith("2021")]
    assets = [name for name in rows[0] if name != "date" and all(row[name] for row in rows)]
    return {name: np.diff(np.log([float(row[name]) for row in rows])) for name in assets}


def observe(candidate: str, side: Side, book: dict[str, int]) -> float:
    """Return the engine's figure, from correlations as the scheduled job would write them."""
    returns, assets = read_log_returns(), (candidate, *book)
    found = np.corrcoef([returns[name] for name in assets])
    matrix = Correlations(
        as_of=NOW,
        assets=assets,
        volatilities=array("I", [round(float(returns[name].std(ddof=1)) * VOLATILITY_ONE) for name in assets]),
        pairs=array("h", [round(float(rho) * CORRELATION_ONE) for rho in found[np.tril_indices(len(assets), -1)]]),
    )
    row = CorrelationRow(asset=candidate, as_of=NOW).for_book(book, matrix)
    state = build_account(positions=[build_position(units, f"{name}/USDT:USDT") for name, units in book.items()])
    order = build_order(symbol=f"{candidate}/USDT:USDT", side=side)
    observed = run_check(CODE, order, state, limits=LIMITS, correlation=row).observed
    assert observed is not None
    return float(observed)


def expect(candidate: str, side: Side, book: dict[str, int]) -> float:
    """Return the correlation of the signed candidate with the book's own return series."""
    returns = read_log_returns()
    series = np.sum([units * returns[name] for name, units in book.items()], axis=0)
    return float(np.corrcoef(side.sign * returns[candidate], series)[0, 1])


@pytest.mark.skipif(not CLOSES.exists(), reason="no price history in tests/data")
class TestRealReturns:
    @pytest.mark.parametrize("held", ["ETH", "SOL", "DOGE", "USDT", "LUNA"])
    @pytest.mark.parametrize("units", [7, -7])
    @pytest.mark.parametrize("side", [BUY, SELL])
    def test_book_when_of_one_asset_then_exact(self, held: str, units: int, side: Side) -> None:
        assert observe("BTC", side, {held: units}) == pytest.approx(expect("BTC", side, {held: units}), abs=2e-5)

    @pytest.mark.parametrize(
        "book",
        [
            {"ETH": 5, "SOL": 5},
            {"ETH": 9, "ADA": 3, "LINK": -2},
            {"BNB": 4, "XRP": -4, "DOT": 4, "LTC": -4},
            {"BNB": -4, "XRP": -1, "DOT": -4, "LTC": -4, "BTC": -2},
        ],
        ids=str,
    )
    @pytest.mark.parametrize("candidate", ["ALGO", "AVAX", "UNI"])
    @pytest.mark.parametrize("side", [BUY, SELL])
    def test_book_when_of_many_then_its_own_correlation(self, candidate: str, side: Side, book: dict[str, int]) -> None:
        assert observe(candidate, side, book) == pytest.approx(expect(candidate, side, book), abs=1e-4)


def test_row_when_its_numbers_do_not_fit_its_assets_then_denied() -> None:
    row = build_row("BTC", {"ETH": "0.1"})
    assert row.book is not None
    broken = replace(row, book=replace(row.book, pairs=""))
    state = build_account(positions=[build_position(10, ETH)])

    assert run_check(CODE, build_order(), state, limits=LIMITS, correlation=broken).outcome is VIOLATED


def test_matrix_when_it_is_two_days_old_then_not_believed() -> None:
    row = build_row("BTC", {"ETH": "0.1"}, as_of=NOW - CORRELATION_AGE_MAX - SECOND)
    state = build_account(positions=[build_position(10, ETH)])

    assert run_check(CODE, build_order(), state, limits=LIMITS, correlation=row).observed == 1


def test_book_when_two_of_its_assets_have_too_little_in_common_then_both_are_unknown() -> None:
    matrix = Correlations(
        as_of=NOW,
        assets=("BTC", "ETH", "SOL"),
        volatilities=array("I", [10**7] * 3),
        pairs=array("h", [0, 0, UNDEFINED]),
    )
    row = CorrelationRow(asset="BTC", as_of=NOW).for_book(("ETH", "SOL"), matrix)
    both = build_account(positions=[build_position(10, ETH), build_position(10, SOL)])
    one = build_account(positions=[build_position(10, ETH)])

    assert run_check(CODE, build_order(), both, limits=LIMITS, correlation=row).observed == 1
    assert run_check(CODE, build_order(), one, limits=LIMITS, correlation=row).observed == 0


def test_order_when_in_the_log_by_rules_before_then_the_row_alone_decides_as_it_did() -> None:
    row = replace(build_row("BTC", {"ETH": "0.6", "SOL": "0.6"}), book=None)
    state = build_account(positions=[build_position(10, ETH), build_position(10, SOL)])

    before = run_check(CODE, build_order(), state, limits=LIMITS, correlation=row, rules=EXACT_SINCE - 1)
    assert before.observed == pytest.approx(Decimal("0.7276"), abs=Decimal("0.0001"))
    assert run_check(CODE, build_order(), state, limits=LIMITS, correlation=row).observed == 1


def test_matrix_when_it_was_read_before_then_another_one_made_of_it_is_read_anew() -> None:
    matrix = build_row("BTC", {"ETH": "0.5", "SOL": "0.1"}).book
    other = build_row("BTC", {"ETH": "-0.9", "SOL": "0.4"}).book
    assert matrix is not None
    assert other is not None
    weights = [300, -200]
    before = matrix.read(), matrix.compute_variance(weights)

    changed = replace(matrix, pairs=other.pairs)

    assert (matrix.read(), matrix.compute_variance(weights)) == before
    assert (changed.read(), changed.compute_variance(weights)) == (other.read(), other.compute_variance(weights))
    assert matrix.compute_variance([300, 200]) != before[1]


@pytest.mark.parametrize(
    ("rho", "side", "changes", "observed"),
    [
        ("0.5", BUY, {}, "0.5"),
        ("0.5", SELL, {}, "-0.5"),
        ("-0.6", BUY, {}, "-0.6"),
        ("0.5", BUY, {"observations": {"ETH": OBSERVATIONS_MIN}}, "0.5"),
        ("0.5", BUY, {"observations": {"ETH": OBSERVATIONS_MIN - 1}}, "1"),
        ("0.5", SELL, {"observations": {"ETH": OBSERVATIONS_MIN - 1}}, "0"),
        ("0.5", BUY, {"volatilities": {}}, "1"),
        ("0.5", BUY, {"as_of": NOW - CORRELATION_AGE_MAX}, "0.5"),
        ("0.5", BUY, {"as_of": NOW - CORRELATION_AGE_MAX - SECOND}, "1"),
        ("0.5", SELL, {"as_of": NOW - CORRELATION_AGE_MAX - SECOND}, "0"),
        ("0.5", BUY, {"volatilities": {"ETH": Decimal(0)}}, "0"),
    ],
)
def test_correlation_when_an_old_entry_is_decided_again_then_from_the_candidates_row_and_in_a_small_book_too(
    rho: str, side: Side, changes: dict[str, Any], observed: str
) -> None:
    """Ten of ETH: a risk weight of 0.2, of which the row explains 0.2 rho and leaves 0.04 (1 - rho^2)."""
    row = build_row("BTC", {"ETH": rho}, **changes)
    state = build_account(positions=[build_position("0.1", ETH)])
    order = build_order(symbol=SWAP, side=side)
    result = run_check(CODE, order, state, limits=LIMITS, correlation=row, rules=EXACT_SINCE - 1)
    assert result.observed == Decimal(observed)
