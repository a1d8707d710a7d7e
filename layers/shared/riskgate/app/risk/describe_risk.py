"""The latest risk reports of an account, and what the gate believes of them."""

from datetime import datetime

from riskgate.app.account.describe_account import read_account
from riskgate.app.ledger.commit_event import Deps
from riskgate.app.ports.jobs import Reports
from riskgate.core.figures import RiskReport, believe
from riskgate.schemas.http.answers.risk import GateReport, RiskAnswer


def risk_body(account_id: str, deps: Deps, reports: Reports, now: datetime) -> RiskAnswer:
    """Return the reports; one that is older than the gate believes is marked, not hidden.

    Raises NotFound: unknown account; StateCorrupt: a report cannot be read.
    """
    snapshot, _, _ = read_account(account_id, deps)
    var, stress = reports.read_latest(account_id)
    return RiskAnswer(
        account_id=account_id,
        var=var,
        var_is_current=believe(var, now) is not None,
        stress=stress,
        stress_is_current=believe(stress, now) is not None,
        gate=_describe_gate(snapshot.report, now),
    )


def _describe_gate(report: RiskReport | None, now: datetime) -> GateReport | None:
    if report is None:
        return None
    return GateReport(
        as_of=report.as_of,
        is_current=believe(report, now) is not None,
        scenario_day=report.scenario_day,
        scenario_days=sum(pnl is not None for pnl in report.scenario_pnl),
        exposures=report.exposures,
        stress_pnl=report.stress_pnl,
    )
