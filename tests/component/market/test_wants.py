"""What accounts want of venues: noted by whoever reads an account anyway, so that market data read none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.adapters.dynamodb.wants import LIFETIME, PAUSE_SECONDS, REFRESH_AFTER, DynamoWants
from riskgate.app.market.plan_collection import plan_collection
from riskgate.core.errors import Transient
from riskgate.core.instrument import MarketType
from riskgate.core.market.needs import Place, Want, WantKind
from riskgate.runtime import wiring
from riskgate.runtime.jobs import market_data
from riskgate.schemas.messages.market import MarketTask
from tests.support.gateway import Gateway
from tests.support.market_data_job import MarketDataJob
from tests.support.wire import Wire

PLACE = Place(venue="kraken", market_type=MarketType.SPOT)
#: More than one request takes.
MANY = frozenset(Want(place=PLACE, kind=WantKind.PERMITTED, name=f"A{number}/USDT") for number in range(60))


@pytest.fixture
def wants(gateway: Gateway) -> DynamoWants:
    return DynamoWants(dynamodb_client(), gateway.aws.state_table)


def test_wants_when_noted_then_told_to_every_process_until_nobody_wanted_it_for_a_day(
    gateway: Gateway, wants: DynamoWants
) -> None:
    wants.note({PLACE}, MANY, gateway.now)
    other = DynamoWants(gateway.aws.dynamodb, gateway.aws.state_table)
    before, after = gateway.now + LIFETIME - timedelta(seconds=1), gateway.now + LIFETIME
    assert other.list_places(before)[-1:] == [PLACE]
    assert set(other.list_wants(PLACE, before)) == MANY
    assert other.list_places(after) == []
    assert other.list_wants(PLACE, after) == []


def test_wants_when_noted_again_then_written_once_in_some_hours(
    gateway: Gateway, wants: DynamoWants, wire: Wire
) -> None:
    wants.note({PLACE}, MANY, gateway.now)
    assert wire.operations() == ["BatchWriteItem"] * 3
    wire.sent.clear()
    wants.note({PLACE}, MANY, gateway.now + REFRESH_AFTER - timedelta(seconds=1))
    assert wire.operations() == []
    wants.note({PLACE}, MANY, gateway.now + REFRESH_AFTER)
    assert wire.operations() == ["BatchWriteItem"] * 3


@pytest.mark.parametrize("answers_left", [1, 3])
def test_wants_when_the_database_leaves_some_then_sent_again(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, answers_left: int
) -> None:
    client, left = dynamodb_client(), [answers_left]
    pauses: list[float] = []
    wants = DynamoWants(client, gateway.aws.state_table, pauses.append)
    put_all = client.batch_write_item

    def leave_one(RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 boto3's name
        [(table, rows)] = RequestItems.items()
        if not left[0]:
            return dict(put_all(RequestItems=RequestItems))
        left[0] -= 1
        put_all(RequestItems={table: rows[1:]}) if rows[1:] else None
        return {"UnprocessedItems": {table: rows[:1]}}

    monkeypatch.setattr(client, "batch_write_item", leave_one)
    wants.note({PLACE}, MANY, gateway.now)
    assert set(wants.list_wants(PLACE, gateway.now)) == MANY
    assert len(pauses) == answers_left
    assert all(0 <= pause <= PAUSE_SECONDS * 2**number for number, pause in enumerate(pauses))


def test_wants_when_the_database_takes_none_then_a_fault_and_noted_the_next_time(
    gateway: Gateway, wants: DynamoWants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 boto3's name
        return {"UnprocessedItems": RequestItems}

    with monkeypatch.context() as patch:
        patch.setattr(dynamodb_client(), "batch_write_item", refuse)
        with pytest.raises(Transient):
            wants.note({PLACE}, MANY, gateway.now)
    wants.note({PLACE}, MANY, gateway.now)
    assert set(wants.list_wants(PLACE, gateway.now)) == MANY


def test_plan_when_there_are_many_accounts_then_as_many_requests_as_for_one(job: MarketDataJob, wire: Wire) -> None:
    counts = []
    for number in range(5):
        job.register(f"account-{number}", symbols_allowed=["BTC/USDT", "ETH/USDT"])
        wire.sent.clear()
        now = job.gateway.now
        plan_collection(MarketTask.QUOTES, store=wiring.deps().store, most_traded=market_data.most_traded(), now=now)
        counts.append(wire.operations())
    assert counts == [["Query", "Query"]] * 5
