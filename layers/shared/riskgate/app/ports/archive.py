"""Seam of the archive: entries of the log that have left, or are leaving, their table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from riskgate.app.ports.store import AuditRow
    from riskgate.core.account.stored import OrderRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedPart:
    """A piece of a chain in the archive: its first and last entry, the hash before it and the one at its end."""

    account_id: str
    first: int
    last: int
    previous_hash: str
    head: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedOrders:
    """Orders that were archived with a piece of a chain, in the object `key`.

    `waiting` are the ids of those that this piece, or one before it, decided, and that cannot be archived yet.
    """

    key: str
    records: tuple[OrderRecord, ...]
    waiting: tuple[str, ...]


class ArchiveReader(Protocol):
    """The archive, as whoever verifies or replays a chain reads it."""

    def read_newest(self, account_id: str) -> ArchivedPart | None:
        """Return the newest piece of a chain, None where nothing of it is archived.

        Raises StateCorrupt: code ARCHIVE_CORRUPT, the object is none of the archive's; Transient: it cannot be read.
        """

    def iterate(self, account_id: str, *, after: int = 0) -> Iterator[AuditRow]:
        """Yield a chain's archived entries after a sequence number, oldest first; raises as `read_newest`."""


class Archive(ArchiveReader, Protocol):
    """The archive, as its one writer keeps it."""

    def put(self, rows: Sequence[AuditRow], previous_hash: str) -> ArchivedPart:
        """Store entries that follow each other; what is stored stays. Raises Transient: storing them again is safe."""

    def read_orders(self, part: ArchivedPart) -> ArchivedOrders | None:
        """Return the orders that were archived with a piece, None where none were yet; raises as `read_newest`."""

    def list_waiting(self, account_id: str) -> Sequence[str]:
        """Return the ids that the newest archived orders left waiting; raises as `read_newest`."""

    def put_orders(self, part: ArchivedPart, records: Sequence[OrderRecord], waiting: Sequence[str]) -> ArchivedOrders:
        """Store orders beside a piece; return what is stored, which stays. Raises Transient: as `put`."""


class Lifetimes(Protocol):
    """When entries leave their table."""

    def end_entries(self, rows: Sequence[AuditRow], at: datetime) -> int:
        """Let entries leave their table at an instant; return how many were still there and as they were read."""

    def is_ending(self, account_id: str, sequence: int) -> bool:
        """Tell whether an entry has left its table, or is about to."""

    def leave_tombstone(self, tombstone: OrderRecord) -> bool:
        """Put a tombstone in the place of its order; tell whether that was still as it was archived."""
