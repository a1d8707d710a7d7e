"""Orders that ended long ago: archived whole, and what is left of each keeps its id taken for ever."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, make_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints

import pytest
import time_machine
from typer.testing import Result

from riskgate.adapters.aws.archive import AuditArchive
from riskgate.adapters.dynamodb import documents, items
from riskgate.adapters.dynamodb.lifetimes import DynamoLifetimes
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.app.audit import archive_chain
from riskgate.core.account import stored
from riskgate.core.account.stored import OrderRecord
from riskgate.core.errors import DocumentTooNew, StateCorrupt, Transient
from riskgate.schemas.versions import Marks, read_document, read_text
from tests.component.riskctl.conftest import ACCOUNT
from tests.component.riskctl.test_audit_archive import BUCKET, KEEP_DAYS, Archived, archived
from tests.component.riskctl.test_audit_seal import findings, sealed
from tests.support.hypothesis_profiles import share

__all__ = ["archived", "sealed"]

type Riskctl = Callable[..., Result]

ORDERS = f"/accounts/{ACCOUNT}/orders"
#: Until an account has forgotten the orders of a day: what its document names is not archived.
DAYS_REMEMBERED = 2
#: Orders alike, within a minute, are denied as duplicates.
QUANTITIES = {"denied": "5", "filled": "0.01", "cancelled": "0.02", "expired": "0.03"}


@pytest.fixture(autouse=True)
def token_lasts(archived: Archived) -> None:
    """Let the administrator's token outlive the test's years: none is made for so long."""
    aws = archived.seal.gateway.aws
    for item in aws.items(aws.control_table):
        if item["pk"]["S"] == "TOKEN":
            late = {"expires_at": {"S": "2099-01-01T00:00:00+00:00"}}
            aws.dynamodb.put_item(TableName=aws.control_table, Item=item | late)


def call(archived: Archived, method: str, path: str, body: Any = None) -> Any:
    return archived.seal.gateway.api.call(method, f"{ORDERS}{path}", body, is_answer=lambda _: True).body


def submit(archived: Archived, name: str, quantity: str = "") -> Any:
    return archived.seal.gateway.submit(client_order_id=name, quantity=quantity or QUANTITIES.get(name, "0.05"))


def fill(archived: Archived, name: str, fill_id: str, quantity: str = "0.01") -> Any:
    body = {"fill_id": fill_id, "quantity": quantity, "price": "8000", "fee": "0", "executed_at": datetime.now(UTC)}
    return call(archived, "POST", f"/{name}/fills", body)


def item_of(archived: Archived, name: str) -> Any:
    aws = archived.seal.gateway.aws
    return aws.dynamodb.get_item(TableName=aws.state_table, Key=items.order_key(ACCOUNT, name), ConsistentRead=True)[
        "Item"
    ]


def record_of(archived: Archived, name: str) -> OrderRecord:
    return items.parse_order(item_of(archived, name))


def size_of(item: Any) -> int:
    """Return the bytes of an item's names and values."""
    return sum(len(name) + len(value) for name, typed in item.items() for value in typed.values())


def go_on(archived: Archived, name: str, days: int = DAYS_REMEMBERED) -> None:
    """Let the account go on when so many days have passed, and be sealed."""
    with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
        archived.go_on(name)


def run(archived: Archived, days: int = KEEP_DAYS + DAYS_REMEMBERED + 1) -> Any:
    """Archive, and let the archived entries leave their table."""
    report = archived.run(days=days)
    archived.expire()
    return report


def end_four(archived: Archived) -> dict[str, OrderRecord]:
    """Let an order be denied, one be filled, one cancelled and one expire; return their records."""
    assert submit(archived, "denied")["decision"] == "denied"
    for name in ("filled", "cancelled", "expired"):
        assert submit(archived, name)["decision"] == "approved"
    assert fill(archived, "filled", "f-1")["status"] == "filled"
    assert call(archived, "POST", "/cancelled/cancel", {})["status"] == "cancelled"
    go_on(archived, "later")
    return {name: record_of(archived, name) for name in ("denied", "filled", "cancelled", "expired")}


