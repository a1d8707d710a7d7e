"""What earlier versions wrote is read, verified and replayed without a finding, and stored answers keep their bytes."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from decimal import ROUND_UP, localcontext
from functools import cache
from hashlib import sha256
from itertools import batched
from pathlib import Path
from typing import Any

import boto3
import pytest
import time_machine

from functions.order_api.app import lambda_handler
from infra.riskctl.audit import replay_account, verify_account
from riskgate.adapters.dynamodb.outbox import DynamoOutbox
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.adapters.dynamodb.reports import ReportStore
from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.core.account.stored import GATEWAY_CHAIN, ReadRequest
from riskgate.core.codes import DenyCode
from riskgate.core.ledger.events import EVENT_TYPES
from riskgate.schemas.codec import encode
from riskgate.schemas.messages.alert import write_alert
from tests.support.aws import Aws, LambdaContext
from tests.support.callers import build_event

type Item = dict[str, Any]

CORPUS = Path(__file__).parents[2] / "corpus"
NOTIFICATION_TABLE = "riskgate-notifications"
NOTIFICATION_SCHEMA: Any = {
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "BillingMode": "PAY_PER_REQUEST",
}
ITEMS_PER_WRITE = 25
#: A short scenario with an approval and a fill, whose items are edited one at a time.
TAMPERED = "heartbeats: strategy when it promised and is silent then only exits pass until it beats again"
VERSIONS = sorted(folder.name for folder in CORPUS.iterdir() if folder.is_dir())


@cache
def load_scenarios(version: str) -> Mapping[str, Any]:
    """Return every scenario of a version by its name: what was expected, its items by table, its answers."""
    index = json.loads((CORPUS / version / "scenarios.json").read_text(encoding="utf-8"))
    scenarios = {row["name"]: row | {"items": {}, "answers": []} for row in index["scenarios"]}
    for row in read_lines(CORPUS / version / "items.ndjson.gz"):
        scenarios[row["scenario"]]["items"].setdefault(row["table"], []).append(row["item"])
    for row in read_lines(CORPUS / version / "answers.ndjson.gz"):
        scenarios[row["scenario"]]["answers"].append(row)
    return scenarios


def read_lines(path: Path) -> Iterator[Any]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def list_names() -> list[Any]:
    named = [(version, name) for version in VERSIONS for name in load_scenarios(version)]
    return [pytest.param(version, name, id=f"{version} {name}") for version, name in named]


class Tables:
    """The tables of one scenario, as this version reads them."""

    def __init__(self, aws: Aws, scenario: Mapping[str, Any]) -> None:
        self.scenario = scenario
        self.names = {"state": aws.state_table, "control": aws.control_table, "audit": aws.audit_table}
        self.names |= {"notifications": NOTIFICATION_TABLE}
        for table, items in scenario["items"].items():
            for batch in batched(items, ITEMS_PER_WRITE, strict=False):
                puts: Any = [{"PutRequest": {"Item": to_item(item)}} for item in batch]
                aws.dynamodb.batch_write_item(RequestItems={self.names[table]: puts})
        self.store = DynamoStore(
            aws.dynamodb, state_table=aws.state_table, control_table=aws.control_table, audit_table=aws.audit_table
        )
        self.reports = ReportStore(aws.dynamodb, aws.state_table)
        self.outbox = DynamoOutbox(aws.dynamodb, NOTIFICATION_TABLE)

    def items(self, table: str, pk: str, sk: str = "") -> list[Item]:
        """Return the recorded items of a partition whose sort key begins so."""
        found = self.scenario["items"].get(table, [])
        return [item for item in found if item["pk"]["S"] == pk and item["sk"]["S"].startswith(sk)]


@pytest.fixture
def tables_of(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give what loads a scenario, with what else it needs of AWS."""

    def load(scenario: Mapping[str, Any]) -> Tables:
        if "notifications" in scenario["items"]:
            aws.dynamodb.create_table(TableName=NOTIFICATION_TABLE, **NOTIFICATION_SCHEMA)
        if any(json.loads(recorded["body"]).get("route") for recorded in scenario["answers"]):
            # Orders that still wait are handed to the worker again.
            queue = boto3.client("sqs").create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})
            monkeypatch.setenv("ORDER_QUEUE_URL", queue["QueueUrl"])
        return Tables(aws, scenario)

    return load


