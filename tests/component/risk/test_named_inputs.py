"""An entry names what an earlier one of its chain holds: less is written, and everything replays as before (ADR 0080)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from msgspec import structs

from infra.riskctl.audit import replay_account, verify_account
from infra.riskctl.trace import names_of
from infra.riskctl.trace_view import tell
from riskgate.adapters.dynamodb.held_inputs import HELD
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.adapters.dynamodb.restored import RestoredTables
from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.adapters.dynamodb.transaction import audit_item
from riskgate.app.alerts.announce_entry import alerts_of
from riskgate.app.audit.engines import require_replayable
from riskgate.app.audit.held_inputs import VALUES_MAX, HeldInputs, held_inputs
from riskgate.app.audit.repair_account import repair_account
from riskgate.app.audit.verify_audit import Replay
from riskgate.app.audit.whole_log import WholeLog
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.ledger.name_inputs import HELD_MAX, name_inputs
from riskgate.app.ports.store import AuditRow, Commit
from riskgate.app.reconciliation.read_own_book import names_in
from riskgate.core.account.stored import HeldInput
from riskgate.core.errors import DocumentTooNew, StateCorrupt
from riskgate.core.figures import CorrelationRow
from riskgate.runtime import wiring
from riskgate.runtime.jobs.streams import keys_of
from riskgate.schemas.codec import encode, sha256_hex
from riskgate.schemas.log.audit_entry import AuditEntry, read_entry, seal
from riskgate.schemas.log.named_inputs import NamedInput
from tests.component.audit.test_restore import Backup
from tests.support.builders import NOW, build_order, build_report, build_submitted
from tests.support.gateway import ACCOUNT_ID, ETH
from tests.support.risk_jobs import RiskJobs
from tests.support.wire import Wire

NO_STOP = {"price": None, "stop_loss_price": None, "type": "market"}


def rows_of() -> list[AuditRow]:
    store, rows = wiring.deps().store, list[AuditRow]()
    while page := store.list_audit(ACCOUNT_ID, after=rows[-1].sequence if rows else 0, limit=100):
        rows += page
    return rows


def decide(jobs: RiskJobs, symbol: str = ETH, **changes: Any) -> AuditEntry:
    """Have an order decided, and return its entry."""
    answer = jobs.gateway.submit(symbol=symbol, quantity="0.1", **NO_STOP | changes)
    assert answer.status == 201, answer.text
    return next(e for r in reversed(rows_of()) if (e := read_entry(r.entry)).event == "order_decided")


def places_of(entry: AuditEntry) -> dict[str, int]:
    return {one.place: one.sequence for one in entry.named or ()}


def assert_whole() -> None:
    store = wiring.deps().store
    for found in (verify_account(store, ACCOUNT_ID, with_orders=True), replay_account(store, ACCOUNT_ID)):
        assert found.findings == ()


def account_item(jobs: RiskJobs) -> dict[str, Any]:
    aws = jobs.gateway.aws
    key = {"pk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}, "sk": {"S": "STATE"}}
    return dict(aws.dynamodb.get_item(TableName=aws.state_table, Key=key)["Item"])


def put_account(jobs: RiskJobs, item: dict[str, Any]) -> None:
    jobs.gateway.aws.dynamodb.put_item(TableName=jobs.gateway.aws.state_table, Item=item)


@pytest.fixture
def reported(jobs: RiskJobs) -> RiskJobs:
    """Give a book with gate figures, and limits that need them."""
    jobs.limits_for()
    jobs.hold(BTC="0.4", ETH="3")
    jobs.run("var")
    jobs.run("stress")
    jobs.limits_for(
        var_fraction_max="0.9", stress_loss_fraction_max="0.9", correlation_max="0.99", state_max_age_seconds=None
    )
    return jobs


def test_entry_when_an_earlier_one_holds_its_figures_then_it_names_them_and_is_a_part_as_long(
    reported: RiskJobs, wire: Wire
) -> None:
    first = decide(reported)
    assert first.named is msgspec.UNSET
    assert first.oldest_reader is msgspec.UNSET
    assert first.schema_version == 3
    wire.sent.clear()
    second = decide(reported)
    # Neither a request nor a read more.
    asked = [sent.operation for sent in wire.sent if sent.operation != "Query"]
    assert asked == ["BatchGetItem", "TransactWriteItems"]
    assert places_of(second) == {"report": first.sequence, "market.correlation": first.sequence}
    assert second.oldest_reader == 3
    assert (second.inputs["report"], second.inputs["market"]["correlation"]) == (None, None)
    assert {one.hash for one in second.named or ()} == {
        sha256_hex(encode(first.inputs["report"])),
        sha256_hex(encode(first.inputs["market"]["correlation"])),
    }
    held = len(encode(first.inputs["report"])) + len(encode(first.inputs["market"]["correlation"]))
    assert held > 6_000
    assert len(encode(first)) - len(encode(second)) > held - 500
    assert_whole()


def test_typed_inputs_when_what_is_named_is_resolved_then_the_event_of_then_whole(reported: RiskJobs) -> None:
    first, second = decide(reported), decide(reported)
    held = HeldInputs()
    held.note(first)
    event = second.typed_inputs(whole=True, resolve=held.resolve)
    before = first.typed_inputs(whole=True)
    assert event.report == before.report is not None  # type: ignore[union-attr]
    assert event.market.correlation == before.market.correlation is not None  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="other entries hold"):
        second.typed_inputs(whole=True)
    assert second.typed_inputs().report is None  # type: ignore[union-attr]


def test_entry_when_the_jobs_have_run_again_then_it_holds_the_new_figures(reported: RiskJobs) -> None:
    first = decide(reported)
    reported.gateway.advance(minutes=61)
    reported.gateway.refresh_quotes()
    reported.run("var")
    second, third = decide(reported), decide(reported)
    assert "report" not in places_of(second)
    assert second.inputs["report"] != first.inputs["report"]
    assert places_of(third)["report"] == second.sequence
    assert_whole()


def test_entry_when_what_holds_its_figures_is_a_day_old_then_it_holds_them_itself(reported: RiskJobs) -> None:
    first = decide(reported)
    reported.gateway.advance(hours=23, minutes=59)
    reported.gateway.refresh_quotes()
    reported.limits_for(correlation_max="0.99", state_max_age_seconds=None)
    assert places_of(decide(reported))["market.correlation"] == first.sequence
    reported.gateway.advance(minutes=1)
    reported.gateway.refresh_quotes()
    assert places_of(decide(reported)) == {}
    assert_whole()


def test_entry_when_other_events_come_between_then_it_names_them_still(reported: RiskJobs) -> None:
    first = decide(reported)
    reported.hold(BTC="0.4", ETH="3")
    reported.gateway.kill("account", ACCOUNT_ID, engaged=True)
    reported.gateway.kill("account", ACCOUNT_ID, engaged=False)
    reported.gateway.refresh_quotes()
    assert places_of(decide(reported))["report"] == first.sequence
    assert_whole()


def test_batch_when_decided_then_each_leg_names_what_an_earlier_entry_holds(reported: RiskJobs) -> None:
    first = decide(reported)
    gateway = reported.gateway
    legs = [gateway.order(symbol=ETH, quantity="0.1", **NO_STOP) for _ in range(2)]
    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders/batch", {"orders": legs})
    assert answer.status == 201, answer.text
    entry = read_entry(rows_of()[-1].entry)
    held = {"legs.0.report", "legs.0.market.correlation", "legs.1.report"}
    assert held <= places_of(entry).keys()
    assert places_of(entry)["legs.1.report"] == first.sequence
    assert_whole()


def test_account_when_an_older_build_or_a_repair_wrote_it_then_the_figures_are_written_again(
    reported: RiskJobs,
) -> None:
    decide(reported)
    put_account(reported, {name: value for name, value in account_item(reported).items() if name != HELD})
    again = decide(reported)
    assert places_of(again) == {}
    assert places_of(decide(reported))["report"] == again.sequence
    assert_whole()


@pytest.mark.parametrize("edit", [b"{}", b'{"hash":"0","inputs":[]}', None], ids=["no-names", "other-hash", "other"])
def test_account_when_what_it_says_is_held_was_edited_then_nothing_is_decided(
    reported: RiskJobs, edit: bytes | None
) -> None:
    decide(reported)
    before = account_item(reported)
    text = edit if edit is not None else unpack(before[HELD]).replace(b'"inputs":[["', b'"inputs":[["0', 1)
    put_account(reported, before | {HELD: {"S": text.decode()}})
    answer = reported.gateway.submit(symbol=ETH, quantity="0.1", **NO_STOP)
    assert (answer.status, answer.code) == (503, "STATE_CORRUPT")
    put_account(reported, before)


def tamper(row: AuditRow) -> AuditRow:
    entry = read_entry(row.entry)
    inputs = entry.inputs | {"report": entry.inputs["report"] | {"exposures": {"BTC": "1"}}}
    text, digest = seal(msgspec.structs.replace(entry, inputs=inputs))
    return replace(row, entry=text, hash=digest)


def test_replay_when_the_named_entry_is_not_there_or_holds_another_value_then_it_ends_as_unreadable(
    reported: RiskJobs,
) -> None:
    first, second = decide(reported), decide(reported)
    rows = rows_of()
    for put in (lambda _: None, tamper):
        edited = {row.sequence: put(row) if row.sequence == first.sequence else row for row in rows}
        held = HeldInputs(edited.get)
        replay = Replay(account_id=ACCOUNT_ID, held=held)
        found = []
        for row in filter(None, edited.values()):
            found += replay.feed(row)
        assert replay.stopped
        assert found[-1].sequence == second.sequence
        assert f"entry {first.sequence} does not hold the" in found[-1].problem


def test_replay_when_an_entry_holds_what_has_no_canonical_form_then_it_ends_as_unreadable(reported: RiskJobs) -> None:
    first = decide(reported)
    replay = Replay(account_id=ACCOUNT_ID)
    for row in rows_of():
        text = row.entry.replace('"exposures":{', '"exposures":{"A":1.5,', 1) if row.sequence == first.sequence else ""
        findings = replay.feed(replace(row, entry=text or row.entry))
        assert bool(findings) == replay.stopped == bool(text)


def test_replay_when_it_passed_more_values_than_it_keeps_then_it_reads_the_named_entry(reported: RiskJobs) -> None:
    first, second = decide(reported), decide(reported)
    held = held_inputs(wiring.deps().store, ACCOUNT_ID)
    held.note(first)
    for number in range(VALUES_MAX):
        inputs = {"report": {"exposures": {"BTC": str(number)}}}
        held.note(msgspec.structs.replace(first, inputs=inputs, sequence=1000 + number))
    assert all(held.resolve(one) for one in second.named or ())
    bare = HeldInputs()
    with pytest.raises(ValueError, match="does not hold"):
        bare.resolve((second.named or ())[0])


def test_repair_when_the_document_is_restored_to_between_then_the_named_entry_is_read(reported: RiskJobs) -> None:
    first = decide(reported)
    backup = Backup(reported.gateway)
    second = decide(reported)
    lost = backup.read()
    assert places_of(second)["report"] == first.sequence
    aws = reported.gateway.aws
    backup.restore()
    tables = RestoredTables(aws.dynamodb, state_table=aws.state_table, control_table=aws.control_table)
    acting = Acting(deps=wiring.deps(), actor="aws:operator", now=reported.gateway.now)

    [row] = [row for row in rows_of() if row.sequence == first.sequence]
    key = {"account_id": {"S": ACCOUNT_ID}, "sequence": {"N": str(first.sequence)}}
    whole = aws.dynamodb.get_item(TableName=aws.audit_table, Key=key)["Item"]
    aws.dynamodb.delete_item(TableName=aws.audit_table, Key=key)
    restored = backup.read()
    with pytest.raises(StateCorrupt, match=f"entry {first.sequence} does not hold") as refused:
        repair_account(acting, ACCOUNT_ID, tables)
    assert refused.value.code == "LOG_NOT_CONTINUED"
    assert backup.read() == restored
    aws.dynamodb.put_item(TableName=aws.audit_table, Item=whole)
    assert audit_item(row)["hash"] == whole["hash"]

    repaired = repair_account(acting, ACCOUNT_ID, tables)
    assert repaired.entries == 1
    assert backup.read().keys() == lost.keys()
    assert HELD not in account_item(reported)
    assert_whole()


def test_alerts_when_an_entry_names_its_figures_then_they_tell_the_same(reported: RiskJobs) -> None:
    first, second = decide(reported), decide(reported)
    held = HeldInputs()
    held.note(first)
    inputs = encode(second.typed_inputs(whole=True, resolve=held.resolve))
    whole = msgspec.structs.replace(second, inputs=msgspec.json.decode(inputs), named=msgspec.UNSET)
    denial = reported.gateway.submit(symbol=ETH, quantity="1000", **NO_STOP)
    assert denial.status == 422
    assert alerts_of(second) == alerts_of(whole)
    denied = read_entry(rows_of()[-1].entry)
    assert places_of(denied)["report"] == first.sequence
    event = encode(denied.typed_inputs(whole=True, resolve=held.resolve))
    whole = msgspec.structs.replace(denied, inputs=msgspec.json.decode(event), named=msgspec.UNSET)
    assert alerts_of(denied) == alerts_of(whole)
    assert_whole()


def test_entry_when_it_lost_a_race_then_it_names_what_the_winner_committed(
    reported: RiskJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who lost decides again by what was committed: nothing that was not written is ever named."""
    commit, lost = DynamoStore.commit, list[Commit]()

    def after_another(self: DynamoStore, planned: Commit) -> None:
        if not lost:
            lost.append(planned)
            monkeypatch.setattr(DynamoStore, "commit", commit)
            decide(reported)
        commit(self, planned)

    monkeypatch.setattr(DynamoStore, "commit", after_another)
    second = decide(reported)
    assert [one.sequence for one in lost[0].held] == [lost[0].audit.sequence] * 2, "it was to hold them itself"
    assert places_of(second) == dict.fromkeys(("report", "market.correlation"), lost[0].audit.sequence)
    assert_whole()


