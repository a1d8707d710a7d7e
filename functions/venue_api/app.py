"""Venue API: the front door, which answers bots in the words of the exchange that they were written for."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.api.front_door import serve_event


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Answer one event of the HTTP API."""
    return serve_event(event)