def to_item(row: Item) -> Item:
    """Return an item as the client takes it: bytes are written in base64."""
    return {name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in row.items()}


def digest(text: str | bytes) -> str:
    return sha256(text.encode() if isinstance(text, str) else text).hexdigest()


@pytest.mark.parametrize(("version", "name"), list_names())
def test_scenario_when_read_by_this_version_then_all_is_as_it_was_written(
    tables_of: Any, version: str, name: str
) -> None:
    assert_as_recorded(tables_of(load_scenarios(version)[name]))


def assert_as_recorded(tables: Tables) -> None:
    for chain in tables.scenario["chains"]:
        assert_log(tables, chain)
        if chain["account_id"] != GATEWAY_CHAIN:
            assert_document(tables, chain)
            assert_orders(tables, chain["account_id"])
            assert_beside(tables, chain["account_id"])
    if "notifications" in tables.scenario["items"]:
        assert_notifications(tables)
    with time_machine.travel(datetime.fromisoformat(tables.scenario["recorded_at"]), tick=False):
        for recorded in tables.scenario["answers"]:
            assert_answer(recorded)


def assert_log(tables: Tables, chain: Mapping[str, Any]) -> None:
    """Verify and replay a chain as riskctl does."""
    for inspect in (verify_account, replay_account):
        found = inspect(tables.store, chain["account_id"])
        assert not found.findings, (chain["account_id"], found.findings)
        assert (found.entries, found.head) == (chain["entries"], chain["head"])


def assert_document(tables: Tables, chain: Mapping[str, Any]) -> None:
    """Read the account document and write it again, byte for byte."""
    account_id = chain["account_id"]
    (row,) = tables.items("state", f"ACCOUNT#{account_id}", "STATE")
    document = to_item(row)["document"]
    written = unpack(document)
    stored = tables.store.read_chain(account_id)
    assert stored is not None
    assert encode(stored.state) == written
    assert digest(written) == chain["document_sha256"]


def assert_orders(tables: Tables, account_id: str) -> None:
    """Read every order, its answer unchanged."""
    rows = {row["sk"]["S"]: row for row in tables.items("state", f"ACCOUNT#{account_id}", "ORDER#")}
    read, cursor = [], None
    while True:
        page, cursor = tables.store.list_orders(account_id, limit=100, cursor=cursor)
        read += page
        if cursor is None:
            break
    assert [f"ORDER#{record.order.client_order_id}" for record in read] == sorted(rows)
    for record in read:
        row = rows[f"ORDER#{record.order.client_order_id}"]
        assert record.answer == answer_of(to_item(row))
        assert record.status == row["status"]["S"]


def answer_of(item: Item) -> str:
    """Return an order's answer: 0.1.0 wrote it into the document."""
    text: str = unpack(item["answer"]).decode() if "answer" in item else json.loads(unpack(item["document"]))["answer"]
    return text


def assert_beside(tables: Tables, account_id: str) -> None:
    """Read limits, flags, markets and reports."""
    read = tables.store.read(ReadRequest(account_id=account_id, with_report=True))
    assert read.account is not None
    assert read.account.state is not None
    assert read.limits is not None
    assert read.limits.content_hash == read.account.state.limits_hash, "other limits than the document names"
    assert {each.flag.scope for each in tables.store.kill_switches.list() if each.flag} >= {"global"}
    for venue in {venue.venue for venue in read.account.state.venues}:
        rows = tables.items("state", "MARKET", f"INSTRUMENT#{venue}:")
        assert len(tables.store.list_instruments(venue)) == len(rows)
    latest = tables.reports.read_latest(account_id)
    for report, kind in zip(latest, ("VAR", "STRESS"), strict=True):
        rows = tables.items("state", f"ACCOUNT#{account_id}", f"REPORT#{kind}")
        assert (report is not None) == any(row["sk"]["S"] == f"REPORT#{kind}" for row in rows)


def assert_notifications(tables: Tables) -> None:
    """Read the alerts that were on their way and write them again."""
    for chat in tables.outbox.list_chats():
        rows = {row["sk"]["S"]: row["alert"]["S"] for row in tables.items("notifications", f"CHAT#{chat}", "PENDING#")}
        assert {item.key: write_alert(item.alert) for item in tables.outbox.list_pending(chat)} == rows