def archived_records(archived: Archived) -> dict[str, OrderRecord]:
    """Return the orders in the archive, by id."""
    found = {}
    for key in archived.objects("orders"):
        _, *lines = gzip.decompress(archived.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()).splitlines()
        records = [read_text(line, OrderRecord) for line in lines]
        assert not {record.order.client_order_id for record in records} & found.keys(), "archived twice"
        found |= {record.order.client_order_id: record for record in records}
    return found


def test_order_when_it_ended_long_ago_then_archived_whole_and_a_tombstone_is_left(
    archived: Archived, riskctl: Riskctl
) -> None:
    before = end_four(archived)
    sizes = {name: size_of(item_of(archived, name)) for name in before}
    assert [record.status.value for record in before.values()] == [*before]
    report = run(archived)
    assert report["orders"] >= len(before)
    kept = archived_records(archived)
    for name, record in before.items():
        assert kept[name] == record
        left, answer = record_of(archived, name), call(archived, "GET", f"/{name}")
        assert (left.status, left.request_hash, left.order_id) == (record.status, record.request_hash, record.order_id)
        assert (left.filled_quantity, left.filled_fees) == (record.filled_quantity, record.filled_fees)
        assert left.archived_in in archived.objects("orders")
        assert answer["archived_in"] == left.archived_in
        assert (answer["status"], answer["decision"]["checks"]) == (name, [])
        assert size_of(item_of(archived, name)) < sizes[name]
    assert findings(riskctl) == []
    assert run(archived)["orders"] == 0


def test_request_when_repeated_after_the_archive_then_refused_by_name_and_nothing_is_decided(
    archived: Archived, riskctl: Riskctl
) -> None:
    end_four(archived)
    run(archived)
    entries = len(archived.seal.rows())
    for name in ("denied", "filled", "cancelled", "expired"):
        again = submit(archived, name)
        assert (again["code"], again["status"]) == ("ORDER_ARCHIVED", 409)
        assert again["detail"] == f"this order was decided on {datetime.now(UTC):%Y-%m-%d}, and is {name}: it ended"
        assert again["stored_decision"]["decision"] == ("denied" if name == "denied" else "approved")
        assert submit(archived, name, "0.04")["code"] == "CLIENT_ORDER_ID_REUSED"
    assert len(archived.seal.rows()) == entries
    assert findings(riskctl) == []


def test_batch_when_its_orders_are_archived_then_answered_as_before(archived: Archived) -> None:
    batch = {"orders": [archived.seal.gateway.order(client_order_id=f"leg-{n}", quantity=f"0.0{n}") for n in (1, 2)]}
    assert call(archived, "POST", "/batch", batch)["decision"] == "approved"
    for n in (1, 2):
        call(archived, "POST", f"/leg-{n}/cancel", {})
    go_on(archived, "later")
    run(archived)
    assert record_of(archived, "leg-1").archived_in
    assert call(archived, "POST", "/batch", batch)["code"] == "DECISION_NOT_ACTIONABLE"
    assert submit(archived, "leg-1", "0.01")["code"] == "ORDER_ARCHIVED"


def test_fill_when_told_after_the_archive_then_counts_once_as_of_any_order_that_ended(
    archived: Archived, riskctl: Riskctl
) -> None:
    end_four(archived)
    run(archived)
    assert fill(archived, "filled", "f-1")["code"] == "FILL_ID_REUSED"
    late = fill(archived, "cancelled", "late")
    assert late["filled_quantity"] == "0.01"
    assert fill(archived, "denied", "late")["excess_quantity"] == "0.01"
    left = record_of(archived, "cancelled")
    assert (str(left.filled_quantity), bool(left.archived_in)) == ("0.01", True)
    assert submit(archived, "cancelled")["code"] == "ORDER_ARCHIVED"
    archived.seal.changed()
    assert findings(riskctl) == []


