"""Daily closes in the state table: one item per asset, the prices packed as float64."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from datetime import date, datetime
from math import nan
from typing import TYPE_CHECKING

from riskgate.adapters.dynamodb import documents, items
from riskgate.adapters.dynamodb.batch_read import batch_read
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.adapters.dynamodb.instants import format_microseconds
from riskgate.core.market.closes import CloseFault, CloseFlag, DailyCloses, JumpMeaning

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BYTES = 8
#: Partitions of the closes, and of the jumps that people confirmed: an attribute for each day.
CLOSES, JUMPS = "CLOSES", "CLOSE_JUMPS"
#: The attributes of an asset's closes, and of one of their flags: both are read, added to and written whole.
ATTRIBUTES = frozenset({"venue", "symbol", "first_day", "last_day", "closes", "gaps", "flags", "asked_from", "as_of"})
FLAG_ATTRIBUTES = frozenset({"day", "fault", "kept", "compared", "flagged_at"})


def closes_key(asset: str) -> items.Item:
    """Return the key of an asset's closes."""
    return items.key(CLOSES, asset)


def jumps_key(asset: str) -> items.Item:
    """Return the key of what people confirmed of an asset's closes."""
    return items.key(JUMPS, asset)


class ClosesStore:
    """Read and write daily closes."""

    def __init__(self, client: DynamoDBClient, state_table: str) -> None:
        self._client, self._table = client, state_table

    def get(self, assets: Iterable[str]) -> dict[str, DailyCloses]:
        """Return the closes of those assets that have any stored, in one strongly consistent batch.

        Raises StateCorrupt: an item is not readable; Transient: the database did not answer.
        """
        names = dict.fromkeys(assets)
        keys = [key_of(asset) for asset in names for key_of in (closes_key, jumps_key)]
        found = batch_read(self._client, {self._table: keys})[self._table]
        return {
            asset: _parse(item, found.get((JUMPS, asset)))
            for (partition, asset), item in sorted(found.items())
            if partition == CLOSES
        }

    @read_errors
    def confirm_jump(self, asset: str, day: date, meaning: JumpMeaning) -> None:
        """Write down what a jump of an asset's closes is."""
        self._client.update_item(
            TableName=self._table,
            Key=jumps_key(asset),
            UpdateExpression="SET #day = :meaning",
            ExpressionAttributeNames={"#day": day.isoformat()},
            ExpressionAttributeValues={":meaning": {"S": meaning.value}},
        )

    @read_errors
    def put(self, series: DailyCloses) -> bool:
        """Write one asset's closes, unless what is stored was asked for later; tell whether it was written."""
        as_of = {"S": format_microseconds(series.as_of)}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_item(series),
                ConditionExpression="attribute_not_exists(pk) OR as_of <= :as_of",
                ExpressionAttributeValues={":as_of": as_of},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def pack(closes: Iterable[float | None]) -> bytes:
    """Return closes as little-endian float64; a gap is NaN, as numpy reads it."""
    values = [nan if close is None else close for close in closes]
    return struct.pack(f"<{len(values)}d", *values)


def unpack(packed: bytes) -> tuple[float | None, ...]:
    """Return what `pack` was given. Raises ValueError: the length is not that of whole numbers."""
    if len(packed) % _BYTES:
        raise ValueError("the packed closes end in the middle of a number")
    values = struct.unpack(f"<{len(packed) // _BYTES}d", packed)
    return tuple(None if value != value else value for value in values)  # noqa: PLR0124 only NaN differs from itself


def _item(series: DailyCloses) -> items.Item:
    return closes_key(series.asset) | {
        "venue": {"S": series.venue},
        "symbol": {"S": series.symbol},
        "first_day": {"S": series.first_day.isoformat()},
        "last_day": {"S": series.last_day.isoformat()},
        "closes": {"B": pack(series.closes)},
        "gaps": {"L": [{"S": day.isoformat()} for day in series.gaps]},
        "flags": {"L": [_flag_item(flag) for flag in series.flags]},
        "asked_from": {"S": series.asked_from.isoformat()},
        "as_of": {"S": format_microseconds(series.as_of)},
        **documents.mark_attributes(),
    }


def _flag_item(flag: CloseFlag) -> items.Item:
    return {
        "M": {
            "day": {"S": flag.day.isoformat()},
            "fault": {"S": flag.fault.value},
            "kept": {"S": repr(flag.kept)},
            "compared": {"S": repr(flag.compared)},
            "flagged_at": {"S": format_microseconds(flag.flagged_at)},
        }
    }


def _parse(item: items.Item, jumps: items.Item | None) -> DailyCloses:
    with documents.reading("an asset's closes"):
        documents.require_known(item, ATTRIBUTES, "an asset's closes")
        confirmed = {name: value["S"] for name, value in (jumps or {}).items() if name not in {"pk", "sk"}}
        return DailyCloses(
            asset=item["sk"]["S"],
            venue=item["venue"]["S"],
            symbol=item["symbol"]["S"],
            first_day=date.fromisoformat(item["first_day"]["S"]),
            closes=unpack(item["closes"]["B"]),
            as_of=datetime.fromisoformat(item["as_of"]["S"]),
            asked_from=date.fromisoformat(item["asked_from"]["S"]),
            flags=tuple(_parse_flag(flag["M"]) for flag in item["flags"]["L"]),
            jumps={date.fromisoformat(day): JumpMeaning(meaning) for day, meaning in sorted(confirmed.items())},
        )


def _parse_flag(flag: items.Item) -> CloseFlag:
    documents.require_known(flag, FLAG_ATTRIBUTES, "a flag of an asset's closes")
    return CloseFlag(
        day=date.fromisoformat(flag["day"]["S"]),
        fault=CloseFault(flag["fault"]["S"]),
        kept=float(flag["kept"]["S"]),
        compared=float(flag["compared"]["S"]),
        flagged_at=datetime.fromisoformat(flag["flagged_at"]["S"]),
    )
