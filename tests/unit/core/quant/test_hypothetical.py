"""Hypothetical stresses and reverse stress."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.instrument import MarketType
from riskgate.core.quant.hypothetical import (
    apply_correlation_stress,
    apply_stop_stress,
    apply_venue_loss,
    apply_volatility_stress,
    make_conditional_scenario,
    run_hypothetical,
)
from riskgate.core.quant.results import InsufficientData
from riskgate.core.quant.returns import ReturnSample
from riskgate.core.quant.reverse_stress import (
    UNIFORM,
    ReverseStress,
    compute_breaching_shock,
    compute_reverse_stress,
)
from riskgate.core.quant.scenarios import Scenario
from riskgate.core.quant.stress import StressResult, apply_scenario
from riskgate.core.quant.stress_book import CashBalance, StressBook, StressPosition
from tests.support.hypothesis_profiles import examples
from tests.unit.core.quant.reference_data import sample_until

ASSETS = ("BTC", "ETH", "BNB")
Z99 = 2.3263478740408408


def position(
    asset: str, value: float, *, stop: float | None = None, is_swap: bool = False, **fields: Any
) -> StressPosition:
    venue = "futures" if is_swap else "spot"
    return StressPosition(
        key=f"{venue}:{asset}",
        asset=asset,
        quote_asset="USDT",
        venue=venue,
        sector="major" if asset == "BTC" else "alt",
        market_type=MarketType.SWAP if is_swap else MarketType.SPOT,
        quantity=value / 100.0,
        mark_price=100.0,
        stop_loss_price=stop,
        **fields,
    )


def make_book(
    *positions: StressPosition, cash: tuple[CashBalance, ...] = (), equity: float = 10_000.0, **fields: Any
) -> StressBook:
    peak = fields.pop("peak", equity)
    return StressBook(equity=equity, peak_equity=peak, positions=positions, cash=cash, **fields)


def collateral(value: float, *, venue: str = "futures") -> CashBalance:
    return CashBalance(asset="USDT", venue=venue, value=value, is_collateral=True)


@pytest.fixture
def sample() -> ReturnSample:
    return sample_until(ASSETS, "2022-06-30")


def run(result: StressResult | InsufficientData) -> StressResult:
    assert isinstance(result, StressResult)
    return result


class TestCorrelationAndVolatility:
    """Stressed covariances become P&L per position."""

    def test_correlation_when_long_book_then_the_var_of_the_formula(self, sample: ReturnSample) -> None:
        book = make_book(
            *(position(asset, value) for asset, value in zip(ASSETS, (3_000.0, 2_000.0, 1_000.0), strict=True))
        )
        result = run(apply_correlation_stress(book, sample))
        risk = book.values * sample.returns.std(axis=0, ddof=1)
        variance = 0.9 * risk.sum() ** 2 + 0.1 * (risk**2).sum()
        assert result.pnl == pytest.approx(-Z99 * math.sqrt(variance))
        assert result.pnl == pytest.approx(sum(p.pnl for p in result.positions))
        assert result.scenario == "correlations_0.9"

    def test_correlation_when_one_asset_then_nothing_to_diversify(self, sample: ReturnSample) -> None:
        book = make_book(position("BTC", 3_000.0))
        expected = -Z99 * 3_000.0 * sample.returns[:, 0].std(ddof=1)
        assert run(apply_correlation_stress(book, sample)).pnl == pytest.approx(expected)

    def test_volatility_when_three_times_then_three_times_the_var(self, sample: ReturnSample) -> None:
        book = make_book(position("BTC", 3_000.0), position("ETH", -1_000.0, is_swap=True))
        exposure = np.array([3_000.0, -1_000.0, 0.0])
        expected = -Z99 * math.sqrt(exposure @ np.cov(sample.returns, rowvar=False) @ exposure)
        assert run(apply_volatility_stress(book, sample)).pnl == pytest.approx(3.0 * expected)

    def test_conditional_shock_when_simulated_then_the_mean_of_the_var_days(self, sample: ReturnSample) -> None:
        book = make_book(position("BTC", 3_000.0), position("ETH", 2_000.0))
        covariance = np.cov(sample.returns, rowvar=False)
        scenario = make_conditional_scenario("c", book, ASSETS, covariance)
        draws = np.random.default_rng(7).multivariate_normal(np.zeros(3), covariance, 400_000)
        pnl = draws @ np.array([3_000.0, 2_000.0, 0.0])
        var_day = -apply_scenario(book, scenario).pnl
        near = np.abs(pnl + var_day) < 0.02 * var_day
        for index, asset in enumerate(ASSETS):
            assert scenario.shocks[asset] == pytest.approx(float(draws[near, index].mean()), rel=0.03)

    def test_conditional_shock_when_more_than_all_would_be_lost_then_all(self) -> None:
        covariance = np.diag([4.0, 0.01, 0.25])
        covariance[0, 2] = covariance[2, 0] = -0.5
        scenario = make_conditional_scenario("c", make_book(position("BTC", 3_000.0)), ASSETS, covariance)
        assert scenario.shocks == {"BTC": -1.0, "ETH": 0.0, "BNB": pytest.approx(Z99 * 0.25)}

    def test_conditional_shock_when_the_book_does_not_move_then_none(self) -> None:
        scenario = make_conditional_scenario("c", make_book(), ASSETS, np.eye(3))
        assert scenario.shocks == dict.fromkeys(ASSETS, 0.0)

    def test_when_hedged_then_zero(self, sample: ReturnSample) -> None:
        book = make_book(position("BTC", 3_000.0), position("BTC", -3_000.0, is_swap=True))
        for result in (apply_correlation_stress(book, sample), apply_volatility_stress(book, sample)):
            assert run(result).pnl == 0.0

    def test_when_history_is_short_then_insufficient_never_zero(self) -> None:
        short = InsufficientData(what="return sample", observations=12, minimum_observations=60, assets=("NEW",))
        book = make_book(position("NEW", 3_000.0))
        assert apply_correlation_stress(book, short) is short
        assert apply_volatility_stress(book, short) is short

    def test_when_an_asset_has_no_covariance_then_refused(self, sample: ReturnSample) -> None:
        with pytest.raises(ValueError, match="DOGE"):
            apply_correlation_stress(make_book(position("DOGE", 1.0)), sample)


class TestStops:
    """All stops at once, with a gap."""

    def test_when_long_and_short_then_each_fills_beyond_its_stop(self) -> None:
        book = make_book(position("BTC", 1_000.0, stop=95.0), position("ETH", -1_000.0, stop=110.0, is_swap=True))
        result = apply_stop_stress(book)
        assert [p.pnl for p in result.positions] == pytest.approx([10 * (95 * 0.95 - 100), -10 * (110 * 1.05 - 100)])
        assert result.coverage.own_fraction == 1.0
        assert result.swaps == ()

    def test_when_there_is_no_stop_then_the_whole_value_is_lost_and_named(self) -> None:
        book = make_book(
            position("BTC", 1_000.0), position("ETH", -500.0, is_swap=True), position("BNB", 500.0, stop=99.0)
        )
        result = apply_stop_stress(book)
        assert [p.pnl for p in result.positions] == pytest.approx([-1_000.0, -500.0, 5 * (99 * 0.95 - 100)])
        assert result.coverage.default_assets == ("BTC", "ETH")
        assert float(result.coverage.default_fraction) == pytest.approx(0.75)

    def test_when_price_has_passed_the_stop_then_fills_from_the_price(self) -> None:
        book = make_book(position("BTC", 1_000.0, stop=120.0), position("ETH", -1_000.0, stop=80.0, is_swap=True))
        result = apply_stop_stress(book)
        assert [p.pnl for p in result.positions] == pytest.approx([-50.0, -50.0])


class TestVenueLoss:
    """An exchange is gone with everything on it."""

    def make(self) -> StressBook:
        return make_book(
            position("BTC", 4_000.0),
            position("BTC", -3_000.0, is_swap=True, unrealized_pnl=200.0),
            cash=(CashBalance(asset="USDT", venue="spot", value=1_000.0), collateral(4_800.0)),
        )

    def test_when_one_is_lost_then_its_equity_and_nothing_else(self) -> None:
        book = self.make()
        assert book.venues == ("futures", "spot")
        spot, futures = (apply_venue_loss(book, venue) for venue in ("spot", "futures"))
        assert spot.pnl == pytest.approx(-5_000.0)
        assert futures.pnl == pytest.approx(-5_000.0)
        assert spot.equity_after == pytest.approx(5_000.0)
        assert futures.scenario == "exchange_lost_futures"

    def test_when_the_hedge_is_lost_then_the_rest_of_the_margin_is_empty(self) -> None:
        result = apply_venue_loss(self.make(), "futures")
        (venue,) = result.venues
        assert (venue.margin_balance, venue.maintenance_margin, venue.is_liquidated) == (0.0, 0.0, False)
        assert result.swaps == ()

    def test_when_equity_is_reported_then_that_is_the_loss(self) -> None:
        book = make_book(position("BTC", 4_000.0), venue_equity={"spot": 6_000.0})
        result = apply_venue_loss(book, "spot")
        assert result.pnl == pytest.approx(-6_000.0)
        assert result.cash_pnl == pytest.approx(-2_000.0)

    def test_when_more_is_owed_than_held_then_nothing_is_lost(self) -> None:
        book = make_book(position("BTC", 1_000.0), cash=(CashBalance(asset="USDT", venue="spot", value=-1_500.0),))
        assert apply_venue_loss(book, "spot").pnl == 0.0
        with pytest.raises(ValueError, match="nothing is held"):
            apply_venue_loss(book, "elsewhere")


def test_run_hypothetical_when_any_book_then_every_stress_is_there(sample: ReturnSample) -> None:
    book = make_book(position("BTC", 3_000.0), position("ETH", -1_000.0, is_swap=True), cash=(collateral(5_000.0),))
    results = run_hypothetical(book, sample)
    assert [run(result).scenario for result in results] == [
        "correlations_0.9", "volatility_x3", "liquidity_gone", "all_stops_hit", "depeg_usdt",
        "exchange_lost_futures", "exchange_lost_spot",
    ]  # fmt: skip
    assert all(math.isfinite(run(result).pnl) for result in results)


def test_run_hypothetical_when_history_is_short_then_the_others_still_run() -> None:
    short = InsufficientData(what="return sample", observations=12, minimum_observations=60)
    results = run_hypothetical(make_book(position("NEW", 1_000.0)), short)
    assert [isinstance(result, InsufficientData) for result in results] == [True, True, False, False, False]


class TestReverseStress:
    """The smallest shock that does harm."""

    def uniform(self, book: StressBook, limit: float = 0.2) -> ReverseStress:
        return compute_reverse_stress(book, drawdown_fraction_max=limit)[0]

    def test_when_long_then_a_fall_and_ruin_may_be_out_of_reach(self) -> None:
        result = self.uniform(make_book(position("BTC", 5_000.0)))
        assert (result.factor, result.exposure) == (UNIFORM, 5_000.0)
        assert result.drawdown_shock == pytest.approx(-0.4)
        assert result.ruin_shock is None
        assert result.liquidation_shock is None

    def test_when_short_then_a_rise(self) -> None:
        result = self.uniform(make_book(position("BTC", -5_000.0, is_swap=True), cash=(collateral(10_000.0),)))
        assert result.drawdown_shock == pytest.approx(0.4)
        assert result.ruin_shock == pytest.approx(2.0)

    def test_when_part_of_the_drawdown_is_used_then_less_is_left(self) -> None:
        result = self.uniform(make_book(position("BTC", 5_000.0), equity=9_000.0, peak=10_000.0))
        assert result.drawdown_shock == pytest.approx(-1_000.0 / 5_000.0)

    def test_when_already_breached_then_zero(self) -> None:
        result = self.uniform(make_book(position("BTC", 5_000.0), equity=8_000.0, peak=10_000.0))
        assert result.drawdown_shock == 0.0

    def test_when_hedged_then_no_uniform_shock_but_a_factor(self) -> None:
        book = make_book(
            position("BTC", 8_000.0), position("ETH", -8_000.0, is_swap=True), cash=(collateral(10_000.0),)
        )
        uniform, btc, eth = compute_reverse_stress(book, drawdown_fraction_max=0.2)
        assert (uniform.drawdown_shock, uniform.ruin_shock) == (None, None)
        assert (btc.factor, btc.drawdown_shock) == ("BTC", -0.25)
        assert (eth.factor, eth.drawdown_shock) == ("ETH", 0.25)

    def test_when_stablecoins_are_held_then_they_stand_still(self) -> None:
        book = make_book(position("BTC", 1_000.0), position("USDC", 5_000.0))
        assert [r.factor for r in compute_reverse_stress(book, drawdown_fraction_max=0.2)] == [UNIFORM, "BTC"]

    @examples(80)
    @given(
        values=st.lists(st.floats(-20_000.0, 20_000.0), min_size=1, max_size=3),
        swaps=st.lists(st.booleans(), min_size=3, max_size=3),
        limit=st.floats(0.05, 0.9),
    )
    def test_when_applied_then_just_breaches_and_a_little_less_does_not(
        self, values: list[float], swaps: list[bool], limit: float
    ) -> None:
        positions = [
            position(asset, value, is_swap=flag, maintenance_margin_fraction=0.01 if flag else 0.0)
            for asset, value, flag in zip(ASSETS, values, swaps, strict=False)
        ]
        book = make_book(*positions, cash=(collateral(5_000.0),))
        result = self.uniform(book, limit)

        def after(shock: float) -> StressResult:
            return apply_scenario(book, Scenario(name="u", default_shock=max(shock, -1.0)))

        if result.drawdown_shock:
            assert after(result.drawdown_shock).drawdown_fraction_after == pytest.approx(limit, abs=1e-9)
            fraction = after(result.drawdown_shock * 0.999).drawdown_fraction_after
            assert fraction is not None
            assert fraction < limit
        else:
            # Nothing between a fall to zero and a tenfold rise breaches, or the exposure is nearly nothing.
            assert result.drawdown_shock is None
            for shock in (-0.999_999, 0.1, 1.0):
                fraction = after(shock).drawdown_fraction_after
                assert fraction is not None
                assert fraction < limit
        if result.ruin_shock is not None:
            assert after(result.ruin_shock).equity_after == pytest.approx(0.0, abs=1e-6)
        if result.liquidation_shock is not None:
            assert not after(result.liquidation_shock * 0.999).has_liquidation
            if result.liquidation_shock > -0.999:
                assert after(result.liquidation_shock * 1.001).has_liquidation

    def test_when_isolated_swap_is_nearest_then_its_liquidation(self) -> None:
        book = make_book(
            position("BTC", 5_000.0, is_swap=True, isolated_margin=500.0, maintenance_margin_fraction=0.01),
            position("ETH", 1_000.0, is_swap=True, maintenance_margin_fraction=0.01),
            cash=(collateral(3_000.0),),
        )
        uniform, btc, eth = compute_reverse_stress(book, drawdown_fraction_max=0.2)
        assert btc.liquidation_shock == pytest.approx(-(500.0 - 50.0) / (5_000.0 * 0.99))
        assert uniform.liquidation_shock == btc.liquidation_shock
        assert eth.liquidation_shock is None  # 2,500 of cross margin carry 1,000 of ETH down to zero

    def test_when_two_pools_can_be_liquidated_then_the_nearer_one(self) -> None:
        for cross, isolated in ((1_000.0, 500.0), (500.0, 1_000.0)):
            book = make_book(
                position("BTC", 5_000.0, is_swap=True, isolated_margin=isolated),
                position("ETH", -5_000.0, is_swap=True),
                cash=(collateral(cross + isolated),),
            )
            uniform = compute_reverse_stress(book, drawdown_fraction_max=0.2)[0]
            expected = -0.1 if isolated < cross else 0.1  # the long falls or the short rises
            assert uniform.liquidation_shock == pytest.approx(expected)

    def test_when_arguments_are_wrong_then_refused(self) -> None:
        with pytest.raises(ValueError, match="drawdown_fraction_max"):
            compute_reverse_stress(make_book(), drawdown_fraction_max=0.0)
        with pytest.raises(ValueError, match="finite"):
            compute_breaching_shock(math.nan, 1.0)

    @pytest.mark.parametrize(
        ("exposure", "room", "shock"),
        [
            (100.0, 0.5, -0.005),
            (-100.0, 0.5, 0.005),
            (100.0, 100.0, -1.0),
            (100.0, 100.1, None),
            (100.0, 0.0, 0.0),
            (100.0, -1.0, 0.0),
            (0.0, 0.5, None),
            (0.0, 0.0, 0.0),
        ],
    )
    def test_when_so_much_room_is_left_then_the_shock_that_uses_it_up(
        self, exposure: float, room: float, shock: float | None
    ) -> None:
        assert compute_breaching_shock(exposure, room) == shock
