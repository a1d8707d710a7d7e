"""The same figures by independent libraries, on real closes; differences of convention are stated.

Not needed to run the gateway: scipy, arch, empyrical-reloaded, pandas and
riskfolio-lib are development dependencies.
"""

import warnings
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from riskgate.core.quant.cornish_fisher import compute_cornish_fisher_quantile, compute_cornish_fisher_tail
from riskgate.core.quant.correlation import compute_correlation
from riskgate.core.quant.covariance import (
    compute_sample_covariance,
)
from riskgate.core.quant.coverage_tests import Transitions, compute_independence, compute_unconditional_coverage
from riskgate.core.quant.decomposition import decompose_historical, decompose_normal
from riskgate.core.quant.distributions import (
    compute_binomial_cdf,
    compute_chi2_survival,
    compute_normal_quantile,
    compute_student_t_cdf,
    compute_student_t_density,
    compute_student_t_quantile,
)
from riskgate.core.quant.drawdown import compute_maximum_drawdown
from riskgate.core.quant.historical import compute_ewma_variances, compute_historical_tail
from riskgate.core.quant.moments import compute_moments
from riskgate.core.quant.parametric import compute_student_t_tail
from riskgate.core.quant.quantiles import compute_tail_probability
from riskgate.core.quant.results import TailRisk
from riskgate.core.quant.tail_model import Method
from riskgate.core.quant.tail_risk import compute_tail_risk
from tests.unit.core.quant.reference_data import sample_until

with warnings.catch_warnings():
    # Their warnings at import are not ours to fix.
    warnings.simplefilter("ignore")
    arch_volatility: Any = import_module("arch.univariate.volatility")
    empyrical: Any = import_module("empyrical")
    pd: Any = import_module("pandas")
    integrate: Any = import_module("scipy.integrate")
    stats: Any = import_module("scipy.stats")

ASSETS = ("BTC", "ETH", "BNB", "ADA", "XRP", "DOGE", "LINK")
DATES = ("2019-12-31", "2020-03-31", "2021-01-31", "2021-09-15", "2022-06-30", "2023-05-31", "2023-12-31")
WEIGHTS = (
    np.full(7, 1 / 7),
    np.array([0.5, 0.3, 0.2, 0.0, 0.0, 0.0, 0.0]),
    np.array([0.6, -0.4, 0.0, 0.3, -0.2, 0.1, 0.0]),  # with shorts
)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Let other libraries warn as they like: their warnings are not ours to fix."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def portfolios() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield (asset returns, weights, portfolio returns) over dates and books."""
    for day in DATES:
        returns = sample_until(ASSETS, day).returns
        for weights in WEIGHTS:
            yield returns, weights, returns @ weights


def figures(returns: np.ndarray, confidence: float, method: Method = Method.HISTORICAL) -> TailRisk:
    result = compute_tail_risk(returns, confidence=confidence, method=method)
    assert isinstance(result, TailRisk)
    return result


class TestEmpyrical:
    """empyrical: negative signs."""

    def test_drawdown(self) -> None:
        for _, _, returns in portfolios():
            drawdown = compute_maximum_drawdown(returns)
            assert drawdown == pytest.approx(-empyrical.max_drawdown(returns), rel=1e-10)


class TestRiskfolio:
    """riskfolio-lib: VaR_Hist is inverted_cdf_type1 (our order statistic while np is no integer)."""

    @pytest.fixture
    def risk(self) -> Any:
        return pytest.importorskip("riskfolio.src.RiskFunctions", reason="riskfolio-lib is not installed")

    def test_var_and_shortfall(self, risk: Any) -> None:
        for _, _, returns in portfolios():
            for confidence in (0.95, 0.99):
                main = figures(returns, confidence)
                column = returns.reshape(-1, 1)
                assert main.var_fraction == pytest.approx(float(risk.VaR_Hist(column, 1 - confidence)), rel=1e-9)
                assert main.es_fraction == pytest.approx(float(risk.CVaR_Hist(column, 1 - confidence)), rel=1e-9)

    def test_components_when_normal_then_z_times_the_volatility_contribution(self, risk: Any) -> None:
        for returns, weights, _ in portfolios():
            frame = pd.DataFrame(returns, columns=list(ASSETS))
            w = pd.DataFrame(weights, index=list(ASSETS), columns=["weights"])
            contribution = risk.Risk_Contribution(w, frame, frame.cov(), rm="MV", rf=0, alpha=0.05)
            ours = decompose_normal(returns - returns.mean(axis=0), weights, confidence=0.95)
            expected = -compute_normal_quantile(0.05) * np.ravel(contribution)
            # riskfolio differentiates numerically with a step of 1e-7.
            np.testing.assert_allclose(ours.component_var[0], expected, rtol=1e-6, atol=1e-8)

    def test_shortfall_components(self, risk: Any) -> None:
        for returns, weights, _ in portfolios():
            frame = pd.DataFrame(returns, columns=list(ASSETS))
            w = pd.DataFrame(weights, index=list(ASSETS), columns=["weights"])
            contribution = np.ravel(risk.Risk_Contribution(w, frame, frame.cov(), rm="CVaR", rf=0, alpha=0.05))
            ours = decompose_historical(returns, weights, confidence=0.95)
            np.testing.assert_allclose(ours.component_es[0], contribution, rtol=1e-5, atol=1e-7)


