"""Write what the gate needs of the risk figures: a report per account, a row per asset."""

from datetime import datetime

from riskgate.app.risk.read_inputs import RiskDeps
from riskgate.core.errors import StateCorrupt
from riskgate.core.market.closes import DailyCloses
from riskgate.core.quant.gate_inputs import build_correlation_rows, build_correlations, build_gate_report
from riskgate.core.quant.inputs import RiskInputs
from riskgate.observability import MetricUnit, logger, metrics

ROWS_WRITTEN = "correlation_rows_written"
ROWS_MISSING = "correlation_rows_missing"
CLOSES_UNREADABLE = "closes_unreadable"


def write_gate_report(inputs: RiskInputs, risk: RiskDeps) -> None:
    """Store the account's scenario profit and loss for the gate; a newer one stays."""
    report = build_gate_report(inputs.state, inputs.closes, inputs.now)
    risk.reports.put_gate_report(inputs.state.account_id, report)


def write_correlation_rows(risk: RiskDeps, now: datetime) -> int:
    """Store a row of every asset with closes, and the correlations between all of them; return the number of rows.

    When the closes are a week old no row is written: those there are grow old, and the gate stops believing them. So
    does the row of an asset whose closes cannot be read; the others are written without it.
    """
    closes = _read_closes(risk)
    correlations, rows = build_correlations(closes, now), build_correlation_rows(closes, now)
    if correlations is not None:
        # First: who reads a row finds correlations that are no older.
        risk.reports.put_correlations(correlations.pack())
    risk.reports.put_rows(rows)
    if rows:
        logger.info(ROWS_WRITTEN, rows=len(rows))
    else:
        logger.warning(ROWS_MISSING)
    metrics.add_metric(name="CorrelationRows", unit=MetricUnit.Count, value=len(rows))
    return len(rows)


def _read_closes(risk: RiskDeps) -> dict[str, DailyCloses]:
    """Read the closes of every asset that has any; one that cannot be read holds up no other."""
    assets = risk.reports.list_close_assets()
    try:
        return risk.closes.get(assets)
    except StateCorrupt:
        return {asset: closes for asset in assets for closes in _read_one(risk, asset)}


def _read_one(risk: RiskDeps, asset: str) -> tuple[DailyCloses, ...]:
    try:
        return tuple(risk.closes.get([asset]).values())
    except StateCorrupt as error:
        logger.error(CLOSES_UNREADABLE, asset=asset, detail=error.detail)
        metrics.add_metric(name="ClosesUnreadable", unit=MetricUnit.Count, value=1)
        return ()
