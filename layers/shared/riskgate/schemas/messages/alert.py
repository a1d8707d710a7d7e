"""The alert message: what subscribers of the topic and the notifier's queue get, versioned."""

from dataclasses import dataclass, fields

from riskgate.core.alerts.alerts import Alert
from riskgate.core.errors import InvalidRequest
from riskgate.schemas.codec import DecodeError, decode, encode

#: Raised only when a reader of the old shape could not read the new one; new fields do not raise it.
SCHEMA_VERSION = 1
#: What the attribute `account` says of an alert that concerns no single account.
ALL_ACCOUNTS = "*"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Versioned:
    schema_version: int


def write_alert(alert: Alert) -> str:
    """Return the message's canonical JSON."""
    stated = {f.name: getattr(alert, f.name) for f in fields(alert)}
    if not alert.trace_id:
        del stated["trace_id"]
    return encode({"schema_version": SCHEMA_VERSION} | stated).decode()


def read_alert(text: str) -> Alert:
    """Read a message back; fields that are not known are left out.

    Raises InvalidRequest: the text is not an alert, or one of another version.
    """
    try:
        version = decode(text, _Versioned).schema_version
        if version != SCHEMA_VERSION:
            raise InvalidRequest(f"alert version {version} is not supported", code="MESSAGE_INVALID")
        return decode(text, Alert)
    except DecodeError as error:
        raise InvalidRequest("the text is not an alert", code="MESSAGE_INVALID") from error


def alert_attributes(alert: Alert) -> dict[str, str]:
    """Return the attributes that subscribers filter by, and the trace id where there is one."""
    return {
        "schema_version": str(SCHEMA_VERSION),
        "severity": alert.severity.value,
        "account": alert.account or ALL_ACCOUNTS,
        "kind": alert.kind.value,
    } | ({"trace_id": alert.trace_id} if alert.trace_id else {})