class TestScipy:
    """scipy.stats and scipy.optimize."""

    def test_student_t(self) -> None:
        for degrees in (2.05, 3.0, 4.7, 10.0, 61.0, 1e3, 1e6):
            for p in (1e-9, 1e-4, 0.01, 0.05, 0.3, 0.5, 0.7, 0.999):
                quantile = compute_student_t_quantile(p, degrees)
                assert quantile == pytest.approx(stats.t.ppf(p, degrees), rel=1e-10, abs=1e-12)
                assert compute_student_t_cdf(quantile, degrees) == pytest.approx(p, rel=1e-10)
                assert compute_student_t_density(quantile, degrees) == pytest.approx(
                    stats.t.pdf(quantile, degrees), rel=1e-10
                )

    def test_chi_squared_and_binomial(self) -> None:
        for statistic in (0.0, 0.1, 1.0, 3.84, 20.0, 300.0):
            for degrees in (1, 2):
                expected = stats.chi2.sf(statistic, degrees)
                assert compute_chi2_survival(statistic, degrees) == pytest.approx(expected, rel=1e-11)
        for trials, p in ((1, 0.5), (250, 0.01), (252, 0.05), (1573, 0.05), (50_000, 0.01)):
            ours = compute_binomial_cdf(trials, p)
            np.testing.assert_allclose(ours, stats.binom.cdf(np.arange(trials + 1), trials, p), rtol=1e-8, atol=1e-12)

    def test_moments(self) -> None:
        for _, _, returns in portfolios():
            moments = compute_moments(returns)
            assert moments.skewness[0] == pytest.approx(stats.skew(returns), rel=1e-10)
            assert moments.excess_kurtosis[0] == pytest.approx(stats.kurtosis(returns), rel=1e-10)

    def test_parametric_tails_when_integrated_numerically(self) -> None:
        for _, _, returns in list(portfolios())[::4]:
            moments = compute_moments(returns)
            mean, spread = moments.mean[0], moments.standard_deviation[0]
            nu = 4.0 + 6.0 / moments.excess_kurtosis[0]
            scale = spread * np.sqrt((nu - 2) / nu)
            for confidence in (0.95, 0.99):
                p = 1 - confidence
                normal = figures(returns, confidence, Method.NORMAL)
                student = figures(returns, confidence, Method.STUDENT_T)
                assert normal.var_fraction == pytest.approx(-stats.norm.ppf(p, mean, spread), rel=1e-10)
                assert student.var_fraction == pytest.approx(-stats.t.ppf(p, nu, mean, scale), rel=1e-9)
                tail = integrate.quad(stats.t(nu, mean, scale).ppf, 0, p, epsabs=1e-12)[0]
                assert student.es_fraction == pytest.approx(-tail / p, rel=1e-7)

    def test_cornish_fisher_shortfall_when_integrated_numerically(self) -> None:
        rng = np.random.default_rng(11)
        for _ in range(5):
            moments = compute_moments(rng.standard_t(12, 3000) * 0.03 - 0.01 * rng.exponential(size=3000))
            s, k = moments.skewness[0], moments.excess_kurtosis[0]
            for confidence in (0.95, 0.99):
                p = compute_tail_probability(confidence)
                _, es, valid = compute_cornish_fisher_tail(moments, [p])
                tail = integrate.quad(
                    lambda q, s=s, k=k: compute_cornish_fisher_quantile(stats.norm.ppf(q), s, k), 0, float(p)
                )[0]
                assert valid[0]
                expected = -(moments.mean[0] + moments.standard_deviation[0] * tail / float(p))
                assert es[0, 0] == pytest.approx(expected, rel=1e-6)

    def test_independence_when_g_statistic_of_the_table(self) -> None:
        for n00, n01, n10, n11 in ((1416, 76, 76, 4), (218, 14, 14, 6), (245, 1, 1, 4), (100, 20, 21, 9)):
            ours = compute_independence(Transitions(n00=n00, n01=n01, n10=n10, n11=n11))
            table = [[n00, n01], [n10, n11]]
            statistic, p_value, *_ = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
            assert ours.statistic == pytest.approx(statistic, rel=1e-9)
            assert ours.p_value == pytest.approx(p_value, rel=1e-9)

    def test_coverage_when_binomial_likelihoods(self) -> None:
        for observations, exceptions, confidence in ((250, 7, 0.99), (252, 20, 0.95), (1573, 80, 0.95)):
            p = 1 - confidence
            ratio = stats.binom.logpmf(exceptions, observations, p) - stats.binom.logpmf(
                exceptions, observations, exceptions / observations
            )
            ours = compute_unconditional_coverage(observations, exceptions, confidence)
            assert ours.statistic == pytest.approx(-2 * ratio, rel=1e-9)

    def test_student_t_when_degrees_are_fitted_then_the_distribution_has_the_sample_kurtosis(self) -> None:
        returns = sample_until(ASSETS, "2022-06-30").returns @ WEIGHTS[0]
        moments = compute_moments(returns)
        p = compute_tail_probability(0.99)
        var, _, limit = compute_student_t_tail(moments, [p])
        nu = 4.0 + 6.0 / moments.excess_kurtosis[0]
        assert not limit[0]
        assert float(stats.t.stats(nu, moments="k")) == pytest.approx(moments.excess_kurtosis[0], rel=1e-9)
        scale = moments.standard_deviation[0] * np.sqrt((nu - 2) / nu)
        assert var[0, 0] == pytest.approx(-stats.t.ppf(0.01, nu, moments.mean[0], scale), rel=1e-9)


