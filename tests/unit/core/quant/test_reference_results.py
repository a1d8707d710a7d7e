"""Every figure of the reference files: historical ones to the last printed digit, others to 1e-6."""

from typing import Any

import numpy as np
import pytest

from riskgate.core.quant.backtest import Backtest, compute_rolling_forecast
from riskgate.core.quant.cornish_fisher import (
    check_cornish_fisher_domain,
    compute_cornish_fisher_quantile,
    compute_cornish_fisher_tail,
)
from riskgate.core.quant.correlation import compute_correlation
from riskgate.core.quant.coverage_tests import (
    Transitions,
    compute_independence,
    compute_unconditional_coverage,
    count_transitions,
)
from riskgate.core.quant.decomposition import decompose_historical, decompose_normal
from riskgate.core.quant.distributions import compute_binomial_cdf, compute_normal_quantile
from riskgate.core.quant.drawdown import compute_maximum_drawdown, compute_value_path
from riskgate.core.quant.historical import compute_ewma_variances, compute_historical_tail
from riskgate.core.quant.moments import compute_moments
from riskgate.core.quant.quantiles import ORDER_STATISTIC, compute_tail_probability
from riskgate.core.quant.results import InsufficientData, TailRisk
from riskgate.core.quant.returns import WINDOW_DAYS
from riskgate.core.quant.tail_model import Method
from riskgate.core.quant.tail_risk import compute_tail_risk
from tests.unit.core.quant.reference_data import (
    backtest_of,
    holds_digits,
    load_cases,
    load_references,
    read_weights,
    sample_since_start,
    sample_until,
)

REL = 1e-6
CASES = load_cases("results")
#: The reference's models that are offered; those by other conventions (type 7, zero mean) are not.
MODELS = {
    "hist_order_statistic": Method.HISTORICAL,
    "normal_with_mean": Method.NORMAL,
    "cornish_fisher": Method.CORNISH_FISHER,
    "ewma_fhs_order_statistic": Method.EWMA_FILTERED,
}
BACKTESTS = [case for case in load_cases("backtests") if case["model"] in MODELS]


def name_case(case: dict[str, Any]) -> str:
    return f"{case['portfolio']}-{case['as_of']}"


def name_backtest(case: dict[str, Any]) -> str:
    return f"{case['portfolio']}-{case['model']}-{case['level']}"


def close(value: float) -> Any:
    return pytest.approx(value, rel=REL, abs=1e-15)


@pytest.fixture(params=CASES, ids=name_case)
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


@pytest.fixture
def portfolio(case: dict[str, Any]) -> np.ndarray:
    sample = sample_until(tuple(case["weights"]), case["as_of"])
    returns: np.ndarray = sample.returns @ read_weights(case)
    return returns


def estimate(returns: np.ndarray, level: str, method: Method = Method.HISTORICAL) -> TailRisk:
    result = compute_tail_risk(returns, confidence=float(f"0.{level}"), method=method)
    assert isinstance(result, TailRisk)
    return result


def test_reference_files_are_present() -> None:
    assert len(CASES) >= 8
    assert len(BACKTESTS) >= 10


def test_window_when_aligned_then_dates_and_worst_days_match(case: dict[str, Any], portfolio: np.ndarray) -> None:
    sample = sample_until(tuple(case["weights"]), case["as_of"])
    assert len(portfolio) == case["n_returns"]
    assert str(sample.days[0]) == case["first_return"]
    assert str(sample.days[-1]) == case["last_return"]
    order = np.argsort(portfolio, kind="stable")
    for index, (day, value) in zip(order, case["worst_5_returns"], strict=False):
        assert str(sample.days[index]) == day
        assert holds_digits(float(portfolio[index]), value)


def test_moments(case: dict[str, Any], portfolio: np.ndarray) -> None:
    moments, expected = compute_moments(portfolio), case["moments"]
    assert moments.mean[0] == close(expected["mean"])
    assert moments.standard_deviation[0] == close(expected["std_ddof1"])
    assert moments.standard_deviation[0] * (251 / 252) ** 0.5 == close(expected["std_ddof0"])
    assert moments.skewness[0] == close(expected["skew_g1_biased"])
    assert moments.excess_kurtosis[0] == close(expected["excess_kurtosis_g2_biased"])


def test_historical_var_when_order_statistic_then_exact(case: dict[str, Any], portfolio: np.ndarray) -> None:
    for level, figures in case["historical_var"].items():
        assert holds_digits(estimate(portfolio, level).var_fraction, figures[ORDER_STATISTIC]), level


def test_expected_shortfall_when_acerbi_tasche_then_exact(case: dict[str, Any], portfolio: np.ndarray) -> None:
    for level, figures in case["expected_shortfall_historical"].items():
        assert holds_digits(estimate(portfolio, level).es_fraction, figures["exact_acerbi_tasche"]), level


