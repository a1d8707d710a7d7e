"""The order function's handler as a bench calls it: one posted order, against tables in memory or behind boto3."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO
from unittest.mock import patch

from tests.bench.books import AUDIT_TABLE, CONTROL_TABLE, ORDER_BODY, STATE_TABLE
from tests.bench.recorded import RecordedTables

#: Environment of the order function; the endpoint is added where there is one.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "POWERTOOLS_SERVICE_NAME": "order-api",
    "POWERTOOLS_METRICS_NAMESPACE": "RiskGateway",
    "STAGE": "bench",
    "STATE_TABLE": STATE_TABLE,
    "CONTROL_TABLE": CONTROL_TABLE,
    "AUDIT_TABLE": AUDIT_TABLE,
}
SUBMIT, CHECK = "/accounts/demo/orders", "/accounts/demo/orders/check"
APPROVED, DENIED, CHECKED = 201, 422, 200

type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
type Call = Callable[[], object]


@contextmanager
def bench_environment() -> Iterator[TextIO]:
    """Give the environment of the function, and where its log lines go."""
    with Path(os.devnull).open("w", encoding="utf-8") as output, patch.dict(os.environ, ENVIRONMENT):
        os.environ.pop("AWS_ENDPOINT_URL", None)
        with redirect_stdout(output):
            yield output


@contextmanager
def order_handler(output: TextIO) -> Iterator[Handler]:
    """Give the order function's handler, built anew in this environment, its log lines in `output`."""
    from functions.order_api import app  # noqa: PLC0415 - its logger reads the environment at import
    from riskgate.adapters.aws.lazy import forget  # noqa: PLC0415
    from riskgate.observability import logger  # noqa: PLC0415

    stream: Any = logger.registered_handler
    before = stream.setStream(output)
    forget()
    try:
        yield app.lambda_handler
    finally:
        forget()
        stream.setStream(before)


def post(handler: Handler, status: int, path: str = SUBMIT, **changes: str) -> Call:
    """Return a function that posts one order and demands its status."""
    from tests.support.aws import LambdaContext  # noqa: PLC0415
    from tests.support.callers import BOT, build_event  # noqa: PLC0415

    event = build_event("POST", path, ORDER_BODY | changes, caller=BOT)
    context = replace(LambdaContext(), function_name="bench")

    def send() -> object:
        answer = handler(event, context)
        if answer["statusCode"] != status:
            raise RuntimeError(f"{answer['statusCode']}: {answer['body']}")
        return answer

    return send


def in_memory(send: Call, responses: Mapping[str, list[dict[str, Any]]]) -> tuple[Call, RecordedTables]:
    """Return the same call with tables in memory instead of the client's, and the tables."""
    from riskgate.adapters.dynamodb.store import DynamoStore  # noqa: PLC0415
    from riskgate.app.ledger.commit_event import Deps  # noqa: PLC0415
    from riskgate.runtime import wiring  # noqa: PLC0415

    tables: Any = RecordedTables(responses)
    deps = Deps(
        store=DynamoStore(tables, state_table=STATE_TABLE, control_table=CONTROL_TABLE, audit_table=AUDIT_TABLE)
    )

    def call() -> object:
        with_client = wiring.deps
        wiring.deps = lambda: deps  # type: ignore[assignment] # patch() would cost more than what is measured
        try:
            return send()
        finally:
            wiring.deps = with_client

    return call, tables


def calls_alone(tables: RecordedTables) -> Call:
    """Return the two requests that were recorded last, sent by the gateway's own client."""
    from riskgate.adapters.aws.clients import decision_client  # noqa: PLC0415

    read, written = tables.read, tables.written
    client = decision_client()

    def call() -> object:
        return client.batch_get_item(**read), client.transact_write_items(**written)

    return call
