"""What accounts want: noted once in a while, for a day, and whatever the table left undone is sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from riskgate.adapters.dynamodb.wants import (
    BATCH_SIZE,
    BATCH_WRITES_MAX,
    LIFETIME,
    PAUSE_SECONDS,
    REFRESH_AFTER,
    DynamoWants,
)
from riskgate.core.errors import Transient
from riskgate.core.instrument import MarketType
from riskgate.core.market.needs import Place, Want, WantKind
from tests.support.aws import Aws
from tests.support.builders import NOW, SECOND

SPOT, SWAP = (Place(venue=venue, market_type=kind) for venue, kind in (("b", MarketType.SPOT), ("a", MarketType.SWAP)))
BTC = Want(place=SPOT, kind=WantKind.TRADED, name="BTC/USDT")
ODD = Want(place=SPOT, kind=WantKind.TRADED, name="A#B/USDT")
TINY = timedelta(microseconds=1)


class Busy:
    """A client whose table leaves the first row of a batch for some writes."""

    def __init__(self, client: Any, times: int) -> None:
        self._client, self.times, self.sizes = client, times, list[int]()

    def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 botocore's name
        ((table, rows),) = RequestItems.items()
        self.sizes.append(len(rows))
        left = rows[:1] if self.times else []
        self.times -= bool(left)
        if rows[len(left) :]:
            self._client.batch_write_item(RequestItems={table: rows[len(left) :]})
        return {"UnprocessedItems": {table: left}} if left else {}


def wants_of(aws: Aws, times: int = 0) -> tuple[DynamoWants, Busy, list[float]]:
    pauses: list[float] = []
    busy: Any = Busy(aws.dynamodb, times)
    return DynamoWants(busy, aws.state_table, pauses.append), busy, pauses


def test_wants_when_noted_then_told_by_place_for_a_day_and_to_nobody_after(aws: Aws, reads: Any) -> None:
    wants_of(aws)[0].note([SPOT, SWAP], [BTC, ODD], NOW)
    told = DynamoWants(reads, aws.state_table)
    assert told.list_places(NOW) == [SWAP, SPOT]
    assert told.list_wants(SPOT, NOW + LIFETIME - SECOND) == [ODD, BTC]
    assert told.list_wants(SWAP, NOW) == []
    assert told.list_places(NOW + LIFETIME) == told.list_wants(SPOT, NOW + LIFETIME) == []
    ends = {item["ttl"]["N"] for item in aws.items(aws.state_table)}
    assert ends == {str(int((NOW + timedelta(days=1)).timestamp()))}


def test_wants_when_noted_lately_then_not_written_again_until_a_quarter_of_their_life_is_over(aws: Aws) -> None:
    wants, busy, _ = wants_of(aws)
    wants.note([SPOT], [BTC], NOW)
    wants.note([SPOT], [BTC], NOW + REFRESH_AFTER - TINY)
    assert busy.sizes == [2]
    wants.note([SPOT], [BTC, ODD], NOW + SECOND)
    assert busy.sizes == [2, 1]
    wants.note([SPOT], [BTC, ODD], NOW + REFRESH_AFTER)
    assert busy.sizes == [2, 1, 2]


def test_wants_when_more_than_one_request_takes_then_several(aws: Aws) -> None:
    wants, busy, _ = wants_of(aws)
    many = [Want(place=SPOT, kind=WantKind.TRADED, name=f"C{number}/USDT") for number in range(BATCH_SIZE)]
    wants.note([SPOT], many, NOW)
    assert busy.sizes == [BATCH_SIZE, 1]
    assert len(aws.items(aws.state_table)) == BATCH_SIZE + 1


def test_wants_when_the_table_is_busy_then_what_it_left_is_sent_again_after_growing_pauses(aws: Aws) -> None:
    wants, busy, pauses = wants_of(aws, BATCH_WRITES_MAX - 1)
    wants.note([SPOT], [BTC], NOW)
    assert busy.sizes == [2, 1, 1, 1]
    assert len(aws.items(aws.state_table)) == 2
    assert len(pauses) == BATCH_WRITES_MAX - 1
    assert all(0 <= pause <= PAUSE_SECONDS * 2**number for number, pause in enumerate(pauses))
    assert any(pauses)


def test_wants_when_the_table_stays_busy_then_said_and_noted_by_the_next_call(aws: Aws) -> None:
    wants, busy, _ = wants_of(aws, BATCH_WRITES_MAX)
    with pytest.raises(Transient) as caught:
        wants.note([SPOT], [BTC], NOW)
    assert caught.value.code == "THROTTLED"
    assert len(aws.items(aws.state_table)) == 1
    wants.note([SPOT], [BTC], NOW)
    assert (busy.sizes[-1], len(aws.items(aws.state_table))) == (2, 2)
