"""Horizons, flags, Monte Carlo, decomposition, liquidity: behaviour beside the reference figures."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from riskgate.core.quant.decomposition import compute_incremental_var, decompose_historical, decompose_normal
from riskgate.core.quant.distributions import compute_student_t_density, compute_student_t_quantile
from riskgate.core.quant.drawdown import compute_maximum_drawdown
from riskgate.core.quant.historical import compute_historical_tail
from riskgate.core.quant.liquidity import compute_exit_cost
from riskgate.core.quant.montecarlo import DEGREES_OF_FREEDOM, Innovation, simulate_returns
from riskgate.core.quant.results import RiskFlag, TailRisk
from riskgate.core.quant.tail_model import Method
from riskgate.core.quant.tail_risk import compute_tail_risk
from tests.unit.core.quant.reference_data import sample_until

ASSETS = ("BTC", "ETH", "BNB")
WEIGHTS = np.array([0.5, 0.3, 0.2])


@pytest.fixture
def returns() -> np.ndarray:
    found: np.ndarray = sample_until(ASSETS, "2022-06-30").returns
    return found


def figures(
    portfolio: np.ndarray, method: Method = Method.HISTORICAL, *, days: int = 1, level: float = 0.95
) -> TailRisk:
    result = compute_tail_risk(portfolio, confidence=level, method=method, horizon_days=days)
    assert isinstance(result, TailRisk)
    return result


class TestHorizon:
    """Losses over several days."""

    @pytest.mark.parametrize("method", [Method.HISTORICAL, Method.AGE_WEIGHTED, Method.EWMA_FILTERED])
    def test_square_root_of_time_when_sample_method_then_scaled_and_flagged(
        self, returns: np.ndarray, method: Method
    ) -> None:
        one, ten = (figures(returns @ WEIGHTS, method, days=days) for days in (1, 10))
        assert ten.var_fraction == pytest.approx(one.var_fraction * math.sqrt(10))
        assert ten.es_fraction == pytest.approx(one.es_fraction * math.sqrt(10))
        assert one.flags == ()
        assert ten.flags == (RiskFlag.HORIZON_SQUARE_ROOT_OF_TIME,)
        assert ten.horizon_days == 10

    def test_normal_when_ten_days_then_ten_means_and_root_ten_deviations(self, returns: np.ndarray) -> None:
        portfolio = returns @ WEIGHTS
        mean, spread = portfolio.mean(), portfolio.std(ddof=1)
        result = figures(portfolio, Method.NORMAL, days=10)
        assert result.var_fraction == pytest.approx(-(10 * mean - 1.6448536269514722 * spread * math.sqrt(10)))
        assert result.flags == ()

    def test_heavy_tails_when_horizon_grows_then_tend_to_normal(self, returns: np.ndarray) -> None:
        portfolio = returns @ WEIGHTS
        for method in (Method.CORNISH_FISHER, Method.STUDENT_T):
            gaps = []
            for days in (1, 1000):
                normal = figures(portfolio, Method.NORMAL, days=days, level=0.99)
                heavy = figures(portfolio, method, days=days, level=0.99)
                gaps.append(abs(heavy.es_fraction / normal.es_fraction - 1))
            assert gaps[1] < gaps[0] / 10

    def test_horizon_when_below_one_then_refused(self, returns: np.ndarray) -> None:
        with pytest.raises(ValueError, match="horizon_days"):
            figures(returns @ WEIGHTS, days=0)


class TestFlags:
    """Reservations that travel with a figure."""

    def test_cornish_fisher_when_one_extreme_day_then_out_of_domain(self) -> None:
        crash = sample_until(("BTC",), "2020-03-31").returns[:, 0]
        result = figures(crash, Method.CORNISH_FISHER, level=0.99)
        assert result.flags == (RiskFlag.CORNISH_FISHER_OUT_OF_DOMAIN,)
        calm = figures(sample_until(("BTC",), "2022-06-30").returns[:, 0], Method.CORNISH_FISHER)
        assert calm.flags == ()

    def test_student_t_when_kurtosis_is_not_positive_then_normal_limit(self) -> None:
        flat = np.linspace(-0.05, 0.05, 252)  # uniform: excess kurtosis -1.2
        result, normal = (
            figures(flat, Method.STUDENT_T),
            figures(flat, Method.NORMAL),
        )
        assert result.flags == (RiskFlag.STUDENT_T_NORMAL_LIMIT,)
        assert result.var_fraction == normal.var_fraction

    def test_historical_when_tail_holds_less_than_one_day_then_flagged(self, returns: np.ndarray) -> None:
        assert figures(returns[:99] @ WEIGHTS, level=0.99).flags == (RiskFlag.TAIL_BEYOND_SAMPLE,)
        assert figures(returns[:100] @ WEIGHTS, level=0.99).flags == ()

    def test_name_when_any_model_then_conventions_are_in_it(self, returns: np.ndarray) -> None:
        assert figures(returns @ WEIGHTS).method == "historical/order_statistic_MFE"
        assert figures(returns @ WEIGHTS, Method.NORMAL).method == "normal"
        assert figures(returns @ WEIGHTS, Method.AGE_WEIGHTED).method == "age_weighted_historical"


class TestMonteCarlo:
    """Seeded simulation."""

    def run(self, returns: np.ndarray, *, seed: int = 1, **model: Any) -> tuple[float, float]:
        """Return VaR and expected shortfall at 99 %."""
        outcomes, _ = simulate_returns(
            returns.mean(axis=0), np.cov(returns, rowvar=False), generator=np.random.default_rng(seed), **model
        )
        var, es = compute_historical_tail(outcomes @ WEIGHTS, [Fraction(1, 100)])
        return float(var[0, 0]), float(es[0, 0])

    def test_when_seed_is_the_same_then_the_same_figures(self, returns: np.ndarray) -> None:
        assert self.run(returns, seed=5) == self.run(returns, seed=5)
        assert self.run(returns, seed=5) != self.run(returns, seed=6)

    @pytest.mark.parametrize("days", [1, 10])
    def test_when_normal_then_near_the_closed_form(self, returns: np.ndarray, days: int) -> None:
        var, es = self.run(returns, paths=200_000, horizon_days=days)
        exact = figures(returns @ WEIGHTS, Method.NORMAL, days=days, level=0.99)
        assert var == pytest.approx(exact.var_fraction, rel=0.01)
        assert es == pytest.approx(exact.es_fraction, rel=0.01)

    def test_when_student_t_then_near_the_closed_form_and_of_the_same_covariance(self, returns: np.ndarray) -> None:
        var, es = self.run(returns, innovation=Innovation.STUDENT_T, paths=200_000)
        portfolio, nu, p = returns @ WEIGHTS, DEGREES_OF_FREEDOM, 0.01
        unit, q = portfolio.std(ddof=1) * ((nu - 2) / nu) ** 0.5, compute_student_t_quantile(p, nu)
        tail = compute_student_t_density(q, nu) / p * (nu + q * q) / (nu - 1)
        assert var == pytest.approx(-unit * q - portfolio.mean(), rel=0.015)
        assert es == pytest.approx(unit * tail - portfolio.mean(), rel=0.03)
        paths, _ = simulate_returns(
            returns.mean(axis=0),
            np.cov(returns, rowvar=False),
            innovation=Innovation.STUDENT_T,
            paths=200_000,
            generator=np.random.default_rng(2),
        )
        np.testing.assert_allclose(np.cov(paths, rowvar=False), np.cov(returns, rowvar=False), rtol=0.05)

    def test_when_student_t_over_ten_days_then_lighter_than_one_day_scaled(self, returns: np.ndarray) -> None:
        one = self.run(returns, innovation=Innovation.STUDENT_T, paths=100_000)
        ten = self.run(returns, innovation=Innovation.STUDENT_T, paths=100_000, horizon_days=10)
        assert one[0] * 2 < ten[0]
        assert ten[1] / ten[0] < one[1] / one[0]

    def test_when_covariance_is_singular_or_broken_then_simulated_and_flagged(self) -> None:
        singular = np.full((2, 2), 0.04)
        paths, repaired = simulate_returns([0.0, 0.0], singular, generator=np.random.default_rng(4))
        assert not repaired
        np.testing.assert_allclose(paths[:, 0], paths[:, 1], atol=1e-9)
        _, repaired = simulate_returns([0.0, 0.0], [[1.0, 2.0], [2.0, 1.0]], generator=np.random.default_rng(4))
        assert repaired

    @pytest.mark.parametrize(
        ("probability", "degrees"), [(0.0, 5.0), (1.0, 5.0), (0.01, 0.0), (0.5, -1.0), (1.5, -1.0)]
    )
    def test_quantile_when_there_is_none_then_refused(self, probability: float, degrees: float) -> None:
        with pytest.raises(ValueError, match="positive degrees"):
            compute_student_t_quantile(probability, degrees)

    def test_when_shapes_disagree_then_no_figure(self) -> None:
        with pytest.raises(ValueError, match="one mean"):
            simulate_returns([0.0], np.eye(2), generator=np.random.default_rng(1))


class TestDecomposition:
    """Where the risk comes from."""

    def test_when_hedged_then_the_hedge_has_a_negative_component(self, returns: np.ndarray) -> None:
        weights = [1.0, -0.4, 0.0]
        for result in (
            decompose_normal(returns, weights, confidence=0.95),
            decompose_historical(returns, weights, confidence=0.95),
        ):
            assert result.component_es[0, 0] > 0.0 > result.component_es[0, 1]
            assert result.component_var[0, 2] == 0.0

    def test_when_book_does_not_move_then_zero_not_nan(self) -> None:
        returns = np.random.default_rng(1).normal(0.0, 0.02, (252, 1)) * np.ones(2)
        result = decompose_normal(returns - returns.mean(axis=0), [[1.0, -1.0], [0.0, 0.0]], confidence=0.99)
        np.testing.assert_allclose(result.component_var, 0.0, atol=1e-12)
        np.testing.assert_array_equal(result.component_var[1], [0.0, 0.0])

    def test_marginal_when_weight_is_nudged_then_the_derivative(self, returns: np.ndarray) -> None:
        base = decompose_normal(returns, WEIGHTS, confidence=0.99)
        for index in range(3):
            nudge = np.eye(3)[index] * 1e-6
            up, down = (figures(returns @ (WEIGHTS + s * nudge), Method.NORMAL, level=0.99) for s in (1, -1))
            assert (up.var_fraction - down.var_fraction) / 2e-6 == pytest.approx(base.marginal_var[0, index], rel=1e-6)
            slope = base.component_es[0, index] / WEIGHTS[index]
            assert (up.es_fraction - down.es_fraction) / 2e-6 == pytest.approx(slope, rel=1e-6)

    def test_incremental_when_candidates_then_full_revaluation(self, returns: np.ndarray) -> None:
        trades = np.array([[0.1, 0.0, 0.0], [-0.5, -0.3, -0.2], [0.0, 0.0, 0.0]])
        before = figures(returns @ WEIGHTS).var_fraction
        more, nothing_left, same = compute_incremental_var(returns, WEIGHTS, trades, confidence=0.95)
        assert more == pytest.approx(figures(returns @ (WEIGHTS + trades[0])).var_fraction - before)
        assert more > 0.0
        assert nothing_left == pytest.approx(-before)
        assert same == 0.0

    def test_when_weights_do_not_fit_then_refused(self, returns: np.ndarray) -> None:
        with pytest.raises(ValueError, match="one weight per asset"):
            decompose_normal(returns, [1.0], confidence=0.95)


class TestLiquidity:
    """Cost of getting out."""

    def test_exit_cost_when_worked_by_hand(self) -> None:
        cost = compute_exit_cost([10_000.0, -5_000.0], [0.002, 0.004], [0.001, 0.0])
        assert cost.tolist() == pytest.approx([10_000 * 0.5 * 0.005, 5_000 * 0.5 * 0.004])

    def test_exit_cost_when_spread_is_ten_times_then_ten_times_and_never_beyond_the_position(self) -> None:
        assert compute_exit_cost([100.0], [0.01], spread_multiplier=10.0)[0] == pytest.approx(5.0)
        assert compute_exit_cost([-100.0], [0.5], spread_multiplier=10.0)[0] == 100.0

    def test_exit_cost_when_negative_or_not_finite_then_refused(self) -> None:
        for arguments in (([1.0], [-0.1]), ([1.0], [math.nan]), ([math.inf], [0.1])):
            with pytest.raises(ValueError, match=r"negative|finite"):
                compute_exit_cost(*arguments)


class TestDrawdown:
    """Deepest fall from a peak."""

    def test_when_first_day_loses_then_it_counts(self) -> None:
        assert compute_maximum_drawdown([-0.5, 0.5]) == 0.5

    def test_when_nothing_falls_then_zero(self) -> None:
        assert compute_maximum_drawdown([0.1, 0.0, 0.2]) == 0.0
        assert compute_maximum_drawdown([]) == 0.0

    def test_when_a_day_loses_more_than_everything_then_the_path_ends_there(self) -> None:
        """A book of five times equity falls by 30 %: what follows is no gain, and no loss of what is not there."""
        assert compute_maximum_drawdown([0.2, -1.5, -3.0, 2.0]) == pytest.approx(1.5)
        assert compute_maximum_drawdown([-1.0, 5.0]) == 1.0
