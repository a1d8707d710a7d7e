"""An entry of the audit log as the API shows it."""

from msgspec import structs

from riskgate.app.ports.store import AuditRow
from riskgate.schemas.http.answers.audit import AuditEntryRow
from riskgate.schemas.log.audit_entry import read_entry


def audit_body(row: AuditRow) -> AuditEntryRow:
    """Return an audit entry with the hash that seals it."""
    return AuditEntryRow(hash=row.hash, **structs.asdict(read_entry(row.entry)))
