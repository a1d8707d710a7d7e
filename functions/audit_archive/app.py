"""Audit archive: moves what is old in the log into a locked bucket, and lets it go in its table once it is there."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.jobs.audit_archive import handle_archive


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Archive every chain on a tick, or the one that is named."""
    return handle_archive(event, context)
