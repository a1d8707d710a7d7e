"""Hedges: plan and place them, on request and by an account's policy."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.app.hedging.place_hedge import hedge_account
from riskgate.observability import logger, metrics
from riskgate.runtime.api.replies import Reply
from riskgate.runtime.api.routes import Api, Request
from riskgate.runtime.jobs.account_job import handle_job
from riskgate.runtime.jobs.hedge import AGE_SECONDS_MAX, hedge_reply, run_policy, sender
from riskgate.schemas.http.answers.hedging import HedgeAnswer
from riskgate.schemas.http.requests.hedges import HedgeRequest

api = Api()


@api.route("postHedge", HedgeRequest)
def post_hedge(request: Request[HedgeRequest]) -> Reply[HedgeAnswer]:
    """Plan a hedge, and place it where that is asked for."""
    answered = hedge_account(
        request.acting,
        request.account_id,
        request.body.to_spec(),
        execute=request.body.execute,
        sender=sender(),
    )
    return hedge_reply(answered)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Answer an API Gateway event; else run the policies: a schedule's tick, a batch of the queue, or one account."""
    if "httpMethod" in event:
        return api.resolve(event, context)
    return handle_job(event, context, run_policy, age_seconds_max=AGE_SECONDS_MAX)
