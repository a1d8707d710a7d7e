"""The archive of the log: objects of a locked bucket, each a piece of a chain as compressed NDJSON.

``chains/<account>/<place>-<first>-<last>.ndjson.gz``: the first line is the piece (`ArchivedPart`) with its chain's
head, each further line an entry with its attributes; `entry` is the very JSON that `hash` covers. The place counts down
from the last entry, so that the newest piece is the first that S3 lists. An object is never written over.

``orders/<account>/…``, named as the piece they were archived with: the first line has the ids that wait for the next
one, each further line an order as it ended.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from riskgate.adapters.aws.bucket import S3Objects
from riskgate.adapters.aws.outcomes import say
from riskgate.app.ports.archive import ArchivedOrders, ArchivedPart
from riskgate.app.ports.store import AuditRow
from riskgate.core.account.stored import OrderRecord
from riskgate.core.errors import StateCorrupt, Transient
from riskgate.schemas.codec import decode, embed, encode
from riskgate.schemas.versions import read_text, write_text

#: More entries than a chain will ever have.
PLACES = 10**12
CHAINS, ORDERS = "chains", "orders"


class ArchivedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an object."""

    sequence: int
    hash: str
    entry: msgspec.Raw
    event: str
    at: datetime
    actor: str
    decision: str
    code: str
    notices: int


class _Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of an object of orders."""

    waiting: tuple[str, ...]


class AuditArchive:
    """Write and read the archive; who has no right to put objects can only read it."""

    def __init__(self, *, s3: Any, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket
        self._objects = S3Objects(s3, bucket)

    def put(self, rows: Sequence[AuditRow], previous_hash: str) -> ArchivedPart:
        """Store entries that follow each other; what is stored stays. Raises Transient: storing them again is safe."""
        first, last = rows[0], rows[-1]
        part = ArchivedPart(
            account_id=first.account_id,
            first=first.sequence,
            last=last.sequence,
            previous_hash=previous_hash,
            head=last.hash,
        )
        text = b"\n".join([encode(part), *map(_write, rows)]) + b"\n"
        self._objects.put(_key(part), gzip.compress(text, mtime=0), content_type="application/gzip")
        return part

    def read_newest(self, account_id: str) -> ArchivedPart | None:
        """Return the newest piece of a chain, None where nothing of it is archived; raises as `ArchiveReader`'s."""
        for key in self._list(account_id, limit=1):
            return self._open(key, account_id)[0]
        return None

    def iterate(self, account_id: str, *, after: int = 0) -> Iterator[AuditRow]:
        """Yield a chain's archived entries after a sequence number, oldest first.

        Two runs at once may have stored an entry twice: it comes once.
        """
        for key in sorted(self._list(account_id), key=_first_of):
            if _last_of(key) > after:
                for row in self._open(key, account_id)[1]:
                    if row.sequence > after:
                        after = row.sequence
                        yield row

    def read_orders(self, part: ArchivedPart) -> ArchivedOrders | None:
        """Return the orders that were archived with a piece, None where none were yet; raises as `read_newest`."""
        key = _key(part, ORDERS)
        data = self._objects.get(key)
        return _parse_orders(key, data) if data is not None else None

    def list_waiting(self, account_id: str) -> Sequence[str]:
        """Return the ids that the newest archived orders left waiting; raises as `read_newest`."""
        for key in self._list(account_id, limit=1, kind=ORDERS):
            return _parse_orders(key, self._objects.get(key) or b"").waiting
        return ()

    def put_orders(self, part: ArchivedPart, records: Sequence[OrderRecord], waiting: Sequence[str]) -> ArchivedOrders:
        """Store orders beside a piece; return what is stored, which stays. Raises Transient: as `put`."""
        key = _key(part, ORDERS)
        lines = [encode(_Waiting(waiting=tuple(waiting))), *(write_text(record).encode() for record in records)]
        text = b"\n".join(lines) + b"\n"
        if self._objects.put(key, gzip.compress(text, mtime=0), content_type="application/gzip"):
            return ArchivedOrders(key=key, records=tuple(records), waiting=tuple(waiting))
        return _parse_orders(key, self._objects.get(key) or b"")

    def _list(self, account_id: str, limit: int = 0, kind: str = CHAINS) -> list[str]:
        options = {"MaxKeys": limit} if limit else {}
        keys: list[str] = []
        more: dict[str, Any] = {}
        while True:
            try:
                page = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=f"{kind}/{account_id}/", **options, **more)
            except (ClientError, BotoCoreError) as error:
                raise _unavailable(error) from error
            keys += [item["Key"] for item in page.get("Contents", [])]
            if limit or not page.get("IsTruncated"):
                return keys
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def _open(self, key: str, account_id: str) -> tuple[ArchivedPart, list[AuditRow]]:
        data = self._objects.get(key)
        try:
            head, *lines = gzip.decompress(data or b"").splitlines()
            part = decode(head, ArchivedPart)
            rows = [_read(account_id, line) for line in lines]
        except (ValueError, OSError, EOFError, zlib.error) as error:
            raise _corrupt(key) from error
        is_whole = [row.sequence for row in rows] == list(range(part.first, part.last + 1))
        if part.account_id != account_id or _key(part) != key or not is_whole:
            raise _corrupt(key)
        return part, rows


def _parse_orders(key: str, data: bytes) -> ArchivedOrders:
    """Read an object of orders back. Raises StateCorrupt; DocumentTooNew: a newer build archived them."""
    try:
        head, *lines = gzip.decompress(data).splitlines()
        records = tuple(read_text(line, OrderRecord) for line in lines)
        return ArchivedOrders(key=key, records=records, waiting=decode(head, _Waiting).waiting)
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise _corrupt(key) from error


def _key(part: ArchivedPart, kind: str = CHAINS) -> str:
    place = PLACES - part.last
    return f"{kind}/{part.account_id}/{place:012d}-{part.first:012d}-{part.last:012d}.ndjson.gz"


def _first_of(key: str) -> int:
    return int(key.rpartition("/")[2].split("-")[1])


def _last_of(key: str) -> int:
    return int(key.rpartition("-")[2].partition(".")[0])


def _write(row: AuditRow) -> bytes:
    return encode(
        ArchivedRow(
            sequence=row.sequence,
            hash=row.hash,
            entry=embed(row.entry.encode()),
            event=row.event,
            at=row.at,
            actor=row.actor,
            decision=row.decision,
            code=row.code,
            notices=row.notices,
        )
    )


def _read(account_id: str, line: bytes) -> AuditRow:
    row = decode(line, ArchivedRow)
    return AuditRow(
        account_id=account_id,
        sequence=row.sequence,
        hash=row.hash,
        entry=bytes(row.entry).decode(),
        event=row.event,
        at=row.at,
        actor=row.actor,
        decision=row.decision,
        code=row.code,
        notices=row.notices,
    )


def _corrupt(key: str) -> StateCorrupt:
    return StateCorrupt(f"{key} is no piece of the archive", code="ARCHIVE_CORRUPT")


def _unavailable(error: Exception) -> Transient:
    return Transient(f"the archive did not answer: {say(error)}", code="UNAVAILABLE")