#: What a refusal says in words was edited since: as it is said now, and as 0.1.0 said it. All else keeps its bytes.
REWORDED = ((r'"detail":"the approved order is now (\w+)"', r'"detail":"the approved order is \1 since"'),)


def assert_answer(recorded: Mapping[str, Any]) -> None:
    """Send a request again whose id is stored: it is answered what it was."""
    answer = lambda_handler(build_event("POST", recorded["path"], recorded["body"]), LambdaContext())  # type: ignore[arg-type]
    assert answer["statusCode"] == recorded["status"], (recorded["path"], answer["body"])
    assert ("Idempotent-Replayed" in answer["multiValueHeaders"]) == recorded["replayed"]
    body = answer["body"]
    if digest(body) != recorded["answer_sha256"]:
        for pattern, before in REWORDED:
            body = re.sub(pattern, before, body)
    if "answer" in recorded:
        assert body == recorded["answer"]
    assert digest(body) == recorded["answer_sha256"], (recorded["path"], recorded["body"], answer["body"])


@pytest.mark.parametrize("version", VERSIONS)
def test_corpus_then_every_event_and_every_code_of_its_version_is_in_it(version: str) -> None:
    index = json.loads((CORPUS / version / "scenarios.json").read_text(encoding="utf-8"))
    rows = [row for scenario in load_scenarios(version).values() for row in scenario["items"].get("audit", [])]
    assert {row["event"]["S"] for row in rows} == set(index["events"]) <= set(EVENT_TYPES)
    answers = [json.loads(unpack(to_item(row)["entry"]))["answer"] or {} for row in rows]
    decisions = [decision for answer in answers for decision in (answer, *(answer.get("legs") or ())) if decision]
    codes = {violation["code"] for decision in decisions for violation in decision.get("violations") or ()}
    assert codes == set(index["codes"]) <= set(DenyCode)


def test_scenario_when_a_library_left_another_decimal_context_then_it_replays_all_the_same(tables_of: Any) -> None:
    """Ccxt sets the rounding of the process when it rounds an amount, and leaves it so."""
    with localcontext(rounding=ROUND_UP):
        assert_as_recorded(tables_of(load_scenarios(VERSIONS[0])[TAMPERED]))


#: Table, sort key or event of the item to edit, its attribute, the edit, and how it is found.
EDITS = {
    "an entry's actor": ("audit", "order_decided", "entry", "token:admin", "token:nobody", "not match its hash"),
    "an entry's decision": ("audit", "order_decided", "entry", '"approved"', '"denied"', "not match its hash"),
    "an entry's attribute": ("audit", "fill_recorded", "actor", "token:", "nobody:", "attributes disagree"),
    "the document": ("state", "STATE", "document", '"equity":"', '"equity":"1', "not match its hash"),
    "a stored answer": ("state", "ORDER#", "document", r"\"approved\"", r"\"denied\"", "/accounts/demo/orders"),
    "the limits": ("control", "ACCOUNT#", "document", '"daily_trades_max":', '"daily_trades_max":9', "other limits"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_scenario_when_one_item_was_edited_then_found(tables_of: Any, edit: str) -> None:
    table, kind, attribute, before, after, found = EDITS[edit]
    scenario = deepcopy(load_scenarios(VERSIONS[0])[TAMPERED])
    for item in scenario["items"][table]:
        named = item["event"]["S"] if table == "audit" else item["sk"]["S"]
        if named.startswith(kind) and before in item.get(attribute, {}).get("S", ""):
            item[attribute]["S"] = item[attribute]["S"].replace(before, after)
            break
    else:
        pytest.fail("nothing to edit")
    with pytest.raises(AssertionError, match=found):
        assert_as_recorded(tables_of(scenario))


def test_scenario_when_an_entry_is_missing_then_found(tables_of: Any) -> None:
    scenario = deepcopy(load_scenarios(VERSIONS[0])[TAMPERED])
    del scenario["items"]["audit"][2]
    with pytest.raises(AssertionError, match="gap after 2"):
        assert_as_recorded(tables_of(scenario))
