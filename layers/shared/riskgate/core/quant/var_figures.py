"""Every estimator's VaR and expected shortfall of one book, as money."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import numpy as np

from riskgate.core.account.document import AccountState
from riskgate.core.quant.arrays import FloatArray
from riskgate.core.quant.border import to_float, to_loss
from riskgate.core.quant.covariance import compute_sample_covariance
from riskgate.core.quant.historical import compute_historical_tail
from riskgate.core.quant.montecarlo import PATHS, Innovation, simulate_returns
from riskgate.core.quant.quantiles import compute_tail_probability
from riskgate.core.quant.results import InsufficientData, RiskFlag, TailRisk
from riskgate.core.quant.returns import ReturnSample
from riskgate.core.quant.tail_model import Method
from riskgate.core.quant.tail_risk import compute_tail_risk
from riskgate.core.risk.report import TailFigure

CONFIDENCES = (0.95, 0.99)
HORIZONS = (1, 10)
UNCOVERED_FLAG = "uncovered_positions_lost_in_full"


def list_figures(
    sample: ReturnSample, weights: FloatArray, *, scale: float, lost: float, state: AccountState, seed: int
) -> tuple[TailFigure, ...]:
    """List VaR and expected shortfall by method, horizon and level, historical one-day figures first.

    `weights` are signed value / `scale` in the sample's order, `scale` the money of one unit of weight, `lost` the
    value of the positions no sample covers, added to every figure. Fractions are of the account's equity; None
    where that is not positive.
    """
    equity = to_float(state.equity) if state.equity > 0 else None
    pnl = sample.returns @ weights
    found: list[TailRisk | InsufficientData] = []
    asked: list[tuple[str, float, int]] = []
    for method, horizon, confidence in product(Method, HORIZONS, CONFIDENCES):
        asked.append((method.label, confidence, horizon))
        found.append(compute_tail_risk(pnl, confidence=confidence, method=method, horizon_days=horizon))
    for risk in _simulate(sample, weights, np.random.default_rng(seed)):
        asked.append((risk.method, risk.confidence, risk.horizon_days))
        found.append(risk)
    return tuple(
        _make_figure(risk, *names, scale=scale, lost=lost, equity=equity)
        for names, risk in zip(asked, found, strict=True)
    )


def _simulate(sample: ReturnSample, weights: FloatArray, generator: np.random.Generator) -> Iterator[TailRisk]:
    """Simulate the book, both levels on the same paths."""
    mean, covariance = sample.returns.mean(axis=0), compute_sample_covariance(sample.returns)
    tails = [compute_tail_probability(confidence) for confidence in CONFIDENCES]
    for innovation, horizon in product(Innovation, HORIZONS):
        outcomes, repaired = simulate_returns(
            mean, covariance, innovation=innovation, horizon_days=horizon, generator=generator
        )
        var, es = compute_historical_tail(weights[np.newaxis, :] @ outcomes.T, tails, overwrite=True)
        for level, confidence in enumerate(CONFIDENCES):
            yield TailRisk(
                method=f"monte_carlo/{innovation}",
                confidence=confidence,
                horizon_days=horizon,
                observations=PATHS,
                var_fraction=float(var[0, level]),
                es_fraction=float(es[0, level]),
                flags=(RiskFlag.COVARIANCE_REPAIRED,) if repaired else (),
            )


def _make_figure(
    risk: TailRisk | InsufficientData,
    method: str,
    confidence: float,
    horizon_days: int,
    *,
    scale: float,
    lost: float,
    equity: float | None,
) -> TailFigure:
    """Convert to money, with what is lost in full on top."""
    level = Decimal(repr(confidence))
    reason = risk.reason if isinstance(risk, InsufficientData) else _refuse(risk)
    if isinstance(risk, InsufficientData) or reason:
        return TailFigure(
            method=method, confidence=level, horizon_days=horizon_days, observations=risk.observations,
            var=None, es=None, var_fraction=None, es_fraction=None, reason=reason,
        )  # fmt: skip
    # What gains on its worst days too loses nothing.
    var, es = max(risk.var_fraction, 0.0) * scale + lost, max(risk.es_fraction, 0.0) * scale + lost
    return TailFigure(
        method=method,
        confidence=level,
        horizon_days=horizon_days,
        observations=risk.observations,
        var=to_loss(var),
        es=to_loss(es),
        var_fraction=to_loss(var / equity) if equity else None,
        es_fraction=to_loss(es / equity) if equity else None,
        flags=(*(flag.value for flag in risk.flags), *((UNCOVERED_FLAG,) if lost else ())),
    )


def _refuse(risk: TailRisk) -> str:
    """Say why a figure cannot be one: outside its domain the expansion may promise a gain."""
    if RiskFlag.CORNISH_FISHER_OUT_OF_DOMAIN in risk.flags and risk.var_fraction < 0:
        return "the returns are too far from normal for the Cornish-Fisher expansion"
    return ""
