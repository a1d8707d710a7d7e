"""Benchmark of the quantitative core beside a plain numpy floor and the libraries, in one process.

Run with ``PYTHONPATH=layers/shared:. python -m infra.bench.quant_bench``; `run` returns the figures.
"""

import argparse
import gc
import json
import os
import platform
import statistics
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from riskgate.core.model import MarketType
from riskgate.core.quant.account_risk import compute_account_tail_risk
from riskgate.core.quant.arrays import FloatArray
from riskgate.core.quant.backtest import run_backtest
from riskgate.core.quant.correlation import compute_correlation
from riskgate.core.quant.covariance import compute_ledoit_wolf_covariance
from riskgate.core.quant.decomposition import decompose_historical, decompose_normal
from riskgate.core.quant.montecarlo import SimulationModel, compute_simulated_tail
from riskgate.core.quant.scenarios import Scenario
from riskgate.core.quant.stress import apply_scenario
from riskgate.core.quant.stress_batch import compute_scenario_pnl
from riskgate.core.quant.stress_book import StressBook, StressPosition
from riskgate.core.quant.tail_model import Method, TailModel

ACCOUNTS, DAYS, ASSETS = 1_000, 252, 100
POSITIONS, SCENARIOS = 50, 20
LIBRARY_ACCOUNTS = 100
"""Accounts the slower libraries are timed on; their time is scaled up to all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the table: wall time in milliseconds, and that of the thing it is measured against."""

    group: str
    name: str
    median_ms: float
    best_ms: float
    ratio: float | None = None
    note: str = ""


def measure(function: Callable[[], object], *, repeats: int) -> tuple[float, float]:
    """Time a function: median and best of `repeats`, in milliseconds, after one call to warm up."""
    function()
    times = []
    for _ in range(repeats):
        gc.collect()
        start = time.perf_counter()
        function()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times), min(times)


def measure_together(functions: dict[str, Callable[[], object]], *, repeats: int) -> dict[str, tuple[float, float]]:
    """Time several functions in turn, round by round, so that a busy machine slows all of them alike."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for function in functions.values():
        function()
    for _ in range(repeats):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            times[name].append((time.perf_counter() - start) * 1e3)
    return {name: (statistics.median(values), min(values)) for name, values in times.items()}


def make_market(generator: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Make correlated heavy-tailed returns and signed weights of all accounts."""
    market = generator.standard_t(4, (DAYS, 1)) * 0.02
    returns = 0.7 * market + generator.standard_t(4, (DAYS, ASSETS)) * 0.02
    weights = generator.normal(size=(ACCOUNTS, ASSETS)) / ASSETS
    return returns, weights


def run_floor(returns: FloatArray, weights: FloatArray) -> FloatArray:
    """Do the least a historical VaR needs: one dense product, one partition, one column."""
    pnl = weights @ returns.T
    pnl.partition(12, axis=1)
    column: FloatArray = -pnl[:, 12]
    return column


