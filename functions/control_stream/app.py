"""Control stream: what was edited in the control table itself is written down, obeyed and told."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.jobs.control_stream import handle_edit, probe
from riskgate.runtime.jobs.streams import handle_stream


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Handle a batch of the stream, or a schedule's tick that sends a test along the alert path."""
    if "Records" in event:
        handle_stream(event, handle_edit)
    else:
        probe(context.aws_request_id)
