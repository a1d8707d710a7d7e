"""Move a chain's old entries into the archive, and let go of them in their table once they are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from riskgate.app.audit.archive_orders import archive_orders
from riskgate.app.audit.verify_audit import verify_chain
from riskgate.app.ports.archive import Archive, ArchivedPart, Lifetimes
from riskgate.app.ports.seals import SealReader
from riskgate.app.ports.store import AuditRow, Store
from riskgate.core.account.stored import GENESIS_HASH
from riskgate.core.errors import StateCorrupt

#: Entries read at a time, of one object, and of one run: the next run goes on.
PAGE, ENTRIES_PER_PART, PARTS_MAX = 100, 2_000, 5


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchiveReport:
    """What a run came to: how far the chain is archived; entries archived, entries and orders let go of now."""

    account_id: str
    archived: int
    entries: int = 0
    ended: int = 0
    orders: int = 0


def archive_chain(
    account_id: str,
    *,
    store: Store,
    seals: SealReader,
    archive: Archive,
    lifetimes: Lifetimes,
    days: int,
    now: datetime,
) -> ArchiveReport:
    """Archive the entries that are older than so many days, and end what the archive holds.

    Only entries before the newest sealed head are moved: seal and document are held against the table. An entry ends
    after its object is stored, in order, and the newest object's are ended again at the next run where that run was cut
    off: so nothing ends that is not archived, and nothing is forgotten. Before a piece's entries end, so do the orders
    they decided: see `archive_orders`.

    Raises StateCorrupt: code AUDIT_FINDINGS, the entries do not follow from what is archived, which stays as it is;
    Transient: another run goes on from here.
    """
    newest, sealed = archive.read_newest(account_id), seals.read_newest(account_id)
    until = now - timedelta(days=days)
    ended = entries = orders = 0

    def let_go(part: ArchivedPart, rows: Sequence[AuditRow]) -> None:
        nonlocal ended, orders
        orders += archive_orders(part, rows, store=store, archive=archive, lifetimes=lifetimes, until=until, now=now)
        ended += lifetimes.end_entries(rows, now)

    if newest is not None and not lifetimes.is_ending(account_id, newest.last):
        let_go(newest, list(archive.iterate(account_id, after=newest.first - 1)))
    for _ in range(PARTS_MAX if sealed is not None else 0):
        assert sealed is not None  # noqa: S101 said by the range
        after = (newest.last, newest.head) if newest is not None else (0, GENESIS_HASH)
        found = _list_old(store, account_id, after=after[0], before=sealed.sequence, until=until)
        if not found:
            break
        if problem := next(verify_chain(found, after=after), None):
            detail = f"entry {problem.sequence} of {account_id} is not archived: {problem.problem}"
            raise StateCorrupt(detail, code="AUDIT_FINDINGS")
        newest = archive.put(found, after[1])
        entries += len(found)
        let_go(newest, found)
    return ArchiveReport(account_id=account_id, archived=last_of(newest), entries=entries, ended=ended, orders=orders)


def last_of(part: ArchivedPart | None) -> int:
    """Return the last archived entry of a chain by its newest piece, 0 for none."""
    return part.last if part is not None else 0


def _list_old(store: Store, account_id: str, *, after: int, before: int, until: datetime) -> list[AuditRow]:
    """Return the next entries that are old enough, as many as one object holds."""
    found: list[AuditRow] = []
    while len(found) < ENTRIES_PER_PART:
        page = store.list_audit(account_id, after=after + len(found), limit=PAGE)
        old = [row for row in page if row.sequence < before and row.at < until]
        found += old
        if not page or len(old) < len(page):
            break
    return found[:ENTRIES_PER_PART]
