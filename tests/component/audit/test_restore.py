"""Accounts after a restore: what the log holds comes back, and nothing else passes for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from infra.riskctl.audit import replay_account, verify_account
from riskgate.adapters.dynamodb import items
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.adapters.dynamodb.restored import RestoredTables
from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.adapters.dynamodb.transaction import audit_item
from riskgate.app.audit.repair_account import Repair, fold_log, repair_account
from riskgate.app.ledger.commit_event import Acting
from riskgate.core.account.stored import GATEWAY_CHAIN, OrderRecord, ReadRequest
from riskgate.core.errors import StateCorrupt, Transient, VersionConflict
from riskgate.runtime import wiring
from riskgate.schemas.codec import encode
from riskgate.schemas.log.audit_entry import read_entry, seal
from tests.component.audit.test_stored_corpus import Tables, list_names, load_scenarios, to_item
from tests.component.audit.test_stored_corpus import tables_of as tables_of  # noqa: PLC0414 a fixture
from tests.support.aws import Aws
from tests.support.gateway import ACCOUNT_ID, Answer, Gateway

#: What the log has not of an order's item: the permit, who sent it under which name, and what only a batch knows.
NOT_IN_THE_LOG: dict[str, Any] = {
    "permit": "", "decided_at": None, "claimed_by": "", "venue_client_id": "", "next_terms": None, "batch_id": None,
    "trace_id": "", "version": 0,
}  # fmt: skip
#: What earlier versions left out of an item, or wrote otherwise: made again, it is today's.
OF_THIS_VERSION: dict[str, Any] = {"has_rebates": False, "stop_kept_by": None, "reserved_until": None}
#: Scenarios that edit the items of orders, which the log then contradicts.
EDITED = "disagreement: "
#: Markers of what is done once, but for those that are found again otherwise: a batch by its orders.
MARKERS = ("FILL#", "TRANSFER#", "FUNDING#", "EXIT", "HEDGE#")


def without(scenario: dict[str, Any], *prefixes: str) -> dict[str, Any]:
    """Return a scenario whose state table has lost the rows of its accounts whose sort keys begin so."""

    def is_lost(item: dict[str, Any]) -> bool:
        return item["pk"]["S"].startswith("ACCOUNT#") and item["sk"]["S"].startswith(prefixes)

    state = [item for item in scenario["items"]["state"] if not is_lost(item)]
    return scenario | {"items": scenario["items"] | {"state": state}}


def known(row: dict[str, Any]) -> OrderRecord:
    """Return what of an order's item its log knows."""
    return replace(items.parse_order(row), **NOT_IN_THE_LOG, **OF_THIS_VERSION)


@pytest.mark.parametrize(("version", "name"), list_names())
def test_restore_when_all_of_an_account_is_lost_then_its_log_brings_it_back(
    aws: Aws, tables_of: Any, version: str, name: str
) -> None:
    scenario = load_scenarios(version)[name]
    tables: Tables = tables_of(
        without(dict(scenario), "STATE", "ORDER#", "FILL#", "TRANSFER#", "FUNDING#", "EXIT", "HEDGE#")
    )
    restored = RestoredTables(aws.dynamodb, state_table=aws.state_table, control_table=aws.control_table)
    for chain in scenario["chains"]:
        account_id = chain["account_id"]
        folded = fold_log(tables.store, restored, account_id)
        assert len(folded.rows) == chain["entries"]
        if account_id == GATEWAY_CHAIN:
            continue
        rows = [row for row in scenario["items"]["state"] if row["pk"]["S"] == f"ACCOUNT#{account_id}"]
        document = to_item(next(row for row in rows if row["sk"]["S"] == "STATE"))["document"]
        assert encode(folded.replay.state) == unpack(document)
        markers = {f"{marker.kind}#{marker.key}" for marker in folded.items.markers}
        assert {row["sk"]["S"] for row in rows if row["sk"]["S"].startswith(MARKERS)} == markers
        orders = {row["sk"]["S"].removeprefix("ORDER#"): row for row in rows if row["sk"]["S"].startswith("ORDER#")}
        assert folded.items.records.keys() == orders.keys()
        for order, row in orders.items():
            record = replace(folded.items.records[order], **NOT_IN_THE_LOG, **OF_THIS_VERSION)
            assert record == known(row) or name.startswith(EDITED), order