def test_order_when_it_still_works_then_archived_after_it_ended(archived: Archived) -> None:
    submit(archived, "rests")
    call(archived, "POST", "/rests/placed", {})
    go_on(archived, "later")
    run(archived)
    assert "rests" not in archived_records(archived)
    assert record_of(archived, "rests").archived_at is None
    with time_machine.travel(datetime.now(UTC) + timedelta(days=50)):
        call(archived, "POST", "/rests/cancel", {})
    go_on(archived, "later-still", days=51)
    run(archived)
    assert "rests" not in archived_records(archived), "it ended less than KeepDays ago"
    go_on(archived, "much-later", days=150)
    run(archived, days=250)
    assert record_of(archived, "rests").archived_in == min(archived.objects("orders"))
    assert submit(archived, "rests")["code"] == "ORDER_ARCHIVED"


@pytest.mark.parametrize("broken", [(DynamoLifetimes, "leave_tombstone"), (AuditArchive, "put_orders")])
def test_run_when_cut_off_before_the_tombstones_then_the_next_leaves_them(
    archived: Archived, broken: tuple[Any, str], monkeypatch: pytest.MonkeyPatch, riskctl: Riskctl
) -> None:
    before = end_four(archived)

    def lose(*_: Any) -> Any:
        raise Transient("no answer", code="UNAVAILABLE")

    with monkeypatch.context() as patched:
        patched.setattr(*broken, lose)
        with pytest.raises(Transient):
            run(archived)
    assert archived.expire() == 0, "no entry goes before the orders that it decided"
    assert all(record_of(archived, name) == record for name, record in before.items())
    assert run(archived)["orders"] >= len(before)
    assert all(archived_records(archived)[name] == record for name, record in before.items())
    assert findings(riskctl) == []


def test_order_when_it_changes_while_it_is_archived_then_it_stays_as_it_is(
    archived: Archived, monkeypatch: pytest.MonkeyPatch, riskctl: Riskctl
) -> None:
    end_four(archived)
    put = AuditArchive.put_orders

    def put_and_fill(archive: AuditArchive, *arguments: Any) -> Any:
        found = put(archive, *arguments)
        fill(archived, "cancelled", "late")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(AuditArchive, "put_orders", put_and_fill)
        run(archived)
    left = record_of(archived, "cancelled")
    assert (str(left.filled_quantity), left.archived_at) == ("0.01", None)
    assert record_of(archived, "filled").archived_at is not None
    archived.seal.changed()
    assert findings(riskctl) == []


def test_object_when_it_is_none_of_the_archives_then_nothing_ends(archived: Archived) -> None:
    end_four(archived)
    run(archived)
    key = min(archived.objects("orders"))
    archived.s3.put_object(Bucket=BUCKET, Key=key, Body=b"no gzip")
    go_on(archived, "after", days=KEEP_DAYS + 5)
    with pytest.raises(StateCorrupt):
        archived.run(days=2 * KEEP_DAYS + 10)


@pytest.mark.parametrize("answer", ["", "{}", '{"violations":7}'])
def test_order_when_its_answer_was_edited_then_its_chain_waits_until_that_is_put_right(
    archived: Archived, answer: str
) -> None:
    end_four(archived)
    aws, item = archived.seal.gateway.aws, item_of(archived, "filled")
    aws.dynamodb.put_item(TableName=aws.state_table, Item=item | {"answer": {"S": answer}})
    with pytest.raises(StateCorrupt):
        run(archived)
    assert archived.expire() == 0
    assert archived.objects("orders") == []
    aws.dynamodb.put_item(TableName=aws.state_table, Item=item)
    run(archived)
    assert record_of(archived, "filled").archived_at is not None


