"""What stops trading, as the tables' streams tell it: edits of kill switches, and breakers that tripped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from riskgate.adapters.dynamodb.items import parse_kill_switch
from riskgate.app.alerts.probe_alert_path import probe_alert_path
from riskgate.app.safeguards.halt_entries import halt_entries
from riskgate.app.safeguards.note_table_edit import TableEdit, note_table_edit
from riskgate.core.errors import NotFound, StateCorrupt
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.levels.notices import NoticeKind
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs.streams import StreamRecord
from riskgate.schemas.log.audit_entry import read_entry

TABLE_EDIT_NOTED = "table_edit_noted"
ENTRIES_HALTED = "entries_halted"
ALERT_PATH_PROBED = "alert_path_probed"
#: The stream tells the second in which an edit was made.
CLOCK_GRAIN = timedelta(seconds=1)


#: Notices of entries with which a breaker may have tripped.
TRIPS = frozenset({NoticeKind.BREAKER_TRIPPED, NoticeKind.RECONCILIATION_BREAK})


def handle_change(record: StreamRecord) -> None:
    """Act on what changed in the control table, or was written to the audit log; raises as each of the two."""
    (handle_entry if "entry" in record["dynamodb"].get("NewImage", {}) else handle_edit)(record)


def handle_entry(record: StreamRecord) -> None:
    """Have the entries cancelled that a breaker stops which tripped with this entry of the log.

    Raises ValueError, KeyError: the record is no audit entry, or its account cannot be read; Exception: it has to come
    again.
    """
    entry = read_entry(record["dynamodb"]["NewImage"]["entry"]["S"])
    if not any(notice["kind"] in TRIPS for notice in entry.notices):
        return
    try:
        halted = halt_entries(entry.account_id, entry.at, deps=wiring.deps(), queue=wiring.queue())
    except (NotFound, StateCorrupt) as error:
        raise ValueError(error.detail) from error
    for breaker in halted:
        logger.warning(ENTRIES_HALTED, account_id=entry.account_id, breaker=breaker)


def handle_edit(record: StreamRecord) -> None:
    """Note an edit of a kill switch that nobody else wrote down.

    Raises ValueError, KeyError, TypeError: the record is none of a kill switch's item; Exception: it has to come
    again.
    """
    edit = read_edit(record)
    if edit is None:
        return
    now = utc_now()
    noted = note_table_edit(edit, deps=wiring.deps(), queue=wiring.queue, now=now)
    if noted:
        logger.warning(TABLE_EDIT_NOTED, scope=edit.flag.scope, key=edit.flag.key, engaged=edit.flag.engaged)
        metrics.add_metric(name="TableEdits", unit=MetricUnit.Count, value=1)


def read_edit(record: StreamRecord) -> TableEdit | None:
    """Return the edit a record tells of; None where nothing about the flag changed, or the admin route did it.

    The route stamps who and when into the item; an edit leaves the stamp of the last change, or has none.
    """
    change = record["dynamodb"]
    old, new = change.get("OldImage"), change.get("NewImage")
    scope, name = _scope_of(change["Keys"]["sk"]["S"])
    if new is not None and _stamp(new) is not None and _stamp(new) != (_stamp(old) if old else None):
        return None
    before, after = _meaning(scope, name, old), _meaning(scope, name, new)
    if before == after:
        return None
    engaged, cancels = after
    flag = KillSwitch(scope=scope, key=name, engaged=engaged, reason=_text(new, "reason") or _default_reason(new))
    made_at = datetime.fromtimestamp(float(change["ApproximateCreationDateTime"]), UTC) + CLOCK_GRAIN
    return TableEdit(
        edit_id=record["eventID"],
        flag=flag,
        cancel_open_orders=cancels,
        edited_at=min(made_at, utc_now()),
    )


def _scope_of(sort_key: str) -> tuple[str, str]:
    scope, _, name = sort_key.partition("#")
    if scope not in {"GLOBAL", "ACCOUNT", "VENUE", "STRATEGY", "SYMBOL"}:
        raise ValueError("not a kill switch scope")
    return scope.lower(), name


def _meaning(scope: str, name: str, image: dict[str, Any] | None) -> tuple[bool | None, bool]:
    """Return what the flag means for decisions (None: unreadable), and whether it cancels."""
    flag = parse_kill_switch(scope, name, image)
    cancels = (image or {}).get("cancel_open_orders", {}).get("BOOL") is True
    return (flag.engaged if flag is not None else False), cancels


def _stamp(image: dict[str, Any]) -> tuple[str, str] | None:
    at, who = _text(image, "updated_at"), _text(image, "updated_by")
    return (at, who) if at and who else None


def _text(image: dict[str, Any] | None, name: str) -> str:
    return str((image or {}).get(name, {}).get("S", ""))


def _default_reason(new: dict[str, Any] | None) -> str:
    return "edited in the table" if new is not None else "the item was deleted from the table"


def probe(probe_id: str) -> None:
    """Send a synthetic alert along the whole path; its arrival is a metric, its absence an alarm."""
    probe_alert_path(probe_id, deps=wiring.deps(), now=utc_now())
    metrics.add_metric(name="AlertPathProbes", unit=MetricUnit.Count, value=1)
    logger.info(ALERT_PATH_PROBED, probe_id=probe_id)
