"""Venue reader: asks a venue what a bot may see, with the account's key, and can do nothing else."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.jobs.venue_reader import serve_read


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one read of a bot."""
    return serve_read(event, context)
