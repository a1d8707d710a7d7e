"""Backtests of models and of an account's own reports."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.quant.backtest import Backtest, compute_rolling_forecast, evaluate_forecasts
from riskgate.core.quant.coverage_tests import (
    Transitions,
    compute_independence,
    compute_unconditional_coverage,
    count_transitions,
)
from riskgate.core.quant.results import InsufficientData
from riskgate.core.quant.tail_model import Method
from riskgate.core.quant.tail_risk import compute_tail_risk
from riskgate.core.quant.traffic_light import Zone
from tests.unit.core.quant.reference_data import backtest_of, sample_until


def evaluate(outcomes: object, forecasts: object, confidence: float = 0.95) -> Backtest:
    result = evaluate_forecasts(outcomes, forecasts, confidence=confidence)  # type: ignore[arg-type]
    assert isinstance(result, Backtest)
    return result


def test_exception_when_loss_equals_var_then_none() -> None:
    outcomes, forecasts = np.full(60, 0.01), np.full(60, 0.05)
    outcomes[10] = -0.05
    assert evaluate(outcomes, forecasts).exceptions == 0
    outcomes[10] = np.nextafter(-0.05, -1.0)
    assert evaluate(outcomes, forecasts).exceptions == 1


def test_own_reports_when_in_money_and_some_are_missing_then_dropped_and_counted() -> None:
    rng = np.random.default_rng(4)
    pnl, var = rng.normal(0.0, 1_000.0, 300), np.full(300, 1_645.0)
    var[[5, 6]], pnl[200] = math.nan, math.nan
    result = evaluate(pnl, var)
    assert (result.observations, result.exceptions) == (297, int(np.count_nonzero(pnl < -var)))
    assert result.expected_exceptions == pytest.approx(14.85)


def test_own_reports_when_var_is_far_too_small_then_red() -> None:
    rng = np.random.default_rng(4)
    result = evaluate(rng.normal(0.0, 1_000.0, 252), np.full(252, 500.0))
    assert result.zone is Zone.RED
    assert result.unconditional_coverage.p_value < 0.001
    assert (result.bounds.green_max, result.bounds.yellow_max) == (17, 26)


def test_own_reports_when_exceptions_cluster_then_independence_rejects() -> None:
    outcomes, forecasts = np.full(252, 0.0), np.full(252, 0.05)
    outcomes[100:105] = -0.1
    result = evaluate(outcomes, forecasts)
    assert round(result.independence.statistic, 4) == 31.0493
    assert result.independence.p_value < 0.05


@pytest.mark.parametrize("days", [0, 1, 59])
def test_own_reports_when_too_few_days_then_insufficient(days: int) -> None:
    result = evaluate_forecasts(np.zeros(days), np.ones(days), confidence=0.95)
    assert isinstance(result, InsufficientData)
    assert (result.observations, result.minimum_observations) == (days, 60)


def test_own_reports_when_lengths_differ_or_infinite_then_refused() -> None:
    with pytest.raises(ValueError, match="one forecast per outcome"):
        evaluate_forecasts(np.zeros(100), np.zeros(99), confidence=0.95)
    with pytest.raises(ValueError, match="infinite"):
        evaluate_forecasts(np.zeros(100), np.full(100, math.inf), confidence=0.95)


@pytest.mark.parametrize("method", list(Method))
def test_rolling_forecast_when_any_method_then_each_day_sees_only_the_days_before(method: Method) -> None:
    returns = sample_until(("BTC", "ETH"), "2022-06-30", window_days=320).returns @ np.array([0.6, 0.4])
    forecast = compute_rolling_forecast(returns, confidence=0.99, method=method)
    assert not isinstance(forecast, InsufficientData)
    assert forecast.shape == (320 - 252,)
    for day in (0, 13, 67):
        one = compute_tail_risk(returns[day : day + 252], confidence=0.99, method=method)
        assert not isinstance(one, InsufficientData)
        assert forecast[day] == pytest.approx(one.var_fraction, rel=1e-12)


def test_rolling_forecast_when_history_does_not_exceed_the_window_then_insufficient() -> None:
    for days in (252, 100):
        returns = np.random.default_rng(1).normal(size=days) * 0.02
        assert isinstance(compute_rolling_forecast(returns, confidence=0.95), InsufficientData)


def test_backtest_when_too_few_forecasts_then_insufficient() -> None:
    returns = np.random.default_rng(1).normal(size=252 + 59) * 0.02
    result = backtest_of(returns, 0.95)
    assert isinstance(result, InsufficientData)
    assert result.observations == 59


def test_counts_when_impossible_then_refused() -> None:
    with pytest.raises(ValueError, match="observation"):
        compute_unconditional_coverage(0, 0, 0.95)
    with pytest.raises(ValueError, match="exceptions"):
        compute_unconditional_coverage(10, 11, 0.95)
    with pytest.raises(ValueError, match="negative"):
        compute_independence(Transitions(n00=-1, n01=0, n10=0, n11=0))


def test_normal_model_when_returns_are_normal_then_not_rejected() -> None:
    returns = np.random.default_rng(12).normal(0.0, 0.02, 2_252)
    result = backtest_of(returns, 0.99, Method.NORMAL)
    assert isinstance(result, Backtest)
    assert result.conditional_coverage.p_value >= 0.05
    assert result.zone is Zone.GREEN


def test_coverage_when_there_is_one_observation_then_it_is_enough() -> None:
    assert compute_unconditional_coverage(1, 0, 0.95).statistic == pytest.approx(-2 * math.log(0.95))
    assert compute_unconditional_coverage(1, 1, 0.95).statistic == pytest.approx(-2 * math.log(0.05))


@given(st.lists(st.booleans(), max_size=60))
def test_transitions_when_counted_then_each_pair_of_days_once(hits: list[bool]) -> None:
    pairs = Counter(pairwise(hits))
    counted = count_transitions(hits)
    assert (counted.n00, counted.n01) == (pairs[False, False], pairs[False, True])
    assert (counted.n10, counted.n11) == (pairs[True, False], pairs[True, True])


def test_independence_when_counts_are_none_then_nothing_is_told() -> None:
    assert compute_independence(Transitions(n00=0, n01=0, n10=0, n11=0)).statistic == 0
