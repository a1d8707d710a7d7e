"""Telegram notifier: shows alerts in their chats, each once and in order."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.jobs.telegram_notifier import notify


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Take on a batch of the alert queue, then show what is pending; a tick only shows."""
    return notify(event, context)
