"""Commands that wait for their confirmation: taken once, and only as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from riskgate.adapters.dynamodb.commands import DynamoCommandStore
from riskgate.core.operators.commands import CommandName, PendingCommand
from tests.support.aws import Aws
from tests.support.builders import MINUTE, NOW

PENDING = PendingCommand(
    nonce="n1", user_id=7, chat_id=8, name=CommandName.EXIT, account="demo", arguments=("BTC/USDT",), expires_at=NOW
)


def test_command_when_claimed_again_then_a_repetition(aws: Aws) -> None:
    store = DynamoCommandStore(aws.dynamodb, aws.state_table)
    assert [store.claim(name, NOW + MINUTE) for name in ("a", "b", "a")] == [True, True, False]
    assert {item["ttl"]["N"] for item in aws.items(aws.state_table)} == {str(int((NOW + MINUTE).timestamp()))}


def test_command_when_it_waits_then_the_latest_of_each_user(aws: Aws, reads: Any) -> None:
    store = DynamoCommandStore(reads, aws.state_table)
    assert store.get_pending(7) is None
    store.put_pending(PENDING)
    store.put_pending(replace(PENDING, nonce="n2"))
    store.put_pending(replace(PENDING, user_id=9))
    assert store.get_pending(7) == replace(PENDING, nonce="n2")
    assert store.get_pending(9) == replace(PENDING, user_id=9)


def test_command_when_another_by_now_then_neither_put_on_nor_taken_off(aws: Aws, reads: Any) -> None:
    store = DynamoCommandStore(reads, aws.state_table)
    store.put_pending(PENDING)
    other, pressed = replace(PENDING, nonce="n2"), replace(PENDING, pressed=True)
    assert not store.replace_pending(other, pressed)
    assert not store.replace_pending(other, None)
    assert store.get_pending(7) == PENDING
    assert store.replace_pending(PENDING, pressed)
    assert not store.replace_pending(PENDING, None), "it was pressed since"
    assert store.get_pending(7) == pressed
    assert store.replace_pending(pressed, None)
    assert store.get_pending(7) is None
    assert not store.replace_pending(pressed, None), "it was taken off already"
