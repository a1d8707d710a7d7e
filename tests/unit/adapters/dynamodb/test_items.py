"""Items as people edit them and as they are read back: what is odd stops trading, or is no document at all."""

from __future__ import annotations

from typing import Any

import pytest

from riskgate.adapters.dynamodb import items
from riskgate.core.errors import StateCorrupt
from riskgate.core.kill_switch import KillSwitch, StoredKillSwitch
from riskgate.schemas.codec import encode
from tests.support.builders import ACCOUNT_ID, build_account


@pytest.mark.parametrize(
    ("sort_key", "name"),
    [
        ("GLOBAL", ("global", "")),
        ("ACCOUNT#demo", ("account", "demo")),
        ("VENUE#binance", ("venue", "binance")),
        ("STRATEGY#trend", ("strategy", "trend")),
        ("SYMBOL#BTC/USDT:USDT", ("symbol", "BTC/USDT:USDT")),
        ("GLOBAL#x", None),
        ("global", None),
        ("account#demo", None),
        ("ACCOUNT#", None),
        ("ACCOUNT", None),
        ("PERSON#x", None),
        ("", None),
    ],
)
def test_flag_when_its_key_is_none_that_orders_are_held_against_then_it_has_no_name(
    sort_key: str, name: tuple[str, str] | None
) -> None:
    assert items.read_kill_switch_name(sort_key) == name
    if name is not None:
        assert items.kill_switch_key(*name) == {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": sort_key}}


@pytest.mark.parametrize(
    ("item", "engaged"),
    [
        ({"engaged": {"BOOL": True}}, True),
        ({"engaged": {"BOOL": False}}, False),
        ({"engaged": {"BOOL": "false"}}, None),
        ({"engaged": {"S": "false"}}, None),
        ({}, None),
    ],
)
def test_flag_when_read_then_engaged_unless_it_plainly_says_released(item: Any, engaged: bool | None) -> None:
    found = items.parse_kill_switch("venue", "binance", item | {"reason": {"S": "why"}})
    assert found == KillSwitch(scope="venue", key="binance", engaged=engaged, reason="why")
    assert found.is_engaged == (engaged is not False)


def test_flag_when_missing_then_the_global_one_stops_and_others_do_not() -> None:
    assert items.parse_kill_switch("global", "", None) == KillSwitch(scope="global", key="", engaged=None)
    assert items.parse_kill_switch("venue", "binance", None) is None


def test_flag_when_stored_then_with_what_its_item_says_of_it() -> None:
    item = items.kill_switch_key("global", "") | {
        "engaged": {"BOOL": True},
        "version": {"N": "7"},
        "change_id": {"S": "c1"},
        "updated_at": {"S": "then"},
        "updated_by": {"S": "token:1"},
    }
    flag = KillSwitch(scope="global", key="", engaged=True)
    assert items.parse_stored_kill_switch(item) == StoredKillSwitch(
        item="GLOBAL", flag=flag, version=7, change_id="c1", updated_at="then", updated_by="token:1"
    )
    odd = items.key("KILL_SWITCH", "PERSON#x") | {"version": {"N": "many"}}
    assert items.parse_stored_kill_switch(odd) == StoredKillSwitch(item="PERSON#x", flag=None)


def stored(**changes: Any) -> items.Item:
    state = build_account(version=3)
    return items.account_item(ACCOUNT_ID, state, encode(state).decode(), version=3, sequence=2, head="h") | changes


def test_account_when_read_back_then_as_it_was_written() -> None:
    found = items.parse_account(stored())
    assert (found.state, found.version, found.audit_sequence, found.audit_head, found.is_current) == (
        build_account(version=3), 3, 2, "h", True,
    )  # fmt: skip
    assert found.document == encode(build_account(version=3))


@pytest.mark.parametrize(
    "edit",
    [
        {"version": {"N": "4"}},
        {"audit_sequence": {"N": "3"}},
        {"audit_head": {"S": "i"}},
        {"item_hash": {"S": "0"}},
        {"document": {"S": encode(build_account(5_000, version=3)).decode()}},
    ],
)
def test_account_when_any_part_of_it_was_edited_then_corrupt(edit: Any) -> None:
    with pytest.raises(StateCorrupt, match="does not match its hash"):
        items.parse_account(stored(**edit))


def test_account_when_its_document_is_of_another_version_then_corrupt() -> None:
    text = encode(build_account(version=2)).decode()
    item = items.account_item(ACCOUNT_ID, build_account(), text, version=3, sequence=2, head="h")
    with pytest.raises(StateCorrupt, match="disagree on the version"):
        items.parse_account(item)
