"""Where the risk comes from: marginal, component and incremental VaR and expected shortfall.

VaR and expected shortfall are homogeneous of degree one in the weights, so by Euler's theorem the
components (weight x marginal) sum to the total; a hedge has a negative one. Samples are simple daily returns
(n_days, n_assets), weights signed position value / account value, (n_assets,) or (n_accounts, n_assets); ValueError
where an input is not finite or shapes disagree.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import FloatArray, as_finite
from riskgate.core.quant.covariance import compute_sample_covariance
from riskgate.core.quant.distributions import compute_normal_density, compute_normal_quantile
from riskgate.core.quant.quantiles import Confidence, compute_tail_probability, compute_tail_weights, locate_quantile
from riskgate.core.quant.tail_model import compute_tail_table


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Decomposition:
    """Marginal and component risk of many accounts, each of shape (n_accounts, n_assets)."""

    marginal_var: FloatArray  # change of the figure per unit of weight
    component_var: FloatArray  # weight x marginal; rows sum to the totals; negative for a hedge
    component_es: FloatArray  # weight x marginal; rows sum to the totals; negative for a hedge


def _as_accounts(weights: ArrayLike, n_assets: int) -> FloatArray:
    """Convert weights to (n_accounts, n_assets)."""
    held = as_finite(np.atleast_2d(weights), name="weights", ndim=2)
    if held.shape[1] != n_assets:
        raise ValueError("need one weight per asset")
    return held


def decompose_normal(returns: ArrayLike, weights: ArrayLike, *, confidence: Confidence) -> Decomposition:
    """Decompose delta-normal VaR: marginal -(m_i + z_p (S w)_i / s_p), S with ddof 1; and shortfall.

    Rows sum to `parametric.compute_normal_tail`; without variance the spread part is 0.
    Source: Jorion (2007), ch. 7; Tasche (1999); Gourieroux, Laurent & Scaillet (2000).
    """
    sample = as_finite(returns, name="returns", ndim=2)
    held = _as_accounts(weights, sample.shape[1])
    p = float(compute_tail_probability(confidence))
    z, mean = compute_normal_quantile(p), sample.mean(axis=0)
    pull = held @ compute_sample_covariance(sample)
    spread = np.sqrt(np.maximum((pull * held).sum(axis=1), 0.0))[:, np.newaxis]
    slope = np.divide(pull, spread, out=np.zeros_like(pull), where=spread > 0.0)
    return _assemble(held, -z * slope - mean, compute_normal_density(z) / p * slope - mean)


def _assemble(held: FloatArray, marginal_var: FloatArray, marginal_es: FloatArray) -> Decomposition:
    return Decomposition(marginal_var=marginal_var, component_var=held * marginal_var, component_es=held * marginal_es)


def decompose_historical(returns: ArrayLike, weights: ArrayLike, *, confidence: Confidence) -> Decomposition:
    """Decompose historical VaR and expected shortfall over the days that make them.

    Marginal expected shortfall is the asset's mean loss over the portfolio's worst days, with the
    weights of the convention; marginal VaR is the asset's loss on the VaR day. The latter hangs on one
    day and is noisy: read expected shortfall for allocation. Equal portfolio days keep their order.
    Source: Tasche (1999); McNeil, Frey & Embrechts (2015), 8.5.
    """
    sample = as_finite(returns, name="returns", ndim=2)
    held = _as_accounts(weights, sample.shape[1])
    count, p = sample.shape[0], compute_tail_probability(confidence)
    order = np.argsort(held @ sample.T, axis=1, kind="stable")
    shares = compute_tail_weights(count, p)
    marginal_es = -np.einsum("k,akn->an", shares, sample[order[:, : shares.size]])
    return _assemble(held, -sample[order[:, locate_quantile(count, p)]], marginal_es)


def compute_incremental_var(
    returns: ArrayLike, weights: ArrayLike, candidates: ArrayLike, *, confidence: Confidence
) -> FloatArray:
    """Compute the change of historical VaR by each candidate trade, by full revaluation; negative where it reduces.

    `weights` (n_assets,) are the account's as it is, `candidates` (n_candidates, n_assets) signed changes of them;
    the result has shape (n_candidates,).
    Source: Jorion (2007), 7.2.2: before-and-after full revaluation, not the marginal approximation.
    """
    sample = as_finite(returns, name="returns", ndim=2)
    held = _as_accounts(weights, sample.shape[1])
    books = np.concatenate((held, held + _as_accounts(candidates, sample.shape[1])))
    table = compute_tail_table(books @ sample.T, [compute_tail_probability(confidence)], overwrite=True)
    change: FloatArray = table.var_fraction[1:, 0] - table.var_fraction[0, 0]
    return change
