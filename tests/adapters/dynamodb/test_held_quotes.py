"""A decision's read: what is held is marked by its quotes too, in a second request only where that was not known."""

from __future__ import annotations

from typing import Any

import pytest

from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.app.ports.store import Commit
from riskgate.core.account.stored import ReadRequest
from riskgate.schemas.codec import encode
from tests.support.aws import Aws
from tests.support.builders import (
    ACCOUNT_ID,
    MINUTE,
    NOW,
    VENUE,
    build_account,
    build_order,
    build_position,
    build_quote,
)
from tests.unit.adapters.dynamodb.test_transaction import ROW

HELD = ("ETH/USDT", "SOL/USDT")
OWN = f"{VENUE}:BTC/USDT"
ASKED = ReadRequest(account_id=ACCOUNT_ID, orders=(build_order(),))


class Counting:
    """A client that notes which keys each batch asks for."""

    def __init__(self, client: Any) -> None:
        self._client, self.batches = client, list[list[str]]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_get_item(self, **asked: Any) -> Any:
        keys = [
            key["pk"]["S"] + " " + key["sk"]["S"] for table in asked["RequestItems"].values() for key in table["Keys"]
        ]
        assert len(set(keys)) == len(keys), "a batch read refuses duplicates"
        self.batches.append(keys)
        return self._client.batch_get_item(**asked)


@pytest.fixture
def store(aws: Aws) -> DynamoStore:
    tables = {"state_table": aws.state_table, "control_table": aws.control_table, "audit_table": aws.audit_table}
    store = DynamoStore(aws.dynamodb, **tables)
    state = build_account(positions=[build_position(1, symbol) for symbol in HELD], version=1)
    store.commit(
        Commit(account_id=ACCOUNT_ID, expected=None, state=state, state_json=encode(state).decode(), audit=ROW)
    )
    store.put_quotes([build_quote(symbol) for symbol in ("BTC/USDT", *HELD, "ADA/USDT")])
    counting: Any = Counting(aws.dynamodb)
    return DynamoStore(counting, **tables)


def batches(store: DynamoStore) -> list[list[str]]:
    found: list[list[str]] = store._client.batches  # type: ignore[attr-defined]
    return found


def test_read_when_something_else_is_held_then_its_quotes_come_too_and_the_next_time_at_once(
    store: DynamoStore,
) -> None:
    expected = {OWN, *(f"{VENUE}:{symbol}" for symbol in HELD)}
    assert store.read(ASKED).quotes.keys() == expected
    assert len(batches(store)) == 2
    assert len(batches(store)[1]) == len(HELD), "what is there is not asked for again"
    assert store.read(ASKED).quotes.keys() == expected
    assert len(batches(store)) == 3


def test_read_when_nothing_is_ordered_then_no_quote_of_what_is_held(store: DynamoStore) -> None:
    assert store.read(ReadRequest(account_id=ACCOUNT_ID)).quotes == {}
    assert len(batches(store)) == 1


def test_quote_when_an_older_one_comes_then_the_newer_one_stays(store: DynamoStore) -> None:
    newer, older = build_quote(price=120, at=NOW + MINUTE), build_quote(price=90, at=NOW - MINUTE)
    assert store.put_quotes([newer, older]) == 1
    assert store.read(ASKED).quotes[OWN] == newer
