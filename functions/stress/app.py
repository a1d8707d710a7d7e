"""Stress job: every scenario on every account's book, and what the gate needs of them."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.jobs.account_job import handle_job
from riskgate.runtime.jobs.stress import AGE_SECONDS_MAX, run_stress


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Send every account to the queue at a schedule's tick, or report on those that come from it."""
    return handle_job(event, context, run_stress, age_seconds_max=AGE_SECONDS_MAX)