class Backup:
    """The state table's rows of accounts, as they were at one instant."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.rows = self.read()

    def read(self) -> dict[tuple[str, str], Any]:
        """Return the rows as they are now."""
        aws = self._gateway.aws
        found = [row for row in aws.items(aws.state_table) if row["pk"]["S"].startswith("ACCOUNT#")]
        return {(row["pk"]["S"], row["sk"]["S"]): row for row in found}

    def restore(self) -> None:
        """Put the rows back as they were: the log goes on holding what came after."""
        client, table = self._gateway.aws.dynamodb, self._gateway.aws.state_table
        for pk, sk in self.read().keys() - self.rows.keys():
            client.delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
        for row in self.rows.values():
            client.put_item(TableName=table, Item=row)


@dataclass
class Torn:
    """An account whose document was restored: the log has what came after, `lost` is what the state table had."""

    gateway: Gateway
    backup: Backup
    lost: dict[tuple[str, str], Any]
    decided: Answer
    filled: str

    def repair(self) -> Repair:
        """Repair the account as ``riskctl audit repair`` does."""
        acting = Acting(deps=wiring.deps(), actor="aws:operator", now=self.gateway.now)
        return repair_account(acting, ACCOUNT_ID, self.tables())

    def tables(self) -> RestoredTables:
        """Return what the repair writes through."""
        aws = self.gateway.aws
        return RestoredTables(aws.dynamodb, state_table=aws.state_table, control_table=aws.control_table)

    def assert_whole(self) -> None:
        """Require that the log verifies, replays to the document, and agrees with the orders' items."""
        store = wiring.deps().store
        for found in (verify_account(store, ACCOUNT_ID, with_orders=True), replay_account(store, ACCOUNT_ID)):
            assert found.findings == ()


@pytest.fixture
def torn(gateway: Gateway) -> Iterator[Torn]:
    """An account that held BTC at the backup, bought more after it, and has another order decided since."""
    gateway.fill(gateway.approved(quantity="0.1"), "0.1")
    backup = Backup(gateway)
    filled = gateway.approved(quantity="0.05")
    assert gateway.fill(filled, "0.05", fill_id="after-the-backup").status == 201
    decided = gateway.submit(client_order_id="decided-after", quantity="0.01")
    assert decided.status == 201
    lost, entries = backup.read(), gateway.aws.items(gateway.aws.audit_table)
    backup.restore()
    yield Torn(gateway=gateway, backup=backup, lost=lost, decided=decided, filled=filled)
    chain = wiring.deps().store.read_chain(ACCOUNT_ID)
    if chain is not None and chain.audit_sequence < len(entries):
        # Left torn on purpose: every test ends with an account that holds together.
        for table, rows in ((gateway.aws.state_table, lost.values()), (gateway.aws.audit_table, entries)):
            for row in rows:
                gateway.aws.dynamodb.put_item(TableName=table, Item=row)


def test_restore_when_the_log_is_ahead_then_nothing_is_decided_and_a_person_gets_out(torn: Torn) -> None:
    gateway = torn.gateway
    assert gateway.submit().code == "AUDIT_CONFLICT"
    body = {"exit_id": "e1", "reason": "restored", "scope": "all"}
    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/exits", body, headers=gateway.next_totp())
    # All that is held, also what was bought after the backup.
    assert [(leg["side"], leg["quantity"], leg["decision"]) for leg in answer.body["legs"]] == [
        ("sell", "0.15", "approved")
    ]
    assert answer.body["trading_state"] == "REDUCING"
    assert gateway.submit().code == "TRADING_REDUCING"
    torn.assert_whole()


def test_repair_when_done_then_all_is_there_again_and_waits_for_a_person(torn: Torn) -> None:
    repair = torn.repair()
    assert repair.entries == 3
    found = torn.backup.read()
    assert found.keys() == torn.lost.keys()
    state = wiring.deps().store.read_chain(ACCOUNT_ID)
    assert state is not None
    assert state.state is not None
    assert state.state.positions["binance:BTC/USDT"].quantity == Decimal("0.15")
    assert "MANUAL_STOP" in state.state.breakers
    torn.assert_whole()


def test_repair_when_done_then_what_was_done_once_is_not_done_again(torn: Torn) -> None:
    gateway = torn.gateway
    torn.repair()
    again = gateway.fill(torn.filled, "0.05", fill_id="after-the-backup")
    assert again.status == 200
    assert again.body["position_quantity"] == "0.15"
    repeated = gateway.submit(client_order_id="decided-after", quantity="0.01")
    assert (repeated.status, repeated.text) == (200, torn.decided.text)
    torn.assert_whole()


def test_repair_when_repeated_then_nothing_is_left_to_do(torn: Torn) -> None:
    torn.repair()
    before = torn.backup.read()
    assert torn.repair().entries == 0
    assert torn.backup.read() == before


