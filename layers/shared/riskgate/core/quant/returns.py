"""Closes of many assets on one calendar, and the returns a portfolio figure may be made from.

The alignment rule:

1. The calendar is every UTC day; a window of n returns has n + 1 closes and ends on the as-of day.
2. Each series is cleaned on its own (`data_quality.clean_series`); nothing is filled forward, nothing
   is padded: a missing close is missing.
3. A stored series that jumps and stays there is unknown, until a person confirms the jump.
4. A return needs the closes of two consecutive days, so a gap of one day costs two returns, and no
   move of several days is passed off as a daily one.
5. A portfolio's sample is the days on which every asset it holds has a return. A short history
   shortens the sample and is flagged; below the minimum the answer is `InsufficientData` with the
   assets that bind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import DayArray, FloatArray, IntArray
from riskgate.core.quant.data_quality import (
    CloseSeries,
    FlagCode,
    clean_series,
    describe_window,
    find_unconfirmed,
    make_finding,
)
from riskgate.core.quant.results import MINIMUM_OBSERVATIONS, InsufficientData, check_sample
from riskgate.core.risk.report import DataFinding

WINDOW_DAYS = 252
"""Daily returns in the standard window: 252 calendar days, 8.3 months of a market that never closes."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class AlignedCloses:
    """Cleaned closes on one calendar."""

    assets: tuple[str, ...]
    days: DayArray  # (n_days + 1,): consecutive UTC days, the last is the as-of day
    closes: FloatArray  # (n_days + 1, n_assets): base currency, positive; NaN where there is none
    flags: tuple[DataFinding, ...]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ReturnSample:
    """Returns on the days all assets share; finite everywhere."""

    assets: tuple[str, ...]
    days: DayArray  # day the return ends on; not necessarily consecutive
    returns: FloatArray  # (n_observations, n_assets): simple daily returns


def compute_simple_returns(closes: ArrayLike) -> FloatArray:
    """Compute simple returns C[t] / C[t - 1] - 1 along the first axis; NaN where either close is missing.

    Raises ValueError if a price is zero, negative or infinite.
    """
    prices = _as_prices(closes)
    simple: FloatArray = prices[1:] / prices[:-1] - 1.0
    return simple


def compute_log_returns(closes: ArrayLike) -> FloatArray:
    """Compute log returns ln(C[t] / C[t - 1]), as `compute_simple_returns`."""
    prices = _as_prices(closes)
    logarithmic: FloatArray = np.log(prices[1:] / prices[:-1])
    return logarithmic


def _as_prices(closes: ArrayLike) -> FloatArray:
    """Convert to float64 prices and refuse what is neither positive and finite nor missing."""
    prices = np.asarray(closes, dtype=np.float64)
    if not (np.isnan(prices) | (np.isfinite(prices) & (prices > 0.0))).all():
        raise ValueError("closes must be positive: a zero or infinite price has no return")
    return prices


def align_closes(series: Sequence[CloseSeries], *, as_of: date, window_days: int = WINDOW_DAYS) -> AlignedCloses:
    """Put the closes of many assets on one calendar, by the rule of this module.

    Raises ValueError if an asset comes twice or the window is not positive.
    """
    assets = tuple(one.asset for one in series)
    if len(set(assets)) != len(assets):
        raise ValueError("every asset must have exactly one series")
    if window_days < 1:
        raise ValueError("window_days must be at least 1")
    end = np.datetime64(as_of, "D")
    days = end - np.arange(window_days, -1, -1).astype("timedelta64[D]")
    closes = np.full((days.size, len(assets)), np.nan)
    flags: list[DataFinding] = []
    for column, one in enumerate(series):
        clean = clean_series(one, as_of=as_of)
        offset = (clean.days - days[0]).astype(np.int64)
        inside = offset >= 0
        closes[offset[inside], column] = clean.closes[inside]
        flags += [flag for flag in clean.flags if flag.last_day is not None and flag.last_day >= days[0]]
        unconfirmed = find_unconfirmed(one, days, closes[:, column])
        if unconfirmed.size:
            closes[:, column] = np.nan
            flags.append(make_finding(one.asset, FlagCode.UNCONFIRMED_JUMP, unconfirmed))
        else:
            flags += describe_window(one.asset, days, closes[:, column])
    return AlignedCloses(assets=assets, days=days, closes=closes, flags=tuple(flags))


def select_sample(aligned: AlignedCloses, assets: Sequence[str]) -> ReturnSample | InsufficientData:
    """Select the days on which all the given assets, in this order, have a return.

    Insufficient data name the assets that have too few returns themselves, or else the shortest one. Raises
    ValueError if an asset is not among the aligned ones.
    """
    if unknown := sorted(set(assets) - set(aligned.assets)):
        raise ValueError(f"no series for {', '.join(unknown)}")
    chosen = compute_simple_returns(aligned.closes[:, [aligned.assets.index(asset) for asset in assets]])
    present = ~np.isnan(chosen)
    shared = present.all(axis=1)
    count = int(np.count_nonzero(shared))
    binding = _find_binding(assets, np.count_nonzero(present, axis=0))
    if lacking := check_sample("return sample", count, assets=binding):
        return lacking
    return ReturnSample(
        assets=tuple(assets),
        days=aligned.days[1:][shared],
        returns=chosen[shared],
    )


def _find_binding(assets: Sequence[str], counts: IntArray) -> tuple[str, ...]:
    """Find the assets with too few returns of their own, or else those with the fewest."""
    short = tuple(asset for asset, n in zip(assets, counts, strict=True) if n < MINIMUM_OBSERVATIONS)
    return short or tuple(asset for asset, n in zip(assets, counts, strict=True) if n == counts.min())
