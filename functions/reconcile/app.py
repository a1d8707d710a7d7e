"""Reconcile: compares each account's orders, fills, positions and balances with its venues."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.jobs.account_job import handle_job
from riskgate.runtime.jobs.reconcile import AGE_SECONDS_MAX, run_reconciliation


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Send every account to the job's queue on a tick, reconcile those of a batch, or the one named."""
    return handle_job(event, context, run_reconciliation, age_seconds_max=AGE_SECONDS_MAX, comes_again=False)
