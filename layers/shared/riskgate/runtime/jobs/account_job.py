"""Jobs that run once per account: a schedule fans out, a queue brings each account to an invocation of its own.

So an account whose exchange hangs, or whose data is broken, holds up no other. Of many accounts the tick sends slices,
each of which is sent on by an invocation of its own: ten thousand are on their way as soon as a hundred.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.adapters.aws.clients import sqs_client
from riskgate.adapters.aws.job_queue import SqsJobQueue
from riskgate.adapters.aws.lazy import lazy
from riskgate.core.errors import NotFound
from riskgate.observability import MetricUnit, cause_of, logger, metrics, venue_metrics_together
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs.queues import serve_batch
from riskgate.runtime.settings import Name, Settings, load
from riskgate.schemas.codec import encode
from riskgate.schemas.messages.job import JobMessage
from riskgate.schemas.messages.text import read_message

JOB_STARTED = "job_started"
JOB_DONE = "job_done"
JOB_FAILED = "job_failed"
JOB_DROPPED = "job_dropped"

#: Accounts that one message brings along: some tenths of a second's sending; ten such messages are one request's most.
ACCOUNTS_PER_SLICE = 200

type Run = Callable[[str, datetime, LambdaContext], Any]


class JobSettings(Settings, frozen=True):
    """Where a job finds its own queue."""

    job_queue_url: Name


@lazy
def job_queue() -> SqsJobQueue:
    """Return the job's own queue."""
    return SqsJobQueue(sqs_client(), load(JobSettings).job_queue_url)


def handle_job(
    event: dict[str, Any],
    context: LambdaContext,
    run: Run,
    *,
    age_seconds_max: int,
    comes_again: bool = True,
    run_shared: Callable[[], object] = lambda: None,
) -> Any:
    """Serve one invocation of a job.

    The event is a batch of the job's queue; or ``{"account_id": ...}``, which runs that account at once and returns
    what `run` returns; or anything else, a schedule's tick, which sends every account to the queue. A message older
    than `age_seconds_max` is dropped: the next tick's does the same with newer data. Without `comes_again` one whose
    run failed is not given back to the queue, where it would only wait to be dropped, as if nobody had taken it.
    `run_shared` does what all accounts share, for a message that asks for it.
    """
    if "Records" in event:

        def serve(record: SQSRecord) -> None:
            message = read_message(record.body, JobMessage)
            age_max = timedelta(seconds=age_seconds_max)
            runs = len(message.accounts) or 1
            if drop_if_old(message.requested_at, age_max, JOB_DROPPED, count=runs, account_id=message.account_id):
                return
            if message.accounts:
                _send_each(message.accounts, message.requested_at)
                metrics.add_metric(name="JobSlices", unit=MetricUnit.Count, value=1)
                return
            if message.with_shared:
                run_shared()
            try:
                _run(message, context, run)
            except Exception:
                if comes_again:
                    raise

        return serve_batch(event, context, serve)
    now = utc_now()
    if "account_id" in event:
        result = _run(JobMessage(account_id=str(event["account_id"]), requested_at=now), context, run)
        return json.loads(encode(result))  # the runtime writes no Decimal and no instant
    accounts = wiring.deps().store.list_accounts()
    if len(accounts) <= ACCOUNTS_PER_SLICE:
        _send_each(accounts, now)
    else:
        slices = batched(accounts, ACCOUNTS_PER_SLICE, strict=False)
        job_queue().send([JobMessage(account_id="", requested_at=now, accounts=names) for names in slices])
    metrics.add_metric(name="JobAccounts", unit=MetricUnit.Count, value=len(accounts))
    if not accounts:
        # Nothing to do is done: the job's alarm counts runs.
        metrics.add_metric(name="JobRuns", unit=MetricUnit.Count, value=1)
    logger.info(JOB_STARTED, accounts=len(accounts))
    return {"accounts": len(accounts)}


def drop_if_old(requested_at: datetime, age_max: timedelta, log_event: str, *, count: int = 1, **keys: Any) -> bool:
    """Tell whether a job's message is too old to be carried out: a later tick's does the same with newer data.

    `count`: as many runs as the message stands for.
    """
    age = utc_now() - requested_at
    if age <= age_max:
        return False
    logger.warning(log_event, age_seconds=int(age.total_seconds()), **keys)
    metrics.add_metric(name="JobMessagesDropped", unit=MetricUnit.Count, value=count)
    return True


def _send_each(accounts: Sequence[str], requested_at: datetime) -> None:
    job_queue().send([JobMessage(account_id=account, requested_at=requested_at) for account in accounts])


def _run(message: JobMessage, context: LambdaContext, run: Run) -> Any:
    try:
        with venue_metrics_together():
            result = run(message.account_id, message.requested_at, context)
    except NotFound as error:
        # The account is gone: nothing to repeat.
        logger.error(JOB_FAILED, account_id=message.account_id, code=error.code, detail=error.detail)
        return None
    except Exception as error:
        logger.error(
            JOB_FAILED, account_id=message.account_id, detail=str(error), error=type(error).__name__, **cause_of(error)
        )
        metrics.add_metric(name="JobFailures", unit=MetricUnit.Count, value=1)
        raise
    metrics.add_metric(name="JobRuns", unit=MetricUnit.Count, value=1)
    logger.info(JOB_DONE, account_id=message.account_id)
    return result