class Archive:
    """The first entries of a chain, as an archive gives them."""

    def __init__(self, rows: list[AuditRow]) -> None:
        self._rows = rows

    def read_newest(self, _: str) -> Any:
        return SimpleNamespace(last=self._rows[-1].sequence)

    def iterate(self, _: str, *, after: int) -> Iterator[AuditRow]:
        return iter([row for row in self._rows if row.sequence > after])


def test_log_when_the_named_entry_is_in_the_archive_alone_then_replayed_and_repaired_from_there(
    reported: RiskJobs,
) -> None:
    first = decide(reported)
    backup = Backup(reported.gateway)
    second = decide(reported)
    assert places_of(second)["report"] == first.sequence
    aws, rows = reported.gateway.aws, rows_of()
    old = [row for row in rows if row.sequence <= first.sequence]
    kept = aws.items(aws.audit_table)
    for row in old:
        key = {"account_id": {"S": ACCOUNT_ID}, "sequence": {"N": str(row.sequence)}}
        aws.dynamodb.delete_item(TableName=aws.audit_table, Key=key)
    log: Any = WholeLog(wiring.deps().store, Archive(old))  # type: ignore[arg-type]
    assert verify_account(log, ACCOUNT_ID).findings == ()
    assert replay_account(log, ACCOUNT_ID).findings == ()
    last = held_inputs(log, ACCOUNT_ID)
    assert all(last.resolve(one) for one in second.named or ())

    backup.restore()
    tables = RestoredTables(aws.dynamodb, state_table=aws.state_table, control_table=aws.control_table)
    now = reported.gateway.now
    for store, refused in ((wiring.deps().store, True), (log, False)):
        acting = Acting(deps=replace(wiring.deps(), store=store), actor="aws:operator", now=now)
        with pytest.raises(StateCorrupt, match="does not hold") if refused else nullcontext():
            assert repair_account(acting, ACCOUNT_ID, tables).entries == 1
    for item in kept:
        aws.dynamodb.put_item(TableName=aws.audit_table, Item=item)
    assert_whole()