@pytest.mark.parametrize("step", [(RestoredTables, "put_items"), (DynamoStore, "commit")])
def test_repair_when_it_broke_off_then_the_next_one_finishes_it_breaker_and_all(
    torn: Torn, monkeypatch: pytest.MonkeyPatch, step: tuple[type, str]
) -> None:
    def break_off(*_: Any, **__: Any) -> None:
        raise Transient("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(*step, break_off)
        with pytest.raises(Transient):
            torn.repair()
    assert torn.repair().entries == 3
    assert torn.gateway.submit().code == "TRADING_REDUCING"
    torn.assert_whole()


@pytest.mark.parametrize("forge", ["quantity", "hash", "gap"])
def test_repair_when_an_entry_does_not_continue_the_document_then_nothing_is_written(torn: Torn, forge: str) -> None:
    aws, before = torn.gateway.aws, torn.backup.read()
    state = wiring.deps().store.read_chain(ACCOUNT_ID)
    assert state is not None
    (first, *_) = wiring.deps().store.list_audit(ACCOUNT_ID, after=state.audit_sequence, limit=1)
    key = {"account_id": {"S": ACCOUNT_ID}, "sequence": {"N": str(first.sequence)}}
    item = aws.dynamodb.get_item(TableName=aws.audit_table, Key=key)["Item"]
    if forge == "gap":
        aws.dynamodb.delete_item(TableName=aws.audit_table, Key=key)
    else:
        entry = read_entry(first.entry)
        inputs = entry.inputs | {"order": entry.inputs["order"] | {"quantity": "0.5"}}
        text, digest = seal(msgspec.structs.replace(entry, inputs=inputs))
        row = replace(first, entry=text, hash=digest if forge == "quantity" else first.hash)
        aws.dynamodb.put_item(TableName=aws.audit_table, Item=item | audit_item(row))
    with pytest.raises(StateCorrupt) as refused:
        torn.repair()
    assert refused.value.code == "LOG_NOT_CONTINUED"
    assert torn.backup.read() == before


def test_repair_when_another_was_faster_then_refused_and_what_happened_since_stays(
    torn: Torn, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = RestoredTables.put_items

    def after_another(self: RestoredTables, *args: Any) -> None:
        # The other repair is through, and its order has filled since.
        monkeypatch.setattr(RestoredTables, "put_items", put)
        torn.repair()
        assert torn.gateway.fill("decided-after", "0.01", fill_id="since").status == 201
        put(self, *args)

    monkeypatch.setattr(RestoredTables, "put_items", after_another)
    with pytest.raises(VersionConflict):
        torn.repair()
    assert wiring.deps().store.get_order(ACCOUNT_ID, "decided-after").filled_quantity == Decimal("0.01")
    torn.assert_whole()


def test_repair_when_the_control_table_is_as_old_then_the_limits_are_those_of_the_log(
    gateway: Gateway,
) -> None:
    gateway.fill(gateway.approved(quantity="0.1"), "0.1")
    aws, backup = gateway.aws, Backup(gateway)
    before = [row for row in aws.items(aws.control_table) if row["pk"]["S"].startswith("LIMITS")]
    assert gateway.limits(order_rate_max=7).status == 200
    backup.restore()
    for row in aws.items(aws.control_table):
        if row["pk"]["S"].startswith("LIMITS"):
            aws.dynamodb.delete_item(TableName=aws.control_table, Key={"pk": row["pk"], "sk": row["sk"]})
    for row in before:
        aws.dynamodb.put_item(TableName=aws.control_table, Item=row)
    body = {"exit_id": "e1", "reason": "restored", "scope": "all"}
    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/exits", body, headers=gateway.next_totp())
    assert [(leg["quantity"], leg["decision"]) for leg in answer.body["legs"]] == [("0.1", "approved")]
    kept = wiring.deps().store.read(ReadRequest(account_id=ACCOUNT_ID)).limits
    assert kept is not None
    assert kept.limits.order_rate_max == 7
    assert gateway.limits(order_rate_max=8).status == 200


@pytest.mark.parametrize("also", ["history", "all"])
def test_repair_when_limits_are_lost_then_the_log_has_them(torn: Torn, also: str) -> None:
    aws = torn.gateway.aws
    for row in aws.items(aws.control_table):
        if row["pk"]["S"].startswith("LIMITS" if also == "all" else "LIMITS_HISTORY"):
            aws.dynamodb.delete_item(TableName=aws.control_table, Key={"pk": row["pk"], "sk": row["sk"]})
    assert torn.repair().limits_written == (also == "all")
    torn.assert_whole()
    assert torn.gateway.submit().code == "TRADING_REDUCING"
