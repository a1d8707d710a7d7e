"""Where the risk comes from: marginal, component and incremental VaR and expected shortfall.

VaR and expected shortfall are homogeneous of degree one in the weights, so by Euler's theorem the
components (weight x marginal) sum to the total; a hedge has a negative one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import FloatArray, as_finite
from riskgate.core.quant.covariance import compute_sample_covariance
from riskgate.core.quant.distributions import compute_normal_density, compute_normal_quantile
from riskgate.core.quant.quantiles import (
    Confidence,
    QuantileRule,
    TailMeanRule,
    compute_tail_probability,
    compute_tail_weights,
    locate_quantile,
)
from riskgate.core.quant.results import MINIMUM_OBSERVATIONS, InsufficientData, check_sample
from riskgate.core.quant.tail_model import TailModel, compute_tail_table


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Decomposition:
    """Marginal and component risk of many accounts, each of shape (n_accounts, n_assets)."""

    marginal_var: FloatArray  # change of the figure per unit of weight
    marginal_es: FloatArray  # change of the figure per unit of weight
    component_var: FloatArray  # weight x marginal; rows sum to the totals; negative for a hedge
    component_es: FloatArray  # weight x marginal; rows sum to the totals; negative for a hedge
    var_fraction: FloatArray  # (n_accounts,): totals, positive for losses
    es_fraction: FloatArray  # (n_accounts,): totals, positive for losses


def _as_accounts(weights: ArrayLike, n_assets: int) -> FloatArray:
    """Convert weights to (n_accounts, n_assets)."""
    held = as_finite(np.atleast_2d(weights), name="weights", ndim=2)
    if held.shape[1] != n_assets:
        raise ValueError("need one weight per asset")
    return held


def decompose_normal(
    returns: ArrayLike,
    weights: ArrayLike,
    *,
    confidence: Confidence,
    zero_mean: bool = False,
    minimum_observations: int = MINIMUM_OBSERVATIONS,
) -> Decomposition | InsufficientData:
    """Decompose delta-normal VaR: marginal -(m_i + z_p (S w)_i / s_p), S with ddof 1; and shortfall.

    `returns` are simple daily returns (n_days, n_assets), `weights` signed position value / account value,
    (n_assets,) or (n_accounts, n_assets). Rows sum to `parametric.compute_normal_tail`; without variance the
    spread part is 0. Raises ValueError if an input is not finite or shapes disagree.
    Source: Jorion (2007), ch. 7; Tasche (1999); Gourieroux, Laurent & Scaillet (2000).
    """
    sample = as_finite(returns, name="returns", ndim=2)
    if lacking := check_sample("risk decomposition", sample.shape[0], minimum_observations):
        return lacking
    held = _as_accounts(weights, sample.shape[1])
    p = float(compute_tail_probability(confidence))
    z, mean = compute_normal_quantile(p), sample.mean(axis=0) * (not zero_mean)
    pull = held @ compute_sample_covariance(sample)
    spread = np.sqrt(np.maximum((pull * held).sum(axis=1), 0.0))[:, np.newaxis]
    slope = np.divide(pull, spread, out=np.zeros_like(pull), where=spread > 0.0)
    marginal_var = -z * slope - mean
    marginal_es = compute_normal_density(z) / p * slope - mean
    return _assemble(held, marginal_var, marginal_es)


def _assemble(held: FloatArray, marginal_var: FloatArray, marginal_es: FloatArray) -> Decomposition:
    component_var, component_es = held * marginal_var, held * marginal_es
    return Decomposition(
        marginal_var=marginal_var,
        marginal_es=marginal_es,
        component_var=component_var,
        component_es=component_es,
        var_fraction=component_var.sum(axis=1),
        es_fraction=component_es.sum(axis=1),
    )


def decompose_historical(
    returns: ArrayLike,
    weights: ArrayLike,
    *,
    confidence: Confidence,
    quantile_rule: QuantileRule = QuantileRule.ORDER_STATISTIC_MFE,
    tail_mean_rule: TailMeanRule = TailMeanRule.EXACT,
    minimum_observations: int = MINIMUM_OBSERVATIONS,
) -> Decomposition | InsufficientData:
    """Decompose historical VaR and expected shortfall over the days that make them; inputs as `decompose_normal`.

    Marginal expected shortfall is the asset's mean loss over the portfolio's worst days, with the
    weights of the convention; marginal VaR is the asset's loss on the VaR day. The latter hangs on one
    day and is noisy: read expected shortfall for allocation. Equal portfolio days keep their order.
    Source: Tasche (1999); McNeil, Frey & Embrechts (2015), 8.5.
    """
    sample = as_finite(returns, name="returns", ndim=2)
    count = sample.shape[0]
    if lacking := check_sample("risk decomposition", count, minimum_observations):
        return lacking
    held = _as_accounts(weights, sample.shape[1])
    p = compute_tail_probability(confidence)
    order = np.argsort(held @ sample.T, axis=1, kind="stable")
    index, weight = locate_quantile(count, p, quantile_rule)
    marginal_var = -sample[order[:, index]]
    if weight:
        marginal_var = (1.0 - weight) * marginal_var - weight * sample[order[:, index + 1]]
    shares = compute_tail_weights(count, p, tail_mean_rule)
    marginal_es = -np.einsum("k,akn->an", shares, sample[order[:, : shares.size]])
    return _assemble(held, marginal_var, marginal_es)


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class IncrementalRisk:
    """What candidate trades would do to an account's risk; arrays have shape (n_candidates,)."""

    var_before: float
    es_before: float
    var_after: FloatArray
    es_after: FloatArray
    incremental_var: FloatArray  # after minus before; negative where the trade reduces risk
    incremental_es: FloatArray  # after minus before; negative where the trade reduces risk


def compute_incremental_risk(
    returns: ArrayLike,
    weights: ArrayLike,
    candidates: ArrayLike,
    *,
    confidence: Confidence,
    model: TailModel | None = None,
    minimum_observations: int = MINIMUM_OBSERVATIONS,
) -> IncrementalRisk | InsufficientData:
    """Compute the change of VaR and expected shortfall by candidate trades, by full revaluation.

    `weights` (n_assets,) are the account's as it is, `candidates` (n_candidates, n_assets) signed changes of them.
    Source: Jorion (2007), 7.2.2: before-and-after full revaluation, not the marginal approximation.
    """
    sample = as_finite(returns, name="returns", ndim=2)
    if lacking := check_sample("risk decomposition", sample.shape[0], minimum_observations):
        return lacking
    held = _as_accounts(weights, sample.shape[1])
    trades = _as_accounts(candidates, sample.shape[1])
    books = np.concatenate((held[:1], held[:1] + trades))
    tail = [compute_tail_probability(confidence)]
    table = compute_tail_table(books @ sample.T, tail, model=model or TailModel(), overwrite=True)
    var, es = table.var_fraction[:, 0], table.es_fraction[:, 0]
    return IncrementalRisk(
        var_before=float(var[0]), es_before=float(es[0]), var_after=var[1:], es_after=es[1:],
        incremental_var=var[1:] - var[0], incremental_es=es[1:] - es[0],
    )  # fmt: skip
