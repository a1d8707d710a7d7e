"""The next entry of a chain: what was read, decided and answered, by whom, and under which trace id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from riskgate.app.ports.store import AuditRow
from riskgate.core.account.stored import GENESIS_HASH
from riskgate.core.orders.events import RULES
from riskgate.schemas.log.audit_entry import AuditEntry, seal
from riskgate.schemas.log.named_inputs import NAMING_SINCE
from riskgate.schemas.versions import schema_of

if TYPE_CHECKING:
    from riskgate.app.ledger.commit_event import Acting, Effects
    from riskgate.core.account.document import AccountState
    from riskgate.core.account.stored import OrderRecord, StoredAccount
    from riskgate.core.ledger.events import Event
    from riskgate.core.levels.notices import Notice
    from riskgate.schemas.log.named_inputs import NamedInput

#: What the names of jobs begin with, who act where nobody asked.
JOBS = "job:"


def trace_of(acting: Acting, records: tuple[OrderRecord, ...]) -> str:
    """Return the trace id of an event: its request's, but of what a job finds out about an order the order's own."""
    ids = {record.trace_id for record in records} if acting.actor.startswith(JOBS) else set()
    return (ids.pop() if len(ids) == 1 else "") or acting.deps.trace_id


def audit_row(
    acting: Acting,
    account_id: str,
    stored: StoredAccount | None,
    *,
    event: Event,
    effects: Effects,
    state_after: AccountState | None,
    state_hash: str,
    limits_version: int,
    notices: tuple[Notice, ...] = (),
    trace_id: str,
    named: tuple[NamedInput, ...] = (),
) -> AuditRow:
    """Seal the next entry of the account's chain; `named` is what its event lacks, as earlier ones hold it."""
    before = stored.version if stored is not None else 0
    entry = AuditEntry(
        account_id=account_id,
        sequence=(stored.audit_sequence if stored is not None else 0) + 1,
        previous_hash=stored.audit_head if stored is not None else GENESIS_HASH,
        at=acting.now,
        actor=acting.actor,
        event=event.event_name,
        inputs=event,
        answer=effects.answer,
        limits_version=limits_version,
        state_version_before=before,
        state_version_after=state_after.version if state_after is not None else before + 1,
        state_hash=state_hash,
        notices=notices,
        trace_id=trace_id or UNSET,
        rules=RULES,
        schema_version=schema_of(AuditEntry).version,
        state_schema_version=schema_of(type(state_after)).version if state_after is not None else UNSET,
        oldest_reader=NAMING_SINCE if named else UNSET,
        named=named or UNSET,
    )
    text, digest = seal(entry)
    return AuditRow(
        account_id=account_id,
        sequence=entry.sequence,
        hash=digest,
        entry=text,
        event=entry.event,
        at=acting.now,
        actor=acting.actor,
        decision=effects.decision,
        code=effects.code,
        notices=len(notices),
    )
