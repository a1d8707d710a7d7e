"""Dirty closes: a clear flag and a defined result, never NaN."""

import math
from datetime import date

import numpy as np
import pytest

from riskgate.core.quant.correlation import compute_book_correlation, compute_correlation
from riskgate.core.quant.data_quality import CloseSeries, FlagCode, clean_series
from riskgate.core.quant.results import InsufficientData, RiskFlag, TailRisk
from riskgate.core.quant.returns import (
    AlignedCloses,
    ReturnSample,
    align_closes,
    compute_log_returns,
    compute_simple_returns,
    select_sample,
)
from riskgate.core.quant.tail_model import Method
from riskgate.core.quant.tail_risk import compute_tail_risk
from tests.unit.core.quant.reference_data import align_until, load_series, sample_until

AS_OF = date(2022, 12, 31)
DAYS = np.arange("2022-04-01", "2023-01-01", dtype="datetime64[D]")


def make_series(asset: str = "BTC", seed: int = 1) -> CloseSeries:
    moves = np.random.default_rng(seed).normal(0.0, 0.03, DAYS.size)
    return CloseSeries(asset=asset, days=DAYS, closes=100.0 * np.exp(np.cumsum(moves)))


def change(series: CloseSeries, **closes: float) -> CloseSeries:
    """Replace closes by day, written as d2022_06_01."""
    values = series.closes.copy()
    for key, value in closes.items():
        values[series.days == np.datetime64(key[1:].replace("_", "-"))] = value
    return CloseSeries(asset=series.asset, days=series.days, closes=values)


def align(*series: CloseSeries) -> AlignedCloses:
    return align_closes(series, as_of=AS_OF)


def codes(aligned: AlignedCloses, asset: str) -> set[str]:
    return {flag.code for flag in aligned.flags if flag.asset == asset}


def every_method_is_finite(sample: ReturnSample) -> None:
    weights = np.full(len(sample.assets), 1.0 / len(sample.assets))
    for method in Method:
        for confidence in (0.95, 0.99):
            result = compute_tail_risk(sample.returns @ weights, confidence=confidence, method=method)
            assert isinstance(result, TailRisk)
            assert math.isfinite(result.var_fraction)
            assert math.isfinite(result.es_fraction)


def test_clean_series_when_nothing_is_wrong_then_no_flag_and_full_sample() -> None:
    aligned = align(make_series())
    assert aligned.flags == ()
    sample = select_sample(aligned, ["BTC"])
    assert isinstance(sample, ReturnSample)
    assert len(sample.returns) == 252
    assert sample.days[-1] == np.datetime64(AS_OF)


def test_missing_days_when_two_in_a_row_then_flagged_and_three_returns_lost() -> None:
    aligned = align(change(make_series(), d2022_08_10=math.nan, d2022_08_11=math.nan))
    (flag,) = aligned.flags
    assert (flag.code, flag.count) == (FlagCode.MISSING_DAYS, 2)
    assert (flag.first_day, flag.last_day) == (date(2022, 8, 10), date(2022, 8, 11))
    sample = select_sample(aligned, ["BTC"])
    assert isinstance(sample, ReturnSample)
    assert len(sample.returns) == 249
    assert not (sample.returns == 0.0).any()  # nothing was filled forward
    every_method_is_finite(sample)


def test_missing_rows_when_days_are_absent_then_the_same_as_empty_cells() -> None:
    series = make_series()
    kept = ~np.isin(DAYS, np.array(["2022-08-10", "2022-08-11"], dtype="datetime64[D]"))
    absent = align(CloseSeries(asset="BTC", days=DAYS[kept], closes=series.closes[kept]))
    empty = align(change(series, d2022_08_10=math.nan, d2022_08_11=math.nan))
    np.testing.assert_array_equal(absent.closes, empty.closes)
    assert absent.flags == empty.flags


def test_duplicated_day_when_prices_agree_then_counted_once_and_flagged() -> None:
    series = make_series()
    twice = CloseSeries(
        asset="BTC", days=np.append(series.days, series.days[-20]), closes=np.append(series.closes, series.closes[-20])
    )
    aligned = align(twice)
    assert codes(aligned, "BTC") == {FlagCode.DUPLICATED_DAYS}
    np.testing.assert_array_equal(aligned.closes, align(series).closes)


def test_duplicated_day_when_prices_contradict_then_neither_is_believed() -> None:
    series = make_series()
    twice = CloseSeries(
        asset="BTC",
        days=np.append(series.days, series.days[-20]),
        closes=np.append(series.closes, series.closes[-20] * 1.01),
    )
    aligned = align(twice)
    assert codes(aligned, "BTC") == {FlagCode.CONTRADICTORY_DAYS, FlagCode.MISSING_DAYS}
    sample = select_sample(aligned, ["BTC"])
    assert isinstance(sample, ReturnSample)
    assert len(sample.returns) == 250
    every_method_is_finite(sample)


