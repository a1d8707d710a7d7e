"""What a decision and an account's jobs read, write, store and log: measured, and held against the figures of the bill.

``RECORD_UNITS=1`` writes what is measured to ``infra/cost/units.json``.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from riskgate.adapters.dynamodb.items import account_item, account_key, order_item
from riskgate.adapters.dynamodb.lifetimes import DynamoLifetimes
from riskgate.adapters.exchange.call_log import VENUE_CALLED
from riskgate.app.audit.archive_orders import tombstone_of
from riskgate.core.account.stored import GENESIS_HASH
from riskgate.runtime import wiring
from riskgate.schemas.codec import encode
from tests.bench.books import build_book
from tests.support.dynamodb.values import item_size
from tests.support.gateway import ACCOUNT_ID, NOON, Gateway
from tests.support.meter import ITEM_OVERHEAD_BYTES, WRITE_BYTES, bill
from tests.support.monitored_account import Watch
from tests.support.reconciled_account import Books
from tests.support.risk_jobs import RiskJobs
from tests.support.wire import READ, Sent, Wire

UNITS = Path(__file__).parents[3] / "infra" / "cost" / "units.json"
#: Measured once more, a figure may differ by as much: instants and ids have other digits.
TOLERANCE = 0.1
#: As many as instruments are remembered for, minute by minute, and as transfers are asked for once in.
RUNS = 10


def hold(name: str, measured: dict[str, Any]) -> None:
    """Compare with what is kept, or keep it."""
    kept = json.loads(UNITS.read_text(encoding="utf-8"))
    if os.environ.get("RECORD_UNITS"):
        kept["measured"][name] = measured
        UNITS.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    assert kept["measured"][name] == pytest.approx(measured, rel=TOLERANCE), "RECORD_UNITS=1 keeps what is measured"


def count_reads(sent: Iterable[Sent]) -> int:
    """Return how often the document of an account was read."""
    asked = [
        table["Keys"] for each in sent if each.operation == READ for table in each.parameters["RequestItems"].values()
    ]
    return sum(key == account_key(ACCOUNT_ID) for keys in asked for key in keys)


def per_run(measured: dict[str, Any], runs: int = RUNS) -> dict[str, Any]:
    return {key: round(value / runs, 2) for key, value in measured.items()}


class Logged:
    """What handlers write to their log group: lines, and metrics among them."""

    def __init__(self, lines: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
        self._lines, self._capsys = lines, capsys
        self.metrics: set[str] = set()
        self.venue_calls = 0

    def take(self) -> int:
        """Return the bytes written since the last call, and note the metrics and the calls to venues in them."""
        out = self._capsys.readouterr().out
        self.metrics = {
            metric["Name"]
            for line in out.splitlines()
            if '"_aws"' in line
            for row in json.loads(line)["_aws"]["CloudWatchMetrics"]
            for metric in row["Metrics"]
        }
        lines = self._lines.getvalue()
        self.venue_calls = lines.count(f'"{VENUE_CALLED}"')
        self._lines.seek(0)
        self._lines.truncate()
        return len(out.encode()) + len(lines.encode())


@pytest.fixture
def logged(log_output: io.StringIO, capsys: pytest.CaptureFixture[str]) -> Logged:
    """Give what counts the bytes that are logged."""
    return Logged(log_output, capsys)


def test_decision_then_it_is_billed_and_stored_as_kept(gateway: Gateway, wire: Wire, logged: Logged) -> None:
    for name, changes in {"approved": {}, "denied": {"quantity": "3"}}.items():
        gateway.refresh_quotes()
        wire.sent.clear()
        logged.take()
        status = gateway.submit(**changes).status
        assert status == (201 if name == "approved" else 422)
        logs = logged.take()
        hold(name, bill(gateway.aws.dynamodb, wire.sent).as_json() | {"log_bytes": logs})


def test_tombstone_when_an_order_leaves_for_the_archive_then_it_is_billed_as_kept(gateway: Gateway) -> None:
    record = wiring.deps().store.get_order(ACCOUNT_ID, gateway.approved())
    before = item_size(order_item(record, record.version))
    key = f"orders/{ACCOUNT_ID}/999999999899-000000000001-000000000100.ndjson.gz"
    tombstone, aws = tombstone_of(record, key, gateway.now), gateway.aws
    lifetimes = DynamoLifetimes(aws.dynamodb, audit_table=aws.audit_table, state_table=aws.state_table)
    assert lifetimes.leave_tombstone(tombstone)
    left = item_size(order_item(tombstone, record.version))
    assert left < before
    hold("tombstone", {"lasting_bytes": left + ITEM_OVERHEAD_BYTES, "write_units": ceil(before / WRITE_BYTES)})


def test_fill_then_it_is_billed_as_kept(gateway: Gateway, wire: Wire, logged: Logged) -> None:
    order = gateway.approved()
    wire.sent.clear()
    logged.take()
    gateway.fill(order, "0.1")
    logs = logged.take()
    hold("fill", bill(gateway.aws.dynamodb, wire.sent).as_json() | {"log_bytes": logs})


def test_account_document_when_its_book_is_large_then_it_weighs_what_is_kept() -> None:
    book = build_book(NOON, open_orders=20, positions=20)
    item = account_item("demo", book, encode(book).decode(), version=1, sequence=1, head=GENESIS_HASH)
    hold("book_of_20", {"document_bytes": len(encode(book)), "item_bytes": item_size(item)})


def test_bytes_of_a_decision_then_they_meet_the_target() -> None:
    kept = json.loads(UNITS.read_text(encoding="utf-8"))["measured"]
    assert kept["approved"]["stored_bytes"] <= 6_000
    assert kept["denied"]["stored_bytes"] <= 6_000


def test_monitor_when_nothing_happens_then_a_run_is_billed_as_kept(watch: Watch, wire: Wire, logged: Logged) -> None:
    for _ in range(RUNS):
        watch.recorded()
    wire.sent.clear()
    logged.take()
    for _ in range(RUNS):
        watch.recorded()
    logs = logged.take()
    measured = bill(watch.routed.gateway.aws.dynamodb, wire.sent).as_json()
    measured |= {"log_bytes": logs, "venue_calls": logged.venue_calls}
    hold("monitor", per_run(measured) | {"metrics": len(logged.metrics)})


def test_monitor_when_nothing_happens_then_the_account_is_read_once(watch: Watch, wire: Wire) -> None:
    for _ in range(RUNS):
        watch.recorded()
    wire.sent.clear()
    for _ in range(RUNS):
        assert watch.run()["recorded"]
    # The transfers that the venue lists every ten minutes are looked for with their account.
    assert RUNS <= count_reads(wire.sent) <= RUNS + 1
    sent = len(wire.sent)
    assert sent <= 4 * RUNS, "a read, a booking of the venue's time, a transaction; and what comes once in ten"


def test_monitor_when_an_order_rests_then_the_account_is_read_thrice(watch: Watch, wire: Wire) -> None:
    watch.recorded()
    watch.sent(quantity="0.01", price="48000", stop_loss_price="47000")
    watch.recorded()
    wire.sent.clear()
    assert watch.run()["recorded"]
    assert count_reads(wire.sent) == 3, "before and after the balances, and with the order's own item"


def test_monitor_when_a_holding_moved_then_the_account_is_read_before_transfers_are_told_from_fills(
    watch: Watch, wire: Wire
) -> None:
    watch.recorded()
    watch.trade_at_venue("BUY", "0.01")
    wire.sent.clear()
    watch.run()
    assert count_reads(wire.sent) >= 2


def test_reconciliation_when_the_books_agree_then_the_account_is_read_before_and_after_the_venue(
    books: Books, wire: Wire
) -> None:
    books.reconcile()
    books.routed.gateway.advance(minutes=5)
    wire.sent.clear()
    books.reconcile()
    assert count_reads(wire.sent) == 2


def test_reconciliation_when_the_books_agree_then_a_run_is_billed_as_kept(
    books: Books, wire: Wire, logged: Logged
) -> None:
    for _ in range(RUNS):
        books.reconcile()
        books.routed.gateway.advance(minutes=5)
    wire.sent.clear()
    logged.take()
    for _ in range(RUNS):
        books.reconcile()
        books.routed.gateway.advance(minutes=5)
    logs = logged.take()
    measured = bill(books.routed.gateway.aws.dynamodb, wire.sent).as_json()
    measured |= {"log_bytes": logs, "venue_calls": logged.venue_calls}
    hold("reconcile", per_run(measured) | {"metrics": len(logged.metrics)})


@pytest.mark.parametrize("job", ["var", "stress"])
def test_risk_job_when_three_assets_are_held_then_a_run_is_billed_as_kept(
    jobs: RiskJobs, wire: Wire, logged: Logged, job: str
) -> None:
    jobs.hold(BTC="0.5", ETH="4", SOL="10")
    jobs.run(job)
    jobs.tick(job)
    wire.sent.clear()
    logged.take()
    assert jobs.drain(job) == [{"batchItemFailures": []}]
    logs = logged.take()
    assert count_reads(wire.sent) == 1
    # What is written over each hour is no more.
    kept = frozenset({"REPORT#VAR", "REPORT#STRESS", "REPORT#GATE"})
    hold(job, bill(jobs.gateway.aws.dynamodb, wire.sent, kept=kept).as_json() | {"log_bytes": logs})
