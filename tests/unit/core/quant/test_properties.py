"""What must hold for any book and any sample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.quant.correlation import compute_correlation
from riskgate.core.quant.covariance import (
    compute_sample_covariance,
    factor_covariance,
)
from riskgate.core.quant.decomposition import decompose_historical, decompose_normal
from riskgate.core.quant.results import RiskFlag, TailRisk
from riskgate.core.quant.tail_model import Method
from riskgate.core.quant.tail_risk import compute_tail_risk
from tests.support.hypothesis_profiles import examples

PROFILE = examples(60)

seeds = st.integers(0, 2**32 - 1)
levels = st.sampled_from([0.9, 0.95, 0.975, 0.99])
scales = st.floats(1e-3, 1e3)


def make_market(seed: int, n_days: int = 252, n_assets: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Make correlated, heavy-tailed returns and weights with shorts."""
    rng = np.random.default_rng(seed)
    loadings = rng.normal(size=(n_assets, n_assets))
    returns = rng.standard_t(4, (n_days, n_assets)) @ loadings * 0.01
    return np.maximum(returns, -0.95), rng.normal(size=n_assets)


def figures(returns: np.ndarray, confidence: float, method: Method = Method.HISTORICAL) -> TailRisk:
    result = compute_tail_risk(returns, confidence=confidence, method=method)
    assert isinstance(result, TailRisk)
    return result


@pytest.mark.parametrize("method", list(Method))
@PROFILE
@given(seed=seeds, confidence=levels, scale=scales)
def test_var_when_book_is_scaled_then_var_scales(method: Method, seed: int, confidence: float, scale: float) -> None:
    returns, weights = make_market(seed)
    one, many = (figures(returns @ (weights * factor), confidence, method) for factor in (1.0, scale))
    assert many.var_fraction == pytest.approx(scale * one.var_fraction, rel=1e-9, abs=1e-12 * scale)
    assert many.es_fraction == pytest.approx(scale * one.es_fraction, rel=1e-9, abs=1e-12 * scale)
    assert many.flags == one.flags


@pytest.mark.parametrize("method", list(Method))
@PROFILE
@given(seed=seeds, confidence=levels)
def test_shortfall_when_any_method_then_at_least_var(method: Method, seed: int, confidence: float) -> None:
    returns, weights = make_market(seed)
    result = figures(returns @ weights, confidence, method)
    assert result.es_fraction >= result.var_fraction


@pytest.mark.parametrize("method", list(Method))
@PROFILE
@given(seed=seeds)
def test_var_when_level_rises_then_var_rises(method: Method, seed: int) -> None:
    returns, weights = make_market(seed)
    results = [figures(returns @ weights, level, method) for level in (0.9, 0.95, 0.99)]
    if RiskFlag.CORNISH_FISHER_OUT_OF_DOMAIN not in results[0].flags:
        var = [result.var_fraction for result in results]
        assert var == sorted(var)


@pytest.mark.parametrize("method", list(Method))
@PROFILE
@given(seed=seeds, confidence=levels)
def test_var_when_assets_are_permuted_then_the_same(method: Method, seed: int, confidence: float) -> None:
    returns, weights = make_market(seed)
    order = np.random.default_rng(seed).permutation(weights.size)
    plain = figures(returns @ weights, confidence, method)
    mixed = figures(returns[:, order] @ weights[order], confidence, method)
    assert mixed.var_fraction == pytest.approx(plain.var_fraction, rel=1e-9)
    assert mixed.es_fraction == pytest.approx(plain.es_fraction, rel=1e-9)


@pytest.mark.parametrize("method", list(Method))
@PROFILE
@given(seed=seeds, size=st.floats(0.01, 100.0))
def test_var_when_hedge_is_perfect_then_zero(method: Method, seed: int, size: float) -> None:
    returns, _ = make_market(seed)
    twin = np.column_stack((returns[:, 0], returns[:, 0], returns[:, 1]))
    for confidence in (0.95, 0.99):
        result = figures(twin @ [size, -size, 0.0], confidence, method)
        np.testing.assert_allclose([result.var_fraction, result.es_fraction], 0.0, atol=1e-13 * size)


