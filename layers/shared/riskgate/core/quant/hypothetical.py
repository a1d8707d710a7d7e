"""Hypothetical stresses that depend on the book: correlations, volatility, stops, a lost exchange."""

from collections.abc import Sequence

import numpy as np

from riskgate.core.quant.arrays import FloatArray, as_finite
from riskgate.core.quant.border import to_statistic
from riskgate.core.quant.covariance import compute_sample_covariance
from riskgate.core.quant.distributions import compute_normal_quantile
from riskgate.core.quant.margin import ShockedState
from riskgate.core.quant.quantiles import compute_tail_probability
from riskgate.core.quant.results import InsufficientData
from riskgate.core.quant.returns import ReturnSample
from riskgate.core.quant.scenario_library import make_depeg_scenario, make_liquidity_scenario
from riskgate.core.quant.scenarios import Scenario, ShockSource
from riskgate.core.quant.stress import StressResult, apply_scenario, summarise_stress
from riskgate.core.quant.stress_book import StressBook, StressPosition
from riskgate.core.risk.report import ScenarioCoverage
from riskgate.core.scenario import STABLECOINS

STRESSED_CORRELATION = 0.9
VOLATILITY_MULTIPLIER = 3.0
STRESS_CONFIDENCE = 0.99
GAP_FRACTION = 0.05
"""How far beyond its stop an order fills when all stops go at once."""


def make_conditional_scenario(name: str, book: StressBook, assets: Sequence[str], covariance: FloatArray) -> Scenario:
    """Make the scenario a daily covariance matrix expects on the book's own VaR day.

    Each asset's shock is its expected return given that the book loses its zero-mean normal VaR:
    z_p (S x)_i / sqrt(x' S x), x the net exposures. The losses then sum to that VaR, so a changed
    covariance becomes P&L per position. Shocks are held at -1, and all 0 for a book that does not move. `assets`
    names the rows and must hold every asset the book has a position in.
    Source: conditional mean of a multivariate normal: McNeil, Frey & Embrechts (2015), 6.1.3.
    """
    matrix = as_finite(covariance, name="covariance", ndim=2)
    exposure = _sum_exposures(book, assets)
    pull = matrix @ exposure
    spread = max(float(exposure @ pull), 0.0) ** 0.5
    z = compute_normal_quantile(float(compute_tail_probability(STRESS_CONFIDENCE)))
    shocks = np.maximum(z * pull / spread, -1.0) if spread else np.zeros_like(pull)
    return Scenario(
        name=name,
        shocks={asset: float(shock) for asset, shock in zip(assets, shocks, strict=True)},
        default_shock=0.0,
        source=f"hypothetical: expected returns on the book's {STRESS_CONFIDENCE:.2%} VaR day, one day",
    )


def _sum_exposures(book: StressBook, assets: Sequence[str]) -> FloatArray:
    column = {asset: index for index, asset in enumerate(assets)}
    missing = sorted({p.asset for p in book.positions} - set(column))
    if missing:
        raise ValueError(f"no covariance for {', '.join(missing)}")
    exposure = np.zeros(len(assets))
    for position in book.positions:
        exposure[column[position.asset]] += position.value
    return exposure


def apply_correlation_stress(
    book: StressBook, sample: ReturnSample | InsufficientData
) -> StressResult | InsufficientData:
    """Set every correlation to one figure, keep volatilities, and take the VaR day that follows.

    Diversification vanishes; a long-short book gains by it, so read it beside the others. The sample holds simple
    daily returns; without one there is no result.
    """
    if isinstance(sample, InsufficientData):
        return sample
    volatility = np.sqrt(np.diag(compute_sample_covariance(sample.returns)))
    stressed = STRESSED_CORRELATION * np.outer(volatility, volatility)
    np.fill_diagonal(stressed, volatility * volatility)
    name = f"correlations_{STRESSED_CORRELATION:g}"
    return apply_scenario(book, make_conditional_scenario(name, book, sample.assets, stressed))


def apply_volatility_stress(
    book: StressBook, sample: ReturnSample | InsufficientData
) -> StressResult | InsufficientData:
    """Multiply every volatility, keep correlations, and take the VaR day that follows; sample as above."""
    if isinstance(sample, InsufficientData):
        return sample
    stressed = compute_sample_covariance(sample.returns) * VOLATILITY_MULTIPLIER**2
    name = f"volatility_x{VOLATILITY_MULTIPLIER:g}"
    return apply_scenario(book, make_conditional_scenario(name, book, sample.assets, stressed))


