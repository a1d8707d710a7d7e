"""Figures of the quantitative core beside a plain numpy floor and the libraries, as JSON; `quant` runs it."""

import json
import sys
import tracemalloc
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from riskgate.core.instrument import MarketType
from riskgate.core.quant.arrays import FloatArray
from riskgate.core.quant.backtest import compute_rolling_forecast
from riskgate.core.quant.correlation import compute_correlation
from riskgate.core.quant.decomposition import decompose_historical, decompose_normal
from riskgate.core.quant.historical import compute_historical_tail
from riskgate.core.quant.montecarlo import simulate_returns
from riskgate.core.quant.quantiles import compute_tail_probability
from riskgate.core.quant.scenarios import Scenario
from riskgate.core.quant.stress import apply_scenario
from riskgate.core.quant.stress_book import StressBook, StressPosition
from riskgate.core.quant.tail_model import Method, TailTable, compute_tail_table
from tests.bench.measure import Row, measure_cpu

ACCOUNTS, DAYS, ASSETS = 1_000, 252, 100
POSITIONS, SCENARIOS = 50, 20
TAILS = [compute_tail_probability(level) for level in (0.95, 0.99)]
SLOW_ROUNDS = 3
LIBRARY_ACCOUNTS = 100
"""Accounts the slower libraries are timed on."""


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


def time_group(group: str, functions: Mapping[str, Callable[[], object]], *, rounds: int) -> list[Row]:
    """Time functions in turn; the first is what the others are measured against."""
    times = measure_cpu(functions, rounds=rounds)
    base, floor = next(iter(times.items()))
    return [
        Row(
            name=f"{group}: {name}",
            value=micros / 1000,
            unit="ms",
            reference_name=base if name != base else "",
            reference=floor / 1000 if name != base else None,
        )
        for name, micros in times.items()
    ]


def import_optional(name: str) -> Any:
    """Import a library that is there to be compared with; None where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return import_module(name)
        except ImportError:
            return None


def measure_peak(function: Callable[[], object]) -> float:
    """Measure the most memory a call holds, in MB."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def run_tails(returns: FloatArray, weights: FloatArray, method: Method = Method.HISTORICAL) -> TailTable:
    """Compute VaR and expected shortfall of all accounts at 95 % and 99 %."""
    return compute_tail_table(weights @ returns.T, TAILS, method=method, overwrite=True)


def run_monte_carlo(returns: FloatArray, weights: FloatArray) -> object:
    """Simulate all accounts on the same 10,000 paths."""
    paths, _ = simulate_returns(returns.mean(axis=0), np.cov(returns, rowvar=False), generator=np.random.default_rng(1))
    return compute_historical_tail(weights @ paths.T, TAILS, overwrite=True)


def bench_var(returns: FloatArray, weights: FloatArray) -> list[Row]:
    """Time VaR and expected shortfall of all accounts."""
    functions: dict[str, Callable[[], object]] = {
        "numpy floor, product + partition, VaR 95 % only": lambda: run_floor(returns, weights)
    }
    functions |= {f"riskgate {method}": partial(run_tails, returns, weights, method) for method in Method}
    functions |= {"riskgate Monte Carlo, 10,000 paths": lambda: run_monte_carlo(returns, weights)}
    return time_group("var", functions | list_var_libraries(returns, weights), rounds=SLOW_ROUNDS)


def list_var_libraries(returns: FloatArray, weights: FloatArray) -> dict[str, Callable[[], object]]:
    """Return the libraries' way: one call per account, level and figure; the product is not in it."""
    pnl = (weights @ returns.T)[:LIBRARY_ACCOUNTS]
    empyrical, riskfolio = import_optional("empyrical"), import_optional("riskfolio.src.RiskFunctions")
    found: dict[str, Callable[[], object]] = {}

    def by_empyrical() -> None:
        for row in pnl:
            for cutoff in (0.05, 0.01):
                empyrical.value_at_risk(row, cutoff)
                empyrical.conditional_value_at_risk(row, cutoff)

    def by_riskfolio() -> None:
        for row in pnl:
            for alpha in (0.05, 0.01):
                riskfolio.VaR_Hist(row.reshape(-1, 1), alpha)
                riskfolio.CVaR_Hist(row.reshape(-1, 1), alpha)

    if empyrical is not None:
        found[f"empyrical-reloaded, {LIBRARY_ACCOUNTS} accounts only"] = by_empyrical
    if riskfolio is not None:
        found[f"riskfolio-lib, {LIBRARY_ACCOUNTS} accounts only"] = by_riskfolio
    return found


def bench_components(returns: FloatArray, weights: FloatArray) -> list[Row]:
    """Time component VaR of all accounts."""
    functions = {
        "riskgate normal, closed form": partial(decompose_normal, returns, weights, confidence=0.95),
        "riskgate historical ES": partial(decompose_historical, returns, weights, confidence=0.95),
    }
    return time_group("components", functions, rounds=SLOW_ROUNDS)


def bench_stress(generator: np.random.Generator) -> list[Row]:
    """Time the scenarios of one account in full detail."""
    book, scenarios = make_book(generator), make_scenarios(generator.uniform(-0.9, 0.3, (ASSETS, SCENARIOS)))
    functions = {
        "riskgate one account in full, 50 x 20, with margin": lambda: [apply_scenario(book, one) for one in scenarios],
    }
    return time_group("stress", functions, rounds=SLOW_ROUNDS)


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


def bench_estimators(returns: FloatArray, weights: FloatArray) -> list[Row]:
    """Time what a run needs once: correlations and a backtest of one account."""
    history = np.tile(returns, (6, 1)) @ weights[0]
    names = [str(index) for index in range(ASSETS)]
    functions: dict[str, Callable[[], object]] = {
        "correlation, 252 x 100": lambda: compute_correlation(returns, names),
        "1,260 rolling forecasts": lambda: compute_rolling_forecast(history, confidence=0.99),
        "rolling forecasts, EWMA-filtered": lambda: compute_rolling_forecast(
            history, confidence=0.99, method=Method.EWMA_FILTERED
        ),
    }
    return [
        Row(name=f"once: riskgate {name}", value=micros / 1000, unit="ms")
        for name, micros in measure_cpu(functions, rounds=SLOW_ROUNDS).items()
    ]


def main() -> None:
    """Run, and print rows and notes as JSON."""
    generator = np.random.default_rng(20_200_312)
    returns, weights = make_market(generator)
    rows = [
        *bench_var(returns, weights),
        *bench_components(returns, weights),
        *bench_stress(generator),
        *bench_estimators(returns, weights),
    ]
    peaks = {
        "historical": measure_peak(lambda: run_tails(returns, weights)),
        "Monte Carlo": measure_peak(lambda: run_monte_carlo(returns, weights)),
    }
    notes = [
        f"{ACCOUNTS} accounts, {DAYS} days, {ASSETS} assets; stress: {POSITIONS} positions, {SCENARIOS} scenarios.",
        f"Peak memory: {', '.join(f'{name} {peak:.0f} MB' for name, peak in peaks.items())}.",
    ]
    sys.stdout.write(json.dumps({"rows": [asdict(row) for row in rows], "notes": notes}))


if __name__ == "__main__":
    main()