@pytest.mark.parametrize("price", [0.0, -5.0, math.inf])
def test_invalid_price_when_zero_negative_or_infinite_then_missing_and_flagged(price: float) -> None:
    aligned = align(change(make_series(), d2022_08_10=price))
    assert codes(aligned, "BTC") == {FlagCode.INVALID_PRICE, FlagCode.MISSING_DAYS}
    sample = select_sample(aligned, ["BTC"])
    assert isinstance(sample, ReturnSample)
    assert len(sample.returns) == 250
    every_method_is_finite(sample)


@pytest.mark.parametrize("factor", [100.0, 0.01])
def test_outlier_when_one_close_is_a_hundredfold_off_then_missing_and_flagged(factor: float) -> None:
    series = make_series()
    spoiled = change(series, d2022_08_10=float(series.closes[np.datetime64("2022-08-10") == DAYS][0]) * factor)
    aligned = align(spoiled)
    assert codes(aligned, "BTC") == {FlagCode.OUTLIER, FlagCode.MISSING_DAYS}
    sample, clean = select_sample(aligned, ["BTC"]), select_sample(align(series), ["BTC"])
    assert isinstance(sample, ReturnSample)
    assert isinstance(clean, ReturnSample)
    assert np.abs(sample.returns).max() <= np.abs(clean.returns).max()
    every_method_is_finite(sample)


def test_outliers_when_every_second_close_is_off_then_each_is_found() -> None:
    series = make_series()
    closes = series.closes.copy()
    closes[[-30, -28, -26]] *= 100.0
    clean = clean_series(CloseSeries(asset="BTC", days=DAYS, closes=closes), as_of=AS_OF)
    (flag,) = clean.flags
    assert (flag.code, flag.count) == (FlagCode.OUTLIER, 3)
    np.testing.assert_array_equal(clean.days, np.delete(DAYS, [-30, -28, -26]))


@pytest.mark.parametrize("position", [-1, 60])
def test_hundredfold_move_when_it_stays_or_is_the_last_close_then_kept_and_flagged(position: int) -> None:
    series = make_series()
    closes = series.closes.copy()
    closes[position:] *= 100.0
    aligned = align(CloseSeries(asset="BTC", days=DAYS, closes=closes))
    assert codes(aligned, "BTC") == {FlagCode.LARGE_MOVE}
    sample = select_sample(aligned, ["BTC"])
    assert isinstance(sample, ReturnSample)
    assert sample.returns.max() > 90.0
    every_method_is_finite(sample)


def test_constant_series_when_price_never_moves_then_zero_risk_with_a_flag() -> None:
    aligned = align(CloseSeries(asset="PEG", days=DAYS, closes=np.ones(DAYS.size)))
    assert codes(aligned, "PEG") == {FlagCode.CONSTANT_SERIES}
    sample = select_sample(aligned, ["PEG"])
    assert isinstance(sample, ReturnSample)
    for method in Method:
        result = compute_tail_risk(sample.returns[:, 0], confidence=0.99, method=method)
        assert isinstance(result, TailRisk)
        assert (result.var_fraction, result.es_fraction) == (0.0, 0.0)
        assert RiskFlag.CONSTANT_SERIES in result.flags
    every_method_is_finite(sample)


def test_constant_growth_when_every_return_is_equal_then_var_is_minus_that_return() -> None:
    for method in (Method.HISTORICAL, Method.NORMAL, Method.CORNISH_FISHER, Method.STUDENT_T, Method.AGE_WEIGHTED):
        result = compute_tail_risk(np.full(252, 0.01), confidence=0.99, method=method)
        assert isinstance(result, TailRisk)
        assert result.var_fraction == pytest.approx(-0.01, rel=1e-12)
        assert RiskFlag.CONSTANT_SERIES in result.flags


def test_repeated_closes_when_three_in_a_row_then_flagged_and_kept() -> None:
    aligned = align(change(make_series(), d2022_08_10=90.0, d2022_08_11=90.0, d2022_08_12=90.0))
    (flag,) = aligned.flags
    assert (flag.code, flag.count, flag.last_day) == (FlagCode.REPEATED_CLOSES, 1, date(2022, 8, 12))


def test_short_history_when_half_the_window_then_sample_shrinks_and_is_flagged() -> None:
    young = make_series("NEW", seed=2)
    half = CloseSeries(asset="NEW", days=young.days[-100:], closes=young.closes[-100:])
    aligned = align(make_series(), half)
    assert codes(aligned, "NEW") == {FlagCode.SHORT_HISTORY}
    both, alone = select_sample(aligned, ["BTC", "NEW"]), select_sample(aligned, ["BTC"])
    assert isinstance(both, ReturnSample)
    assert isinstance(alone, ReturnSample)
    assert (len(both.returns), len(alone.returns)) == (99, 252)
    every_method_is_finite(both)


