"""Every figure of the reference files: historical ones to the last printed digit, others to 1e-6."""

from typing import Any

import numpy as np
import pytest

from riskgate.core.quant.backtest import Backtest, RollingForecast, compute_rolling_forecast, run_backtest
from riskgate.core.quant.cornish_fisher import (
    check_cornish_fisher_domain,
    compute_cornish_fisher_quantile,
    compute_cornish_fisher_tail,
)
from riskgate.core.quant.correlation import compute_correlation
from riskgate.core.quant.coverage_tests import Transitions, compute_independence, compute_unconditional_coverage
from riskgate.core.quant.decomposition import Decomposition, decompose_historical, decompose_normal
from riskgate.core.quant.distributions import compute_binomial_cdf, compute_normal_quantile
from riskgate.core.quant.drawdown import compute_maximum_drawdown
from riskgate.core.quant.historical import compute_ewma_variances, compute_historical_tail
from riskgate.core.quant.moments import compute_moments
from riskgate.core.quant.parametric import compute_normal_tail
from riskgate.core.quant.quantiles import QuantileRule, TailMeanRule, compute_tail_probability
from riskgate.core.quant.results import TailRisk
from riskgate.core.quant.tail_model import Method, TailModel
from riskgate.core.quant.tail_risk import compute_tail_risk
from riskgate.core.quant.traffic_light import compute_traffic_light
from tests.unit.core.quant.reference_data import (
    holds_digits,
    load_cases,
    load_references,
    read_weights,
    sample_since_start,
    sample_until,
)

REL = 1e-6
CASES = load_cases("results")
BACKTESTS = load_cases("backtests")
MODELS = {
    "hist_linear": TailModel(quantile_rule=QuantileRule.LINEAR),
    "hist_order_statistic": TailModel(),
    "normal_with_mean": TailModel(method=Method.NORMAL),
    "normal_zero_mean": TailModel(method=Method.NORMAL, zero_mean=True),
    "cornish_fisher": TailModel(method=Method.CORNISH_FISHER),
    "ewma_fhs_linear": TailModel(method=Method.EWMA_FILTERED, quantile_rule=QuantileRule.LINEAR),
    "ewma_fhs_order_statistic": TailModel(method=Method.EWMA_FILTERED),
    "ewma_normal_zero_mean": TailModel(method=Method.EWMA_NORMAL),
}


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


def estimate(returns: np.ndarray, level: str, model: TailModel) -> TailRisk:
    result = compute_tail_risk(returns, confidence=float(f"0.{level}"), model=model)
    assert isinstance(result, TailRisk)
    return result


def test_reference_files_are_present() -> None:
    assert len(CASES) >= 8
    assert len(BACKTESTS) >= 20


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


def test_historical_var_when_any_rule_then_exact(case: dict[str, Any], portfolio: np.ndarray) -> None:
    for level, figures in case["historical_var"].items():
        for rule in QuantileRule:
            result = estimate(portfolio, level, TailModel(quantile_rule=rule))
            assert holds_digits(result.var_fraction, figures[rule.value]), (level, rule)
        linear = estimate(portfolio, level, TailModel(quantile_rule=QuantileRule.LINEAR))
        assert round(linear.var_fraction * 100_000, 6) == figures["usd_on_100000_linear"]


def test_historical_var_of_log_returns(case: dict[str, Any], portfolio: np.ndarray) -> None:
    for level, figure in case["info_historical_var_linear_on_log_returns"].items():
        result = estimate(np.log1p(portfolio), level, TailModel(quantile_rule=QuantileRule.LINEAR))
        assert holds_digits(result.var_fraction, figure)


def test_expected_shortfall_when_any_rule_then_exact(case: dict[str, Any], portfolio: np.ndarray) -> None:
    for level, figures in case["expected_shortfall_historical"].items():
        for rule in TailMeanRule:
            result = estimate(portfolio, level, TailModel(tail_mean_rule=rule))
            assert holds_digits(result.es_fraction, figures[rule.value]), (level, rule)


