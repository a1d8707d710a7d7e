"""Bring an account that was restored from a backup up to its log: the log is ahead, so nothing can be written.

Tables are restored to instants of their own. Where the log is the newer one, each of its entries is applied again to
the restored document; what comes out is what was there, or nothing is written. A log that is older than the document
cannot be made again: restore it to a later instant, or the document to an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from riskgate.app.audit.restored_items import RestoredItems
from riskgate.app.audit.verify_audit import Finding, Replay, verify_chain
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.ports.restored import Restored
from riskgate.app.ports.store import AuditRow, Store
from riskgate.app.safeguards.trip_breaker import trip_breaker
from riskgate.core.account.stored import GATEWAY_CHAIN, GENESIS_HASH, OrderRecord, StoredAccount
from riskgate.core.codes import BreakerName
from riskgate.core.errors import NotFound, StateCorrupt
from riskgate.core.limits import Limits
from riskgate.core.safeguards.events import BreakerTripped
from riskgate.observability import logger

ACCOUNT_REPAIRED = "account_repaired"
PAGE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """What was applied again: entries `first` to `last` of the log, none where `last` is below `first`."""

    account_id: str
    first: int
    last: int
    orders: int = 0

    @property
    def entries(self) -> int:
        """Return how many entries the document was behind."""
        return self.last - self.first + 1


def repair_account(acting: Acting, account_id: str, tables: Restored) -> Repair:
    """Apply the entries that the document lacks, write it with the items of its orders, and trip MANUAL_STOP.

    Only exits pass until a person has compared with the venues and resets the breaker. Safe to repeat, also after it
    broke off.

    Raises
    ------
    StateCorrupt : code LOG_NOT_CONTINUED, the entries do not continue the document, or came out differently; nothing
    is written. VersionConflict : somebody else wrote the account.
    """
    repair = catch_up(acting.deps.store, tables, account_id)
    if repair.entries and account_id != GATEWAY_CHAIN:
        reason = f"restored from a backup: entries {repair.first} to {repair.last} of the log were applied again"
        trip_breaker(acting, account_id, BreakerTripped(name=BreakerName.MANUAL_STOP, reason=reason))
    return repair


def catch_up(store: Store, tables: Restored, account_id: str) -> Repair:
    """Write an account as the last entry of its log left it. Raises as `repair_account` does."""
    stored = store.read_chain(account_id)
    place = (stored.audit_sequence, stored.audit_head) if stored is not None else (0, GENESIS_HASH)
    rows = list(_iterate(store, account_id, place[0]))
    repair = Repair(account_id=account_id, first=place[0] + 1, last=place[0] + len(rows))
    if not rows:
        return repair
    _require_none(list(verify_chain(rows, after=place)))
    if account_id == GATEWAY_CHAIN:
        version = (stored.version if stored is not None else 0) + len(rows)
        tables.put_chain(account_id, _at_end(None, version, rows), replaces=stored)
        return repair
    replay, items = _fold(store, tables, account_id, stored, rows)
    assert replay.state is not None  # noqa: S101 every entry of an account leaves one
    tables.put_items(account_id, list(items.records.values()), items.markers)
    tables.put_chain(account_id, _at_end(replay, replay.state.version, rows), replaces=stored)
    logger.warning(ACCOUNT_REPAIRED, account_id=account_id, first=repair.first, last=repair.last)
    return replace(repair, orders=len(items.records))


def _iterate(store: Store, account_id: str, after: int) -> Iterator[AuditRow]:
    while rows := store.list_audit(account_id, after=after, limit=PAGE):
        yield from rows
        after = rows[-1].sequence


def _at_end(replay: Replay | None, version: int, rows: list[AuditRow]) -> StoredAccount:
    state = replay.state if replay is not None else None
    return StoredAccount(state=state, version=version, audit_sequence=rows[-1].sequence, audit_head=rows[-1].hash)


def _fold(
    store: Store, tables: Restored, account_id: str, stored: StoredAccount | None, rows: list[AuditRow]
) -> tuple[Replay, RestoredItems]:
    state = stored.state if stored is not None else None
    limits = tables.read_limits(account_id, state.limits_version) if state is not None else Limits()
    if limits is None:
        raise StateCorrupt(
            "the limits of that version are missing: restore the control table", code="LOG_NOT_CONTINUED"
        )

    def read(name: str) -> OrderRecord | None:
        try:
            return store.get_order(account_id, name)
        except NotFound:
            return None

    replay, items = Replay(account_id=account_id, state=state, limits=limits), RestoredItems(read=read)
    for row in rows:
        _require_none(replay.feed(row))
        assert replay.last is not None  # noqa: S101 it was just fed
        items.feed(replay.last)
    return replay, items


def _require_none(findings: list[Finding]) -> None:
    """Raise StateCorrupt with the first finding, if there is one."""
    if findings:
        found = findings[0]
        raise StateCorrupt(f"entry {found.sequence}: {found.problem}", code="LOG_NOT_CONTINUED")
