"""Quantile conventions and exact index arithmetic."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.quant.historical import (
    compute_age_weighted_tail,
    compute_filtered_tail,
    compute_historical_tail,
)
from riskgate.core.quant.quantiles import (
    compute_tail_probability,
    compute_tail_weights,
    locate_quantile,
    select_worst,
)
from tests.support.hypothesis_profiles import examples


@pytest.mark.parametrize("count", [61, 101, 251, 252, 253, 501, 1001])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.975, 0.99, 0.995])
def test_quantile_when_np_is_no_whole_number_then_numpys_inverted_cdf(count: int, confidence: float) -> None:
    p = compute_tail_probability(confidence)
    if (count * p).denominator == 1:
        return
    returns = np.random.default_rng(count).normal(0.0, 0.03, count)
    var, _ = compute_historical_tail(returns, [p])
    assert var[0, 0] == pytest.approx(-np.quantile(returns, float(p), method="inverted_cdf"), rel=1e-12)


def test_position_when_floats_would_shift_it_then_exact() -> None:
    assert 0.07 * 100 > 7  # the trap
    p = compute_tail_probability(0.93)
    assert p == Fraction(7, 100)
    assert locate_quantile(100, p) == 7
    assert [locate_quantile(252, compute_tail_probability(level)) + 1 for level in (0.95, 0.99)] == [13, 3]


@pytest.mark.parametrize("confidence", [0.95, Decimal("0.95"), Fraction(19, 20), np.float64(0.95)])
def test_tail_probability_when_any_number_type_then_exact(confidence: float) -> None:
    assert compute_tail_probability(confidence) == Fraction(1, 20)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.1, 1.5, float("nan"), float("inf"), Decimal("NaN")])
def test_tail_probability_when_no_level_then_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        compute_tail_probability(confidence)


def test_tail_weights_when_any_size_then_sum_to_one() -> None:
    for count in (60, 99, 100, 101, 252, 1000):
        for confidence in (0.9, 0.95, 0.99, 0.999):
            weights = compute_tail_weights(count, compute_tail_probability(confidence))
            assert weights.sum() == pytest.approx(1.0, abs=1e-12)
            assert (weights >= 0.0).all()


def test_tail_when_it_lies_beyond_the_sample_then_the_worst_loss() -> None:
    returns = np.concatenate((np.full(59, 0.01), [-0.3]))
    var, es = compute_historical_tail(returns, [Fraction(1, 100)])
    assert (var[0, 0], es[0, 0]) == (0.3, pytest.approx(0.3, rel=1e-15))


def test_exact_shortfall_when_minimised_after_rockafellar_uryasev_then_the_same() -> None:
    returns = np.random.default_rng(5).standard_t(3, 252) * 0.03
    for confidence in (0.9, 0.95, 0.99):
        p = compute_tail_probability(confidence)
        _, es = compute_historical_tail(returns, [p])
        losses = -returns
        least = min(c + np.maximum(losses - c, 0.0).mean() / float(p) for c in losses)
        assert es[0, 0] == pytest.approx(least, rel=1e-12)


@examples(50)
@given(st.integers(1, 200), st.integers(1, 200))
def test_select_worst_when_any_depth_then_the_head_of_the_sort(count: int, depth: int) -> None:
    depth = min(depth, count)
    rows = np.random.default_rng(count * 1000 + depth).normal(size=(3, count)).round(1)
    before = rows.copy()
    np.testing.assert_array_equal(select_worst(rows, depth), np.sort(rows, axis=1)[:, :depth])
    np.testing.assert_array_equal(rows, before)
    np.testing.assert_array_equal(select_worst(rows, depth, overwrite=True), np.sort(before, axis=1)[:, :depth])


def test_position_when_any_sample_then_never_beyond_it() -> None:
    for count in (1, 2, 19, 20, 21, 252):
        for confidence in (0.5, 0.95, 0.99):
            assert 0 <= locate_quantile(count, compute_tail_probability(confidence)) < count


def test_age_weighted_when_decay_is_nearly_one_then_plain_historical() -> None:
    returns = np.random.default_rng(6).normal(0.0, 0.03, 253)
    tails = [compute_tail_probability(level) for level in (0.95, 0.99)]
    plain, aged = compute_historical_tail(returns, tails), compute_age_weighted_tail(returns, tails, decay=1 - 1e-9)
    np.testing.assert_array_equal(plain[0], aged[0])
    np.testing.assert_allclose(plain[1], aged[1], rtol=1e-6)


def test_age_weighted_when_the_worst_day_is_the_last_then_it_is_the_var() -> None:
    returns = np.full(252, 0.001)
    returns[-1] = -0.2
    tails = [compute_tail_probability(0.99)]
    assert compute_age_weighted_tail(returns, tails)[0][0, 0] == 0.2  # weight 0.02 > 0.01
    assert compute_age_weighted_tail(returns[::-1], tails)[0][0, 0] == -0.001


def test_age_weighted_when_worked_by_hand() -> None:
    returns, weights = np.array([-0.10, -0.05, 0.02, -0.01]), np.array([1, 2, 4, 8]) / 15
    var, es = compute_age_weighted_tail(returns, [Fraction(2, 15), Fraction(1, 10)], decay=0.5)
    # sorted: -0.10 (1/15), -0.05 (2/15), ...; 2/15 lies inside the second, 1/10 too
    assert var[0].tolist() == [0.05, 0.05]
    assert es[0, 0] == pytest.approx((0.10 * weights[0] + 0.05 * (2 / 15 - weights[0])) / (2 / 15))
    assert es[0, 1] == pytest.approx((0.10 * weights[0] + 0.05 * (0.1 - weights[0])) / 0.1)


@pytest.mark.parametrize("decay", [0.0, 1.0, -0.5, 2.0, float("nan")])
def test_decay_when_out_of_range_then_refused(decay: float) -> None:
    returns, tails = np.linspace(-0.1, 0.1, 60), [Fraction(1, 20)]
    with pytest.raises(ValueError, match="decay"):
        compute_age_weighted_tail(returns, tails, decay=decay)


def test_filtered_when_volatility_doubles_at_the_end_then_var_follows() -> None:
    returns = np.random.default_rng(8).normal(0.0, 0.02, 252)
    calm, stormy = returns.copy(), returns.copy()
    stormy[-60:] *= 3.0
    tails = [compute_tail_probability(0.99)]
    quiet, loud = (compute_filtered_tail(sample, tails)[0][0, 0] for sample in (calm, stormy))
    plain = compute_historical_tail(stormy, tails)[0][0, 0]
    assert loud > 2.0 * quiet
    assert loud > plain


def test_filtered_when_all_returns_are_zero_then_zero_not_nan() -> None:
    var, es = compute_filtered_tail(np.zeros(252), [Fraction(1, 20)])
    assert (var[0, 0], es[0, 0]) == (0.0, 0.0)
