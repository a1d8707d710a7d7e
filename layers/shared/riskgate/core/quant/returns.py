"""Closes of many assets on one calendar, and the returns a portfolio figure may be made from.

The alignment rule:

1. The calendar is every UTC day; a window of n returns has n + 1 closes and ends on the as-of day.
2. Each series is cleaned on its own (`data_quality.clean_series`); nothing is filled forward, nothing
   is padded: a missing close is missing.
3. A return needs the closes of two consecutive days, so a gap of one day costs two returns, and no
   move of several days is passed off as a daily one.
4. A portfolio's sample is the days on which every asset it holds has a return. A short history
   shortens the sample and is flagged; below the minimum the answer is `InsufficientData` with the
   assets that bind. A proxy may stand in for missing returns only where the caller names it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import DayArray, FloatArray, IntArray
from riskgate.core.quant.data_quality import (
    OUTLIER_RATIO,
    CloseSeries,
    DataFlag,
    FlagCode,
    clean_series,
    describe_window,
    make_flag,
)
from riskgate.core.quant.results import MINIMUM_OBSERVATIONS, InsufficientData, check_sample

WINDOW_DAYS = 252
"""Daily returns in the standard window: 252 calendar days, 8.3 months of a market that never closes."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class AlignedCloses:
    """Cleaned closes on one calendar.

    Attributes
    ----------
    assets : tuple of str, length n_assets
        Column names.
    days : ndarray, shape (n_days + 1,), datetime64[D]
        Consecutive UTC days, the last is the as-of day.
    closes : ndarray, shape (n_days + 1, n_assets), float64
        Prices in the base currency, positive; NaN where there is none.
    flags : tuple of DataFlag
        Everything that was found, in column order.
    """

    assets: tuple[str, ...]
    days: DayArray
    closes: FloatArray
    flags: tuple[DataFlag, ...]

    def flags_of(self, asset: str) -> frozenset[FlagCode]:
        """Return the codes found for one asset."""
        return frozenset(flag.code for flag in self.flags if flag.asset == asset)


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ReturnSample:
    """Returns on the days all assets share; finite everywhere.

    Attributes
    ----------
    assets : tuple of str, length n_assets
        Column names.
    days : ndarray, shape (n_observations,), datetime64[D]
        Day the return ends on; not necessarily consecutive.
    returns : ndarray, shape (n_observations, n_assets), float64
        Simple or log daily returns, as asked for.
    dropped_days : int
        Days of the window lost because an asset had no return.
    flags : tuple of DataFlag
        Of these assets, with proxies.
    """

    assets: tuple[str, ...]
    days: DayArray
    returns: FloatArray
    dropped_days: int
    flags: tuple[DataFlag, ...]


def compute_simple_returns(closes: ArrayLike) -> FloatArray:
    """Compute simple returns C[t] / C[t - 1] - 1 along the first axis.

    Parameters
    ----------
    closes : array_like, shape (n_days + 1,) or (n_days + 1, n_assets), float64
        Positive prices of consecutive days; NaN marks a missing one.

    Returns
    -------
    ndarray, shape (n_days, ...), float64
        Fractions, at least -1; NaN where either close is missing.

    Raises
    ------
    ValueError
        If a price is zero, negative or infinite.
    """
    prices = _as_prices(closes)
    simple: FloatArray = prices[1:] / prices[:-1] - 1.0
    return simple


def compute_log_returns(closes: ArrayLike) -> FloatArray:
    """Compute log returns ln(C[t] / C[t - 1]) along the first axis.

    Parameters
    ----------
    closes : array_like, shape (n_days + 1,) or (n_days + 1, n_assets), float64
        Positive prices of consecutive days; NaN marks a missing one.

    Returns
    -------
    ndarray, shape (n_days, ...), float64
        NaN where either close is missing.

    Raises
    ------
    ValueError
        If a price is zero, negative or infinite.
    """
    prices = _as_prices(closes)
    logarithmic: FloatArray = np.log(prices[1:] / prices[:-1])
    return logarithmic


def _as_prices(closes: ArrayLike) -> FloatArray:
    """Convert to float64 prices and refuse what is neither positive and finite nor missing."""
    prices = np.asarray(closes, dtype=np.float64)
    if not (np.isnan(prices) | (np.isfinite(prices) & (prices > 0.0))).all():
        raise ValueError("closes must be positive: a zero or infinite price has no return")
    return prices


