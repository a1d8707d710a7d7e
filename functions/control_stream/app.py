"""Control stream: flags edited in the control table are written down, obeyed and told; breakers cancel entries."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.jobs.control_stream import handle_change, probe, repair_guards
from riskgate.runtime.jobs.streams import handle_stream


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Handle a batch of a stream, or a schedule's tick: a test along the alert path, a look at the guards."""
    if "Records" in event:
        handle_stream(event, handle_change)
    else:
        probe(context.aws_request_id)
        repair_guards()
