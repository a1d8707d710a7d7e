"""Announce what stands in the audit log: the log's stream is the outbox, so what committed is told."""

from collections.abc import Sequence

from riskgate.app.ports.alerts import AlertSink
from riskgate.core.alerts.alerts import Alert, AlertKind, Entry, list_alerts
from riskgate.core.levels.notices import Notice
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.log.audit_entry import AuditEntry


def announce_entry(written: AuditEntry, sinks: Sequence[AlertSink]) -> tuple[Alert, ...]:
    """Hand the alerts of one audit entry over, in their order; repeating it gives the same alerts.

    Each sink gets every alert, the notifier's queue first; the test of the path goes to that one alone. Raises
    ValueError: the entry cannot be read, and never will be; Transient: some may not have arrived, announce all again.
    """
    alerts = alerts_of(written)
    for alert in alerts:
        # Subscribers by e-mail need not hear every few minutes that all is well.
        for sink in sinks[:1] if alert.kind is AlertKind.PROBE else sinks:
            sink.send(alert)
    return alerts


def alerts_of(written: AuditEntry) -> tuple[Alert, ...]:
    """Return the alerts of one audit entry. Raises ValueError: the entry cannot be read."""
    entry = Entry(
        account_id=written.account_id,
        sequence=written.sequence,
        at=written.at,
        actor=written.actor,
        event=written.typed_inputs(),
        notices=decode(encode(written.notices), tuple[Notice, ...]),
        trace_id=written.trace_id or "",
    )
    return list_alerts(entry)
