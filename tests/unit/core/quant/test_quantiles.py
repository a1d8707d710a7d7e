"""Quantile conventions and exact index arithmetic."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskgate.core.quant.historical import (
    compute_age_weighted_tail,
    compute_ewma_variances,
    compute_filtered_tail,
    compute_historical_tail,
)
from riskgate.core.quant.quantiles import (
    QuantileRule,
    TailMeanRule,
    compute_tail_probability,
    compute_tail_weights,
    count_tail,
    locate_quantile,
    select_worst,
)

NUMPY_METHODS = {
    QuantileRule.LINEAR: "linear",
    QuantileRule.LOWER: "lower",
    QuantileRule.HIGHER: "higher",
    QuantileRule.NEAREST: "nearest",
    QuantileRule.INVERTED_CDF: "inverted_cdf",
    QuantileRule.WEIBULL: "weibull",
    QuantileRule.HAZEN: "hazen",
    QuantileRule.MEDIAN_UNBIASED: "median_unbiased",
}


@pytest.mark.parametrize(
    ("rule", "at_95", "at_99"),
    [
        (QuantileRule.ORDER_STATISTIC_MFE, 13, 3),
        (QuantileRule.INVERTED_CDF, 13, 3),
        (QuantileRule.LINEAR, 13.55, 3.51),
        (QuantileRule.LOWER, 13, 3),
        (QuantileRule.HIGHER, 14, 4),
        (QuantileRule.NEAREST, 14, 4),
        (QuantileRule.WEIBULL, 12.65, 2.53),
        (QuantileRule.HAZEN, 13.1, 3.02),
        (QuantileRule.MEDIAN_UNBIASED, 12.95, 2.8566667),
    ],
)
def test_position_when_252_days(rule: QuantileRule, at_95: float, at_99: float) -> None:
    for confidence, expected in ((0.95, at_95), (0.99, at_99)):
        index, weight = locate_quantile(252, compute_tail_probability(confidence), rule)
        assert index + 1 + weight == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("rule", "method"), NUMPY_METHODS.items())
@pytest.mark.parametrize("count", [60, 100, 251, 252, 253, 500, 1000])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.975, 0.99, 0.995])
def test_quantile_when_numpy_knows_the_rule_then_agrees(
    rule: QuantileRule, method: str, count: int, confidence: float
) -> None:
    p = compute_tail_probability(confidence)
    # numpy computes the index in floats; the same samples with an exact step away from the trap agree.
    step = count * p if rule is QuantileRule.INVERTED_CDF else (count - 1) * p
    if step.denominator == 1 and rule in {QuantileRule.INVERTED_CDF, QuantileRule.LOWER, QuantileRule.HIGHER}:
        return
    returns = np.random.default_rng(count).normal(0.0, 0.03, count)
    var, _ = compute_historical_tail(returns, [p], quantile_rule=rule)
    assert var[0, 0] == pytest.approx(-np.quantile(returns, float(p), method=method), rel=1e-12)  # type: ignore[call-overload]


def test_position_when_floats_would_shift_it_then_exact() -> None:
    assert 0.07 * 100 > 7  # the trap
    p = compute_tail_probability(0.93)
    assert p == Fraction(7, 100)
    assert locate_quantile(100, p, QuantileRule.INVERTED_CDF) == (6, 0.0)
    assert locate_quantile(100, p, QuantileRule.ORDER_STATISTIC_MFE) == (7, 0.0)
    assert locate_quantile(101, p, QuantileRule.HIGHER) == (7, 0.0)
    assert compute_tail_weights(100, p, TailMeanRule.WORST_FLOOR).size == 7


@pytest.mark.parametrize("confidence", [0.95, Decimal("0.95"), Fraction(19, 20), np.float64(0.95)])
def test_tail_probability_when_any_number_type_then_exact(confidence: float) -> None:
    assert compute_tail_probability(confidence) == Fraction(1, 20)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.1, 1.5, float("nan"), float("inf"), Decimal("NaN")])
def test_tail_probability_when_no_level_then_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        compute_tail_probability(confidence)


@pytest.mark.parametrize("rule", list(TailMeanRule))
def test_tail_weights_when_any_size_then_sum_to_one(rule: TailMeanRule) -> None:
    for count in (60, 99, 100, 101, 252, 1000):
        for confidence in (0.9, 0.95, 0.99, 0.999):
            weights = compute_tail_weights(count, compute_tail_probability(confidence), rule)
            assert weights.sum() == pytest.approx(1.0, abs=1e-12)
            assert (weights >= 0.0).all()


def test_tail_when_it_lies_beyond_the_sample_then_the_worst_loss() -> None:
    returns = np.concatenate((np.full(59, 0.01), [-0.3]))
    for rule in TailMeanRule:
        var, es = compute_historical_tail(returns, [Fraction(1, 100)], tail_mean_rule=rule)
        assert (var[0, 0], es[0, 0]) == (0.3, pytest.approx(0.3, rel=1e-15))


def test_exact_shortfall_when_minimised_after_rockafellar_uryasev_then_the_same() -> None:
    returns = np.random.default_rng(5).standard_t(3, 252) * 0.03
    for confidence in (0.9, 0.95, 0.99):
        p = compute_tail_probability(confidence)
        _, es = compute_historical_tail(returns, [p])
        losses = -returns
        least = min(c + np.maximum(losses - c, 0.0).mean() / float(p) for c in losses)
        assert es[0, 0] == pytest.approx(least, rel=1e-12)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.integers(1, 200), st.integers(1, 200))
def test_select_worst_when_any_depth_then_the_head_of_the_sort(count: int, depth: int) -> None:
    depth = min(depth, count)
    rows = np.random.default_rng(count * 1000 + depth).normal(size=(3, count)).round(1)
    before = rows.copy()
    np.testing.assert_array_equal(select_worst(rows, depth), np.sort(rows, axis=1)[:, :depth])
    np.testing.assert_array_equal(rows, before)
    np.testing.assert_array_equal(select_worst(rows, depth, overwrite=True), np.sort(before, axis=1)[:, :depth])


@pytest.mark.parametrize("rule", list(QuantileRule))
def test_tail_depth_when_any_rule_then_enough_and_never_beyond_the_sample(rule: QuantileRule) -> None:
    for count in (1, 2, 19, 20, 21, 252):
        for confidence in (0.5, 0.95, 0.99):
            p = compute_tail_probability(confidence)
            index, weight = locate_quantile(count, p, rule)
            depth = count_tail(count, p, rule)
            assert index + (1 if weight else 0) < depth <= count


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
    for compute in (compute_age_weighted_tail, compute_filtered_tail):
        with pytest.raises(ValueError, match="decay"):
            compute(returns, tails, decay=decay)
    with pytest.raises(ValueError, match="decay"):
        compute_ewma_variances(returns, decay=decay)


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