@pytest.mark.parametrize("method", list(Method))
@PROFILE
@given(seed=seeds, cash=st.floats(0.0, 1e6))
def test_var_when_cash_is_added_then_the_money_figure_is_unchanged(method: Method, seed: int, cash: float) -> None:
    returns, weights = make_market(seed)
    equity, positions = 1000.0, 1000.0 * weights
    with_cash = np.column_stack((returns, np.zeros(len(returns))))
    for confidence in (0.95, 0.99):
        before = figures(returns @ (positions / equity), confidence, method)
        after = figures(with_cash @ (np.append(positions, cash) / (equity + cash)), confidence, method)
        assert after.var_fraction * (equity + cash) == pytest.approx(before.var_fraction * equity, rel=1e-8)
        assert after.es_fraction * (equity + cash) == pytest.approx(before.es_fraction * equity, rel=1e-8)


@PROFILE
@given(seed=seeds, confidence=levels)
def test_components_when_normal_then_sum_to_the_total(seed: int, confidence: float) -> None:
    returns, weights = make_market(seed)
    result = decompose_normal(returns, weights, confidence=confidence)
    whole = figures(returns @ weights, confidence, Method.NORMAL)
    assert result.component_var.sum() == pytest.approx(whole.var_fraction, rel=1e-9)
    assert result.component_es.sum() == pytest.approx(whole.es_fraction, rel=1e-9)


@PROFILE
@given(seed=seeds, confidence=levels)
def test_components_when_historical_then_sum_to_the_total(seed: int, confidence: float) -> None:
    returns, weights = make_market(seed)
    result = decompose_historical(returns, weights, confidence=confidence)
    whole = figures(returns @ weights, confidence)
    assert result.component_var.sum() == pytest.approx(whole.var_fraction, rel=1e-9)
    assert result.component_es.sum() == pytest.approx(whole.es_fraction, rel=1e-9)


@PROFILE
@given(seed=seeds, confidence=levels)
def test_exact_shortfall_when_books_merge_then_subadditive(seed: int, confidence: float) -> None:
    returns, weights = make_market(seed)
    other = np.random.default_rng(seed + 1).normal(size=weights.size)
    parts = [figures(returns @ book, confidence).es_fraction for book in (weights, other)]
    merged = figures(returns @ (weights + other), confidence).es_fraction
    assert merged <= sum(parts) + 1e-12


@pytest.mark.parametrize("method", list(Method))
@examples(25)
@given(seed=seeds, n_days=st.integers(60, 300))
def test_result_when_any_sample_then_finite(method: Method, seed: int, n_days: int) -> None:
    returns, weights = make_market(seed, n_days=n_days)
    result = figures(returns @ weights, 0.99, method)
    assert np.isfinite([result.var_fraction, result.es_fraction]).all()
    assert result.observations == n_days


@PROFILE
@given(seed=seeds, n_days=st.integers(2, 80), n_assets=st.integers(1, 12))
def test_covariance_when_any_estimator_then_symmetric_and_semidefinite(seed: int, n_days: int, n_assets: int) -> None:
    returns, _ = make_market(seed, n_days=n_days, n_assets=n_assets)
    for matrix in (compute_sample_covariance(returns),):
        np.testing.assert_allclose(matrix, matrix.T, rtol=1e-12, atol=1e-18)
        assert np.linalg.eigvalsh(matrix)[0] >= -1e-12 * np.abs(matrix).max()
        factor, broken = factor_covariance(matrix)
        np.testing.assert_allclose(factor @ factor.T, matrix, rtol=1e-8, atol=1e-12 * np.abs(matrix).max())
        assert not broken


@PROFILE
@given(seed=seeds, share=st.floats(0.0, 0.9))
def test_correlation_when_returns_are_missing_then_finite_and_bounded(seed: int, share: float) -> None:
    returns, _ = make_market(seed)
    returns[np.random.default_rng(seed).random(returns.shape) < share] = np.nan
    result = compute_correlation(returns, [str(i) for i in range(returns.shape[1])])
    assert np.isfinite(result.matrix).all()
    assert np.isfinite(result.volatilities).all()
    assert (np.abs(result.matrix) <= 1.0).all()
    np.testing.assert_array_equal(result.matrix, result.matrix.T)
    assert (result.matrix[~result.defined] == 1.0).all()
