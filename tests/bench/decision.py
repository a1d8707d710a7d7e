"""CPU time of one POST order: handler to answer, by stage, and beside a typical handler."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO
from unittest.mock import patch

from tests.bench import loopback, typical
from tests.bench.books import AUDIT_TABLE, CONTROL_TABLE, ORDER_BODY, STATE_TABLE, build_book, build_items
from tests.bench.measure import Row, Section, measure_cpu
from tests.bench.stopwatch import Stopwatch, watching

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
OPEN_ORDERS = (0, 50, 100)
SPLIT_CALLS = 400
TOO_LARGE = "9000"
STATUS_APPROVED, STATUS_DENIED = 201, 422


class RecordedTables:
    """Stands where the DynamoDB client would: answers with recorded items, keeps what was asked last."""

    def __init__(self, responses: dict[str, Any]) -> None:
        self._rows = {
            table: {(row["pk"]["S"], row["sk"]["S"]): row for row in rows}
            for table, rows in responses["Responses"].items()
        }
        self.read: dict[str, Any] = {}
        self.written: dict[str, Any] = {}

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        """Answer with those recorded items that are asked for."""
        self.read = request
        found: dict[str, list[Any]] = {}
        for table, asked in request["RequestItems"].items():
            rows = self._rows[table]
            keys = ((key["pk"]["S"], key["sk"]["S"]) for key in asked["Keys"])
            found[table] = [rows[key] for key in keys if key in rows]
        return {"Responses": found}

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """Accept everything."""
        self.written = request
        return {}


def run() -> list[Section]:
    """Measure the order path."""
    with Path(os.devnull).open("w", encoding="utf-8") as output, patch.dict(os.environ, ENVIRONMENT):
        os.environ.pop("AWS_ENDPOINT_URL", None)
        with redirect_stdout(output):
            return [_path(output), _beside_typical(output)]


def _path(output: TextIO) -> Section:
    """Measure the handler without boto3, for books of several sizes, and by stage."""
    now = datetime.now(UTC)
    functions: dict[str, Callable[[], object]] = {}
    with _handler(output) as handler:
        for count in OPEN_ORDERS:
            tables = _tables(now, open_orders=count, positions=20)
            functions[f"approved, 20 positions, {count} open orders"] = _request(handler, tables, STATUS_APPROVED)
        bare = _tables(now)
        functions["approved, empty book"] = _request(handler, bare, STATUS_APPROVED)
        functions["denied, empty book"] = _request(handler, bare, STATUS_DENIED, quantity=TOO_LARGE)
        times = measure_cpu(functions)
        shares = _split(functions["approved, empty book"])
    base = times["approved, empty book"]
    rows = [Row(name="POST order approved, empty book", value=base, unit="µs CPU")]
    rows += [
        Row(
            name=f"POST order {name}",
            value=value,
            unit="µs CPU",
            reference_name="approved, empty book",
            reference=base,
        )
        for name, value in times.items()
        if name != "approved, empty book"
    ]
    rows += [
        Row(name=f"of it: {stage}", value=share * base, unit="µs CPU", reference_name="whole", reference=base)
        for stage, share in sorted(shares.items(), key=lambda entry: -entry[1])
    ]
    notes = ["The handler from API Gateway event to answer; the DynamoDB client answers from memory."]
    return Section(name="path", title="Order path without boto3", rows=rows, notes=notes)


def _beside_typical(output: TextIO) -> Section:
    """Measure the handler with boto3 beside a typical one, both against one loopback server."""
    now = datetime.now(UTC)
    rows: list[Row] = []
    for positions, count in ((0, 0), (20, 20)):
        items = build_items(build_book(now, open_orders=count, positions=positions), now)
        answers = {
            "BatchGetItem": items.responses,
            "TransactWriteItems": {},
            "GetItem": {"Item": typical.ITEM},
            "PutItem": {},
        }
        size = f"{positions} positions, {count} open orders" if positions else "empty book"
        with loopback.serve(answers) as url, _handler(output) as handler:
            os.environ["AWS_ENDPOINT_URL"] = url
            other = typical.build_typical(url, output)
            times = measure_cpu(
                {
                    "ours": _request(handler, None, STATUS_APPROVED),
                    "calls": _calls(_tables(now, open_orders=count, positions=positions), handler),
                    "typical": _event_sender(other.handler, 200),
                    "typical calls": other.calls,
                }
            )
            os.environ.pop("AWS_ENDPOINT_URL")
        rows += [
            Row(
                name=f"POST order, {size}",
                value=times["ours"],
                unit="µs CPU",
                reference_name="typical handler",
                reference=times["typical"],
            ),
            Row(
                name=f"its two boto3 calls, {size}",
                value=times["calls"],
                unit="µs CPU",
                reference_name="the typical handler's two",
                reference=times["typical calls"],
            ),
        ]
    notes = [
        "Both call a loopback HTTP server in another process that answers recorded bodies: real boto3 and sockets.",
        (
            "Typical: Powertools REST resolver with validation, pydantic body, Logger, Metrics, table.get_item and "
            f"table.put_item of {typical.NUMBERS} numbers, one comparison."
        ),
    ]
    return Section(name="decision", title="Order path beside a typical handler", rows=rows, notes=notes)


@contextmanager
def _handler(output: TextIO) -> Iterator[Callable[[dict[str, Any], Any], dict[str, Any]]]:
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


def _tables(now: datetime, *, open_orders: int = 0, positions: int = 0) -> RecordedTables:
    book = build_book(now, open_orders=open_orders, positions=positions)
    return RecordedTables(build_items(book, now).responses)


def _request(
    handler: Callable[[dict[str, Any], Any], dict[str, Any]],
    tables: RecordedTables | None,
    status: int,
    **changes: str,
) -> Callable[[], object]:
    """Return a function that posts one order and demands its status; through boto3 without `tables`."""
    send = _event_sender(handler, status, **changes)
    if tables is None:
        return send
    from riskgate.adapters.dynamodb.store import DynamoStore  # noqa: PLC0415
    from riskgate.app.ledger.commit_event import Deps  # noqa: PLC0415
    from riskgate.runtime import wiring  # noqa: PLC0415

    client: Any = tables
    store = DynamoStore(client, state_table=STATE_TABLE, control_table=CONTROL_TABLE, audit_table=AUDIT_TABLE)
    deps = Deps(store=store)

    def post() -> object:
        with_memory = wiring.deps
        wiring.deps = lambda: deps  # type: ignore[assignment] # patch() would cost more than what is measured
        try:
            return send()
        finally:
            wiring.deps = with_memory

    return post


def _event_sender(
    handler: Callable[[dict[str, Any], Any], dict[str, Any]], status: int, **changes: str
) -> Callable[[], object]:
    from tests.support.aws import LambdaContext  # noqa: PLC0415
    from tests.support.callers import BOT, build_event  # noqa: PLC0415

    event = build_event("POST", "/accounts/demo/orders", ORDER_BODY | changes, caller=BOT)
    context = replace(LambdaContext(), function_name="bench")

    def send() -> object:
        answer = handler(event, context)
        if answer["statusCode"] != status:
            raise RuntimeError(f"{answer['statusCode']}: {answer['body']}")
        return answer

    return send


def _calls(tables: RecordedTables, handler: Callable[[dict[str, Any], Any], dict[str, Any]]) -> Callable[[], object]:
    """Return the two requests of one decision, sent by the gateway's own client."""
    from riskgate.adapters.aws.clients import dynamodb_client  # noqa: PLC0415

    _request(handler, tables, STATUS_APPROVED)()
    read, written = tables.read, tables.written
    client = dynamodb_client()

    def call() -> object:
        return client.batch_get_item(**read), client.transact_write_items(**written)

    return call


