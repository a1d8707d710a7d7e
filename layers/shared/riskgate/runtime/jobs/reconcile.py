"""Run reconciliation for one account: wiring, bounds of the invocation, metrics."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from msgspec.structs import asdict

from riskgate.adapters.aws.bucket import S3Objects
from riskgate.adapters.aws.clients import s3_client
from riskgate.app.reconciliation.describe_reconciliation import matched_fraction, run_body
from riskgate.app.reconciliation.reconcile_account import RunReport, reconcile_account
from riskgate.app.statements.issue_statements import issue_statements
from riskgate.app.venues.job_context import AccountJob
from riskgate.core.errors import GatewayError
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs import exchanges
from riskgate.runtime.settings import Name, Settings, load

ACCOUNT_SKIPPED = "account_skipped"
RECONCILED = "account_reconciled"
STATEMENT_FAILED = "statement_failed"
#: A tick comes every five minutes: an older message has a newer one behind it.
AGE_SECONDS_MAX = 240


class StatementSettings(Settings, frozen=True):
    """Where daily statements are kept."""

    statement_bucket: Name


def run_reconciliation(account_id: str, requested_at: datetime, context: LambdaContext) -> dict[str, Any]:
    """Reconcile one account and return the run's report."""
    run_id = f"{context.aws_request_id}/{account_id}"
    report = reconcile_account(account_id, build_job(context), run_id=run_id)
    if report is None:
        logger.info(ACCOUNT_SKIPPED, account_id=account_id)
        return {"account_id": account_id, "reason": "the account has no keys"}
    _publish(report, account_id)
    _issue_statements(report)
    ended_at = report.state.reconciliation.run_at or requested_at
    return asdict(run_body(report.run, report.state, ended_at)) | {"committed": report.committed}


def build_job(context: LambdaContext) -> AccountJob:
    """Return what reads and repairs orders within one invocation; it sends none."""
    return AccountJob(**exchanges.account_bounds_of(context), exchange_of=exchanges.exchange_of)


def _issue_statements(report: RunReport) -> None:
    """Issue what statements are due; they are no reason for the run to be repeated."""
    objects = S3Objects(s3_client(), load(StatementSettings).statement_bucket)
    try:
        days = issue_statements(report.state, objects, deps=wiring.deps(), now=utc_now())
    except GatewayError as error:
        logger.warning(STATEMENT_FAILED, account_id=report.state.account_id, code=error.code, detail=error.detail)
        metrics.add_metric(name="StatementFailures", unit=MetricUnit.Count, value=1)
        return
    metrics.add_metric(name="StatementsIssued", unit=MetricUnit.Count, value=len(days))


def _publish(report: RunReport, account_id: str) -> None:
    run, known = report.run, report.state.reconciliation
    fills = sum(repair.fills for repair in run.repairs)
    logger.info(
        RECONCILED,
        account_id=account_id,
        complete=report.is_complete,
        committed=report.committed,
        compared=run.compared,
        found=run.found,
        open=len(known.open),
        repairs=len(run.repairs),
    )
    metrics.add_metric(name="ReconciliationBreaks", unit=MetricUnit.Count, value=len(known.open))
    metrics.add_metric(name="ReconciliationRepairs", unit=MetricUnit.Count, value=len(run.repairs))
    metrics.add_metric(name="MissedFills", unit=MetricUnit.Count, value=fills)
    metrics.add_metric(name="FundingPayments", unit=MetricUnit.Count, value=report.funding)
    metrics.add_metric(name="MoneyAtIssue", unit=MetricUnit.NoUnit, value=float(known.money_at_issue))
    metrics.add_metric(name="ReconciliationsIncomplete", unit=MetricUnit.Count, value=int(not report.is_complete))
    if run.compared:
        metrics.add_metric(name="MatchedFraction", unit=MetricUnit.NoUnit, value=float(matched_fraction(run)))
