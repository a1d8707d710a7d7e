"""Keys, tokens and uses of one-time codes: what is written is read, what somebody else wrote meanwhile stands."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.adapters.dynamodb.exchange_keys import DynamoKeyStore, from_item, to_item
from riskgate.adapters.dynamodb.operators import DynamoOperatorStore
from riskgate.adapters.dynamodb.tokens import DynamoTokenStore
from riskgate.core.access.keys import KEY_RANDOM_BYTES, ExchangeKey, new_key
from riskgate.core.access.totp import OperatorRecord
from riskgate.core.errors import Conflict, NotFound, StateCorrupt
from tests.support.aws import Aws
from tests.support.builders import ACCOUNT_ID, DAY, MINUTE, NOW, SECOND, VENUE

KEY_ID_BYTES = bytes(range(KEY_RANDOM_BYTES))


def make_key(**changes: Any) -> ExchangeKey:
    arguments: dict[str, Any] = {
        "random_bytes": KEY_ID_BYTES,
        "account_id": ACCOUNT_ID,
        "strategy": "trend",
        "venues": {"spot": VENUE, "swap": "binanceusdm"},
        "operator": "alice",
        "created_at": NOW,
        "expires_at": NOW + DAY,
        "cidrs": ("10.0.0.0/8",),
    }
    return new_key(**(arguments | changes))


SETTINGS: list[dict[str, Any]] = [
    {},
    {"default_stop_fraction": Decimal("0.0250")},
    {"heartbeat_seconds": 90},
    {"shows_all": True},
    {"shows_budget": True},
    {"default_stop_fraction": Decimal("0.1"), "heartbeat_seconds": 30, "shows_all": True, "shows_budget": True},
]


class TestKeys:
    @pytest.mark.parametrize("settings", SETTINGS, ids=str)
    def test_key_when_stored_then_read_as_it_was(self, aws: Aws, reads: Any, settings: dict[str, Any]) -> None:
        store, key = DynamoKeyStore(reads, aws.control_table), make_key(**settings)
        assert store.get_key(key.key_id) is None
        store.put_key(key)
        assert store.get_key(key.key_id) == key
        assert store.list_keys() == [key]

    def test_item_when_written_then_it_has_the_documented_names(self) -> None:
        item = to_item(make_key(**SETTINGS[-1]))
        named = {name: item[name] for name in ("pk", "venues", "default_stop_fraction", "heartbeat_seconds")}
        assert named == {
            "pk": {"S": "EXCHANGE_KEY"},
            "venues": {"M": {"spot": {"S": VENUE}, "swap": {"S": "binanceusdm"}}},
            "default_stop_fraction": {"N": "0.1"},
            "heartbeat_seconds": {"N": "30"},
        }
        assert (item["shows_all"], item["shows_budget"]) == ({"BOOL": True}, {"BOOL": True})
        optional = {"default_stop_fraction", "heartbeat_seconds", "shows_all", "shows_budget"}
        assert not optional & to_item(make_key()).keys()

    def test_key_when_its_id_is_taken_then_a_conflict_and_the_first_stands(self, aws: Aws, reads: Any) -> None:
        store, key = DynamoKeyStore(reads, aws.control_table), make_key()
        store.put_key(key)
        with pytest.raises(Conflict, match="the key id"):
            store.put_key(make_key(strategy="grid"))
        assert store.get_key(key.key_id) == key

    def test_key_when_revoked_then_for_good_and_an_unknown_one_is_not_found(self, aws: Aws, reads: Any) -> None:
        store, key = DynamoKeyStore(reads, aws.control_table), make_key()
        store.put_key(key)
        store.revoke_key(key.key_id)
        stored = store.get_key(key.key_id)
        assert stored is not None
        assert stored == replace(key, grant=replace(key.grant, revoked=True))
        with pytest.raises(NotFound, match="no such key"):
            store.revoke_key("rgkx")
        assert store.get_key("rgkx") is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"venues": {"S": VENUE}},
            {"venues": None},
            {"default_stop_fraction": {"N": "x"}},
            {"heartbeat_seconds": {"S": "30"}},
            {"shows_all": {"S": "true"}},
            {"accounts": {"L": []}},
            {"strategies": {"L": [{"S": "a"}, {"S": "b"}]}},
        ],
        ids=str,
    )
    def test_key_when_its_item_was_edited_then_corrupt(self, changes: dict[str, Any]) -> None:
        edited = {name: value for name, value in (to_item(make_key()) | changes).items() if value is not None}
        with pytest.raises(StateCorrupt) as caught:
            from_item(edited)
        assert caught.value.code == "TOKEN_CORRUPT"

    def test_token_when_stored_then_apart_from_keys(self, aws: Aws, reads: Any) -> None:
        tokens, keys = DynamoTokenStore(reads, aws.control_table), DynamoKeyStore(reads, aws.control_table)
        keys.put_key(make_key())
        grant = make_key().grant
        assert tokens.get_token(grant.token_id) is None
        tokens.put_token(grant)
        assert tokens.get_token(grant.token_id) == grant
        tokens.revoke_token(grant.token_id)
        assert tokens.list_tokens() == [replace(grant, revoked=True)]
        assert keys.list_keys() == [make_key()]
        with pytest.raises(Conflict, match="the token id"):
            tokens.put_token(grant)
        with pytest.raises(NotFound, match="no such token"):
            tokens.revoke_token("x")


class TestOperators:
    @pytest.mark.parametrize(
        "record",
        [
            OperatorRecord(failures=1, first_failure_at=NOW),
            OperatorRecord(failures=5, first_failure_at=NOW, locked_until=NOW + MINUTE),
            OperatorRecord(failures=1, locked_until=NOW),
        ],
    )
    def test_failures_when_replaced_then_read_as_they_are_and_gone_after_the_next_use(
        self, aws: Aws, reads: Any, record: OperatorRecord
    ) -> None:
        store = DynamoOperatorStore(reads, aws.control_table)
        assert store.get_operator("alice") == OperatorRecord()
        assert store.replace_failures("alice", OperatorRecord(), record) is None
        assert store.get_operator("alice") == record
        fewer = OperatorRecord(failures=1)
        assert store.replace_failures("alice", OperatorRecord(), fewer) == record, "it was another by then"
        assert store.replace_failures("alice", replace(record, failures=record.failures + 1), fewer) == record
        assert store.replace_failures("alice", record, fewer) is None
        assert store.get_operator("alice") == fewer, "what no longer applies is gone"
        assert store.use_step("alice", 7, NOW) is None
        assert store.get_operator("alice") == OperatorRecord(last_used_step=7)
        assert store.get_operator("bob") == OperatorRecord()

    def test_failures_when_an_instant_is_another_then_not_replaced(self, aws: Aws, reads: Any) -> None:
        store = DynamoOperatorStore(reads, aws.control_table)
        record = OperatorRecord(failures=1, first_failure_at=NOW, locked_until=NOW + MINUTE)
        assert store.replace_failures("alice", OperatorRecord(), record) is None
        for other in (
            replace(record, first_failure_at=NOW + SECOND),
            replace(record, locked_until=NOW),
            replace(record, first_failure_at=None),
            replace(record, locked_until=None),
        ):
            assert store.replace_failures("alice", other, OperatorRecord(failures=2)) == record
        assert store.get_operator("alice") == record

    @pytest.mark.parametrize(("step", "used"), [(6, False), (7, False), (8, True)])
    def test_step_when_as_late_as_the_last_then_refused(self, aws: Aws, reads: Any, step: int, used: bool) -> None:
        store = DynamoOperatorStore(reads, aws.control_table)
        assert store.use_step("alice", 7, NOW) is None
        assert store.use_step("alice", step, NOW) == (None if used else OperatorRecord(last_used_step=7))
        assert store.get_operator("alice") == OperatorRecord(last_used_step=8 if used else 7)

    @pytest.mark.parametrize(("late", "used"), [(-1, False), (0, True), (1, True)])
    def test_step_when_locked_then_refused_until_the_lock_ends(
        self, aws: Aws, reads: Any, late: int, used: bool
    ) -> None:
        store = DynamoOperatorStore(reads, aws.control_table)
        locked = OperatorRecord(failures=5, first_failure_at=NOW, locked_until=NOW + MINUTE)
        store.replace_failures("alice", OperatorRecord(), locked)
        assert store.use_step("alice", 7, NOW + MINUTE + late * SECOND) == (None if used else locked)
        assert store.get_operator("alice") == (OperatorRecord(last_used_step=7) if used else locked)
