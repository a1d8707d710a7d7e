"""An entry of the audit log as the API shows it."""

from riskgate.app.ports.store import AuditRow
from riskgate.schemas.http.answers.audit import AuditEntryRow
from riskgate.schemas.log.audit_entry import read_entry


def audit_body(row: AuditRow) -> AuditEntryRow:
    """Return an audit entry with the hash that seals it."""
    entry = read_entry(row.entry)
    return AuditEntryRow(
        account_id=entry.account_id,
        sequence=entry.sequence,
        previous_hash=entry.previous_hash,
        hash=row.hash,
        at=entry.at,
        actor=entry.actor,
        event=entry.event,
        inputs=entry.inputs,
        answer=entry.answer,
        limits_version=entry.limits_version,
        state_version_before=entry.state_version_before,
        state_version_after=entry.state_version_after,
        state_hash=entry.state_hash,
        engine_version=entry.engine_version,
        notices=entry.notices,
    )
