"""Golden numbers: figures worked out elsewhere, to all the digits they are printed with."""

import numpy as np
import pytest

from riskgate.core.quant.cornish_fisher import check_cornish_fisher_domain, compute_cornish_fisher_quantile
from riskgate.core.quant.coverage_tests import (
    Transitions,
    compute_conditional_coverage,
    compute_independence,
    compute_unconditional_coverage,
    count_transitions,
)
from riskgate.core.quant.distributions import (
    compute_binomial_cdf,
    compute_chi2_survival,
    compute_normal_quantile,
    compute_student_t_quantile,
)
from riskgate.core.quant.historical import compute_age_weights
from riskgate.core.quant.traffic_light import Zone, compute_zone_bounds


@pytest.mark.parametrize(
    ("observations", "confidence", "exceptions", "expected"),
    [
        (250, 0.99, 0, 5.0252),
        (250, 0.99, 5, 1.9568),
        (250, 0.99, 7, 5.4970),
        (250, 0.99, 10, 12.9555),
        (252, 0.95, 12, 0.0305),
        (252, 0.95, 20, 3.9126),
    ],
)
def test_kupiec(observations: int, confidence: float, exceptions: int, expected: float) -> None:
    result = compute_unconditional_coverage(observations, exceptions, confidence)
    assert round(result.statistic, 4) == expected


def test_kupiec_when_every_day_is_an_exception_then_finite() -> None:
    result = compute_unconditional_coverage(60, 60, 0.99)
    assert result.statistic == pytest.approx(-120 * np.log(0.01))
    assert result.p_value < 0.05


def test_christoffersen_when_five_exceptions_in_a_row() -> None:
    hits = np.zeros(252, dtype=bool)
    hits[100:105] = True
    transitions = count_transitions(hits)
    assert transitions == Transitions(n00=245, n01=1, n10=1, n11=4)
    assert round(compute_independence(transitions).statistic, 4) == 31.0493


def test_christoffersen_when_no_exceptions_then_zero() -> None:
    result = compute_independence(count_transitions(np.zeros(252, dtype=bool)))
    assert (result.statistic, result.p_value) == (0.0, 1.0)


def test_christoffersen_when_only_the_last_day_is_an_exception_then_no_transition_out_of_it() -> None:
    hits = np.zeros(252, dtype=bool)
    hits[-1] = True
    transitions = count_transitions(hits)
    assert transitions.pi11 is None
    assert compute_independence(transitions).statistic == pytest.approx(0.0, abs=1e-12)


def test_conditional_coverage_when_exceptions_then_coverage_of_all_days_and_independence() -> None:
    hits = np.zeros(252, dtype=bool)
    hits[[0, 10, 11, 200]] = True
    both = compute_conditional_coverage(hits, 0.99)
    independence = compute_independence(count_transitions(hits)).statistic
    assert both.statistic == compute_unconditional_coverage(252, 4, 0.99).statistic + independence
    assert both.p_value == compute_chi2_survival(both.statistic, 2)


@pytest.mark.parametrize(("p", "z", "expected"), [(0.05, -1.64485, -1.72174), (0.01, -2.32635, -3.30128)])
def test_cornish_fisher(p: float, z: float, expected: float) -> None:
    quantile = compute_normal_quantile(p)
    assert round(quantile, 5) == z
    assert round(float(compute_cornish_fisher_quantile(quantile, -0.5, 3.0)), 5) == expected


@pytest.mark.parametrize(
    ("skewness", "kurtosis", "valid"),
    [(0.0, 0.0, True), (-0.5, 3.0, True), (0.0, -0.1, False), (0.0, 8.0, True), (0.0, 8.1, False), (2.0, 3.0, False)],
)
def test_cornish_fisher_domain(skewness: float, kurtosis: float, valid: bool) -> None:
    assert bool(check_cornish_fisher_domain(skewness, kurtosis)) is valid


