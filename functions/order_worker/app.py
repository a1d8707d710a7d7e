"""Order worker: brings approved orders to their venue, cancels and replaces them there."""

import json
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.jobs.order_worker import DIRECT, carry_out_directly, handle_orders
from riskgate.schemas.codec import encode


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Carry out the messages of one batch and return those that are to come again, or the one of a caller who waits."""
    if DIRECT in event:
        return json.loads(encode(carry_out_directly(event[DIRECT], context)))
    return handle_orders(event, context)