class TestArch:
    """arch: the RiskMetrics recursion."""

    def test_ewma_variance(self) -> None:
        for _, _, returns in list(portfolios())[::5]:
            ours = compute_ewma_variances(returns)[0]
            process = arch_volatility.EWMAVariance(0.94)
            variances = np.zeros(returns.size + 1)
            padded = np.append(returns, 0.0)
            bounds = np.tile([0.0, 1e6], (returns.size + 1, 1))
            process.compute_variance(np.array([]), padded, variances, float(np.mean(returns**2)), bounds)
            np.testing.assert_allclose(ours, variances, rtol=1e-10)


class TestPandas:
    """pandas and numpy: moments, pairwise correlations with gaps."""

    def test_correlation_when_gaps_then_pairwise(self) -> None:
        returns = np.log1p(sample_until(ASSETS, "2022-06-30").returns)
        returns[np.random.default_rng(1).random(returns.shape) < 0.2] = np.nan
        ours = compute_correlation(returns, ASSETS)
        frame = pd.DataFrame(returns)
        np.testing.assert_allclose(ours.matrix, frame.corr(min_periods=30).to_numpy(), rtol=1e-9)
        np.testing.assert_allclose(ours.volatilities, frame.std().to_numpy(), rtol=1e-9)

    def test_covariance(self) -> None:
        returns = sample_until(ASSETS, "2022-06-30").returns
        frame = pd.DataFrame(returns)
        np.testing.assert_allclose(compute_sample_covariance(returns), frame.cov().to_numpy(), rtol=1e-10)

    def test_batched_rows_when_many_portfolios_then_the_same_as_one_by_one(self) -> None:
        rows = np.array([returns for _, _, returns in portfolios()])
        tails = [compute_tail_probability(level) for level in (0.95, 0.99)]
        var, es = compute_historical_tail(rows, tails)
        for index, row in enumerate(rows):
            for level, confidence in enumerate((0.95, 0.99)):
                one = figures(row, confidence)
                assert (var[index, level], es[index, level]) == (
                    one.var_fraction,
                    pytest.approx(one.es_fraction, rel=1e-14),
                )
