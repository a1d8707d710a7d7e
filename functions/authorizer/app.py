"""Authorizer: turn a bearer token into the routes it may call."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.app.access.authorize_request import authorize_request
from riskgate.core.errors import Transient, Unauthorized
from riskgate.observability import (
    AUTHORIZER_FAILED,
    REQUEST_AUTHORIZED,
    REQUEST_REFUSED,
    MetricUnit,
    logger,
    metrics,
)
from riskgate.runtime.api.authorizer import tokens
from riskgate.runtime.api.principal import source_ip_of
from riskgate.runtime.clock import utc_now
from riskgate.runtime.tracing import request_id_of, trace_of
from riskgate.schemas.http.authorizer_policy import build_authorizer_answer
from riskgate.schemas.http.routes import ROUTES

#: What API Gateway makes 401 of; whatever else is raised is its AUTHORIZER_FAILURE, which the template makes 503.
UNAUTHORIZED, UNAVAILABLE = "Unauthorized", "Unavailable"


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Answer with a policy for all of the token's routes, or raise what API Gateway turns into 401, or into 503.

    A token that is refused or unreadable is a 401: an answer that denies would be cached. Where the database does not
    answer, nobody knows whether the token is good: a bot that is told 401 takes its key for wrong, and stops.
    """
    answer, refusal, failed = None, UNAUTHORIZED, False
    try:
        logger.append_keys(trace_id=trace_of(event).trace_id, request_id=request_id_of(event))
        principal = authorize_request(
            headers=event.get("headers"),
            multi_value_headers=event.get("multiValueHeaders"),
            source_ip=source_ip_of(event),
            now=utc_now(),
            tokens=tokens(),
        )
        answer = build_authorizer_answer(principal, event["methodArn"], ROUTES)
        logger.info(REQUEST_AUTHORIZED, token_id=principal.token_id, operator=principal.operator)
    except Unauthorized as error:
        logger.warning(REQUEST_REFUSED, code=error.code, detail=error.detail, source_ip=source_ip_of(event))
    except Exception as error:  # noqa: BLE001
        logger.exception(AUTHORIZER_FAILED)
        failed, refusal = True, UNAVAILABLE if isinstance(error, Transient) else UNAUTHORIZED
    metrics.add_metric(name="AuthorizerFailures", unit=MetricUnit.Count, value=int(failed))
    metrics.add_metric(name="AuthorizationRefused", unit=MetricUnit.Count, value=0 if answer else 1)
    if answer is None:
        raise Exception(refusal)  # noqa: TRY002 (API Gateway knows a text alone)
    return answer
