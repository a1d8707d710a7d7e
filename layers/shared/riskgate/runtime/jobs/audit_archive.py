"""The archive of the log, once an hour: what is old enough leaves the tables, chain by chain.

Of many accounts the tick hands slices to invocations of their own: ten thousand take as long as fifty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import batched
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.adapters.aws.archive import AuditArchive
from riskgate.adapters.aws.clients import dynamodb_client, kms_client, s3_client
from riskgate.adapters.aws.functions import AskedFunction, lambda_client
from riskgate.adapters.aws.lazy import lazy
from riskgate.adapters.aws.seals import SealedHeads
from riskgate.adapters.dynamodb.lifetimes import DynamoLifetimes
from riskgate.app.audit.archive_chain import ArchiveReport, archive_chain
from riskgate.core.account.stored import GATEWAY_CHAIN
from riskgate.core.errors import GatewayError
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.settings import Days, Name, Settings, load

CHAIN_ARCHIVED = "chain_archived"
ARCHIVE_FAILED = "archive_failed"
ARCHIVE_CUT_OFF = "archive_cut_off"
#: Chains of one invocation: at a second or two each, a tenth of its time.
CHAINS_PER_SLICE = 50
#: What one more chain may take.
RESERVE_MILLISECONDS = 120_000


class ArchiveSettings(Settings, frozen=True):
    """Where entries are archived, what vouches for them, and how long the tables keep them."""

    state_table: Name
    audit_table: Name
    archive_bucket: Name
    seal_bucket: Name
    seal_key_id: Name
    keep_days: Days


@lazy
def settings() -> ArchiveSettings:
    """Return this job's settings."""
    return load(ArchiveSettings)


def handle_archive(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Archive ``{"account_id": ...}`` or the slice ``{"accounts": [...]}``, or on a tick every chain.

    A tick hands slices on where there are more chains than one has. Raises GatewayError: some chains could not be
    archived now, nothing of them has ended; Transient: some slices were not handed on. The next hour goes on.
    """
    if "account_id" in event:
        return asdict(_archive(str(event["account_id"])))
    if "accounts" in event:
        return _archive_each([str(account) for account in event["accounts"]], context)
    chains = [GATEWAY_CHAIN, *sorted(wiring.deps().store.list_accounts())]
    if len(chains) <= CHAINS_PER_SLICE:
        return _archive_each(chains, context)
    this = AskedFunction(lambda_client(), context.invoked_function_arn)
    slices = list(batched(chains, CHAINS_PER_SLICE, strict=False))
    for names in slices:
        this.send({"accounts": names})
        metrics.add_metric(name="JobSlices", unit=MetricUnit.Count, value=1)
    return {"chains": len(chains), "slices": len(slices)}


def _archive_each(chains: Sequence[str], context: LambdaContext) -> dict[str, Any]:
    """Archive as many chains as there is time for; each hour begins with another one, so that all have their turn."""
    turn = int(utc_now().timestamp()) // 3600 % len(chains)
    failure: GatewayError | None = None
    done = 0
    for account_id in [*chains[turn:], *chains[:turn]]:
        if context.get_remaining_time_in_millis() < RESERVE_MILLISECONDS:
            left = len(chains) - done
            logger.warning(ARCHIVE_CUT_OFF, chains=len(chains), done=done)
            metrics.add_metric(name="ArchiveFailures", unit=MetricUnit.Count, value=left)
            break
        try:
            _archive(account_id)
        except GatewayError as error:
            logger.error(ARCHIVE_FAILED, account_id=account_id, code=error.code, detail=error.detail)
            failure = error
        done += 1
    if failure is not None:
        raise failure
    return {"chains": len(chains), "done": done}


def _archive(account_id: str) -> ArchiveReport:
    try:
        report = _archive_chain(account_id)
    except GatewayError:
        metrics.add_metric(name="ArchiveFailures", unit=MetricUnit.Count, value=1)
        raise
    metrics.add_metric(name="EntriesArchived", unit=MetricUnit.Count, value=report.entries)
    metrics.add_metric(name="OrdersArchived", unit=MetricUnit.Count, value=report.orders)
    if report.entries or report.ended or report.orders:
        logger.info(CHAIN_ARCHIVED, **asdict(report))
    return report


def _archive_chain(account_id: str) -> ArchiveReport:
    named = settings()
    return archive_chain(
        account_id,
        store=wiring.deps().store,
        seals=SealedHeads(s3=s3_client(), kms=kms_client(), bucket=named.seal_bucket, key_id=named.seal_key_id),
        archive=AuditArchive(s3=s3_client(), bucket=named.archive_bucket),
        lifetimes=DynamoLifetimes(dynamodb_client(), audit_table=named.audit_table, state_table=named.state_table),
        days=named.keep_days,
        now=utc_now(),
    )
