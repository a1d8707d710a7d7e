"""Gate figures as the risk jobs would leave them, of as many assets as there shall be: real closes, real digits.

The data set has 17 assets that move. Further ones are the same series some weeks earlier, under names of their own:
correlations, volatilities and scenario returns are those that prices had.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache

from riskgate.core.account.document import AccountState
from riskgate.core.correlations import Correlations
from riskgate.core.figures import CorrelationRow, RiskReport
from riskgate.core.market.closes import DailyCloses
from riskgate.core.money import with_risk_context
from riskgate.core.quant.gate_inputs import build_correlation_rows, build_correlations, build_gate_report
from tests.support.closes import load_closes, read_closes

ASSET = "BTC"
_STABLE = frozenset({"USDT", "USDC"})
#: The last day on which all of them traded, and how far apart the windows are: each asset has a whole year of returns.
_LAST_DAY, _SHIFT = date(2022, 2, 10), timedelta(days=21)


@dataclass(frozen=True, kw_only=True)
class GateFigures:
    """What the gate reads of the order's asset and of the account."""

    row: CorrelationRow
    correlations: Correlations
    report: RiskReport


def build_gate_figures(book: AccountState, assets: int, now: datetime) -> GateFigures:
    """Return the figures for a book whose assets are BTC and ASSET0 to ASSETn, `assets` of them in all."""
    row, correlations = _build_shared(assets, now)
    report = with_risk_context(build_gate_report)(book, _load(assets, now), now)
    return GateFigures(row=row, correlations=correlations, report=report)


@cache
def _build_shared(assets: int, now: datetime) -> tuple[CorrelationRow, Correlations]:
    closes = _load(assets, now)
    rows = {row.asset: row for row in with_risk_context(build_correlation_rows)(closes, now)}
    correlations = build_correlations(closes, now)
    if correlations is None or len(correlations.assets) != assets:
        raise RuntimeError("the closes do not cover all assets")
    return rows[ASSET], correlations


@cache
def _load(assets: int, now: datetime) -> dict[str, DailyCloses]:
    sources = [name for name in read_closes() if name not in _STABLE | {ASSET}]
    closes = load_closes([ASSET], now, last_day=_LAST_DAY)
    for number in range(assets - 1):
        turn, place = divmod(number, len(sources))
        source = sources[place]
        shifted = load_closes([source], now, last_day=_LAST_DAY - turn * _SHIFT)[source]
        name = f"ASSET{number}"
        closes[name] = replace(shifted, asset=name, symbol=f"{name}/USDT")
    return closes