def test_short_history_when_below_the_minimum_then_insufficient_and_named() -> None:
    young = make_series("NEW", seed=2)
    aligned = align(make_series(), CloseSeries(asset="NEW", days=young.days[-60:], closes=young.closes[-60:]))
    result = select_sample(aligned, ["BTC", "NEW"])
    assert isinstance(result, InsufficientData)
    assert (result.observations, result.minimum_observations, result.assets) == (59, 60, ("NEW",))
    assert "NEW" in result.reason


def test_no_data_when_series_is_empty_then_flagged_and_insufficient() -> None:
    aligned = align(make_series(), CloseSeries.of("GHOST", [], []))
    assert codes(aligned, "GHOST") == {FlagCode.NO_DATA}
    result = select_sample(aligned, ["BTC", "GHOST"])
    assert isinstance(result, InsufficientData)
    assert (result.observations, result.assets) == (0, ("GHOST",))


def test_later_days_when_after_the_as_of_day_then_never_looked_at() -> None:
    series = make_series()
    early = align_closes([series], as_of=date(2022, 12, 15), window_days=200)
    cut = CloseSeries(asset="BTC", days=DAYS[:-16], closes=series.closes[:-16])
    np.testing.assert_array_equal(early.closes, align_closes([cut], as_of=date(2022, 12, 15), window_days=200).closes)


def test_series_when_in_any_order_then_the_same() -> None:
    series = make_series()
    order = np.random.default_rng(3).permutation(DAYS.size)
    mixed = CloseSeries(asset="BTC", days=DAYS[order], closes=series.closes[order])
    np.testing.assert_array_equal(align(mixed).closes, align(series).closes)


class TestLuna:
    """LUNA, May 2022: three real moves of more than tenfold, then a dead coin."""

    def test_collapse_when_in_the_window_then_kept_as_a_large_move(self) -> None:
        aligned = align_until("2022-06-30")
        assert codes(aligned, "LUNA") == {FlagCode.LARGE_MOVE}
        sample = sample_until(("BTC", "LUNA"), "2022-06-30")
        assert sample.returns[:, 1].min() < -0.99
        every_method_is_finite(sample)

    def test_delisted_when_the_series_ended_then_flagged_and_the_sample_is_what_there_was(self) -> None:
        aligned = align_until("2022-12-31")
        assert FlagCode.DELISTED in codes(aligned, "LUNA")
        sample = select_sample(aligned, ["BTC", "LUNA"])
        assert isinstance(sample, ReturnSample)
        assert (len(sample.returns), str(sample.days[-1])) == (252 - 83, "2022-10-09")
        every_method_is_finite(sample)

    def test_delisted_when_too_long_ago_then_insufficient_and_named_while_others_are_served(self) -> None:
        aligned = align_until("2023-05-31")
        result = select_sample(aligned, ["BTC", "LUNA", "ETH"])
        assert isinstance(result, InsufficientData)
        assert result.assets == ("LUNA",)
        assert isinstance(select_sample(aligned, ["BTC", "ETH"]), ReturnSample)

    def test_correlation_when_history_is_short_then_undefined_reads_as_one(self) -> None:
        luna, ltc = 15, 7
        for day, days in (("2022-12-31", 169), ("2023-05-31", 18)):
            aligned = align_until(day)
            assert (aligned.assets[luna], aligned.assets[ltc]) == ("LUNA", "LTC")
            matrix = compute_correlation(compute_log_returns(aligned.closes), aligned.assets)
            assert matrix.observations[luna, ltc] == days
            assert bool(matrix.defined[luna, ltc]) is (days >= 30)
            assert bool(matrix.matrix[luna, ltc] == 1.0) is (days < 30)
            assert bool(matrix.defined[luna, luna]) is (days >= 30)


def test_stale_series_when_a_few_days_late_then_flagged_apart_from_delisted() -> None:
    series = make_series()
    late = align(CloseSeries(asset="BTC", days=DAYS[:-2], closes=series.closes[:-2]))
    gone = align(CloseSeries(asset="BTC", days=DAYS[:-7], closes=series.closes[:-7]))
    assert codes(late, "BTC") == {FlagCode.STALE_SERIES}
    assert codes(gone, "BTC") == {FlagCode.DELISTED}


def test_real_closes_when_all_aligned_then_every_flag_is_known() -> None:
    aligned = align_closes(list(load_series().values()), as_of=date(2023, 12, 31), window_days=1825)
    found = {flag.code for flag in aligned.flags}
    assert found <= {FlagCode.SHORT_HISTORY, FlagCode.DELISTED, FlagCode.LARGE_MOVE, FlagCode.REPEATED_CLOSES}
    assert codes(aligned, "BTC") == set()


