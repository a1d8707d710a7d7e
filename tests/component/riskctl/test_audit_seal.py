"""The audit seal and ``riskctl audit verify``: what is written anew after it was sealed is found (A18, E19)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from typer.testing import Result

from functions.audit_seal.app import lambda_handler
from infra.riskctl.aws import Aws
from riskgate.adapters.aws.clients import kms_client
from riskgate.adapters.aws.lazy import forget
from riskgate.adapters.aws.seals import SealedHeads
from riskgate.adapters.dynamodb.items import account_item, order_item
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.core.account.stored import GENESIS_HASH
from riskgate.core.errors import StateCorrupt, Transient
from riskgate.core.ledger.seal import SealedHead
from riskgate.schemas.codec import encode
from riskgate.schemas.log.audit_entry import read_entry, seal
from tests.component.riskctl.conftest import Gateway
from tests.support.aws import LambdaContext
from tests.support.databases import REGION
from tests.support.market_data_job import metric_values

type Riskctl = Callable[..., Result]

BUCKET = "riskgate-seals"
EVENTS = Path(__file__).resolve().parents[3] / "events/audit_seal"


@dataclass
class Seal:
    """A gateway with its audit seal."""

    gateway: Gateway
    heads: SealedHeads
    s3: Any
    alerts_url: str

    def event(self, name: str) -> Any:
        """Invoke the function with a sample event."""
        return lambda_handler(json.loads((EVENTS / f"{name}.json").read_text()), LambdaContext())  # type: ignore[arg-type]

    def changed(self) -> None:
        """Let the state table's stream tell that the account changed."""
        self.event("account_changed")

    def newest(self) -> SealedHead:
        """Return the account's newest sealed head."""
        head = self.heads.read_newest("demo")
        assert head is not None
        return head

    def alerts(self) -> list[dict[str, Any]]:
        """Take what the notifier was told."""
        sqs = boto3.client("sqs")
        found = sqs.receive_message(QueueUrl=self.alerts_url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=self.alerts_url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in found]

    def rows(self) -> list[dict[str, Any]]:
        """Return the account's log as stored."""
        found = [
            row for row in self.gateway.aws.items(self.gateway.aws.audit_table) if row["account_id"]["S"] == "demo"
        ]
        return sorted(found, key=lambda row: int(row["sequence"]["N"]))

    def put_rows(self, rows: list[dict[str, Any]]) -> None:
        """Write rows of the log as somebody who holds a writer's role."""
        for row in rows:
            self.gateway.aws.dynamodb.put_item(TableName=self.gateway.aws.audit_table, Item=row)

    def put_document(self, sequence: int, head: str, **changes: Any) -> None:
        """Write the account document so that it vouches for another head, hash and all."""
        stored = self.gateway.session.aws.store.read_chain("demo")
        assert stored is not None
        assert stored.state is not None
        state = replace(stored.state, **changes)
        item = account_item("demo", state, encode(state).decode(), version=stored.version, sequence=sequence, head=head)
        self.gateway.aws.dynamodb.put_item(TableName=self.gateway.aws.state_table, Item=item)

    def write_anew(self, first: int, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Rewrite the log from one entry on, each linked to the one before, and the document with it."""
        rows = self.rows()
        previous = rows[first - 2]["hash"]["S"] if first > 1 else GENESIS_HASH
        for row in rows[first - 1 :]:
            entry = read_entry(unpack(row["entry"]).decode())
            changed = replace_entry(entry, previous, edit)
            text, digest = seal(changed)
            row["entry"], row["hash"], previous = {"S": text}, {"S": digest}, digest
        self.put_rows(rows)
        self.put_document(len(rows), previous)


def replace_entry(entry: Any, previous: str, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    import msgspec  # noqa: PLC0415

    return msgspec.structs.replace(entry, previous_hash=previous, inputs=edit(entry.inputs))


@pytest.fixture
def sealed(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seal]:
    """An account with a history, sealed."""
    # As the gateway's own: boto3's transfer manager can be added to a session only once.
    kms: Any = get_session().create_client("kms", region_name=REGION)
    s3: Any = get_session().create_client("s3", region_name=REGION)
    sqs: Any = get_session().create_client("sqs", region_name=REGION)
    key_id = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    s3.put_object_lock_configuration(
        Bucket=BUCKET,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 400}},
        },
    )
    alerts = sqs.create_queue(QueueName="alerts.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    environment = {
        "SEAL_BUCKET": BUCKET,
        "SEAL_KEY_ID": key_id,
        "ALERT_QUEUE_URL": alerts,
        "ALERT_TOPIC_ARN": boto3.client("sns").create_topic(Name="alerts")["TopicArn"],
        "JOB_QUEUE_URL": sqs.create_queue(QueueName="audit-seal")["QueueUrl"],
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    forget()
    heads = SealedHeads(s3=s3, kms=kms, bucket=BUCKET, key_id=key_id)
    monkeypatch.setattr(Aws, "seals", heads)
    assert gateway.submit()["decision"] == "approved"
    fill = {"fill_id": "f1", "quantity": "0.2", "price": "8000", "fee": "0.1", "executed_at": datetime.now(UTC)}
    gateway.api.call("POST", "/accounts/demo/orders/first/fills", fill)
    assert gateway.submit(client_order_id="second", quantity="5")["decision"] == "denied"
    made = Seal(gateway=gateway, heads=heads, s3=s3, alerts_url=alerts)
    made.changed()
    yield made
    forget()


def findings(riskctl: Riskctl) -> list[tuple[int, str]]:
    shown = riskctl("audit", "verify", "-o", "json")
    (chain,) = json.loads(shown.stdout)["chains"]
    found = [(finding["sequence"], finding["problem"]) for finding in chain["findings"]]
    assert shown.exit_code == (1 if found else 0)
    return found


def test_seal_when_the_account_changed_then_its_head_and_no_finding(sealed: Seal, riskctl: Riskctl) -> None:
    rows = sealed.rows()
    head = sealed.newest()
    assert (head.sequence, head.hash) == (len(rows), rows[-1]["hash"]["S"])
    assert findings(riskctl) == []
    assert f"sealed up to {len(rows)}" in riskctl("audit", "verify").output
    assert sealed.alerts() == []


def test_seal_when_nothing_changed_then_no_new_object_and_only_new_entries_are_read(
    sealed: Seal, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sealed.newest()
    sealed.changed()
    assert sealed.newest() == before
    assert len(sealed.s3.list_objects_v2(Bucket=BUCKET)["Contents"]) == 1
    assert sealed.gateway.submit(client_order_id="third", quantity="5")["decision"] == "denied"
    capsys.readouterr()
    sealed.changed()
    assert metric_values(capsys.readouterr().out, "EntriesSealed") == [1]
    assert sealed.newest().sequence == before.sequence + 1
    assert len(sealed.s3.list_objects_v2(Bucket=BUCKET)["Contents"]) == 2


def test_seal_when_written_then_nobody_removes_it(sealed: Seal) -> None:
    [version] = sealed.s3.list_object_versions(Bucket=BUCKET)["Versions"]
    with pytest.raises(ClientError, match="AccessDenied"):
        sealed.s3.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
    assert sealed.newest().sequence == len(sealed.rows())


def test_log_when_cut_short_and_the_document_rolled_back_then_found(sealed: Seal, riskctl: Riskctl) -> None:
    last, before = sealed.rows()[-1], sealed.rows()[-2]
    key = {name: last[name] for name in ("account_id", "sequence")}
    sealed.gateway.aws.dynamodb.delete_item(TableName=sealed.gateway.aws.audit_table, Key=key)
    at = int(before["sequence"]["N"])
    sealed.put_document(at, before["hash"]["S"])
    assert findings(riskctl) == [
        (at + 1, "the sealed entry is missing"),
        (at, f"the account document is older than the sealed entry {at + 1}"),
    ]
    sealed.changed()
    [alert] = sealed.alerts()
    assert (alert["kind"], alert["severity"], alert["account"]) == ("audit_edited", "red", "demo")
    assert alert["detail"] == f"entry {at + 1}: the sealed entry is missing (and 1 more)"
    assert sealed.newest().sequence == at + 1, "a chain with a finding keeps its seal"


def test_chain_when_hashed_anew_with_its_document_then_found(sealed: Seal, riskctl: Riskctl) -> None:
    at = len(sealed.rows())
    sealed.write_anew(at - 1, lambda inputs: inputs | {"rules": 0} if "rules" in inputs else inputs)
    wanted = [
        (at, "not the entry that was sealed: the chain was written anew"),
        (at, "the account document names another head than the sealed one"),
    ]
    assert findings(riskctl) == wanted
    sealed.changed()
    assert len(sealed.alerts()) == 1


def test_chain_when_hashed_anew_and_continued_then_still_found(sealed: Seal, riskctl: Riskctl) -> None:
    at = len(sealed.rows())
    sealed.write_anew(2, lambda inputs: inputs)
    sealed.write_anew(2, lambda inputs: inputs | {"quote": None})
    assert sealed.gateway.submit(client_order_id="later", quantity="5")["decision"] == "denied"
    assert (at, "not the entry that was sealed: the chain was written anew") in findings(riskctl)


def test_document_when_edited_with_its_hash_then_told_at_the_next_look(
    sealed: Seal, capsys: pytest.CaptureFixture[str]
) -> None:
    head = sealed.newest()
    sealed.put_document(head.sequence, head.hash, equity=Decimal(9_999_999))
    capsys.readouterr()
    report = sealed.event("one_account")
    assert [found["problem"] for found in report["findings"]] == ["the account document is not what this entry left"]
    assert metric_values(capsys.readouterr().out, "AuditFindings") == [1]
    assert len(sealed.alerts()) == 1


def test_order_item_when_its_fills_were_edited_then_found(sealed: Seal, riskctl: Riskctl) -> None:
    store = sealed.gateway.session.aws.store
    record = store.get_order("demo", "first")
    edited = replace(record, filled_quantity=Decimal(40))
    sealed.gateway.aws.dynamodb.put_item(
        TableName=sealed.gateway.aws.state_table, Item=order_item(edited, record.version)
    )
    [(sequence, problem)] = findings(riskctl)
    assert problem == "the order first has filled 40 for 1600 in its item, 0.2 for 1600 in the log"
    assert sealed.rows()[sequence - 1]["event"]["S"] == "fill_recorded"
    fees = replace(record, filled_fees={})
    sealed.gateway.aws.dynamodb.put_item(
        TableName=sealed.gateway.aws.state_table, Item=order_item(fees, record.version)
    )
    assert [problem for _, problem in findings(riskctl)] == [
        "the order first has other fees in its item than in the log"
    ]


def test_seal_when_forged_or_moved_then_found(sealed: Seal, riskctl: Riskctl) -> None:
    [item] = sealed.s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    stored = json.loads(sealed.s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read())
    head = json.loads(stored["head"])
    forged = stored | {"head": json.dumps(head | {"hash": "f" * 64}, separators=(",", ":"))}
    for key, body in [(item["Key"], forged), ("heads/demo/000000000001.json", stored)]:
        sealed.s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(body).encode())
        with pytest.raises(StateCorrupt):
            sealed.heads.read_newest("demo")
        assert findings(riskctl) == [(0, "a sealed head was not made by the audit seal")]
        sealed.s3.put_object(Bucket=BUCKET, Key=item["Key"], Body=json.dumps(stored).encode())


def test_tick_when_it_comes_then_every_chain_with_the_gateways_own(sealed: Seal) -> None:
    assert sealed.event("tick") == {"accounts": 1}
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="audit-seal")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert {json.loads(message["Body"])["account_id"] for message in found} == {"demo", "gateway"}


def test_batch_when_the_key_does_not_answer_then_it_comes_again(sealed: Seal, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed.gateway.submit(client_order_id="third", quantity="5")
    before = sealed.newest()
    monkeypatch.setenv("SEAL_KEY_ID", "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000")
    forget()
    with pytest.raises(Transient):
        sealed.changed()
    assert sealed.newest() == before


def test_verify_when_the_seal_fell_behind_then_it_says_how_far(sealed: Seal, riskctl: Riskctl) -> None:
    at = len(sealed.rows())
    sealed.gateway.submit(client_order_id="third", quantity="5")
    shown = riskctl("audit", "verify")
    assert f"{at + 1} entries verified" in shown.output
    assert f"sealed up to {at}" in shown.output
    assert timedelta(0) <= datetime.now(UTC) - sealed.newest().sealed_at


def test_seal_when_its_own_process_made_the_last_one_then_the_key_need_not_tell(sealed: Seal) -> None:
    """Each call of the key costs as much as the seal's reads together; the same bytes were proven already."""
    asked: list[str] = []

    def note(model: Any, **_: Any) -> None:
        asked.append(model.name)

    for order, expected in [("third", ["GenerateMac"]), ("fourth", ["VerifyMac", "GenerateMac"])]:
        kms_client().meta.events.register("before-call.kms", note)
        sealed.gateway.submit(client_order_id=order, quantity="5")
        sealed.changed()
        assert asked == expected
        assert sealed.newest().sequence == len(sealed.rows())
        asked.clear()
        # Another process, which has proven nothing.
        forget()
