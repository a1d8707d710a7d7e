"""Market data: instruments, quotes and daily closes of the venues that accounts trade at."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.jobs.market_data import handle_market_data


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Plan a collection at a schedule's tick, or carry out the messages of one batch."""
    return handle_market_data(event, context)