def test_parametric_normal(case: dict[str, Any], portfolio: np.ndarray) -> None:
    for level, figures in case["parametric_normal"].items():
        result = estimate(portfolio, level, TailModel(method=Method.NORMAL))
        zero = estimate(portfolio, level, TailModel(method=Method.NORMAL, zero_mean=True))
        assert result.var_fraction == close(figures["with_mean"])
        assert result.es_fraction == close(figures["es_with_mean"])
        assert zero.var_fraction == close(figures["zero_mean"])


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
        linear = estimate(portfolio, level, MODELS["ewma_fhs_linear"])
        main = estimate(portfolio, level, MODELS["ewma_fhs_order_statistic"])
        normal = estimate(portfolio, level, MODELS["ewma_normal_zero_mean"])
        assert linear.var_fraction == close(expected[level]["fhs_var_linear"])
        assert main.var_fraction == close(expected[level]["fhs_var_order_statistic"])
        assert main.es_fraction == close(expected[level]["fhs_es_exact"])
        assert normal.var_fraction == close(expected[level]["ewma_normal_var_zero_mean"])


def test_ewma_when_seeded_with_the_sample_variance_then_the_recorded_sensitivity(
    case: dict[str, Any], portfolio: np.ndarray
) -> None:
    variances = compute_ewma_variances(portfolio)[0]
    shift = np.var(portfolio, ddof=1) - variances[0]
    reseeded = variances + shift * 0.94 ** np.arange(variances.size)
    rescaled = portfolio * np.sqrt(reseeded[-1] / reseeded[:-1])
    for level in ("95", "99"):
        figure = case["ewma_filtered_historical"][level]
        result = estimate(rescaled, level, TailModel(quantile_rule=QuantileRule.LINEAR))
        assert result.var_fraction == close(figure["sensitivity_fhs_var_linear_if_seeded_with_sample_variance_ddof1"])


def test_components(case: dict[str, Any]) -> None:
    assets, weights = tuple(case["weights"]), read_weights(case)
    returns = sample_until(assets, case["as_of"]).returns
    for level, expected in case["component_var"].items():
        confidence = float(f"0.{level}")
        normal = decompose_normal(returns, weights, confidence=confidence)
        zero = decompose_normal(returns, weights, confidence=confidence, zero_mean=True)
        tail = decompose_historical(returns, weights, confidence=confidence, tail_mean_rule=TailMeanRule.TAIL_MEAN)
        assert isinstance(normal, Decomposition)
        assert isinstance(zero, Decomposition)
        assert isinstance(tail, Decomposition)
        assert normal.var_fraction[0] == close(expected["sum"])
        for index, asset in enumerate(assets):
            assert normal.marginal_var[0, index] == close(expected["marginal_var_normal_with_mean"][asset])
            assert normal.component_var[0, index] == close(expected["component_var_normal_with_mean"][asset])
            share = normal.component_var[0, index] / normal.var_fraction[0]
            assert share == close(expected["percent_of_var"][asset])
            assert zero.component_var[0, index] == close(expected["component_var_normal_zero_mean"][asset])
            assert tail.component_es[0, index] == close(expected["component_es_historical_tail_mean"][asset])


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
        result = compute_maximum_drawdown(sample.returns @ weights)
        days = np.concatenate(([sample.days[0] - np.timedelta64(1, "D")], sample.days))
        assert result.drawdown_fraction == close(-expected["value"])
        assert str(days[result.peak_index]) == expected["peak"]
        assert str(days[result.trough_index]) == expected["trough"]
        if "first_close" in expected:
            assert str(days[0]) == expected["first_close"]


