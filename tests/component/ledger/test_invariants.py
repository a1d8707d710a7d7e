"""The checker of the invariants finds what it is there to find."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from riskgate.adapters.dynamodb.items import account_item
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.routing.follow_kill_switch import take_note
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import Marker
from riskgate.core.checks import CHECKS, position_size
from riskgate.core.checks.result import PASSED
from riskgate.core.safeguards.events import KillSwitchChanged
from riskgate.runtime import wiring
from riskgate.schemas.codec import decode
from tests.support import invariants
from tests.support.gateway import ACCOUNT_ID, Gateway
from tests.support.invariants import find_violations

type Item = dict[str, Any]


@dataclass
class Tables:
    """The three tables, to be tampered with."""

    gateway: Gateway

    def find(self) -> list[str]:
        """Return what the checker says."""
        aws = self.gateway.aws
        tables = {"state": aws.state_table, "control": aws.control_table, "audit": aws.audit_table}
        return list(find_violations(aws.dynamodb, **tables))

    def get(self, table: str, **key: Any) -> Item:
        """Read one item."""
        return dict(self.gateway.aws.dynamodb.get_item(TableName=table, Key=key)["Item"])

    def put(self, table: str, item: Item) -> None:
        """Write one item."""
        self.gateway.aws.dynamodb.put_item(TableName=table, Item=item)


@pytest.fixture
def tables(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    """A history with an approval, a denial, a fill and a cancel."""
    gateway.fill(gateway.approved(client_order_id="a"), "0.04")
    gateway.submit(client_order_id="d", quantity="3")
    gateway.approved(client_order_id="c", quantity="0.01")
    gateway.cancel("c")
    tables = Tables(gateway)
    assert tables.find() == []
    aws = gateway.aws
    names = (aws.state_table, aws.control_table, aws.audit_table)
    before = {name: aws.items(name) for name in names}
    yield tables
    for name in names:
        for item in aws.items(name):
            keys = ("account_id", "sequence") if name == aws.audit_table else ("pk", "sk")
            aws.dynamodb.delete_item(TableName=name, Key={key: item[key] for key in keys})
        for item in before[name]:
            aws.dynamodb.put_item(TableName=name, Item=item)


def audit_key(sequence: int) -> Item:
    return {"account_id": {"S": ACCOUNT_ID}, "sequence": {"N": str(sequence)}}


def state_key(sort_key: str) -> Item:
    return {"pk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}, "sk": {"S": sort_key}}


def codes(found: list[str]) -> set[str]:
    return {line.split()[1] for line in found}


def test_audit_entry_when_edited_or_removed_then_i4(tables: Tables) -> None:
    table = tables.gateway.aws.audit_table
    entry = tables.get(table, **audit_key(2))
    text = unpack(entry["entry"]).decode().replace('"actor":"token:adminadmin01"', '"actor":"token:somebodyelse"')
    tables.put(table, entry | {"entry": {"S": text}})
    assert "I4" in codes(tables.find())
    tables.put(table, entry)
    tables.gateway.aws.dynamodb.delete_item(TableName=table, Key=audit_key(6))
    assert {"I4", "I6"} <= codes(tables.find())


def test_order_when_added_removed_or_answered_otherwise_then_i2_or_i7(tables: Tables) -> None:
    table = tables.gateway.aws.state_table
    order = tables.get(table, **state_key("ORDER#d"))
    tables.put(table, order | {"answer": {"S": "{}"}})
    assert "I2" in codes(tables.find())
    tables.put(table, order | {"status": {"S": "approved"}})
    assert {"I7", "I11"} <= codes(tables.find())
    tables.gateway.aws.dynamodb.delete_item(TableName=table, Key=state_key("ORDER#d"))
    assert codes(tables.find()) == {"I7"}
    document = json.loads(unpack(order["document"]))
    stray = document | {"order": document["order"] | {"client_order_id": "stray"}}
    tables.put(table, order)
    tables.put(
        table, state_key("ORDER#stray") | {**order, "sk": {"S": "ORDER#stray"}, "document": {"S": json.dumps(stray)}}
    )
    assert codes(tables.find()) == {"I2"}


def test_document_when_of_another_history_then_i6(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tables.gateway.aws.state_table
    item = tables.get(table, **state_key("STATE"))
    tables.put(
        table,
        item | {"document": {"S": unpack(item["document"]).decode().replace('"equity":"100000"', '"equity":"900000"')}},
    )
    assert codes(tables.find()) == {"I6"}
    # Even where somebody recomputes the hash.
    document = unpack(item["document"]).decode().replace('"gross":"', '"gross":"1')
    state = decode(document, AccountState)
    place = {"version": 6, "sequence": 6, "head": item["audit_head"]["S"]}
    tables.put(table, account_item(ACCOUNT_ID, state, document, **place))
    assert codes(tables.find()) == {"I6"}


def test_reservation_when_its_order_is_finished_then_i11(tables: Tables) -> None:
    table = tables.gateway.aws.state_table
    order = tables.get(table, **state_key("ORDER#a"))
    tables.put(table, order | {"status": {"S": "cancelled"}})
    assert codes(tables.find()) == {"I11"}
    document = json.loads(unpack(order["document"])) | {"filled_quantity": "0.2"}
    tables.put(table, order | {"document": {"S": json.dumps(document)}})
    assert codes(tables.find()) == {"I11"}


def test_limits_when_not_those_of_the_log_then_i6(tables: Tables) -> None:
    table = tables.gateway.aws.control_table
    key = {"pk": {"S": "LIMITS"}, "sk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}}
    item = tables.get(table, **key)
    document = unpack(item["document"]).decode().replace('"daily_trades_max":20', '"daily_trades_max":21')
    tables.put(table, item | {"document": {"S": document}})
    assert codes(tables.find()) == {"I6"}
    tables.gateway.aws.dynamodb.delete_item(TableName=table, Key=key)
    assert codes(tables.find()) == {"I6"}


def test_limit_when_exceeded_by_an_approval_then_i1(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = tuple(
        check._replace(run=lambda _: PASSED) if check.run is position_size.check else check for check in CHECKS
    )
    monkeypatch.setattr("riskgate.core.orders.evaluate.CHECKS", checks)
    gateway.limits(totp=False, position_size_fraction_max="0.01")
    assert gateway.submit(quantity="0.05").status == 201
    found = Tables(gateway).find()
    assert codes(found) == {"I1"}
    assert "position_size_fraction_max" in found[0]
    # The gateway fixture checks again when the test ends.
    monkeypatch.setattr(invariants, "list_exceeded", lambda *_: [])


def test_approval_when_under_an_engaged_kill_switch_then_i3(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway.kill("strategy", "trend")
    engaged = KillSwitchChanged(scope="strategy", key="trend", engaged=True, reason="drill", cancel_open_orders=False)
    once = Marker(kind="EDIT", key="drill", request_hash="", answer="")
    assert take_note(Acting(deps=wiring.deps(), actor="drill", now=gateway.now), ACCOUNT_ID, engaged, once)
    gateway.refresh_quotes()
    # Behind the gateway's back, so the log does not know of the release.
    gateway.put_flag("STRATEGY#trend", {"BOOL": False})
    gateway.put_guards()
    assert gateway.submit().status == 201
    assert codes(Tables(gateway).find()) == {"I3"}
    # The gateway fixture checks again when the test ends.
    monkeypatch.setattr(invariants.Fold, "check_kill_switches", lambda *_: iter(()))