def _split(post: Callable[[], object]) -> dict[str, float]:
    """Return the share of each stage in a decision."""
    from functions.order_api import app  # noqa: PLC0415
    from riskgate.adapters.dynamodb.store import DynamoStore  # noqa: PLC0415
    from riskgate.app.ledger.commit_event import commit_event  # noqa: PLC0415
    from riskgate.app.orders.submit_order import request_hash  # noqa: PLC0415
    from riskgate.core.ledger.apply import apply_event  # noqa: PLC0415
    from riskgate.observability import logger, metrics  # noqa: PLC0415
    from riskgate.schemas.codec import encode, sha256_hex  # noqa: PLC0415
    from riskgate.schemas.log.audit_entry import seal  # noqa: PLC0415
    from riskgate.schemas.log.decision import decision_body  # noqa: PLC0415

    encoding, logging = "answer, encode, hash", "log and metrics"
    watch = Stopwatch()
    functions: list[tuple[str, Callable[..., Any]]] = [
        (encoding, function) for function in (encode, sha256_hex, seal, decision_body, request_hash)
    ]
    functions += [("decide: engine", apply_event), ("decide: use case", commit_event)]
    methods: list[tuple[str, object, str]] = [
        (logging, logger, "info"),
        (logging, logger, "append_keys"),
        (logging, metrics, "add_metric"),
        (encoding, DynamoStore, "commit"),
        ("read and decode", DynamoStore, "read"),
        ("parse, route, answer", app.api, "resolve"),
    ]
    with watching(watch, functions=functions, methods=methods):
        whole = watch.watch(logging, post)
        for _ in range(SPLIT_CALLS):
            watch.start_call()
            whole()
    return watch.shares()