@pytest.fixture(params=BACKTESTS, ids=name_backtest)
def backtest(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


def test_backtest(backtest: dict[str, Any]) -> None:
    sample = sample_since_start(tuple(backtest["weights"]), backtest["last_forecast_date"])
    returns, confidence = sample.returns @ read_weights(backtest), float(f"0.{backtest['level']}")
    model = MODELS[backtest["model"]]
    result = run_backtest(returns, confidence=confidence, model=model)
    forecast = compute_rolling_forecast(returns, confidence=confidence, model=model)
    assert isinstance(result, Backtest)
    assert isinstance(forecast, RollingForecast)
    assert str(sample.days[forecast.start]) == backtest["first_forecast_date"]
    assert (result.observations, result.exceptions) == (backtest["T"], backtest["exceptions"])
    assert result.expected_exceptions == close(backtest["expected"])
    dates = [str(day) for day in sample.days[result.exception_indices]]
    assert dates == backtest["exception_dates"]
    for year, counts in backtest["exceptions_by_year"].items():
        assert sum(date.startswith(year) for date in dates) == counts["exceptions"]
    first, last = backtest["first_and_last_var"]
    assert forecast.var_fraction[0] == close(first)
    assert forecast.var_fraction[-1] == close(last)
    assert forecast.var_fraction.mean() == close(backtest["mean_var"])
    assert int((forecast.var_fraction <= 0).sum()) == backtest["days_with_var_le_zero"]
    if backtest["days_cornish_fisher_polynomial_not_monotone"] is not None:
        assert int(forecast.flagged.sum()) == backtest["days_cornish_fisher_polynomial_not_monotone"]


def test_backtest_statistics(backtest: dict[str, Any]) -> None:
    sample = sample_since_start(tuple(backtest["weights"]), backtest["last_forecast_date"])
    confidence = float(f"0.{backtest['level']}")
    result = run_backtest(
        sample.returns @ read_weights(backtest), confidence=confidence, model=MODELS[backtest["model"]]
    )
    assert isinstance(result, Backtest)
    kupiec, independence = backtest["kupiec_pof"], backtest["christoffersen_ind"]
    assert result.unconditional_coverage.statistic == close(kupiec["lr"])
    assert result.unconditional_coverage.p_value == close(kupiec["p_value"])
    assert (result.unconditional_coverage.p_value < 0.05) == kupiec["reject_5pct"]
    for count in ("n00", "n01", "n10", "n11"):
        assert getattr(result.transitions, count) == independence[count]
    assert result.transitions.pi01 == close(independence["pi01"])
    assert result.transitions.pi11 == close(independence["pi11"])
    assert result.independence.statistic == close(independence["lr"])
    assert result.independence.p_value == close(independence["p_value"])
    both = backtest["conditional_coverage"]
    assert result.conditional_coverage.statistic == close(both["lr_T"])
    assert result.conditional_coverage.p_value == close(both["p_value_T"])
    assert result.conditional_coverage_strict.statistic == close(both["lr_conditional_on_first_obs"])
    assert result.conditional_coverage_strict.p_value == close(both["p_value_conditional"])


def test_backtest_traffic_light(backtest: dict[str, Any]) -> None:
    sample = sample_since_start(tuple(backtest["weights"]), backtest["last_forecast_date"])
    confidence = float(f"0.{backtest['level']}")
    result = run_backtest(
        sample.returns @ read_weights(backtest), confidence=confidence, model=MODELS[backtest["model"]]
    )
    assert isinstance(result, Backtest)
    basel = backtest["basel"]
    assert result.traffic_light_recent.exceptions == basel["last_250_exceptions"]
    assert result.worst_window_exceptions == basel["max_exceptions_in_any_250_window"]
    assert result.traffic_light.zone == basel["zone_full_sample_binomial"]
    assert result.traffic_light.cumulative_probability == close(basel["binomial_cdf_P(X<=x)"])
    assert result.traffic_light_recent.plus_factor == basel["plus_factor_last_250"]
    if basel["zone_last_250_by_1996_table"] is not None:
        assert result.traffic_light_recent.zone == basel["zone_last_250_by_1996_table"]
        worst = compute_traffic_light(250, result.worst_window_exceptions, confidence)
        assert worst.zone == basel["worst_zone_any_250_window"]


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


def test_order_statistic_when_np_is_whole_then_differs_from_inverted_cdf() -> None:
    returns = -np.arange(1.0, 101.0)
    p = [compute_tail_probability(0.95)]
    main, _ = compute_historical_tail(returns, p)
    inverted, _ = compute_historical_tail(returns, p, quantile_rule=QuantileRule.INVERTED_CDF)
    assert (main[0, 0], inverted[0, 0]) == (95.0, 96.0)  # the 6th and the 5th worst of 100


def test_zero_mean_normal_tail_when_mean_is_dropped_then_symmetric(portfolio: np.ndarray) -> None:
    p = [compute_tail_probability(0.95)]
    long, _ = compute_normal_tail(compute_moments(portfolio), p, zero_mean=True)
    short, _ = compute_normal_tail(compute_moments(-portfolio), p, zero_mean=True)
    assert long[0, 0] == pytest.approx(short[0, 0], rel=1e-12)
