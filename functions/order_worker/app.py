"""Order worker: brings approved orders to their venue, cancels and replaces them there."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.jobs.order_worker import handle_record

# One account's failure must not hold up the accounts after it in a batch.
processor = SqsFifoPartialProcessor(skip_group_on_error=True)
# A message that comes again is no failed invocation.
processor.raise_on_entire_batch_failure = False


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Carry out the messages of one batch and return those that are to come again."""
    return process_partial_response(event, handle_record, processor, context)
