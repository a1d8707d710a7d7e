"""Alert fan-out: the audit log's stream, and alarms from the alert topic, to everybody who is to know."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.jobs.alert_fanout import handle_entry, handle_topic_message
from riskgate.runtime.jobs.streams import handle_stream


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001 Lambda passes it
    """Announce a batch of audit entries, or bring what was published on the topic to the notifier."""
    is_stream = "dynamodb" in event["Records"][0]
    handle_stream(event, handle_entry if is_stream else handle_topic_message)
