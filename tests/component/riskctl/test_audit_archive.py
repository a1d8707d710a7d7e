"""The archive of the log: what is old leaves its table once it is stored, and is verified and replayed as before."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError, EndpointConnectionError
from typer.testing import Result

from functions.alert_fanout.app import lambda_handler as fanout_handler
from functions.audit_archive.app import lambda_handler
from infra.riskctl.aws import Aws
from riskgate.adapters.aws.archive import AuditArchive
from riskgate.adapters.aws.lazy import forget
from riskgate.adapters.dynamodb.lifetimes import DynamoLifetimes
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.app.audit import archive_chain
from riskgate.app.audit.whole_log import WholeLog
from riskgate.core.errors import StateCorrupt, Transient
from riskgate.runtime.jobs import audit_archive
from riskgate.runtime.jobs.alert_fanout import KEEP_DAYS_MIN
from tests.component.riskctl.conftest import ACCOUNT
from tests.component.riskctl.test_audit_seal import Seal, findings, sealed
from tests.support.aws import LambdaContext
from tests.support.streams import read_stream

__all__ = ["sealed"]

type Riskctl = Callable[..., Result]

BUCKET = "riskgate-archive"
KEEP_DAYS = 90


@dataclass(frozen=True)
class Context(LambdaContext):
    """An invocation with its whole time ahead."""

    seconds: int = 900

    def get_remaining_time_in_millis(self) -> int:
        """Return the time until Lambda ends the invocation."""
        return self.seconds * 1000


@dataclass
class Archived:
    """A sealed account, and its archive."""

    seal: Seal
    s3: Any
    archive: AuditArchive

    @property
    def table(self) -> str:
        """Return the log's table."""
        return self.seal.gateway.aws.audit_table

    def run(self, *, days: int = KEEP_DAYS + 1, event: dict[str, Any] | None = None) -> Any:
        """Run the function when so many days have passed."""
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
            return lambda_handler(event if event is not None else {"account_id": "demo"}, Context())  # type: ignore[arg-type]

    def expire(self) -> int:
        """Remove what is to go, as DynamoDB does; return how many items that were."""
        aws, gone = self.seal.gateway.aws, 0
        for table, names in ((self.table, ("account_id", "sequence")), (aws.state_table, ("pk", "sk"))):
            for item in aws.items(table):
                if "ttl" in item and (table == self.table or item["sk"]["S"].startswith("ORDER#")):
                    aws.dynamodb.delete_item(TableName=table, Key={name: item[name] for name in names})
                    gone += 1
        return gone

    def objects(self, kind: str = "chains") -> list[str]:
        """Return the archive's keys: of pieces of chains, or of the orders beside them."""
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{kind}/").get("Contents", [])]

    def go_on(self, name: str) -> None:
        """Let the account go on, and be sealed."""
        assert self.seal.gateway.submit(client_order_id=name, quantity="5")["decision"] == "denied"
        self.seal.changed()


