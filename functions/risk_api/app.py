"""Risk API: what a scenario would do to an account. Computes, and writes nothing."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.app.risk.report_stress import stress_account
from riskgate.observability import logger, metrics
from riskgate.runtime.api.replies import Reply
from riskgate.runtime.api.routes import Api, Request
from riskgate.runtime.risk import risk_deps
from riskgate.schemas.http.answers.risk import StressAnswer
from riskgate.schemas.http.requests.stress import StressRequest

api = Api()


@api.route("postStress", StressRequest)
def post_stress(request: Request[StressRequest]) -> Reply[StressAnswer]:
    """Revalue an account under a scenario."""
    body = stress_account(request.account_id, request.body.to_scenario(), risk_deps(), request.now)
    return Reply(status=200, body=body)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one API Gateway event."""
    return api.resolve(event, context)