@pytest.mark.parametrize("count", [0, 1, 2, 59])
@pytest.mark.parametrize("method", list(Method))
def test_tail_risk_when_fewer_than_sixty_then_insufficient_never_zero(method: Method, count: int) -> None:
    result = compute_tail_risk(np.full(count, -0.01), confidence=0.95, method=method)
    assert isinstance(result, InsufficientData)
    assert (result.observations, result.minimum_observations) == (count, 60)
    assert f"{count} observations" in result.reason


def test_tail_risk_when_exactly_sixty_then_a_figure() -> None:
    assert isinstance(compute_tail_risk(np.linspace(-0.1, 0.1, 60), confidence=0.95), TailRisk)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_tail_risk_when_a_return_is_not_finite_then_refused(bad: float) -> None:
    returns = np.full(252, 0.01)
    returns[7] = bad
    with pytest.raises(ValueError, match="finite"):
        compute_tail_risk(returns, confidence=0.95)


def test_returns_when_a_close_is_zero_then_refused() -> None:
    for compute in (compute_simple_returns, compute_log_returns):
        with pytest.raises(ValueError, match="positive"):
            compute([1.0, 0.0, 1.0])
        with pytest.raises(ValueError, match="positive"):
            compute([1.0, math.inf])


def test_returns_when_simple_and_log_then_related() -> None:
    closes = [100.0, 90.0, 99.0]
    np.testing.assert_allclose(compute_simple_returns(closes), [-0.1, 0.1])
    np.testing.assert_allclose(np.exp(compute_log_returns(closes)) - 1.0, [-0.1, 0.1])


def test_alignment_when_asset_comes_twice_or_is_unknown_then_refused() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        align(make_series(), make_series())
    with pytest.raises(ValueError, match="GHOST"):
        select_sample(align(make_series()), ["BTC", "GHOST"])
    with pytest.raises(ValueError, match="window_days"):
        align_closes([make_series()], as_of=AS_OF, window_days=0)
    with pytest.raises(ValueError, match="one valid day"):
        CloseSeries.of("BTC", ["2022-01-01"], [1.0, 2.0])


class TestBookCorrelation:
    """Correlation of a candidate with the book."""

    def make(self) -> tuple[np.ndarray, tuple[str, ...]]:
        returns = np.log1p(sample_until(("BTC", "ETH", "BNB"), "2022-06-30").returns)
        return returns, ("BTC", "ETH", "BNB")

    def test_when_simulated_then_the_correlation_of_the_two_series(self) -> None:
        returns, assets = self.make()
        matrix, book = compute_correlation(returns, assets), np.array([5_000.0, -2_000.0, 0.0])
        expected = np.corrcoef(returns @ book, returns[:, 2])[0, 1]
        assert compute_book_correlation(matrix, book, "BNB", side=1) == pytest.approx(expected, rel=1e-10)
        assert compute_book_correlation(matrix, book, "BNB", side=-1) == pytest.approx(-expected, rel=1e-10)

    def test_when_book_is_the_candidate_then_one(self) -> None:
        returns, assets = self.make()
        matrix = compute_correlation(returns, assets)
        assert compute_book_correlation(matrix, [1_000.0, 0.0, 0.0], "BTC", side=1) == pytest.approx(1.0)
        assert compute_book_correlation(matrix, [-1_000.0, 0.0, 0.0], "BTC", side=1) == pytest.approx(-1.0)

    def test_when_unknown_then_none(self) -> None:
        returns, assets = self.make()
        returns[:-20, 2] = math.nan
        matrix = compute_correlation(returns, assets)
        assert compute_book_correlation(matrix, [1_000.0, 0.0, 0.0], "BNB", side=1) is None
        assert compute_book_correlation(matrix, [0.0, 0.0, 5.0], "BTC", side=1) is None
        assert compute_book_correlation(matrix, np.zeros(3), "BTC", side=1) is None
        with pytest.raises(ValueError, match="candidate"):
            compute_book_correlation(matrix, np.zeros(3), "DOGE", side=1)

    @pytest.mark.parametrize("days", [29, 30])
    def test_when_common_days_are_at_the_minimum_then_defined_from_thirty(self, days: int) -> None:
        returns, assets = self.make()
        returns[:-days, 2] = math.nan
        matrix = compute_correlation(returns, assets)
        assert matrix.observations[0, 2] == days
        assert bool(matrix.defined[0, 2]) is (days == 30)

    def test_when_columns_do_not_fit_then_refused(self) -> None:
        returns, assets = self.make()
        with pytest.raises(ValueError, match="one column per asset"):
            compute_correlation(returns, assets[:2])
