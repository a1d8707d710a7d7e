"""What a commit writes, and under which condition each part of it: what is not conditional here overwrites."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from riskgate.adapters.dynamodb import items
from riskgate.adapters.dynamodb.guards import guard_key
from riskgate.adapters.dynamodb.transaction import build_actions
from riskgate.app.ports.store import AuditRow, Commit
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.order_names import VenueOrderName
from riskgate.core.account.stored import Marker, OrderRecord, StoredAccount
from riskgate.core.limits import Limits
from riskgate.schemas.codec import encode
from tests.support.builders import ACCOUNT_ID, NOW, build_account, build_order, dec

STATE, CONTROL, AUDIT = "state", "control", "audit"
ACCOUNT = build_account(version=8)
ROW = AuditRow(
    account_id=ACCOUNT_ID,
    sequence=5,
    hash="h5",
    entry='{"event":"order_decided"}',
    event="order_decided",
    at=NOW,
    actor="token:1",
    decision="approved",
    code="",
    notices=2,
)
STORED = StoredAccount(state=None, version=7, audit_sequence=4, audit_head="h4")
ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}
AT = "2026-11-18T12:00:00.000000Z"


def at_version(number: int) -> dict[str, Any]:
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(number)}},
    }


def record(name: str, version: int = 0) -> OrderRecord:
    return OrderRecord(
        order=build_order(client_order_id=name),
        order_id=name,
        status=OrderStatus.APPROVED,
        request_hash="r",
        answer="{}",
        quantity=dec(1),
        decision_price=dec(100),
        created_at=NOW,
        updated_at=NOW,
        version=version,
    )


def actions(**changes: Any) -> list[dict[str, Any]]:
    commit = Commit(
        account_id=ACCOUNT_ID, expected=STORED, state=ACCOUNT, state_json=encode(ACCOUNT).decode(), audit=ROW
    )
    found: list[dict[str, Any]] = build_actions(
        replace(commit, **changes), state_table=STATE, control_table=CONTROL, audit_table=AUDIT
    )
    return found


def puts(found: list[dict[str, Any]], pk: str, sk: str) -> dict[str, Any]:
    """Return the one action that writes an item, without the item."""
    [put] = [a["Put"] for a in found if "Put" in a and key_of(a["Put"]["Item"]) == (pk, sk)]
    return {name: value for name, value in put.items() if name != "Item"}


def key_of(item: dict[str, Any]) -> tuple[str, str]:
    return item.get("pk", {}).get("S", ""), item.get("sk", {}).get("S", "")


def test_commit_when_it_is_the_next_then_account_and_entry_are_written_over_what_was_read() -> None:
    account, entry = actions()

    assert {name: value for name, value in account["Put"].items() if name != "Item"} == {
        "TableName": STATE
    } | at_version(7)
    item = account["Put"]["Item"]
    assert key_of(item) == (f"ACCOUNT#{ACCOUNT_ID}", "STATE")
    assert (item["version"], item["audit_sequence"], item["audit_head"]) == ({"N": "8"}, {"N": "5"}, {"S": "h5"})
    stored = items.parse_account(item)
    assert (stored.state, stored.version, stored.audit_sequence, stored.audit_head) == (ACCOUNT, 8, 5, "h5")
    assert (item["trading_state"], item["equity"]) == ({"S": "ACTIVE"}, {"N": "10000"})
    assert entry["Put"] == {
        "TableName": AUDIT,
        "ConditionExpression": "attribute_not_exists(account_id)",
        "Item": {
            "account_id": {"S": ACCOUNT_ID},
            "sequence": {"N": "5"},
            "hash": {"S": "h5"},
            "entry": {"S": ROW.entry},
            "event": {"S": "order_decided"},
            "at": {"S": AT},
            "actor": {"S": "token:1"},
            "decision": {"S": "approved"},
            "code": {"S": ""},
            "notices": {"N": "2"},
        },
    }


def test_commit_when_it_is_the_first_then_nothing_may_be_there_and_the_account_is_listed() -> None:
    found = actions(expected=None)
    assert puts(found, f"ACCOUNT#{ACCOUNT_ID}", "STATE") == {"TableName": STATE} | ABSENT
    assert found[0]["Put"]["Item"]["version"] == {"N": "1"}
    assert puts(found, "ACCOUNTS", f"ACCOUNT#{ACCOUNT_ID}") == {"TableName": STATE}
    assert len(found) == 3


def test_commit_of_the_gateways_own_chain_then_no_account_is_listed() -> None:
    found = actions(expected=None, state=None, state_json="")
    assert len(found) == 2
    assert "document" not in found[0]["Put"]["Item"]


@pytest.mark.parametrize(("replaces", "condition"), [(replace(STORED, version=3), at_version(3)), (None, ABSENT)])
def test_restoring_when_the_table_holds_something_else_then_that_is_replaced(
    replaces: StoredAccount | None, condition: dict[str, Any]
) -> None:
    found = actions(restores=True, replaces=replaces)
    assert puts(found, f"ACCOUNT#{ACCOUNT_ID}", "STATE") == {"TableName": STATE} | condition
    assert found[0]["Put"]["Item"]["version"] == {"N": "8"}
    assert len(found) == (2 if replaces is not None else 3)


def test_orders_then_new_ones_must_not_exist_and_others_be_as_they_were_read() -> None:
    found = actions(new_records=(record("n1"), record("n2")), records=(record("o1", version=6),))
    account = f"ACCOUNT#{ACCOUNT_ID}"
    assert puts(found, account, "ORDER#n1") == puts(found, account, "ORDER#n2") == {"TableName": STATE} | ABSENT
    assert puts(found, account, "ORDER#o1") == {"TableName": STATE} | at_version(6)
    written = [items.parse_order(a["Put"]["Item"]) for a in found[2:]]
    assert written == [record(name, version=8) for name in ("n1", "n2", "o1")]


def test_markers_then_each_is_written_once() -> None:
    marker = Marker(kind="FILL", key="o1#f1", request_hash="r", answer="{}")
    found = actions(markers=(marker,))
    assert puts(found, f"ACCOUNT#{ACCOUNT_ID}", "FILL#o1#f1") == {"TableName": STATE} | ABSENT


def test_reports_and_names_then_the_latest_stands() -> None:
    named = VenueOrderName(name="42", client_order_id="o1", strategy="trend")
    found = actions(reports=(("VAR", "{}"),), order_names=(named,))
    account = f"ACCOUNT#{ACCOUNT_ID}"
    assert puts(found, account, "REPORT#VAR") == puts(found, account, "VENUE_ORDER#42") == {"TableName": STATE}
    assert found[2]["Put"]["Item"]["document"] == {"S": "{}"}
    assert found[3]["Put"]["Item"]["client_order_id"] == {"S": "o1"}
    assert found[3]["Put"]["Item"]["strategy"] == {"S": "trend"}


def test_expired_orders_then_their_status_time_and_version_move() -> None:
    *_, expiry = actions(expired=("o1",))
    assert expiry == {
        "Update": {
            "TableName": STATE,
            "Key": {"pk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}, "sk": {"S": "ORDER#o1"}},
            "UpdateExpression": "SET #status = :expired, updated_at = :at, version = :version",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {
                ":expired": {"S": OrderStatus.EXPIRED.value},
                ":at": {"S": AT},
                ":version": {"N": "8"},
            },
        }
    }


def test_limits_then_they_are_in_force_and_in_the_history() -> None:
    limits = Limits(daily_trades_max=3)
    found = actions(limits=limits, limits_version=12)
    account = f"ACCOUNT#{ACCOUNT_ID}"
    assert puts(found, "LIMITS", account) == {"TableName": CONTROL}
    assert puts(found, f"LIMITS_HISTORY#{ACCOUNT_ID}", "0000000012") == {"TableName": CONTROL}
    stored = items.parse_limits(found[2]["Put"]["Item"])
    assert (stored.limits, stored.version) == (limits, 12)
    assert found[2]["Put"]["Item"]["updated_by"] == {"S": "token:1"}
    assert found[2]["Put"]["Item"]["updated_at"] == {"S": AT}


FLAGS = (("global", ""), ("strategy", "trend"))


def test_switches_when_a_guard_vouches_for_them_then_it_must_still_be_that_one() -> None:
    *rest, check = actions(released=FLAGS, guard_version="g1")
    assert len(rest) == 2
    assert check == {
        "ConditionCheck": {
            "TableName": CONTROL,
            "Key": guard_key(ACCOUNT_ID),
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": {"S": "g1"}},
        }
    }


def test_switches_when_no_guard_does_then_none_may_be_engaged_and_the_global_one_must_be_there() -> None:
    *_, everything, strategy = actions(released=FLAGS)
    for action, name, condition in (
        (everything, "GLOBAL", "engaged = :released"),
        (strategy, "STRATEGY#trend", "attribute_not_exists(pk) OR engaged = :released"),
    ):
        assert action["ConditionCheck"] == {
            "TableName": CONTROL,
            "Key": {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": name}},
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {":released": {"BOOL": False}},
        }


def test_switches_when_nothing_relies_on_them_then_no_guard_is_asked() -> None:
    assert len(actions(guard_version="g1")) == 2