def test_readers_of_single_entries_then_they_tell_the_same_of_one_that_names(reported: RiskJobs) -> None:
    first, second = decide(reported), decide(reported)
    held = HeldInputs()
    held.note(first)
    inputs = msgspec.json.decode(encode(second.typed_inputs(whole=True, resolve=held.resolve)))
    whole = msgspec.structs.replace(second, inputs=inputs, named=msgspec.UNSET)
    assert sorted(names_in(second.inputs)) == sorted(names_in(whole.inputs)) != []
    assert names_of(structs.asdict(second)) == names_of(structs.asdict(whole)) != []
    assert tell(structs.asdict(second)) == tell(structs.asdict(whole))
    assert keys_of(second) == keys_of(whole) != {}
    shown = reported.gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit").body["entries"]
    (named,) = [one["named"] for one in shown if one["sequence"] == second.sequence]
    assert [one["place"] for one in named] == ["report", "market.correlation"]


@pytest.mark.parametrize(
    ("place", "sequence", "hashed"),
    [
        ("report", 0, True),
        ("report", 1000, True),
        ("legs.0.report", None, True),
        ("order", None, True),
        ("report", None, False),
    ],
    ids=["other-entry", "later-entry", "no-such-place", "taken-place", "other-hash"],
)
def test_typed_inputs_when_the_name_is_wrong_then_unreadable(
    reported: RiskJobs, place: str, sequence: int | None, *, hashed: bool
) -> None:
    first, second = decide(reported), decide(reported)
    held = HeldInputs()
    held.note(first)
    one = next(iter(second.named or ()))
    wrong = NamedInput(
        place=place,
        hash=one.hash if hashed else "0" * 64,
        sequence=one.sequence if sequence is None else sequence,
    )
    with pytest.raises(ValueError, match="does not hold|place|no earlier"):
        msgspec.structs.replace(second, named=(wrong,)).typed_inputs(whole=True, resolve=held.resolve)


