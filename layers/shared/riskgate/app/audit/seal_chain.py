"""Hold a chain against its newest sealed head, and seal how far it has come since."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from riskgate.app.audit.verify_audit import Finding, verify_chain
from riskgate.app.ports.seals import SealReader, Seals
from riskgate.app.ports.store import AuditRow, Store
from riskgate.core.account.stored import GENESIS_HASH, StoredAccount
from riskgate.core.errors import StateCorrupt
from riskgate.core.ledger.seal import SealedHead
from riskgate.schemas.codec import sha256_hex
from riskgate.schemas.log.audit_entry import read_entry

#: Entries read at a time, and in one run: a chain that is further behind is sealed in steps.
PAGE, ENTRIES_MAX = 100, 2_000


@dataclass(frozen=True, kw_only=True, slots=True)
class SealReport:
    """What a run came to: the entries that are sealed now, how many were read, and what is wrong with the chain."""

    account_id: str
    sealed: int
    read: int
    findings: tuple[Finding, ...]


def seal_chain(account_id: str, *, store: Store, seals: Seals, now: datetime) -> SealReport:
    """Verify what was written since the newest seal, and that what it sealed still stands; then seal the head.

    A chain with a finding keeps its old seal. Raises Transient: the database, the bucket or the key did not answer.
    """
    try:
        sealed = seals.read_newest(account_id)
        stored = store.read_chain(account_id)
    except StateCorrupt as error:
        return SealReport(
            account_id=account_id, sealed=0, read=0, findings=(Finding(sequence=0, problem=error.detail),)
        )
    place = (sealed.sequence, sealed.hash) if sealed is not None else (0, GENESIS_HASH)
    findings = list(compare_with_seal(store, sealed, stored))
    rows: list[AuditRow] = []
    if stored is not None and not findings:
        rows = list(islice(_rows(store, account_id, after=place[0], until=stored.audit_sequence), ENTRIES_MAX))
        is_whole = len(rows) < ENTRIES_MAX
        findings += verify_chain(rows, head=stored.audit_head if is_whole else None, after=place)
        if is_whole and not findings:
            last_row = rows[-1:] or store.list_audit(account_id, after=stored.audit_sequence - 1, limit=1)
            findings += _compare_document(last_row, stored)
    if rows and not findings:
        last = rows[-1]
        seals.put(SealedHead(account_id=account_id, sequence=last.sequence, hash=last.hash, sealed_at=now))
        place = (last.sequence, last.hash)
    return SealReport(account_id=account_id, sealed=place[0], read=len(rows), findings=tuple(findings))


def read_seal(seals: SealReader, account_id: str) -> tuple[SealedHead | None, list[Finding]]:
    """Return the newest seal, or a finding in its place."""
    try:
        return seals.read_newest(account_id), []
    except StateCorrupt as error:
        return None, [Finding(sequence=0, problem=error.detail)]


def compare_with_seal(store: Store, sealed: SealedHead | None, stored: StoredAccount | None) -> Iterator[Finding]:
    """Yield how log and account document contradict a sealed head: cut short, hashed anew, an old document put back."""
    if sealed is None:
        return
    at = sealed.sequence
    row = next(iter(store.list_audit(sealed.account_id, after=at - 1, limit=1)), None)
    if row is None or row.sequence != at:
        yield Finding(sequence=at, problem="the sealed entry is missing")
    elif row.hash != sealed.hash or sha256_hex(row.entry.encode()) != sealed.hash:
        yield Finding(sequence=at, problem="not the entry that was sealed: the chain was written anew")
    if stored is None:
        yield Finding(sequence=at, problem="the account document is missing")
    elif stored.audit_sequence < at:
        yield Finding(
            sequence=stored.audit_sequence, problem=f"the account document is older than the sealed entry {at}"
        )
    elif stored.audit_sequence == at and stored.audit_head != sealed.hash:
        yield Finding(sequence=at, problem="the account document names another head than the sealed one")


def _compare_document(last: Sequence[AuditRow], stored: StoredAccount) -> Iterator[Finding]:
    """Yield whether an account document is another one than its last entry, if there is one, left."""
    for row in last:
        if stored.state is not None and read_entry(row.entry).state_hash != sha256_hex(stored.document):
            text = "the account document is not what this entry left"
            yield Finding(sequence=stored.audit_sequence, problem=text)


def _rows(store: Store, account_id: str, *, after: int, until: int) -> Iterator[AuditRow]:
    while after < until and (page := store.list_audit(account_id, after=after, limit=PAGE)):
        for row in page:
            if row.sequence > until:
                return
            yield row
        after = page[-1].sequence