def align_closes(
    series: Sequence[CloseSeries],
    *,
    as_of: date,
    window_days: int = WINDOW_DAYS,
    outlier_ratio: float = OUTLIER_RATIO,
) -> AlignedCloses:
    """Put the closes of many assets on one calendar, by the rule of this module.

    Parameters
    ----------
    series : sequence of CloseSeries, length n_assets
        As they came; one per asset.
    as_of : date
        UTC day of the last close.
    window_days : int
        Daily returns wanted; the grid has one close more.
    outlier_ratio : float
        See `data_quality.clean_series`.

    Returns
    -------
    AlignedCloses

    Raises
    ------
    ValueError
        If an asset comes twice or the window is not positive.
    """
    assets = tuple(one.asset for one in series)
    if len(set(assets)) != len(assets):
        raise ValueError("every asset must have exactly one series")
    if window_days < 1:
        raise ValueError("window_days must be at least 1")
    end = np.datetime64(as_of, "D")
    days = end - np.arange(window_days, -1, -1).astype("timedelta64[D]")
    closes = np.full((days.size, len(assets)), np.nan)
    flags: list[DataFlag] = []
    for column, one in enumerate(series):
        clean = clean_series(one, as_of=as_of, outlier_ratio=outlier_ratio)
        offset = (clean.days - days[0]).astype(np.int64)
        inside = offset >= 0
        closes[offset[inside], column] = clean.closes[inside]
        flags += [flag for flag in clean.flags if flag.last_day is not None and flag.last_day >= days[0]]
        flags += describe_window(one.asset, days, closes[:, column], outlier_ratio=outlier_ratio)
    return AlignedCloses(assets=assets, days=days, closes=closes, flags=tuple(flags))


def select_sample(
    aligned: AlignedCloses,
    assets: Sequence[str],
    *,
    logarithmic: bool = False,
    proxies: Mapping[str, str] | None = None,
    minimum_observations: int = MINIMUM_OBSERVATIONS,
) -> ReturnSample | InsufficientData:
    """Select the days on which all the given assets have a return.

    Parameters
    ----------
    aligned : AlignedCloses
        Closes on one calendar.
    assets : sequence of str, length n_assets
        Assets with a position; the order of the columns wanted.
    logarithmic : bool
        Log instead of simple returns.
    proxies : mapping of str to str, optional
        Asset to the asset whose return of the same day stands in for a missing one; flagged.
    minimum_observations : int
        Sample size below which there is no sample.

    Returns
    -------
    ReturnSample or InsufficientData
        The latter names the assets that have too few returns themselves, or else the shortest one.

    Raises
    ------
    ValueError
        If an asset or a proxy is not among the aligned ones.
    """
    every = (compute_log_returns if logarithmic else compute_simple_returns)(aligned.closes)
    chosen, stood_in = _choose_columns(aligned, every, assets, proxies or {})
    present = ~np.isnan(chosen)
    shared = present.all(axis=1)
    count = int(np.count_nonzero(shared))
    binding = _find_binding(assets, np.count_nonzero(present, axis=0), minimum_observations)
    if lacking := check_sample("return sample", count, minimum_observations, assets=binding):
        return lacking
    return ReturnSample(
        assets=tuple(assets),
        days=aligned.days[1:][shared],
        returns=chosen[shared],
        dropped_days=int(shared.size - count),
        flags=(*(flag for flag in aligned.flags if flag.asset in assets), *stood_in),
    )


def _choose_columns(
    aligned: AlignedCloses, every: FloatArray, assets: Sequence[str], proxies: Mapping[str, str]
) -> tuple[FloatArray, list[DataFlag]]:
    """Choose the columns wanted, with proxies where they stand in."""
    unknown = sorted({*assets, *proxies.values()} - set(aligned.assets))
    if unknown:
        raise ValueError(f"no series for {', '.join(unknown)}")
    column = {asset: index for index, asset in enumerate(aligned.assets)}
    chosen = every[:, [column[asset] for asset in assets]]
    flags: list[DataFlag] = []
    for index, asset in enumerate(assets):
        if asset in proxies:
            stand_in = every[:, column[proxies[asset]]]
            filled = np.isnan(chosen[:, index]) & ~np.isnan(stand_in)
            chosen[filled, index] = stand_in[filled]
            flags.append(make_flag(asset, FlagCode.PROXIED, aligned.days[1:][filled]))
    return chosen, flags


def _find_binding(assets: Sequence[str], counts: IntArray, minimum: int) -> tuple[str, ...]:
    """Find the assets with too few returns of their own, or else those with the fewest."""
    short = tuple(asset for asset, n in zip(assets, counts, strict=True) if n < minimum)
    return short or tuple(asset for asset, n in zip(assets, counts, strict=True) if n == counts.min())