def test_parametric_normal(case: dict[str, Any], portfolio: np.ndarray) -> None:
    for level, figures in case["parametric_normal"].items():
        result = estimate(portfolio, level, Method.NORMAL)
        assert result.var_fraction == close(figures["with_mean"])
        assert result.es_fraction == close(figures["es_with_mean"])


def test_cornish_fisher(case: dict[str, Any], portfolio: np.ndarray) -> None:
    expected, moments = case["cornish_fisher"], compute_moments(portfolio)
    s, k = moments.skewness, moments.excess_kurtosis
    assert bool(check_cornish_fisher_domain(s, k)[0]) == expected["polynomial_monotone"]
    for level in ("95", "99"):
        p = compute_tail_probability(float(f"0.{level}"))
        z = compute_cornish_fisher_quantile(compute_normal_quantile(float(p)), s, k)
        var, _, _ = compute_cornish_fisher_tail(moments, [p])
        assert z[0] == close(expected[level]["z_cf"])
        assert var[0, 0] == close(expected[level]["var_sigma_ddof1"])
        biased = -(moments.mean + z * moments.standard_deviation * (251 / 252) ** 0.5)
        assert biased[0] == close(expected[level]["var_sigma_ddof0"])


def test_ewma_filtered_historical(case: dict[str, Any], portfolio: np.ndarray) -> None:
    expected = case["ewma_filtered_historical"]
    variances = compute_ewma_variances(portfolio)[0]
    assert variances[0] == close(expected["seed_variance_mean_square"])
    assert variances[-1] ** 0.5 == close(expected["sigma_next_day"])
    for level in ("95", "99"):
        main = estimate(portfolio, level, Method.EWMA_FILTERED)
        assert main.var_fraction == close(expected[level]["fhs_var_order_statistic"])
        assert main.es_fraction == close(expected[level]["fhs_es_exact"])


def test_components(case: dict[str, Any]) -> None:
    assets, weights = tuple(case["weights"]), read_weights(case)
    returns = sample_until(assets, case["as_of"]).returns
    for level, expected in case["component_var"].items():
        confidence = float(f"0.{level}")
        normal = decompose_normal(returns, weights, confidence=confidence)
        tail = decompose_historical(returns, weights, confidence=confidence)
        total = float(normal.component_var.sum())
        assert total == close(expected["sum"])
        assert tail.component_es.sum() == close(estimate(returns @ weights, level).es_fraction)
        for index, asset in enumerate(assets):
            assert normal.marginal_var[0, index] == close(expected["marginal_var_normal_with_mean"][asset])
            assert normal.component_var[0, index] == close(expected["component_var_normal_with_mean"][asset])
            assert normal.component_var[0, index] / total == close(expected["percent_of_var"][asset])


def test_correlation_of_log_returns(case: dict[str, Any]) -> None:
    expected = case["correlation_log_returns"]
    sample = sample_until(tuple(expected["assets"]), case["as_of"])
    result = compute_correlation(np.log1p(sample.returns), sample.assets)
    np.testing.assert_allclose(result.matrix, expected["matrix"], rtol=REL)
    assert result.defined.all()


def test_maximum_drawdown(case: dict[str, Any]) -> None:
    assets, weights = tuple(case["weights"]), read_weights(case)
    window, whole = sample_until(assets, case["as_of"]), sample_since_start(assets, case["as_of"])
    for sample, expected in (
        (window, case["max_drawdown"]["window_252"]),
        (whole, case["max_drawdown"]["since_first_common_close"]),
    ):
        returns = sample.returns @ weights
        path = compute_value_path(returns)
        trough = int(np.argmin(path / np.maximum.accumulate(path)))
        days = np.concatenate(([sample.days[0] - np.timedelta64(1, "D")], sample.days))
        assert compute_maximum_drawdown(returns) == close(-expected["value"])
        assert str(days[np.argmax(path[: trough + 1])]) == expected["peak"]
        assert str(days[trough]) == expected["trough"]
        if "first_close" in expected:
            assert str(days[0]) == expected["first_close"]


