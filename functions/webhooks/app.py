"""Webhooks: orders that chart services and scripts send as alerts."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.api.deliveries import take_delivery
from riskgate.runtime.api.replies import Reply
from riskgate.runtime.api.routes import Api, Request
from riskgate.schemas.http.answers.orders import Decision
from riskgate.schemas.http.answers.webhooks import WebhookCancels

api = Api()


@api.route("postWebhook")
def post_webhook(request: Request[None]) -> Reply[Decision | WebhookCancels]:
    """Take a delivery that secrets prove."""
    return take_delivery(request)


@api.route("postSignedWebhook")
def post_signed_webhook(request: Request[None]) -> Reply[Decision | WebhookCancels]:
    """Take a delivery that a signature proves."""
    return take_delivery(request)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one API Gateway event."""
    return api.resolve(event, context)
