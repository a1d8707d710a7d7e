"""Compute and store the stress report of one account, or one scenario that is not stored."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from riskgate.app.risk.read_inputs import RiskDeps, read_inputs
from riskgate.app.risk.write_gate_figures import write_gate_report
from riskgate.core.errors import NotFound
from riskgate.core.money import plain
from riskgate.core.quant.stress_report import build_stress_report, run_scenario
from riskgate.core.risk.report import StressRecord, StressReport
from riskgate.core.scenario import StressScenario
from riskgate.observability import logger
from riskgate.schemas.http.answers.risk import StressAnswer

STRESS_REPORTED = "stress_reported"


@dataclass(frozen=True, kw_only=True, slots=True)
class StressOutcome:
    """What became of a run: the worst scenario and its profit and loss."""

    account_id: str
    status: str
    worst: str
    worst_pnl: str
    is_latest: bool


def report_stress(account_id: str, risk: RiskDeps, now: datetime) -> StressOutcome:
    """Compute the report, store it with the day's record, and write what the gate reads.

    The same instant and account give the same report, however often it runs. Raises NotFound: unknown account;
    Transient: the database did not answer.
    """
    inputs = read_inputs(account_id, risk, now)
    report = build_stress_report(inputs)
    is_latest = risk.reports.put_report(report)
    worst = _worst_pnl(report)
    risk.reports.put_record(
        account_id,
        StressRecord(day=now.date(), as_of=now, equity=report.equity, worst=report.worst, worst_pnl=worst),
    )
    write_gate_report(inputs, risk)
    logger.info(STRESS_REPORTED, account_id=account_id, worst=report.worst, worst_pnl=plain(worst))
    return StressOutcome(
        account_id=account_id,
        status=report.status.value,
        worst=report.worst,
        worst_pnl=plain(worst),
        is_latest=is_latest,
    )


def stress_account(account_id: str, scenario: StressScenario | str, risk: RiskDeps, now: datetime) -> StressAnswer:
    """Return what a scenario, or the one of the report with that name, would do to the account; nothing is stored.

    Raises NotFound: unknown account or scenario; Transient: the database did not answer.
    """
    inputs = read_inputs(account_id, risk, now)
    if isinstance(scenario, StressScenario):
        figure = run_scenario(inputs, scenario)
    else:
        named = {one.name: one for one in build_stress_report(inputs).scenarios}
        if scenario not in named:
            raise NotFound("the account has no such scenario", code="SCENARIO_UNKNOWN")
        figure = named[scenario]
    return StressAnswer(
        account_id=account_id,
        as_of=now,
        base_currency=inputs.state.base_currency,
        equity=inputs.state.equity,
        state_version=inputs.state.version,
        scenario=figure,
    )


def _worst_pnl(report: StressReport) -> Decimal:
    return next((one.pnl for one in report.scenarios if one.name == report.worst and one.pnl is not None), Decimal(0))
