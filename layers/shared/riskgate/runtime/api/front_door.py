"""The front door: events of its HTTP API, and what serves them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.adapters.aws.functions import AskedFunction, LambdaOrderWorker, LambdaVenueReader, lambda_client
from riskgate.adapters.aws.lazy import lazy
from riskgate.adapters.dynamodb.exchange_keys import DynamoKeyStore
from riskgate.adapters.dynamodb.order_names import DynamoOrderNames
from riskgate.app.front_door.authenticate import SignedRequest
from riskgate.app.front_door.note_call import CallNotes
from riskgate.app.front_door.serve_call import Services, VenueAnswer, refuse, serve_call
from riskgate.core.front_door.refusals import Refusal, internal_error, outcome_unknown
from riskgate.observability import MetricUnit, log_action, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.settings import ApiSettings, Name, Settings, load
from riskgate.runtime.tracing import request_id_of, trace_of
from riskgate.schemas.http.trace import CORRELATION_HEADER, TRACEPARENT_HEADER

CALL_SERVED = "front_door_call_served"
CALL_FAILED = "front_door_call_failed"

KEY_HEADER = "x-mbx-apikey"
#: More than any call has; API Gateway would let through ten megabytes.
BODY_LENGTH_MAX = 65_536
SERVER_ERROR = 500


class FrontDoorSettings(Settings, frozen=True):
    """Settings of the front door, beside those of the APIs."""

    front_door_secret_id: Name
    order_worker_function: Name
    venue_reader_function: Name


@lazy
def services() -> Services:
    """Return what serves the calls."""
    settings = load(FrontDoorSettings)
    keys = DynamoKeyStore(dynamodb_client(), load(ApiSettings).control_table)
    worker = LambdaOrderWorker(AskedFunction(lambda_client(), settings.order_worker_function))
    reader = LambdaVenueReader(AskedFunction(lambda_client(), settings.venue_reader_function))
    return Services(
        deps=wiring.deps(),
        keys=keys,
        master=lambda refresh: wiring.secrets().get_text(settings.front_door_secret_id, refresh=refresh),
        permits=wiring.permits,
        worker=lambda: worker,
        reader=lambda: reader,
        queue=wiring.queue,
        names=DynamoOrderNames(dynamodb_client(), load(ApiSettings).state_table),
        notes=CallNotes(),
    )


def serve_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one event of the HTTP API (payload format 2.0), in the venue's shape whatever happens."""
    started = utc_now()
    request_id, trace = request_id_of(event), trace_of(event)
    logger.append_keys(trace_id=trace.trace_id, request_id=request_id)
    try:
        answer = serve_call(read_request(event), services(), now=started, trace_id=trace.trace_id)
    except Refusal as refusal:
        answer = refuse(refusal)
    except Exception as error:  # noqa: BLE001 the bot gets the venue's words for "nobody knows", never a stack trace
        logger.exception(CALL_FAILED, error=type(error).__name__)
        metrics.add_metric(name="FrontDoorFailures", unit=MetricUnit.Count, value=1)
        answer = refuse((internal_error if _only_reads(event) else outcome_unknown)("INTERNAL_ERROR"))
    duration = int((utc_now() - started).total_seconds() * 1000)
    _log_served(event, answer, duration)
    metrics.add_metric(name="RequestDuration", unit=MetricUnit.Milliseconds, value=duration)
    if answer.status >= SERVER_ERROR:
        metrics.add_metric(name="RequestsFailed", unit=MetricUnit.Count, value=1)
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Request-Id": request_id}
    headers |= {CORRELATION_HEADER: trace.trace_id, TRACEPARENT_HEADER: trace.traceparent(request_id)}
    sent = headers | answer.headers
    return {"statusCode": answer.status, "headers": sent, "body": answer.text, "isBase64Encoded": False}


def _log_served(event: Mapping[str, Any], answer: VenueAnswer, duration_ms: int) -> None:
    context = event.get("requestContext") or {}
    log_action(
        CALL_SERVED,
        answer.kind or "refused",
        # The query is signed.
        request={"method": (context.get("http") or {}).get("method"), "path": _path_of(event, context)},
        response={"status": answer.status, "code": answer.cause},
        duration_ms=duration_ms,
    )


def read_request(event: Mapping[str, Any]) -> SignedRequest:
    """Return the request as it was received. Raises Refusal: its body is too large, or no text."""
    context = event.get("requestContext") or {}
    http = context.get("http") or {}
    headers = {str(name).lower(): value for name, value in (event.get("headers") or {}).items()}
    return SignedRequest(
        method=str(http.get("method") or ""),
        path=_path_of(event, context),
        query=str(event.get("rawQueryString") or ""),
        body=_body_of(event),
        key_id=headers.get(KEY_HEADER),
        source_ip=str(http.get("sourceIp") or ""),
    )


def _only_reads(event: Mapping[str, Any]) -> bool:
    """Tell whether a call changes nothing, so that it is sure that nothing happened."""
    return ((event.get("requestContext") or {}).get("http") or {}).get("method") == "GET"


def _path_of(event: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """Return the path without the stage, which API Gateway leaves in front of it."""
    path, stage = str(event.get("rawPath") or ""), str(context.get("stage") or "")
    prefix = f"/{stage}/"
    return path.removeprefix(prefix[:-1]) if stage not in {"", "$default"} and path.startswith(prefix) else path


def _body_of(event: Mapping[str, Any]) -> str:
    body = event.get("body") or ""
    if len(body) > BODY_LENGTH_MAX:
        raise Refusal(-1101, "Too many parameters sent for this endpoint.", 413)
    if not event.get("isBase64Encoded"):
        return str(body)
    try:
        return base64.b64decode(body, validate=True).decode("ascii")
    except ValueError:
        raise Refusal(-1100, "Illegal characters found in a parameter.") from None
