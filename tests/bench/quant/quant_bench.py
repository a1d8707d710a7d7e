"""Benchmark of the quantitative core beside a plain numpy floor and the libraries, in one process.

Run with ``OPENBLAS_NUM_THREADS=1 PYTHONPATH=layers/shared:. python -m tests.bench.quant.quant_bench``; `run`
returns the figures. One thread, because a function of this size has one processor to itself.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from riskgate.core.instrument import MarketType
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
from tests.bench.quant.measure import (
    Row,
    format_table,
    import_optional,
    make_row,
    measure,
    measure_peak,
    measure_together,
    scale,
)

ACCOUNTS, DAYS, ASSETS = 1_000, 252, 100
POSITIONS, SCENARIOS = 50, 20
YOUNG = 5
"""Assets with a short history in the measurement of missing data."""
LIBRARY_ACCOUNTS = 100
"""Accounts the slower libraries are timed on; their time is scaled up to all."""


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
    gappy, mixed = returns.copy(), weights.copy()
    gappy[:40, :YOUNG] = np.nan
    mixed[::2, :YOUNG] = 0.0  # every second account holds no young asset
    times = measure_together(
        {
            "numpy floor: product + partition, VaR 95 % only": lambda: run_floor(returns, weights),
            "riskgate historical, VaR + ES at 95 % and 99 %": lambda: compute_account_tail_risk(returns, weights),
            "riskgate historical, five short histories": lambda: compute_account_tail_risk(gappy, mixed),
        },
        repeats=repeats,
    )
    floor = next(iter(times.values()))
    rows = [make_row("var", name, time_pair, floor) for name, time_pair in times.items()]
    for method in Method:
        if method is not Method.HISTORICAL:
            job = partial(compute_account_tail_risk, returns, weights, model=TailModel(method=method))
            rows.append(make_row("var", f"riskgate {method}", measure(job, repeats=max(repeats // 5, 3)), floor))
    simulated = measure(partial(run_monte_carlo, returns, weights), repeats=3)
    rows.append(make_row("var", "riskgate Monte Carlo, 10,000 paths", simulated, floor))
    return rows + bench_var_libraries(returns, weights, floor)


def run_monte_carlo(returns: FloatArray, weights: FloatArray) -> object:
    """Simulate all accounts on the same 10,000 paths."""
    return compute_simulated_tail(
        returns.mean(axis=0),
        np.cov(returns, rowvar=False),
        weights,
        model=SimulationModel(),
        generator=np.random.default_rng(1),
    )


def bench_var_libraries(returns: FloatArray, weights: FloatArray, floor: tuple[float, float]) -> list[Row]:
    """Time the libraries on the same portfolios, one call per account, level and figure as they offer it."""
    pnl = (weights @ returns.T)[:LIBRARY_ACCOUNTS]
    note = f"measured on {LIBRARY_ACCOUNTS} accounts, scaled; the product is not in it"
    rows: list[Row] = []
    empyrical, riskfolio = import_optional("empyrical"), import_optional("riskfolio.src.RiskFunctions")
    if empyrical is not None:

        def by_empyrical() -> None:
            for row in pnl:
                for cutoff in (0.05, 0.01):
                    empyrical.value_at_risk(row, cutoff)
                    empyrical.conditional_value_at_risk(row, cutoff)

        times = scale(measure(by_empyrical, repeats=3), ACCOUNTS / LIBRARY_ACCOUNTS)
        rows.append(make_row("var", "empyrical-reloaded", times, floor, note))
    if riskfolio is not None:

        def by_riskfolio() -> None:
            for row in pnl:
                for alpha in (0.05, 0.01):
                    riskfolio.VaR_Hist(row.reshape(-1, 1), alpha)
                    riskfolio.CVaR_Hist(row.reshape(-1, 1), alpha)

        times = scale(measure(by_riskfolio, repeats=3), ACCOUNTS / LIBRARY_ACCOUNTS)
        rows.append(make_row("var", "riskfolio-lib", times, floor, note))
    return rows


def bench_components(returns: FloatArray, weights: FloatArray, *, repeats: int) -> list[Row]:
    """Time component VaR of all accounts; the covariance is part of our time and not of riskfolio's."""
    normal = measure(partial(decompose_normal, returns, weights, confidence=0.95), repeats=repeats)
    tail = measure(partial(decompose_historical, returns, weights, confidence=0.95), repeats=max(repeats // 5, 3))
    rows = [
        make_row("components", "riskgate normal, closed form", normal, normal),
        make_row("components", "riskgate historical ES", tail, normal),
    ]
    riskfolio, pandas = import_optional("riskfolio.src.RiskFunctions"), import_optional("pandas")
    if riskfolio is not None and pandas is not None:
        frame, part = pandas.DataFrame(returns), 10
        covariance, books = frame.cov(), [pandas.DataFrame(row) for row in weights[:part]]

        def by_riskfolio() -> None:
            for book in books:
                riskfolio.Risk_Contribution(book, frame, covariance, rm="MV", rf=0, alpha=0.05)

        times = scale(measure(by_riskfolio, repeats=3), ACCOUNTS / part)
        rows.append(make_row("components", "riskfolio-lib", times, normal, f"measured on {part} accounts, scaled"))
    return rows


def bench_stress(generator: np.random.Generator, *, repeats: int) -> list[Row]:
    """Time scenario P&L of all accounts, and one account in full detail."""
    values = generator.normal(size=ACCOUNTS * POSITIONS) * 1_000.0
    owner = np.repeat(np.arange(ACCOUNTS), POSITIONS)
    asset = generator.integers(0, ASSETS, values.size)
    settlement = np.where(generator.integers(0, 2, values.size) == 0, ASSETS - 1, -1)
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
    base = next(iter(times.values()))
    rows = [make_row("stress", name, time_pair, base) for name, time_pair in times.items()]
    book, scenarios = make_book(generator), make_scenarios(shocks)
    one = measure(lambda: [apply_scenario(book, scenario) for scenario in scenarios], repeats=repeats)
    note = "with coverage, margin and liquidation distances"
    rows.append(make_row("stress", "riskgate one account in full, 50 x 20", one, None, note))
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
    return [
        make_row("once", f"riskgate {name}", measure(job, repeats=max(repeats // 3, 3))) for name, job in jobs.items()
    ]


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
