"""Tell people that a chain contradicts its seal, or itself."""

from collections.abc import Sequence
from datetime import datetime

from riskgate.app.audit.seal_chain import SealReport
from riskgate.app.ports.alerts import AlertSink
from riskgate.core.account.stored import GATEWAY_CHAIN
from riskgate.core.alerts.alerts import Alert, AlertKind
from riskgate.core.alerts.wording import advise
from riskgate.core.severity import Severity
from riskgate.schemas.codec import encode, sha256_hex


def tell_findings(report: SealReport, sinks: Sequence[AlertSink], now: datetime) -> None:
    """Send one red alert for what is wrong with a chain; the same again later is the same alert, told once.

    Raises Transient: it may not have arrived; sending it again is safe.
    """
    first, advice = report.findings[0], advise(AlertKind.AUDIT_EDITED)
    more = f" (and {len(report.findings) - 1} more)" if len(report.findings) > 1 else ""
    alert = Alert(
        id=f"audit-seal:{report.account_id}:{sha256_hex(encode(report.findings))[:16]}",
        kind=AlertKind.AUDIT_EDITED,
        severity=Severity.RED,
        account="" if report.account_id == GATEWAY_CHAIN else report.account_id,
        title=advice.title,
        action=advice.action,
        detail=f"entry {first.sequence}: {first.problem}{more}",
        at=now,
    )
    for sink in sinks:
        sink.send(alert)
