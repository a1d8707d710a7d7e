"""Every estimator's VaR and expected shortfall of one book, as money."""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from riskgate.core.account.document import AccountState
from riskgate.core.quant.arrays import FloatArray
from riskgate.core.quant.border import to_float, to_loss
from riskgate.core.quant.covariance import compute_sample_covariance
from riskgate.core.quant.montecarlo import Innovation, SimulationModel, compute_simulated_tail
from riskgate.core.quant.results import InsufficientData, RiskFlag, TailRisk
from riskgate.core.quant.returns import ReturnSample
from riskgate.core.quant.tail_model import Method, TailModel
from riskgate.core.quant.tail_risk import compute_tail_risk
from riskgate.core.risk.report import TailFigure

CONFIDENCES = (0.95, 0.99)
HORIZONS = (1, 10)
METHODS = (
    Method.HISTORICAL,
    Method.NORMAL,
    Method.CORNISH_FISHER,
    Method.STUDENT_T,
    Method.EWMA_FILTERED,
    Method.AGE_WEIGHTED,
)
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
    for method in METHODS:
        for horizon in HORIZONS:
            for confidence in CONFIDENCES:
                model = TailModel(method=method)
                asked.append((model.name, confidence, horizon))
                found.append(compute_tail_risk(pnl, confidence=confidence, model=model, horizon_days=horizon))
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
    for innovation in Innovation:
        for horizon in HORIZONS:
            model = SimulationModel(innovation=innovation, horizon_days=horizon)
            tail = compute_simulated_tail(
                mean, covariance, weights[np.newaxis, :], confidences=CONFIDENCES, model=model, generator=generator
            )
            for level, confidence in enumerate(CONFIDENCES):
                yield TailRisk(
                    method=f"monte_carlo/{innovation}",
                    confidence=confidence,
                    horizon_days=horizon,
                    observations=model.paths,
                    var_fraction=float(tail.var_fraction[0, level]),
                    es_fraction=float(tail.es_fraction[0, level]),
                    flags=(RiskFlag.COVARIANCE_REPAIRED,) if tail.covariance_repaired else (),
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
    if isinstance(risk, InsufficientData):
        return TailFigure(
            method=method, confidence=level, horizon_days=horizon_days, observations=risk.observations,
            var=None, es=None, var_fraction=None, es_fraction=None, reason=risk.reason,
        )  # fmt: skip
    var, es = risk.var_fraction * scale + lost, risk.es_fraction * scale + lost
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