def test_cornish_fisher_domain_when_compared_with_the_slope_on_a_grid_then_agrees() -> None:
    z = np.linspace(-60.0, 60.0, 60_001)
    for skewness in np.linspace(-3.0, 3.0, 13):
        for kurtosis in np.linspace(0.25, 12.0, 48):
            increasing = bool((np.diff(compute_cornish_fisher_quantile(z, skewness, kurtosis)) > 0.0).all())
            assert bool(check_cornish_fisher_domain(skewness, kurtosis)) is increasing, (skewness, kurtosis)


def test_traffic_light_when_252_days_at_95_percent() -> None:
    bounds = compute_zone_bounds(252, 0.95)
    assert (bounds.green_max, bounds.yellow_max) == (18, 26)
    assert [bounds.classify(x) for x in (0, 18, 19, 26, 27, 252)] == [
        Zone.GREEN, Zone.GREEN, Zone.YELLOW, Zone.YELLOW, Zone.RED, Zone.RED,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("exceptions", "zone"),
    [(0, Zone.GREEN), (4, Zone.GREEN), (5, Zone.YELLOW), (9, Zone.YELLOW), (10, Zone.RED), (25, Zone.RED)],
)
def test_traffic_light_when_basel_sample(exceptions: int, zone: Zone) -> None:
    assert compute_zone_bounds(250, 0.99).classify(exceptions) is zone


def test_traffic_light_when_sample_is_tiny_then_one_exception_is_already_yellow() -> None:
    bounds = compute_zone_bounds(1, 0.99)
    assert bounds.classify(0) is Zone.YELLOW
    assert bounds.classify(1) is Zone.RED


def test_binomial_cdf_when_sample_is_long_then_does_not_underflow() -> None:
    cumulative = compute_binomial_cdf(200_000, 0.05)
    assert cumulative[10_000] == pytest.approx(0.5024, abs=2e-3)
    assert np.isfinite(cumulative).all()
    assert cumulative[-1] == 1.0


def test_age_weights_when_three_days() -> None:
    np.testing.assert_allclose(compute_age_weights(3, 0.5), [1 / 7, 2 / 7, 4 / 7])


@pytest.mark.parametrize(
    ("probability", "degrees", "expected"),
    [
        (0.05, 4.0, -2.131847),
        (0.01, 4.0, -3.746947),
        (0.025, 10.0, -2.228139),
        (0.005, 1.0, -63.656741),
        (0.95, 30.0, 1.697261),
    ],
)
def test_student_t_quantile_when_tabulated(probability: float, degrees: float, expected: float) -> None:
    assert compute_student_t_quantile(probability, degrees) == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize(
    ("statistic", "degrees", "expected"),
    [(3.841459, 1, 0.05), (6.634897, 1, 0.01), (5.991465, 2, 0.05), (9.210340, 2, 0.01)],
)
def test_chi_squared_when_critical_value(statistic: float, degrees: int, expected: float) -> None:
    assert compute_chi2_survival(statistic, degrees) == pytest.approx(expected, abs=1e-7)


def test_chi_squared_when_other_degrees_or_negative_then_refused() -> None:
    with pytest.raises(ValueError, match="closed forms"):
        compute_chi2_survival(1.0, 3)
    with pytest.raises(ValueError, match="negative"):
        compute_chi2_survival(-1.0, 1)


def test_normal_quantile() -> None:
    assert round(compute_normal_quantile(0.05), 5) == -1.64485
    assert round(compute_normal_quantile(0.01), 5) == -2.32635


@pytest.mark.parametrize(("trials", "probability"), [(0, 0.5), (10, 0.0), (10, 1.0), (10, -0.5), (10, 1.5)])
def test_binomial_when_there_is_no_trial_or_nothing_is_left_to_chance_then_refused(
    trials: int, probability: float
) -> None:
    with pytest.raises(ValueError, match="at least one trial"):
        compute_binomial_cdf(trials, probability)


def test_binomial_when_of_one_trial_then_its_two_outcomes() -> None:
    assert compute_binomial_cdf(1, 0.25) == pytest.approx([0.75, 1.0])
