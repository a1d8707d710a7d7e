"""CPU time of one posted order, from API Gateway's event to the answer, beside a typical handler in the same rounds.

Both call one server on the loopback that answers recorded bodies, so that the clients' CPU time holds real HTTP and
sockets, and nothing of a database.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TextIO

from riskgate.adapters.dynamodb.held_inputs import parse_held, write_held
from tests.bench import loopback, typical
from tests.bench.books import STATE_TABLE, build_book, build_items
from tests.bench.gate_figures import build_gate_figures
from tests.bench.measure import Measured, compare, measure_rounds, median
from tests.bench.order_path import (
    APPROVED,
    CHECK,
    CHECKED,
    Call,
    bench_environment,
    calls_alone,
    in_memory,
    order_handler,
    post,
)
from tests.bench.recorded import RecordedTables
from tests.support.dynamodb.values import item_size

ROUND_SECONDS = 0.04
MICROSECONDS = "µs CPU"


@dataclass(frozen=True, kw_only=True)
class Book:
    """An account: how much it holds, and of how many assets there are gate figures."""

    name: str
    positions: int = 0
    working: int = 0
    assets: int = 0
    rounds: int = 15


BOOKS = (
    Book(name="empty"),
    Book(name="figures", positions=20, working=20, assets=100),
    Book(name="full", positions=199, working=499, assets=200, rounds=7),
)


def measure() -> dict[str, Measured]:
    """Measure the rows of the handler."""
    found: dict[str, Measured] = {}
    requests: list[int] = []
    with bench_environment() as output:
        for book in BOOKS:
            rows, sent = _measure_book(book, output)
            found |= {f"{key}_{book.name}": row for key, row in rows.items()}
            requests.append(sent)
    most = ", ".join(f"{book.name} {count}" for book, count in zip(BOOKS, requests, strict=True))
    return found | {"requests": Measured(figures=[max(requests)], note=most)}


def list_responses(book: Book, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Return all items that a decision on the book may read, by table."""
    account = build_book(now, open_orders=book.working, positions=book.positions)
    figures = build_gate_figures(account, book.assets, now) if book.assets else None
    responses: dict[str, list[dict[str, Any]]] = build_items(account, now, figures).responses["Responses"]
    return responses


def _measure_book(book: Book, output: TextIO) -> tuple[dict[str, Measured], int]:
    responses = list_responses(book, datetime.now(UTC))
    answers = {
        "BatchGetItem": {"Responses": responses | {typical.TABLE: typical.ITEMS}},
        "TransactWriteItems": {},
    }
    with order_handler(output) as handler:
        first_bytes = _decide_once(in_memory(post(handler, APPROVED), responses), responses)
    with loopback.serve(answers) as url, order_handler(output) as handler:
        os.environ["AWS_ENDPOINT_URL"] = url
        try:
            other = typical.build_typical(url, output)
            send = post(handler, APPROVED)
            own, tables = in_memory(send, responses)
            own()
            times = measure_rounds(
                {
                    "handler": send,
                    "typical": post(other.handler, 200),
                    "own": own,
                    "calls": calls_alone(tables),
                    "typical calls": other.calls,
                    "check": post(handler, CHECKED, CHECK),
                },
                rounds=book.rounds,
                seconds=ROUND_SECONDS,
            )
        finally:
            os.environ.pop("AWS_ENDPOINT_URL")
        before = tables.requests
        own()
        sent = tables.requests - before
    peer = times["typical"]
    theirs = median(times["typical calls"])
    actions = tables.written["TransactItems"]
    sent_bytes = _count_bytes(tables)
    kept_bytes = sum(item_size(action["Put"]["Item"]) for action in actions if "Put" in action)
    return {
        "handler": compare(times["handler"], peer, MICROSECONDS),
        "calls": compare(
            times["calls"],
            peer,
            MICROSECONDS,
            f"{median(times['calls']) / theirs:.2f} of the typical handler's two",
        ),
        "own": compare(
            times["own"],
            peer,
            MICROSECONDS,
            f"{median(times['own']) / (median(peer) - theirs):.2f} of the typical handler's own part",
        ),
        "check": compare(times["check"], peer, MICROSECONDS),
        "bytes": Measured(
            figures=[sent_bytes / 1000],
            note=f"the request of {len(actions)} actions as boto3 writes it; its items are {kept_bytes / 1000:.1f} KB; "
            f"of the first decision by new figures {first_bytes / 1000:.1f} KB",
        ),
    }, sent


def _decide_once(recorded: tuple[Call, RecordedTables], responses: dict[str, list[dict[str, Any]]]) -> int:
    """Decide an order, and have the account's items say what its entry holds, as decisions after it find it.

    Returns the bytes of its transaction, which has the figures whole.
    """
    decide, tables = recorded
    decide()
    written = next(action["Put"]["Item"] for action in tables.written["TransactItems"])
    held = parse_held(written, written["audit_head"]["S"])
    for item in responses[STATE_TABLE]:
        if held and "audit_head" in item:
            # The entry is an earlier one for each of the account's versions.
            item.update(write_held(tuple(replace(one, sequence=0) for one in held), item["audit_head"]["S"]))
    return _count_bytes(tables)


def _count_bytes(tables: RecordedTables) -> int:
    """Return the length of the last transaction as boto3 writes it."""
    return len(json.dumps(tables.written, default=loopback.write_bytes))
