"""What accounts want of venues, joined over all of them: the size of it is that of the markets, not of the accounts.

``pk=WANTED``, ``sk=<market type>:<venue>`` is a place that some account gives a secret for; ``pk=WANTED#<market
type>:<venue>``, ``sk=<kind>#<name>`` is one thing that is wanted there. A row stays for a day after it was last wanted.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING

from riskgate.adapters.dynamodb import documents, items
from riskgate.adapters.dynamodb.batch_read import query_all
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.core.errors import Transient
from riskgate.core.instrument import MarketType
from riskgate.core.market.needs import Place, Want, WantKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from mypy_boto3_dynamodb import DynamoDBClient

LIFETIME = timedelta(days=1)
#: What this process noted so long ago is noted again.
REFRESH_AFTER = LIFETIME / 4
#: What DynamoDB takes in one request, and how often what it left is sent again.
BATCH_SIZE, BATCH_WRITES_MAX = 25, 4
#: The longest pause before the first of those; each further one may be twice as long.
PAUSE_SECONDS = 0.05
#: Spreads writers out; nothing is kept secret by it.
_JITTER = random.Random()  # noqa: S311

type _Key = tuple[str, str]


class DynamoWants:
    """Note what is wanted, and tell what is."""

    def __init__(self, client: DynamoDBClient, state_table: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client, self._table, self._sleep = client, state_table, sleep
        self._noted: dict[_Key, datetime] = {}

    @read_errors
    def note(self, places: Collection[Place], wants: Collection[Want], now: datetime) -> None:
        """Note what an account wants; what this process noted lately is not written again.

        Raises Transient: some of it may not be noted.
        """
        keys: list[_Key] = [("WANTED", _name(place)) for place in places]
        keys += [(f"WANTED#{_name(want.place)}", f"{want.kind.value}#{want.name}") for want in wants]
        due = sorted(key for key in keys if key not in self._noted or self._noted[key] <= now - REFRESH_AFTER)
        ttl = {"ttl": {"N": str(int((now + LIFETIME).timestamp()))}}
        for batch in batched(due, BATCH_SIZE, strict=False):
            self._write([items.key(*key) | ttl for key in batch])
            self._noted |= dict.fromkeys(batch, now)

    def _write(self, rows: list[items.Item]) -> None:
        pending = {self._table: [{"PutRequest": {"Item": row}} for row in rows]}
        for attempt in range(BATCH_WRITES_MAX):
            if attempt:
                self._sleep(_JITTER.uniform(0, PAUSE_SECONDS * 2 ** (attempt - 1)))
            answer = self._client.batch_write_item(RequestItems=pending)  # type: ignore[arg-type]
            pending = answer.get("UnprocessedItems") or {}  # type: ignore[assignment]
            if not pending:
                return
        raise Transient("the database did not take all writes", code="THROTTLED")

    def list_places(self, now: datetime) -> list[Place]:
        """Return the places that some account gives a secret for, in order (consistent)."""
        with documents.reading("a place that accounts trade at"):
            return sorted(_place(sort_key) for sort_key in self._alive("WANTED", now))

    def list_wants(self, place: Place, now: datetime) -> list[Want]:
        """Return all that is wanted of a place (consistent)."""
        with documents.reading("what accounts want of a venue"):
            rows = [sort_key.partition("#") for sort_key in self._alive(f"WANTED#{_name(place)}", now)]
            return [Want(place=place, kind=WantKind(kind), name=name) for kind, _, name in rows]

    def _alive(self, pk: str, now: datetime) -> list[str]:
        # DynamoDB deletes what has expired within days, not at once.
        rows = query_all(self._client, self._table, pk)
        return [row["sk"]["S"] for row in rows if int(row["ttl"]["N"]) > now.timestamp()]


def _name(place: Place) -> str:
    return f"{place.market_type.value}:{place.venue}"


def _place(name: str) -> Place:
    market_type, _, venue = name.partition(":")
    return Place(venue=venue, market_type=MarketType(market_type))
