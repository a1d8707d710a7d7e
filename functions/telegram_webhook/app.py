"""Telegram webhook: operators' commands from the phone."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.app.operators.answer_update import answer_update
from riskgate.observability import logger, metrics
from riskgate.runtime.api import telegram
from riskgate.runtime.api.replies import Reply
from riskgate.runtime.api.routes import Api, Request
from riskgate.schemas.http.answers.service import TelegramAnswer

api = Api(in_time=False)


@api.route("postTelegram")
def post_telegram(request: Request[None]) -> Reply[TelegramAnswer]:
    """Take one update; what it asks for is answered in the chat."""
    access = telegram.prove(request)
    answer_update(telegram.read_update(request), telegram.operator_session(request, access))
    return Reply(status=200, body=TelegramAnswer(ok=True))


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one API Gateway event."""
    return api.resolve(event, context)