def apply_stop_stress(book: StressBook) -> StressResult:
    """Hit all stops at once, longs and shorts, each filled beyond its stop by a fraction of the stop price.

    A stop the price has already passed fills from the price. A position without a stop loses its whole
    value: that is the risk the gate books for it. Everything is closed; `default_assets` of the coverage lists
    what had no stop.
    """
    moves = np.array([_stop_move(position) for position in book.positions], dtype=np.float64)
    unstopped = {p.asset for p in book.positions if p.stop_loss_price is None}
    sources = [ShockSource.DEFAULT if p.stop_loss_price is None else ShockSource.OWN for p in book.positions]
    gross = float(np.abs(book.values).sum())
    bare = float(sum(abs(p.value) for p in book.positions if p.stop_loss_price is None))
    share = bare / gross if gross else 0.0
    return summarise_stress(
        book,
        "all_stops_hit",
        ShockedState(
            position_pnl=book.values * moves,
            cash_pnl=np.zeros(len(book.cash)),
            price_factors=1.0 + moves,
            quote_factors=np.ones_like(moves),
            closed=np.ones(moves.shape, dtype=np.bool_),
        ),
        sources=sources,
        coverage=ScenarioCoverage(
            own_fraction=to_statistic(1.0 - share),
            default_fraction=to_statistic(share),
            default_assets=tuple(sorted(unstopped)),
        ),
    )


def _stop_move(position: StressPosition) -> float:
    """Compute the simple return from the mark to the fill of a stop; the whole value without one."""
    side = 1.0 if position.quantity >= 0.0 else -1.0
    if position.stop_loss_price is None:
        return -side
    mark, stop = position.mark_price, position.stop_loss_price
    trigger = min(mark, stop) if side > 0.0 else max(mark, stop)
    return trigger * (1.0 - side * GAP_FRACTION) / mark - 1.0


def apply_venue_loss(book: StressBook, venue: str) -> StressResult:
    """Lose an exchange: all equity held there is gone, hedges included; its positions and debts end.

    The loss is the venue's equity, 0 where more is owed than held. Reported equity that is not in positions or
    balances counts as lost cash. Raises ValueError if the book has nothing at that venue.
    """
    if venue not in book.venues:
        raise ValueError(f"nothing is held at {venue}")
    there = np.array([p.venue == venue for p in book.positions], dtype=np.bool_)
    lost = np.where(book.swaps, -book.unrealized, -book.values)
    pnl = np.where(there, lost, 0.0)
    cash = np.array([-c.value if c.venue == venue else 0.0 for c in book.cash], dtype=np.float64)
    # Whatever the parts say, the loss is the venue's equity: the rest is booked on its cash.
    rest = -max(book.compute_venue_equity(venue), 0.0) - float(pnl.sum()) - float(cash.sum())
    return summarise_stress(
        book,
        f"exchange_lost_{venue}",
        ShockedState(
            position_pnl=pnl,
            cash_pnl=np.append(cash, rest),
            price_factors=np.ones(there.shape),
            quote_factors=np.ones(there.shape),
            closed=there,
        ),
        sources=[ShockSource.OWN] * len(book.positions),
        coverage=ScenarioCoverage(),
    )


def run_hypothetical(
    book: StressBook, sample: ReturnSample | InsufficientData
) -> tuple[StressResult | InsufficientData, ...]:
    """Run every hypothetical stress at its default severity.

    Correlations, volatility, liquidity, stops, a depeg of each stablecoin in the book, the loss of each venue; the
    sample holds simple daily returns of every asset held.
    """
    coins = {balance.asset for balance in book.cash}
    coins |= {p.quote_asset for p in book.positions if p.is_swap} | {p.asset for p in book.positions}
    results: list[StressResult | InsufficientData] = [
        apply_correlation_stress(book, sample),
        apply_volatility_stress(book, sample),
        apply_scenario(book, make_liquidity_scenario()),
        apply_stop_stress(book),
    ]
    results += [apply_scenario(book, make_depeg_scenario(coin)) for coin in sorted(coins & STABLECOINS)]
    results += [apply_venue_loss(book, venue) for venue in book.venues]
    return tuple(results)
