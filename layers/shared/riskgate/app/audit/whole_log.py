"""A chain as a whole: what is archived, then what the table has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from riskgate.app.audit.archive_chain import last_of

if TYPE_CHECKING:
    from riskgate.app.ports.archive import ArchiveReader
    from riskgate.app.ports.store import AuditRow, Store


class WholeLog:
    """A store whose log reads on in the archive; all else is the store's."""

    def __init__(self, store: Store, archive: ArchiveReader) -> None:
        self._store, self._archive = store, archive
        self._archived: dict[str, int] = {}
        self._reading: tuple[str, int, Iterator[AuditRow]] | None = None

    def __getattr__(self, name: str) -> Any:
        """Return what the store has."""
        return getattr(self._store, name)

    def archived(self, account_id: str) -> int:
        """Return the last archived entry of a chain, 0 for none; as it was when the chain was first asked for."""
        if account_id not in self._archived:
            self._archived[account_id] = last_of(self._archive.read_newest(account_id))
        return self._archived[account_id]

    def list_audit(self, account_id: str, *, after: int, limit: int) -> Sequence[AuditRow]:
        """Return entries after a sequence number, oldest first; what is archived comes from there alone."""
        if after >= self.archived(account_id):
            return self._store.list_audit(account_id, after=after, limit=limit)
        # Pages are asked for one after the other: each object is opened once.
        if self._reading is None or self._reading[:2] != (account_id, after):
            self._reading = (account_id, after, self._archive.iterate(account_id, after=after))
        rows = list(islice(self._reading[2], limit))
        last = rows[-1].sequence if rows else self.archived(account_id)
        self._reading = (account_id, last, self._reading[2])
        return rows or self._store.list_audit(account_id, after=last, limit=limit)