def test_tombstone_when_an_older_build_reads_it_then_refused_and_an_order_before_it_is_not(archived: Archived) -> None:
    """The older build is today's without the tombstone's fields: it must not take one for an order."""
    before = end_four(archived)["filled"]
    hints = get_type_hints(OrderRecord, vars(stored))
    older: Any = make_dataclass(
        "OrderRecord",
        [(f.name, hints[f.name], f) for f in fields(OrderRecord) if not f.name.startswith("archived")],
        frozen=True,
        kw_only=True,
    )

    def read(item: Any) -> Any:
        version, oldest = (int(item[name]["N"]) for name in (documents.SCHEMA, documents.OLDEST_READER))
        marks = Marks(version, oldest, "newer")
        return read_document(unpack(item["document"]), older, marks)

    assert read(item_of(archived, "filled")).order_id == before.order_id
    run(archived)
    with pytest.raises(DocumentTooNew):
        read(item_of(archived, "filled"))


@pytest.mark.parametrize("seed", range(share(10)))
def test_ids_when_anything_happens_to_their_orders_and_the_archive_then_each_is_decided_once(
    seed: int, archived: Archived, monkeypatch: pytest.MonkeyPatch, riskctl: Riskctl
) -> None:
    """Requests, ends, fills, archives and archives that are cut off, in any order over a year."""
    chance = random.Random(seed)  # noqa: S311 a test
    monkeypatch.setattr(archive_chain, "ENTRIES_PER_PART", 6)
    names = [f"order-{n}" for n in range(6)]
    decided: Counter[str] = Counter()
    asked: dict[str, str] = {}
    day = 0.0
    for step in range(24):
        day += chance.choice((0.0, 0.01, 3, 40))
        with time_machine.travel(datetime.now(UTC) + timedelta(days=day)):
            name = chance.choice(names)
            match chance.choice(("ask", "ask", "ask", "cancel", "fill", "archive", "cut off")):
                case "ask":
                    quantity = chance.choice(("0.01", "0.02", "5"))
                    answer = submit(archived, name, quantity)
                    first = asked.setdefault(name, quantity)
                    if quantity != first:
                        assert answer["code"] == "CLIENT_ORDER_ID_REUSED"
                case "cancel":
                    call(archived, "POST", f"/{name}/cancel", {})
                case "fill":
                    fill(archived, name, f"f-{step}")
                case "archive":
                    archived.seal.changed()
                    archived.run(days=0)
                    archived.expire()
                case _:
                    cut_off(archived, monkeypatch, chance)
    archived.seal.changed()
    for row in archived.archive.iterate(ACCOUNT):
        count(decided, row.event, row.entry)
    archived_until = max((row.sequence for row in archived.archive.iterate(ACCOUNT)), default=0)
    for item in archived.seal.rows():
        if int(item["sequence"]["N"]) > archived_until:
            count(decided, item["event"]["S"], unpack(item["entry"]).decode())
    assert {name: decided[name] for name in asked} == dict.fromkeys(asked, 1)
    assert findings(riskctl) == []


def count(decided: Counter[str], event: str, entry: str) -> None:
    """Count the order that an entry decided."""
    if event == "order_decided":
        decided[json.loads(entry)["inputs"]["order"]["client_order_id"]] += 1


def cut_off(archived: Archived, monkeypatch: pytest.MonkeyPatch, chance: random.Random) -> None:
    """Run the archive and lose one of its calls."""
    owner, name = chance.choice(
        [
            (DynamoLifetimes, "leave_tombstone"),
            (DynamoLifetimes, "end_entries"),
            (AuditArchive, "put_orders"),
            (AuditArchive, "put"),
        ]
    )

    def lose(*_: Any) -> Any:
        raise Transient("no answer", code="UNAVAILABLE")

    archived.seal.changed()
    with monkeypatch.context() as patched, suppress(Transient):
        patched.setattr(owner, name, lose)
        archived.run(days=0)