@pytest.fixture
def archived(sealed: Seal, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archived]:
    s3 = sealed.s3
    s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 400}}
    s3.put_object_lock_configuration(
        Bucket=BUCKET, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    monkeypatch.setenv("ARCHIVE_BUCKET", BUCKET)
    monkeypatch.setenv("KEEP_DAYS", str(KEEP_DAYS))
    archive = AuditArchive(s3=s3, bucket=BUCKET)
    monkeypatch.setattr(Aws, "log", property(lambda aws: WholeLog(aws.store, archive)))
    forget()
    yield Archived(seal=sealed, s3=s3, archive=archive)
    forget()


def verified(riskctl: Riskctl, command: str = "verify") -> Any:
    shown = riskctl("audit", command, "-o", "json")
    (chain,) = json.loads(shown.stdout)["chains"]
    return chain["entries"], chain["head"], chain["findings"]


def test_log_when_old_then_archived_gone_and_verified_as_before(archived: Archived, riskctl: Riskctl) -> None:
    archived.go_on("later")
    before = [verified(riskctl, command) for command in ("verify", "replay")]
    rows = archived.seal.rows()
    report = archived.run()
    # The sealed entry stays: seal and document are held against the table.
    assert (report["archived"], report["entries"], report["ended"]) == (len(rows) - 1,) * 3
    assert archived.expire() == report["ended"]
    assert [int(row["sequence"]["N"]) for row in archived.seal.rows()] == [len(rows)]
    assert [verified(riskctl, command) for command in ("verify", "replay")] == before
    assert before[0][0] == len(rows)
    archived.seal.changed()
    assert archived.seal.alerts() == [], "what is archived is missing to nobody"


def test_archive_then_its_lines_are_the_entries_as_they_were_sealed(archived: Archived) -> None:
    rows = archived.seal.rows()
    archived.run()
    [key] = archived.objects()
    assert key == f"chains/demo/{10**12 - len(rows) + 1:012d}-{1:012d}-{len(rows) - 1:012d}.ndjson.gz"
    head, *lines = gzip.decompress(archived.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()).splitlines()
    assert json.loads(head)["head"] == rows[-2]["hash"]["S"]
    for line, row in zip(lines, rows[:-1], strict=True):
        assert unpack(row["entry"]) in line
        assert json.loads(line)["hash"] == row["hash"]["S"]
    [version] = archived.s3.list_object_versions(Bucket=BUCKET, Prefix="chains/")["Versions"]
    with pytest.raises(ClientError, match="AccessDenied"):
        archived.s3.delete_object(Bucket=BUCKET, Key=key, VersionId=version["VersionId"])


def test_archive_when_run_again_then_nothing_more_until_more_is_old(archived: Archived, riskctl: Riskctl) -> None:
    first = archived.run()["archived"]
    assert archived.run()["entries"] == 0
    assert len(archived.objects()) == 1
    archived.go_on("later")
    assert archived.run(days=KEEP_DAYS - 1)["entries"] == 0
    assert archived.run()["archived"] == first + 1
    assert len(archived.objects()) == 2
    archived.expire()
    assert findings(riskctl) == []


def test_log_when_not_sealed_then_not_archived(archived: Archived) -> None:
    sealed_until = len(archived.seal.rows())
    for name in ("third", "fourth"):
        archived.seal.gateway.submit(client_order_id=name, quantity="5")
    assert archived.run()["archived"] == sealed_until - 1


def test_run_when_cut_off_after_storing_then_the_next_ends_what_it_left(
    archived: Archived, monkeypatch: pytest.MonkeyPatch, riskctl: Riskctl
) -> None:
    def lose(*_: Any) -> int:
        raise Transient("the table did not answer", code="UNAVAILABLE")

    with monkeypatch.context() as broken:
        broken.setattr(DynamoLifetimes, "end_entries", lose)
        with pytest.raises(Transient):
            archived.run()
    assert archived.expire() == 0 or all("ttl" not in row for row in archived.seal.rows())
    count = len(archived.seal.rows())
    assert archived.run()["ended"] == count - 1
    archived.expire()
    assert findings(riskctl) == []


def test_run_when_the_archive_does_not_take_it_then_nothing_ends(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise Transient("the archive did not answer", code="UNAVAILABLE")

    monkeypatch.setattr(AuditArchive, "put", refuse)
    with pytest.raises(Transient):
        archived.run()
    assert archived.expire() == 0


def test_log_when_it_does_not_hold_then_not_archived(archived: Archived) -> None:
    row = archived.seal.rows()[1]
    text = unpack(row["entry"]).decode().replace('"actor":"token:', '"actor":"job:')
    archived.seal.put_rows([row | {"entry": {"S": text}}])
    with pytest.raises(StateCorrupt, match="entry 2 of demo is not archived"):
        archived.run()
    assert (archived.objects(), archived.expire()) == ([], 0)


def test_entry_when_written_over_after_it_was_read_then_it_stays(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = archived.seal.rows()[0]
    put = AuditArchive.put

    def put_and_edit(archive: AuditArchive, rows: Any, previous: str) -> Any:
        part = put(archive, rows, previous)
        archived.seal.put_rows([row | {"hash": {"S": "f" * 64}}])
        return part

    monkeypatch.setattr(AuditArchive, "put", put_and_edit)
    archived.run()
    assert "ttl" not in archived.seal.rows()[0]


def test_archive_when_an_object_is_missing_then_found(archived: Archived, riskctl: Riskctl) -> None:
    archived.run()
    archived.expire()
    [version] = archived.s3.list_object_versions(Bucket=BUCKET, Prefix="chains/")["Versions"]
    archived.s3.delete_object(Bucket=BUCKET, Key=version["Key"])  # a marker: the version stays
    last = archived.seal.rows()[-1]
    assert (int(last["sequence"]["N"]), "gap after 0") in findings(riskctl)


def test_parts_when_many_entries_are_old_then_each_object_holds_so_many(
    archived: Archived, monkeypatch: pytest.MonkeyPatch, riskctl: Riskctl
) -> None:
    monkeypatch.setattr(archive_chain, "ENTRIES_PER_PART", 2)
    monkeypatch.setattr(archive_chain, "PAGE", 1)
    count = len(archived.seal.rows())
    archived.run()
    assert len(archived.objects()) == (count - 1 + 1) // 2
    archived.expire()
    assert findings(riskctl) == []
    assert verified(riskctl, "replay")[0] == count


def test_tick_then_every_chain_and_the_gateways(archived: Archived) -> None:
    assert archived.run(event={}) == {"chains": 2, "done": 2}
    assert len(archived.objects()) == 1


class Invoked:
    """Lambda, as far as a function hands events to itself: taken now, carried out later, or not taken."""

    def __init__(self, refuse: int = 0) -> None:
        self.taken: list[dict[str, Any]] = []
        self._refuse = refuse

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> Any:  # noqa: N803 boto3's names
        assert (FunctionName, InvocationType) == (Context().invoked_function_arn, "Event")
        if self._refuse == len(self.taken) + 1:
            raise EndpointConnectionError(endpoint_url="lambda")
        self.taken.append(json.loads(Payload))
        return {"StatusCode": 202}


def test_tick_when_there_are_more_chains_than_a_slice_then_each_slice_has_an_invocation_of_its_own(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_archive, "CHAINS_PER_SLICE", 1)
    invoked = Invoked()
    monkeypatch.setattr(audit_archive, "lambda_client", lambda: invoked)
    assert archived.run(event={}) == {"chains": 2, "slices": 2}
    assert archived.objects() == [], "the tick archives nothing by itself"
    assert invoked.taken == [{"accounts": ["gateway"]}, {"accounts": [ACCOUNT]}]
    assert [archived.run(event=event) for event in invoked.taken] == [{"chains": 1, "done": 1}] * 2
    assert len(archived.objects()) == 1
    again = len(archived.seal.rows())
    archived.run(event=invoked.taken[1])
    assert (len(archived.objects()), len(archived.seal.rows())) == (1, again), "Lambda may call twice"


def test_tick_when_a_slice_is_not_taken_then_it_fails_and_those_before_it_are_on_their_way(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_archive, "CHAINS_PER_SLICE", 1)
    invoked = Invoked(refuse=2)
    monkeypatch.setattr(audit_archive, "lambda_client", lambda: invoked)
    with pytest.raises(Transient):
        archived.run(event={})
    assert invoked.taken == [{"accounts": ["gateway"]}]


def test_slice_when_there_is_no_time_then_what_is_left_is_counted(
    archived: Archived, capsys: pytest.CaptureFixture[str]
) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=KEEP_DAYS + 1)):
        answer = lambda_handler({"accounts": [ACCOUNT, "other"]}, Context(seconds=60))  # type: ignore[arg-type]
    assert answer == {"chains": 2, "done": 0}
    assert archived.objects() == []
    assert '"ArchiveFailures":[2.0]' in capsys.readouterr().out


def test_stream_when_an_entry_is_to_go_or_went_by_its_time_then_nobody_is_told(archived: Archived) -> None:
    archived.run()
    marked = [record for record in read_stream(archived.table) if record["eventName"] == "MODIFY"]
    assert marked
    changed_at = (datetime.now(UTC) + timedelta(days=KEEP_DAYS + 1)).timestamp()
    went = {
        **marked[0],
        "eventName": "REMOVE",
        "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"},
        "dynamodb": {
            **{name: marked[0]["dynamodb"][name] for name in ("Keys",)},
            "OldImage": marked[0]["dynamodb"]["NewImage"],
        },
    }
    for record in (marked[0], went):
        record["dynamodb"]["ApproximateCreationDateTime"] = changed_at
        fanout_handler({"Records": [record]}, LambdaContext())  # type: ignore[arg-type]
    assert archived.seal.alerts() == []
    young = changed_at - timedelta(days=KEEP_DAYS + 1 - KEEP_DAYS_MIN + 1).total_seconds()
    for record in (
        {**went, "userIdentity": {}},
        {**marked[0], "dynamodb": {**marked[0]["dynamodb"], "ApproximateCreationDateTime": young}},
    ):
        fanout_handler({"Records": [{**record, "eventID": f"{id(record):x}"}]}, LambdaContext())  # type: ignore[arg-type]
    assert {alert["kind"] for alert in archived.seal.alerts()} == {"audit_edited"}
