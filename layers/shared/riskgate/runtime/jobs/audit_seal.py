"""The audit seal: chains that changed, as the state table's stream tells, and every chain at a schedule's tick."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.adapters.aws.alert_channel import AlertQueue, AlertTopic
from riskgate.adapters.aws.clients import kms_client, s3_client, sns_client, sqs_client
from riskgate.adapters.aws.lazy import lazy
from riskgate.adapters.aws.seals import SealedHeads
from riskgate.app.audit.seal_chain import SealReport, seal_chain
from riskgate.app.audit.tell_findings import tell_findings
from riskgate.core.account.stored import GATEWAY_CHAIN
from riskgate.core.errors import GatewayError
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs.account_job import handle_job, job_queue
from riskgate.runtime.settings import Name, Settings, load
from riskgate.schemas.messages.job import JobMessage

CHAIN_SEALED = "chain_sealed"
CHAIN_BROKEN = "chain_broken"
SEAL_FAILED = "seal_failed"
#: The next hour's message does the same.
AGE_SECONDS_MAX = 3_000


class SealSettings(Settings, frozen=True):
    """Where sealed heads are kept, what they are sealed with, and who is told of findings."""

    seal_bucket: Name
    seal_key_id: Name
    alert_queue_url: Name
    alert_topic_arn: Name


@lazy
def seals() -> SealedHeads:
    """Return where sealed heads are kept."""
    settings = load(SealSettings)
    return SealedHeads(s3=s3_client(), kms=kms_client(), bucket=settings.seal_bucket, key_id=settings.seal_key_id)


@lazy
def sinks() -> tuple[AlertQueue, AlertTopic]:
    """Return who is told of findings."""
    settings = load(SealSettings)
    return AlertQueue(sqs_client(), settings.alert_queue_url), AlertTopic(sns_client(), settings.alert_topic_arn)


def handle_audit_seal(event: dict[str, Any], context: LambdaContext) -> Any:
    """Serve a batch of the state table's stream, or one invocation of the job.

    Raises GatewayError: some chains could not be sealed now; the batch comes again.
    """
    records = event.get("Records") or [{}]
    if records[0].get("eventSource") == "aws:dynamodb":
        return _seal_changed(records)
    answer = handle_job(event, context, _seal_in_job, age_seconds_max=AGE_SECONDS_MAX)
    if "Records" not in event and "account_id" not in event:
        # The gateway's own chain is in no list of accounts.
        job_queue().send([JobMessage(account_id=GATEWAY_CHAIN, requested_at=utc_now())])
    return answer


def _seal_changed(records: list[dict[str, Any]]) -> None:
    """Seal each chain that a batch tells of once, however often it changed; one that fails holds up no other."""
    keys = [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]
    failure: GatewayError | None = None
    for account_id in dict.fromkeys(key.partition("#")[2] for key in keys):
        try:
            _seal(account_id, utc_now())
        except GatewayError as error:
            logger.warning(SEAL_FAILED, account_id=account_id, code=error.code, detail=error.detail)
            metrics.add_metric(name="JobFailures", unit=MetricUnit.Count, value=1)
            failure = error
    if failure is not None:
        raise failure


def _seal_in_job(account_id: str, _requested_at: datetime, _context: LambdaContext) -> SealReport:
    return _seal(account_id, utc_now())


def _seal(account_id: str, now: datetime) -> SealReport:
    report = seal_chain(account_id, store=wiring.deps().store, seals=seals(), now=now)
    metrics.add_metric(name="AuditFindings", unit=MetricUnit.Count, value=len(report.findings))
    metrics.add_metric(name="EntriesSealed", unit=MetricUnit.Count, value=0 if report.findings else report.read)
    if report.findings:
        problems = [f"{found.sequence}: {found.problem}" for found in report.findings]
        logger.error(CHAIN_BROKEN, account_id=account_id, problems=problems)
        tell_findings(report, sinks(), now)
    else:
        logger.info(CHAIN_SEALED, account_id=account_id, sequence=report.sealed, entries=report.read)
    return report
