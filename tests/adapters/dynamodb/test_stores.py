"""What the smaller stores write is what they read; what somebody else wrote meanwhile stands; reads are consistent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest

from riskgate.adapters.dynamodb import items, keyed_venues, secret_owners
from riskgate.adapters.dynamodb.closes import ClosesStore
from riskgate.adapters.dynamodb.lifetimes import DynamoLifetimes
from riskgate.adapters.dynamodb.order_names import DynamoOrderNames, name_item
from riskgate.adapters.dynamodb.paper_books import DynamoPaperBooks
from riskgate.adapters.dynamodb.restored import RestoredTables
from riskgate.adapters.dynamodb.webhooks import DynamoWebhookStore
from riskgate.app.ports.store import AuditRow
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.order_names import VenueOrderName
from riskgate.core.account.stored import Marker, OrderRecord, StoredAccount
from riskgate.core.errors import StateCorrupt, VersionConflict
from riskgate.core.instrument import MarketType
from riskgate.core.limits import Limits
from riskgate.core.market.closes import DailyCloses, JumpMeaning
from riskgate.core.paper.book import PaperTerms, open_book
from tests.support.aws import Aws
from tests.support.builders import ACCOUNT_ID, DAY, NOW, SECOND, VENUE, build_account, build_order, dec


def put(aws: Aws, table: str, item: dict[str, Any]) -> None:
    aws.dynamodb.put_item(TableName=table, Item=cast("Any", item))


def build_record(name: str = "o1", version: int = 3, **changes: Any) -> OrderRecord:
    record = OrderRecord(
        order=build_order(client_order_id=name),
        order_id=name,
        status=OrderStatus.CANCELLED,
        request_hash="r",
        answer='{"whole": "answer"}',
        quantity=dec(1),
        decision_price=dec(100),
        created_at=NOW,
        updated_at=NOW,
        version=version,
    )
    return replace(record, **changes)


class TestLifetimes:
    ROW = AuditRow(
        account_id=ACCOUNT_ID, sequence=5, hash="h5", entry="{}", event="e", at=NOW, actor="a", decision="", code="",
        notices=0,
    )  # fmt: skip

    def test_entries_when_they_are_as_they_were_read_then_they_end(self, aws: Aws, reads: Any) -> None:
        ends = DynamoLifetimes(reads, audit_table=aws.audit_table, state_table=aws.state_table)
        for number in (4, 5):
            at = {"account_id": {"S": ACCOUNT_ID}, "sequence": {"N": str(number)}}
            put(aws, aws.audit_table, at | {"hash": {"S": f"h{number}"}})
        rows = [self.ROW, replace(self.ROW, sequence=4, hash="edited"), replace(self.ROW, sequence=6)]
        assert ends.end_entries(rows, NOW + DAY) == 1
        assert [ends.is_ending(ACCOUNT_ID, number) for number in (4, 5, 6)] == [False, True, True]
        assert ends.is_ending("other", 4)
        kept = {item["sequence"]["N"]: item.get("ttl") for item in aws.items(aws.audit_table)}
        assert kept == {"4": None, "5": {"N": str(int((NOW + DAY).timestamp()))}}

    @pytest.mark.parametrize(
        "changes", [{"version": 4}, {"status": OrderStatus.FILLED}, {"updated_at": NOW + SECOND}], ids=str
    )
    def test_tombstone_when_the_order_is_another_by_now_then_it_stays(self, aws: Aws, changes: dict[str, Any]) -> None:
        ends = DynamoLifetimes(aws.dynamodb, audit_table=aws.audit_table, state_table=aws.state_table)
        record = build_record()
        stone = replace(record, answer="{}")
        item = items.order_item(record, record.version)
        put(aws, aws.state_table, items.order_item(replace(record, **changes), changes.get("version", record.version)))
        before = aws.items(aws.state_table)
        assert not ends.leave_tombstone(stone)
        assert aws.items(aws.state_table) == before
        put(aws, aws.state_table, item | {"kept": {"S": "as it is"}})
        assert ends.leave_tombstone(stone)
        assert aws.items(aws.state_table) == [items.order_item(stone, stone.version) | {"kept": {"S": "as it is"}}]


class TestBooksAndTables:
    def test_paper_book_when_written_by_two_then_the_first_stands(self, aws: Aws, reads: Any) -> None:
        store = DynamoPaperBooks(reads, aws.state_table)
        book = replace(open_book(MarketType.SPOT, {"USDT": dec("10.5")}, PaperTerms(), NOW), version=1)
        assert store.get(ACCOUNT_ID, "paper") is None
        store.put(ACCOUNT_ID, "paper", book)
        for version in (1, 3):
            with pytest.raises(VersionConflict):
                store.put(ACCOUNT_ID, "paper", replace(book, version=version, balances={}))
        assert store.get(ACCOUNT_ID, "paper") == book
        store.put(ACCOUNT_ID, "paper", replace(book, version=2, sequence=4))
        assert store.get(ACCOUNT_ID, "paper") == replace(book, version=2, sequence=4)
        assert store.get(ACCOUNT_ID, "other") is None
        assert {(item["pk"]["S"], item["sk"]["S"], item["version"]["N"]) for item in aws.items(aws.state_table)} == {
            (f"ACCOUNT#{ACCOUNT_ID}", "PAPER#paper", "2")
        }

    def test_paper_book_when_its_document_was_edited_then_corrupt(self, aws: Aws, reads: Any) -> None:
        store = DynamoPaperBooks(reads, aws.state_table)
        store.put(ACCOUNT_ID, "paper", replace(open_book(MarketType.SPOT, {}, PaperTerms(), NOW), version=1))
        [item] = aws.items(aws.state_table)
        put(aws, aws.state_table, item | {"document": {"B": b"x"}})
        with pytest.raises(StateCorrupt, match="a paper book"):
            store.get(ACCOUNT_ID, "paper")

    def test_orders_when_restored_then_newer_ones_and_known_markers_stay(self, aws: Aws) -> None:
        tables = RestoredTables(aws.dynamodb, state_table=aws.state_table, control_table=aws.control_table)
        newer, older = build_record("newer", 5), build_record("older", 2)
        put(aws, aws.state_table, items.order_item(newer, 5))
        put(aws, aws.state_table, items.order_item(older, 2))
        known = Marker(kind="FILL", key="f1", request_hash="h", answer="first")
        put(aws, aws.state_table, items.marker_item(ACCOUNT_ID, known))
        back = [build_record("newer", 4), build_record("older", 3), build_record("missing", 1)]
        tables.put_items(ACCOUNT_ID, back, [replace(known, answer="second"), replace(known, key="f2")])
        stored = {item["sk"]["S"]: item for item in aws.items(aws.state_table)}
        orders = [newer, *back[1:]]
        expected = [items.order_item(record, record.version) for record in orders]
        expected += [items.marker_item(ACCOUNT_ID, marker) for marker in (known, replace(known, key="f2"))]
        assert stored == {item["sk"]["S"]: item for item in expected}

    def test_account_when_restored_then_only_over_what_was_read(self, aws: Aws) -> None:
        tables = RestoredTables(aws.dynamodb, state_table=aws.state_table, control_table=aws.control_table)
        first = StoredAccount(state=build_account(version=7), version=7, audit_sequence=4, audit_head="h4")
        tables.put_chain(ACCOUNT_ID, first, replaces=None)
        second = replace(first, state=build_account(version=8), version=8, audit_sequence=5, audit_head="h5")
        for known in (None, replace(first, version=6)):
            with pytest.raises(VersionConflict):
                tables.put_chain(ACCOUNT_ID, second, replaces=known)
        tables.put_chain(ACCOUNT_ID, second, replaces=first)
        [item] = aws.items(aws.state_table)
        assert (item["version"], item["audit_sequence"], item["audit_head"]) == ({"N": "8"}, {"N": "5"}, {"S": "h5"})

    def test_limits_of_a_version_when_they_are_not_kept_then_none(self, aws: Aws, reads: Any) -> None:
        tables = RestoredTables(reads, state_table=aws.state_table, control_table=aws.control_table)
        assert tables.read_limits(ACCOUNT_ID, 1) is None

    def test_limits_of_a_version_when_kept_then_those_and_not_the_present_ones(self, aws: Aws, reads: Any) -> None:
        then, now = Limits(leverage_max=dec(2)), Limits(leverage_max=dec(3))
        for limits, version in ((then, 1), (now, 2)):
            for key in (items.limits_key(ACCOUNT_ID), items.limits_history_key(ACCOUNT_ID, version)):
                put(aws, aws.control_table, items.limits_item(ACCOUNT_ID, limits, version, NOW, "alice", key))
        tables = RestoredTables(reads, state_table=aws.state_table, control_table=aws.control_table)
        assert [tables.read_limits(ACCOUNT_ID, version) for version in (1, 2, 3)] == [then, now, None]

    def test_names_of_orders_when_looked_up_then_those_that_are_known(self, aws: Aws, reads: Any) -> None:
        store = DynamoOrderNames(reads, aws.state_table)
        assert store.find(ACCOUNT_ID, []) == {}
        named = VenueOrderName(name="v1", client_order_id="o1", strategy="trend")
        put(aws, aws.state_table, name_item(ACCOUNT_ID, named))
        assert store.find(ACCOUNT_ID, ["v1", "v2"]) == {"v1": named}
        assert store.find("other", ["v1"]) == {}

    def test_webhooks_when_none_is_there_then_none(self, aws: Aws, reads: Any) -> None:
        store = DynamoWebhookStore(reads, aws.control_table)
        assert (store.get_webhook("tv"), store.list_webhooks()) == (None, [])

    def test_secret_when_bound_then_to_the_first_account(self, aws: Aws, reads: Any) -> None:
        assert secret_owners.get_owner(reads, aws.control_table, "s") is None
        for account in ("a", "b"):
            secret_owners.bind(reads, aws.control_table, "s", account)
        assert secret_owners.get_owner(reads, aws.control_table, "s") == "a"
        assert secret_owners.get_owner(reads, aws.control_table, "t") is None

    def test_venue_when_noted_as_keyed_then_it_is_and_no_other(self, aws: Aws, reads: Any) -> None:
        assert not keyed_venues.has(reads, aws.control_table, "binance")
        for _ in range(2):
            keyed_venues.note(reads, aws.control_table, "binance")
        assert keyed_venues.has(reads, aws.control_table, "binance")
        assert not keyed_venues.has(reads, aws.control_table, "kraken")


def build_closes(**changes: Any) -> DailyCloses:
    series = DailyCloses(
        asset="BTC",
        venue=VENUE,
        symbol="BTC/USDT",
        first_day=date(2026, 11, 15),
        closes=(100.5, None, 101.25),
        as_of=NOW,
        asked_from=date(2026, 11, 1),
        flags=(),
        jumps={},
    )
    return replace(series, **changes)


def test_closes_when_stored_then_read_with_the_jumps_that_people_confirmed(aws: Aws, reads: Any) -> None:
    store = ClosesStore(reads, aws.state_table)
    assert store.get([]) == {}
    assert store.get(["BTC"]) == {}
    assert store.put(build_closes())
    assert store.get(["BTC", "ETH"]) == {"BTC": build_closes()}
    jumps = {date(2026, 11, 17): JumpMeaning.PRICE, date(2026, 11, 16): JumpMeaning.UNIT}
    for day, meaning in jumps.items():
        store.confirm_jump("BTC", day, meaning)
    assert store.get(["BTC"]) == {"BTC": build_closes(jumps=jumps)}
    assert list(store.get(["BTC"])["BTC"].jumps) == sorted(jumps)


@pytest.mark.parametrize(("later", "written"), [(timedelta(), True), (SECOND, True), (-SECOND, False)])
def test_closes_when_asked_for_earlier_than_what_is_stored_then_not_written(
    aws: Aws, reads: Any, later: timedelta, written: bool
) -> None:
    store = ClosesStore(reads, aws.state_table)
    assert store.put(build_closes())
    other = build_closes(as_of=NOW + later, closes=(1.0, 2.0, 3.0))
    assert store.put(other) is written
    assert store.get(["BTC"])["BTC"] == (other if written else build_closes())
