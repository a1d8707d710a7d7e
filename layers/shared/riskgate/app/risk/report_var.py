"""Compute and store the VaR report of one account."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from riskgate.app.risk.read_inputs import RiskDeps, read_inputs
from riskgate.app.risk.write_gate_figures import write_gate_report
from riskgate.core.money import plain
from riskgate.core.quant.backtest_report import REPORTED
from riskgate.core.quant.inputs import RiskInputs
from riskgate.core.quant.portfolio import read_spread
from riskgate.core.quant.traffic_light import Zone
from riskgate.core.quant.var_report import build_var_report
from riskgate.core.risk.report import ReportStatus, VarRecord, VarReport
from riskgate.observability import MetricUnit, logger, metrics

VAR_REPORTED = "var_reported"
BACKTEST_RED = "backtest_red"
_LEVEL_95, _LEVEL_99 = Decimal("0.95"), Decimal("0.99")


@dataclass(frozen=True, kw_only=True, slots=True)
class VarOutcome:
    """What became of a run: the report's status, and one-day historical VaR at 95 % where there is one."""

    account_id: str
    status: str
    var_95: str | None
    is_latest: bool


def report_var(account_id: str, risk: RiskDeps, now: datetime) -> VarOutcome:
    """Compute the report, store it with the day's record, and write what the gate reads.

    The same instant and account give the same report, however often it runs. Raises NotFound: unknown account.
    """
    inputs = read_inputs(account_id, risk, now)
    report = build_var_report(replace(inputs, history=risk.reports.list_var_records(account_id, now)))
    is_latest = risk.reports.put_report(report)
    record = _make_record(report, inputs)
    risk.reports.put_record(account_id, record)
    write_gate_report(inputs, risk)
    if report.status is ReportStatus.INSUFFICIENT_DATA:
        metrics.add_metric(name="VarUnavailable", unit=MetricUnit.Count, value=1)
    _watch_backtests(report)
    var_95 = plain(record.var_95) if record.var_95 is not None else None
    logger.info(VAR_REPORTED, account_id=account_id, status=report.status.value, var_95=var_95, reason=report.reason)
    return VarOutcome(account_id=account_id, status=report.status.value, var_95=var_95, is_latest=is_latest)


def _watch_backtests(report: VarReport) -> None:
    """Say so when what was reported stood up badly to what happened."""
    red = [test for test in report.backtests if test.what == REPORTED and test.zone == Zone.RED]
    metrics.add_metric(name="BacktestsRed", unit=MetricUnit.Count, value=len(red))
    for test in red:
        logger.warning(
            BACKTEST_RED,
            account_id=report.account_id,
            confidence=plain(test.confidence),
            exceptions=test.exceptions,
            days=test.observations,
        )


def _make_record(report: VarReport, inputs: RiskInputs) -> VarRecord:
    def var_at(confidence: Decimal) -> Decimal | None:
        if report.status is ReportStatus.NO_POSITIONS:
            # Nothing is held, so nothing can be lost: a known zero.
            return Decimal(0)
        return next((figure.var for figure in report.figures if figure.confidence == confidence), None)

    spreads = {key: read_spread(inputs.quotes.get(key), report.as_of) for key in inputs.state.positions}
    return VarRecord(
        day=report.as_of.date(),
        as_of=report.as_of,
        equity=inputs.state.equity,
        transferred=inputs.state.transferred,
        var_95=var_at(_LEVEL_95),
        var_99=var_at(_LEVEL_99),
        spreads={key: spread for key, spread in sorted(spreads.items()) if spread is not None},
    )