def bench_var(returns: FloatArray, weights: FloatArray, *, repeats: int) -> list[Row]:
    """Time VaR and expected shortfall of all accounts at 95 % and 99 %."""
    gappy = returns.copy()
    gappy[:40, :5] = np.nan
    times = measure_together(
        {
            "numpy floor: product + partition, VaR 95 % only": lambda: run_floor(returns, weights),
            "riskgate historical, VaR + ES at 95 % and 99 %": lambda: compute_account_tail_risk(returns, weights),
            "riskgate historical, five short histories": lambda: compute_account_tail_risk(gappy, weights),
        },
        repeats=repeats,
    )
    floor = next(iter(times.values()))
    rows = [
        Row(group="var", name=name, median_ms=t[0], best_ms=t[1], ratio=t[0] / floor[0]) for name, t in times.items()
    ]
    for method in Method:
        if method is not Method.HISTORICAL:
            model = TailModel(method=method)
            median, best = measure(
                lambda model=model: compute_account_tail_risk(returns, weights, model=model),
                repeats=max(repeats // 5, 3),
            )
            rows.append(
                Row(group="var", name=f"riskgate {method}", median_ms=median, best_ms=best, ratio=median / floor[0])
            )
    median, best = measure(lambda: run_monte_carlo(returns, weights), repeats=3)
    rows.append(
        Row(
            group="var",
            name="riskgate Monte Carlo, 10,000 paths",
            median_ms=median,
            best_ms=best,
            ratio=median / floor[0],
        )
    )
    return rows + bench_var_libraries(returns, weights, floor[0])


def run_monte_carlo(returns: FloatArray, weights: FloatArray) -> object:
    """Simulate all accounts on the same 10,000 paths."""
    return compute_simulated_tail(
        returns.mean(axis=0),
        np.cov(returns, rowvar=False),
        weights,
        model=SimulationModel(),
        generator=np.random.default_rng(1),
    )


def bench_var_libraries(returns: FloatArray, weights: FloatArray, floor: float) -> list[Row]:
    """Time the libraries on the same portfolios, one call per account, level and figure as they offer it."""
    pnl = (weights @ returns.T)[:LIBRARY_ACCOUNTS]
    scale, note = ACCOUNTS / LIBRARY_ACCOUNTS, f"measured on {LIBRARY_ACCOUNTS} accounts, scaled; no product in it"
    rows: list[Row] = []
    empyrical = import_optional("empyrical")
    if empyrical is not None:

        def by_empyrical() -> None:
            for row in pnl:
                for cutoff in (0.05, 0.01):
                    empyrical.value_at_risk(row, cutoff)
                    empyrical.conditional_value_at_risk(row, cutoff)

        median, best = (t * scale for t in measure(by_empyrical, repeats=3))
        rows.append(
            Row(group="var", name="empyrical-reloaded", median_ms=median, best_ms=best, ratio=median / floor, note=note)
        )
    riskfolio = import_optional("riskfolio.src.RiskFunctions")
    if riskfolio is not None:

        def by_riskfolio() -> None:
            for row in pnl:
                for alpha in (0.05, 0.01):
                    riskfolio.VaR_Hist(row.reshape(-1, 1), alpha)
                    riskfolio.CVaR_Hist(row.reshape(-1, 1), alpha)

        median, best = (t * scale for t in measure(by_riskfolio, repeats=3))
        rows.append(
            Row(group="var", name="riskfolio-lib", median_ms=median, best_ms=best, ratio=median / floor, note=note)
        )
    return rows


def import_optional(name: str) -> Any:
    """Import a library that is there to be compared with; None where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return import_module(name)
        except ImportError:
            return None


def bench_components(returns: FloatArray, weights: FloatArray, *, repeats: int) -> list[Row]:
    """Time component VaR of all accounts."""
    median, best = measure(lambda: decompose_normal(returns, weights, confidence=0.95), repeats=repeats)
    rows = [Row(group="components", name="riskgate normal, closed form", median_ms=median, best_ms=best, ratio=1.0)]
    tail = measure(lambda: decompose_historical(returns, weights, confidence=0.95), repeats=max(repeats // 5, 3))
    rows.append(
        Row(
            group="components",
            name="riskgate historical ES",
            median_ms=tail[0],
            best_ms=tail[1],
            ratio=tail[0] / median,
        )
    )
    one, one_best = measure(lambda: decompose_normal(returns, weights[0], confidence=0.95), repeats=repeats)
    rows.append(
        Row(group="components", name="riskgate normal, one account", median_ms=one, best_ms=one_best, ratio=1.0)
    )
    riskfolio, pandas = import_optional("riskfolio.src.RiskFunctions"), import_optional("pandas")
    if riskfolio is not None and pandas is not None:
        frame = pandas.DataFrame(returns)
        covariance, book = frame.cov(), pandas.DataFrame(weights[0])
        slow, slow_best = measure(
            lambda: riskfolio.Risk_Contribution(book, frame, covariance, rm="MV", rf=0, alpha=0.05), repeats=3
        )
        note = "finite differences; its covariance is not in the time"
        rows.append(
            Row(group="components", name="riskfolio-lib, one account", median_ms=slow, best_ms=slow_best,
                ratio=slow / one, note=note)
        )  # fmt: skip
    return rows


def bench_stress(generator: np.random.Generator, *, repeats: int) -> list[Row]:
    """Time scenario P&L of all accounts, and one account in full detail."""
    values = generator.normal(size=ACCOUNTS * POSITIONS) * 1_000.0
    owner = np.repeat(np.arange(ACCOUNTS), POSITIONS)
    asset = generator.integers(0, ASSETS, values.size)
    settlement = np.where(generator.random(values.size) < 0.5, ASSETS - 1, -1)
    shocks = generator.uniform(-0.9, 0.3, (ASSETS, SCENARIOS))

    def floor() -> FloatArray:
        pnl = shocks[asset] * values[:, np.newaxis]
        totals: FloatArray = np.add.reduceat(pnl, np.arange(0, values.size, POSITIONS), axis=0)
        return totals

    def full() -> object:
        return compute_scenario_pnl(values, owner, asset, shocks, n_accounts=ACCOUNTS, settlement_index=settlement)

    times = measure_together(
        {
            "numpy floor: gather, multiply, sum": floor,
            "riskgate P&L per position and account, worst position": full,
        },
        repeats=repeats,
    )
    base = next(iter(times.values()))[0]
    rows = [Row(group="stress", name=n, median_ms=t[0], best_ms=t[1], ratio=t[0] / base) for n, t in times.items()]
    book, scenarios = make_book(generator), make_scenarios(shocks)
    median, best = measure(lambda: [apply_scenario(book, one) for one in scenarios], repeats=repeats)
    note = "with coverage, margin and liquidation distances"
    rows.append(
        Row(group="stress", name="riskgate one account in full, 50 x 20", median_ms=median, best_ms=best, note=note)
    )
    return rows


def make_book(generator: np.random.Generator) -> StressBook:
    """Make an account with 50 positions, half of them swaps."""
    positions = tuple(
        StressPosition(
            key=f"venue{index % 2}:A{index}",
            asset=f"A{index}",
            quote_asset="USDT",
            venue=f"venue{index % 2}",
            sector="sector",
            market_type=MarketType.SWAP if index % 2 else MarketType.SPOT,
            quantity=float(generator.normal()),
            mark_price=100.0,
            maintenance_margin_fraction=0.01,
        )
        for index in range(POSITIONS)
    )
    return StressBook(equity=100_000.0, peak_equity=100_000.0, positions=positions)


def make_scenarios(shocks: FloatArray) -> list[Scenario]:
    """Make 20 scenarios with a shock for every asset."""
    return [
        Scenario(name=f"s{i}", shocks={f"A{j}": float(shocks[j, i]) for j in range(ASSETS)}, default_shock=-0.5)
        for i in range(SCENARIOS)
    ]


def bench_estimators(returns: FloatArray, weights: FloatArray, *, repeats: int) -> list[Row]:
    """Time what a run needs once: correlations, covariance, a backtest of one account."""
    history = np.tile(returns, (6, 1)) @ weights[0]
    names = [str(index) for index in range(ASSETS)]
    jobs: dict[str, Callable[[], object]] = {
        "correlation, 252 x 100": lambda: compute_correlation(returns, names),
        "Ledoit-Wolf covariance, 252 x 100": lambda: compute_ledoit_wolf_covariance(returns),
        "backtest, 1,260 rolling forecasts": lambda: run_backtest(history, confidence=0.99),
        "backtest, EWMA-filtered": lambda: run_backtest(
            history, confidence=0.99, model=TailModel(method=Method.EWMA_FILTERED)
        ),
    }
    rows = []
    for name, job in jobs.items():
        median, best = measure(job, repeats=max(repeats // 3, 3))
        rows.append(Row(group="once", name=f"riskgate {name}", median_ms=median, best_ms=best))
    return rows


def measure_peak(function: Callable[[], object]) -> float:
    """Measure the most memory a call holds, in MB."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def run(*, repeats: int = 30, seed: int = 20_200_312) -> dict[str, Any]:
    """Run the benchmark.

    Parameters
    ----------
    repeats : int
        Rounds of the short measurements.
    seed : int
        Of the synthetic market.

    Returns
    -------
    dict
        ``shape``, ``machine``, ``peak_mb`` and ``rows`` (see `Row`); times are wall milliseconds.
    """
    generator = np.random.default_rng(seed)
    returns, weights = make_market(generator)
    rows = [
        *bench_var(returns, weights, repeats=repeats),
        *bench_components(returns, weights, repeats=repeats),
        *bench_stress(generator, repeats=repeats),
        *bench_estimators(returns, weights, repeats=repeats),
    ]
    return {
        "shape": {"accounts": ACCOUNTS, "days": DAYS, "assets": ASSETS, "positions": POSITIONS, "scenarios": SCENARIOS},
        "machine": {"python": platform.python_version(), "numpy": np.__version__, "cpus": os.cpu_count()},
        "peak_mb": {
            "historical": measure_peak(lambda: compute_account_tail_risk(returns, weights)),
            "monte_carlo": measure_peak(lambda: run_monte_carlo(returns, weights)),
        },
        "rows": [asdict(row) for row in rows],
    }


def format_table(report: dict[str, Any]) -> str:
    """Format the figures as a table."""
    lines = [f"{'group':<11}{'what':<56}{'median ms':>11}{'best ms':>10}{'ratio':>9}  note"]
    for row in report["rows"]:
        ratio = f"{row['ratio']:9.2f}" if row["ratio"] is not None else " " * 9
        lines.append(
            f"{row['group']:<11}{row['name']:<56}{row['median_ms']:>11.3f}{row['best_ms']:>10.3f}{ratio}  {row['note']}"
        )
    peaks = ", ".join(f"{name} {value:.0f} MB" for name, value in report["peak_mb"].items())
    return "\n".join([*lines, f"peak memory: {peaks}; ratio: to the first line of its group (one account: to ours)"])


def main() -> None:
    """Run, print the table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--json", type=Path, default=None, help="file to write the figures to")
    arguments = parser.parse_args()
    report = run(repeats=arguments.repeats)
    sys.stdout.write(format_table(report) + "\n")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