@pytest.fixture(params=BACKTESTS, ids=name_backtest)
def backtest(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


def test_backtest(backtest: dict[str, Any]) -> None:
    sample = sample_since_start(tuple(backtest["weights"]), backtest["last_forecast_date"])
    returns, confidence = sample.returns @ read_weights(backtest), float(f"0.{backtest['level']}")
    method = MODELS[backtest["model"]]
    result = backtest_of(returns, confidence, method)
    forecast = compute_rolling_forecast(returns, confidence=confidence, method=method)
    assert isinstance(result, Backtest)
    assert not isinstance(forecast, InsufficientData)
    days = sample.days[WINDOW_DAYS:]
    assert str(days[0]) == backtest["first_forecast_date"]
    assert (result.observations, result.exceptions) == (backtest["T"], backtest["exceptions"])
    assert result.expected_exceptions == close(backtest["expected"])
    dates = [str(day) for day in days[returns[WINDOW_DAYS:] < -forecast]]
    assert dates == backtest["exception_dates"]
    for year, counts in backtest["exceptions_by_year"].items():
        assert sum(date.startswith(year) for date in dates) == counts["exceptions"]
    first, last = backtest["first_and_last_var"]
    assert forecast[0] == close(first)
    assert forecast[-1] == close(last)
    assert forecast.mean() == close(backtest["mean_var"])
    assert int((forecast <= 0).sum()) == backtest["days_with_var_le_zero"]


def test_backtest_statistics(backtest: dict[str, Any]) -> None:
    sample = sample_since_start(tuple(backtest["weights"]), backtest["last_forecast_date"])
    returns, confidence = sample.returns @ read_weights(backtest), float(f"0.{backtest['level']}")
    method = MODELS[backtest["model"]]
    result, forecast = (
        backtest_of(returns, confidence, method),
        compute_rolling_forecast(returns, confidence=confidence, method=method),
    )
    assert isinstance(result, Backtest)
    assert not isinstance(forecast, InsufficientData)
    kupiec, independence = backtest["kupiec_pof"], backtest["christoffersen_ind"]
    assert result.unconditional_coverage.statistic == close(kupiec["lr"])
    assert result.unconditional_coverage.p_value == close(kupiec["p_value"])
    assert (result.unconditional_coverage.p_value < 0.05) == kupiec["reject_5pct"]
    transitions = count_transitions(returns[WINDOW_DAYS:] < -forecast)
    for count in ("n00", "n01", "n10", "n11"):
        assert getattr(transitions, count) == independence[count]
    assert transitions.pi01 == close(independence["pi01"])
    assert transitions.pi11 == close(independence["pi11"])
    assert result.independence.statistic == close(independence["lr"])
    assert result.independence.p_value == close(independence["p_value"])
    both = backtest["conditional_coverage"]
    assert result.conditional_coverage.statistic == close(both["lr_T"])
    assert result.conditional_coverage.p_value == close(both["p_value_T"])


def test_backtest_traffic_light(backtest: dict[str, Any]) -> None:
    sample = sample_since_start(tuple(backtest["weights"]), backtest["last_forecast_date"])
    result = backtest_of(
        sample.returns @ read_weights(backtest), float(f"0.{backtest['level']}"), MODELS[backtest["model"]]
    )
    assert isinstance(result, Backtest)
    expected = backtest["basel"]["zone_last_250_by_1996_table"]
    if expected is not None:
        assert result.zone == expected


def test_textbook_anchors() -> None:
    anchors = load_references()[0]["textbook_anchors"]
    jorion = anchors["kupiec_jorion_jpmorgan_1998"]
    coverage = compute_unconditional_coverage(jorion["T"], jorion["exceptions"], 0.95)
    assert coverage.statistic == close(jorion["lr_pof"])
    assert round(coverage.statistic, 2) == jorion["book_value"]
    same = anchors["christoffersen_same_data"]
    independence = compute_independence(Transitions(n00=same["n00"], n01=same["n01"], n10=same["n10"], n11=same["n11"]))
    assert independence.statistic == close(same["lr_ind"])
    assert round(coverage.statistic + independence.statistic, 2) == same["book_value_cc"]
    cumulative = compute_binomial_cdf(250, 0.01)
    for exceptions, percent in anchors["basel_1996_cdf_n250_p1pct_percent"].items():
        # The table of 1996 truncates some entries and rounds others.
        assert 100 * cumulative[int(exceptions)] == pytest.approx(percent, abs=0.011)


@pytest.mark.parametrize(
    ("confidence", "observations", "low", "high"),
    [(0.99, 510, 2, 10), (0.99, 1000, 5, 16), (0.95, 255, 7, 20), (0.95, 510, 17, 35), (0.95, 1000, 38, 64)],
)
def test_kupiec_non_rejection_regions(confidence: float, observations: int, low: int, high: int) -> None:
    accepted = [
        x
        for x in range(observations // 4)
        if compute_unconditional_coverage(observations, x, confidence).statistic < 3.841459
    ]
    assert (accepted[0], accepted[-1]) == (low, high)


def test_order_statistic_when_np_is_whole_then_the_loss_after_the_tail() -> None:
    main, _ = compute_historical_tail(-np.arange(1.0, 101.0), [compute_tail_probability(0.95)])
    assert main[0, 0] == 95.0  # the 6th worst of 100
