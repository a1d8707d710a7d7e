"""Authorizer: turn a bearer token into the routes it may call."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.app.access.authorize_request import authorize_request
from riskgate.core.errors import Unauthorized
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


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Answer with a policy for all of the token's routes, or raise what API Gateway turns into 401.

    Whatever fails is a 401: an answer that denies would be cached, and any other error would be a 500.
    """
    answer, failed = None, False
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
    except Exception:  # noqa: BLE001
        logger.exception(AUTHORIZER_FAILED)
        failed = True
    metrics.add_metric(name="AuthorizerFailures", unit=MetricUnit.Count, value=int(failed))
    metrics.add_metric(name="AuthorizationRefused", unit=MetricUnit.Count, value=0 if answer else 1)
    if answer is None:
        raise Exception("Unauthorized")  # noqa: TRY002 (API Gateway knows this text alone)
    return answer
