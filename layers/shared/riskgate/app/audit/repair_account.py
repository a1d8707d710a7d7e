"""Bring an account that was restored from a backup up to its log: the log is ahead, so nothing can be written.

Tables are restored to instants of their own. Where the log is the newer one, each of its entries is applied again to
the restored document; what comes out is what was there, or nothing is written. A log that is older than the document
cannot be made again: restore it to a later instant, or the document to an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from riskgate.app.audit.held_inputs import held_inputs
from riskgate.app.audit.restored_items import RestoredItems
from riskgate.app.audit.verify_audit import Finding, Replay, verify_chain
from riskgate.app.ledger.commit_event import Acting, Effects
from riskgate.app.ledger.entry import audit_row
from riskgate.app.ports.restored import Restored
from riskgate.app.ports.store import AuditRow, Commit, Store
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import GATEWAY_CHAIN, GENESIS_HASH, OrderRecord, ReadRequest, StoredAccount
from riskgate.core.codes import BreakerName
from riskgate.core.errors import NotFound, StateCorrupt
from riskgate.core.ledger.account_events import AccountRegistered, LimitsChanged
from riskgate.core.ledger.apply import apply_event
from riskgate.core.limits import Limits
from riskgate.core.safeguards.events import BreakerTripped
from riskgate.observability import logger
from riskgate.schemas.codec import encode, sha256_hex
from riskgate.schemas.log.audit_entry import read_entry

ACCOUNT_REPAIRED = "account_repaired"
PAGE = 100
_SETS_LIMITS = frozenset({AccountRegistered.event_name, LimitsChanged.event_name})


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """What was applied again: entries `first` to `last` of the log, none where `last` is below `first`."""

    account_id: str
    first: int
    last: int
    orders: int = 0
    limits_written: bool = False

    @property
    def entries(self) -> int:
        """Return how many entries the document was behind."""
        return self.last - self.first + 1

    @property
    def is_needed(self) -> bool:
        """Tell whether there was anything to repair."""
        return self.entries > 0 or self.limits_written


@dataclass(frozen=True, kw_only=True, slots=True)
class Folded:
    """An account as its log has it: `stored` is its document as it was read, `rows` the entries that it lacks."""

    stored: StoredAccount | None
    rows: tuple[AuditRow, ...]
    replay: Replay
    items: RestoredItems

    @property
    def place(self) -> StoredAccount | None:
        """Return the document after the last entry, with its place in the log."""
        if not self.rows:
            return self.stored
        version = self.replay.state.version if self.replay.state is not None else len(self.rows) + _version(self.stored)
        last = self.rows[-1]
        return StoredAccount(
            state=self.replay.state, version=version, audit_sequence=last.sequence, audit_head=last.hash
        )


def repair_account(acting: Acting, account_id: str, tables: Restored) -> Repair:
    """Apply the entries that the document lacks, and write it with the items of its orders, its limits and MANUAL_STOP.

    The document moves in one transaction with the breaker's entry: only exits pass until a person has compared with the
    venues and resets it. Safe to repeat, also after it broke off, and by several at once.

    Raises
    ------
    StateCorrupt : code LOG_NOT_CONTINUED, the entries do not continue the document, or came out differently; nothing
    is written. VersionConflict : somebody else wrote the account.
    """
    store = acting.deps.store
    folded = fold_log(store, tables, account_id)
    first = folded.rows[0].sequence if folded.rows else 1
    repair = Repair(account_id=account_id, first=first, last=first + len(folded.rows) - 1)
    place = folded.place
    if place is None or (not folded.rows and account_id == GATEWAY_CHAIN):
        return repair
    if account_id == GATEWAY_CHAIN:
        tables.put_chain(account_id, place, replaces=folded.stored)
        return repair
    assert place.state is not None  # noqa: S101 every entry of an account leaves one
    has_limits = sha256_hex(encode(_limits_now(store, account_id))) == place.state.limits_hash
    repair = replace(repair, orders=len(folded.items.records), limits_written=not has_limits)
    if not repair.is_needed:
        return repair
    tables.put_items(account_id, list(folded.items.records.values()), folded.items.markers)
    _commit(acting, folded, place, repair)
    logger.warning(ACCOUNT_REPAIRED, account_id=account_id, first=repair.first, last=repair.last)
    return repair


def _commit(acting: Acting, folded: Folded, place: StoredAccount, repair: Repair) -> None:
    reason = f"restored from a backup: {repair.entries} entries of the log were applied again"
    event = BreakerTripped(name=BreakerName.MANUAL_STOP, reason=reason)
    limits, account_id = folded.replay.limits, folded.replay.account_id
    result = apply_event(account_id, place.state, limits, event, acting.now)
    document = encode(result.state)
    effects = Effects(answer={"first": repair.first, "last": repair.last})
    row = audit_row(
        acting,
        account_id,
        place,
        event=event,
        effects=effects,
        state_after=result.state,
        state_hash=sha256_hex(document),
        limits_version=result.state.limits_version,
        notices=result.notices,
        trace_id=acting.deps.trace_id,
    )
    acting.deps.store.commit(
        Commit(
            account_id=account_id,
            expected=place,
            restores=True,
            replaces=folded.stored,
            state=result.state,
            state_json=document.decode(),
            audit=row,
            expired=result.expired,
            limits=limits,
            limits_version=result.state.limits_version,
        )
    )


def fold_log(store: Store, tables: Restored, account_id: str) -> Folded:
    """Return an account as the last entry of its log left it. Raises as `repair_account` does."""
    stored = store.read_chain(account_id)
    place = (stored.audit_sequence, stored.audit_head) if stored is not None else (0, GENESIS_HASH)
    rows = tuple(_iterate(store, account_id, place[0]))
    _require_none(list(verify_chain(rows, after=place)))
    state = stored.state if stored is not None else None
    limits = _limits_then(store, tables, account_id, state) if state is not None else Limits()
    held = held_inputs(store, account_id)
    replay = Replay(account_id=account_id, state=state, limits=limits, held=held)
    items = RestoredItems(read=lambda name: _find_order(store, account_id, name))
    for row in rows:
        _require_none(replay.feed(row))
        if replay.last is not None:
            items.feed(replay.last)
    return Folded(stored=stored, rows=rows, replay=replay, items=items)


def _find_order(store: Store, account_id: str, name: str) -> OrderRecord | None:
    try:
        return store.get_order(account_id, name)
    except NotFound:
        return None


def _limits_now(store: Store, account_id: str) -> Limits | None:
    found = store.read(ReadRequest(account_id=account_id)).limits
    return found.limits if found is not None else None


def _limits_then(store: Store, tables: Restored, account_id: str, state: AccountState) -> Limits:
    """Return the limits that a document vouches for: as they are kept, else as the log has them."""

    def fits(limits: Limits | None) -> bool:
        return limits is not None and sha256_hex(encode(limits)) == state.limits_hash

    kept = (_limits_now(store, account_id), tables.read_limits(account_id, state.limits_version))
    logged = (
        event.limits
        for row in _iterate(store, account_id, 0)
        if row.event in _SETS_LIMITS
        and isinstance(event := read_entry(row.entry).typed_inputs(), AccountRegistered | LimitsChanged)
    )
    found = next((limits for limits in chain(kept, logged) if fits(limits)), None)
    if found is None:
        raise StateCorrupt("nothing has the limits of then: restore the control table", code="LOG_NOT_CONTINUED")
    return found


def _version(stored: StoredAccount | None) -> int:
    return stored.version if stored is not None else 0


def _iterate(store: Store, account_id: str, after: int) -> Iterator[AuditRow]:
    while rows := store.list_audit(account_id, after=after, limit=PAGE):
        yield from rows
        after = rows[-1].sequence


def _require_none(findings: list[Finding]) -> None:
    """Raise StateCorrupt with the first finding, if there is one."""
    if findings:
        found = findings[0]
        raise StateCorrupt(f"entry {found.sequence}: {found.problem}", code="LOG_NOT_CONTINUED")
