"""Where the handler's own CPU time goes: a posted order by stage, tables in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.bench.handler import BOOKS, MICROSECONDS, list_responses
from tests.bench.measure import Row, Section, measure_cpu
from tests.bench.order_path import APPROVED, DENIED, bench_environment, in_memory, order_handler, post
from tests.bench.stopwatch import Stopwatch, watching

CALLS = 400
TOO_LARGE = "9000"


def run() -> list[Section]:
    """Measure each book of the table of performance."""
    rows: list[Row] = []
    now = datetime.now(UTC)
    with bench_environment() as output, order_handler(output) as handler:
        for book in BOOKS:
            responses = list_responses(book, now)
            call, _ = in_memory(post(handler, APPROVED), responses)
            denied, _ = in_memory(post(handler, DENIED, quantity=TOO_LARGE), responses)
            times = measure_cpu({"approved": call, "denied": denied})
            whole = times["approved"]
            rows.append(Row(name=f"{book.name}: approved", value=whole, unit=MICROSECONDS))
            rows.append(_share(f"{book.name}: denied", times["denied"], whole))
            shares = _split(call, max(60, CALLS // (1 + book.working)))
            for stage, share in sorted(shares.items(), key=lambda entry: -entry[1]):
                rows.append(_share(f"{book.name}: {stage}", share * whole, whole))
    notes = ["The handler from API Gateway event to answer; the DynamoDB client answers from memory."]
    return [Section(name="stages", title="Order path without the database, by stage", rows=rows, notes=notes)]


def _share(name: str, value: float, whole: float) -> Row:
    return Row(name=name, value=value, unit=MICROSECONDS, reference_name="approved", reference=whole)


def _split(call: Callable[[], object], calls: int) -> dict[str, float]:
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
        whole = watch.watch(logging, call)
        for _ in range(calls):
            watch.start_call()
            whole()
    return watch.shares()