def test_names_when_more_is_used_than_an_account_remembers_then_what_was_used_last_stays() -> None:
    held: tuple[HeldInput, ...] = ()
    days = tuple(Decimal(number) for number in range(252))
    report = build_report({"BTC": 1}, scenario_pnl=days)
    for number in range(1, HELD_MAX + 10):
        row = CorrelationRow(asset=f"A{number}", as_of=NOW, scenario_returns=days)
        event = build_submitted(build_order(), report=report, correlation=row)
        inputs = name_inputs(event, held, sequence=number, now=NOW)
        assert [one.place for one in inputs.named] == (["report"] if number > 1 else [])
        held = inputs.held
    assert len(held) == HELD_MAX
    small = build_submitted(
        build_order(), report=build_report({"BTC": 1}), correlation=CorrelationRow(asset="B", as_of=NOW)
    )
    inputs = name_inputs(small, (), sequence=1, now=NOW)
    assert (inputs.event, inputs.named, inputs.held) == (small, (), ()), "a name would take as much room"


def test_replay_when_the_entry_says_it_needs_a_later_reader_then_refused_by_name(reported: RiskJobs) -> None:
    decide(reported)
    second = msgspec.structs.replace(decide(reported), oldest_reader=4)
    with pytest.raises(DocumentTooNew, match="version 4 or later"):
        require_replayable(second)
