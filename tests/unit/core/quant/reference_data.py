"""Closes and reference figures shared by the tests of the quant package."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from riskgate.core.quant.arrays import FloatArray
from riskgate.core.quant.backtest import Backtest, compute_rolling_forecast, evaluate_forecasts
from riskgate.core.quant.data_quality import CloseSeries
from riskgate.core.quant.results import InsufficientData
from riskgate.core.quant.returns import WINDOW_DAYS, AlignedCloses, ReturnSample, align_closes, select_sample
from riskgate.core.quant.tail_model import Method

DATA = Path(__file__).resolve().parents[3] / "data"


@cache
def load_series() -> dict[str, CloseSeries]:
    """Read the closes, one series per asset; an empty cell is no close."""
    with (DATA / "daily_closes.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    days = [row[0] for row in rows]
    return {
        asset: CloseSeries.of(asset, days, [float(row[column]) if row[column] else math.nan for row in rows])
        for column, asset in enumerate(header)
        if column
    }


@cache
def load_references() -> tuple[dict[str, Any], ...]:
    """Read every file of reference figures."""
    files = sorted(DATA.glob("reference_results*.json"))
    return tuple(json.loads(file.read_text(encoding="utf-8")) for file in files)


def load_cases(section: str) -> list[Any]:
    """Read all cases of a section over all files."""
    return [case for document in load_references() for case in document.get(section, [])]


@cache
def load_scenarios() -> dict[str, Any]:
    """Read the historical scenarios."""
    document: dict[str, Any] = json.loads((DATA / "historical_scenarios.json").read_text(encoding="utf-8"))
    return document


def read_weights(case: Mapping[str, Any]) -> FloatArray:
    """Read a case's weights; equal ones are 1/N, of which the file holds twelve digits."""
    weights = list(case["weights"].values())
    if len(set(weights)) == 1:
        return np.full(len(weights), 1.0 / len(weights))
    return np.array(weights, dtype=np.float64)


def align_until(as_of: str, *, window_days: int = 252) -> AlignedCloses:
    """Align all series on the window that ends on a day."""
    return align_closes(list(load_series().values()), as_of=date.fromisoformat(as_of), window_days=window_days)


def sample_until(assets: Sequence[str], as_of: str, *, window_days: int = 252) -> ReturnSample:
    """Select the shared sample of some assets on the window that ends on a day."""
    sample = select_sample(align_until(as_of, window_days=window_days), assets)
    assert isinstance(sample, ReturnSample)
    return sample


def sample_since_start(assets: Sequence[str], as_of: str) -> ReturnSample:
    """Select the shared sample of some assets since the first day they all have a close."""
    first = max(series.days[~np.isnan(series.closes)][0] for name, series in load_series().items() if name in assets)
    return sample_until(assets, as_of, window_days=int((np.datetime64(as_of) - first) / np.timedelta64(1, "D")))


def backtest_of(
    returns: FloatArray, confidence: float, method: Method = Method.HISTORICAL
) -> Backtest | InsufficientData:
    """Hold the forecasts made on each day against what came."""
    forecasts = compute_rolling_forecast(returns, confidence=confidence, method=method)
    assert not isinstance(forecasts, InsufficientData)
    return evaluate_forecasts(returns[WINDOW_DAYS:], forecasts, confidence=confidence)


def holds_digits(actual: float, expected: float, *, digits: int = 12) -> bool:
    """Tell whether a figure is the expected one as printed with this many significant digits."""
    if expected == 0.0:
        return actual == 0.0
    step = 10.0 ** (math.floor(math.log10(abs(expected))) - digits + 1)
    return abs(actual - expected) <= 0.501 * step
