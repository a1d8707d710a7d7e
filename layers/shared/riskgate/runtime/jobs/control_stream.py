"""What stops trading, as the tables' streams tell it: changes of kill switches, and breakers that tripped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from riskgate.adapters.dynamodb.items import parse_kill_switch, parse_stored_kill_switch, read_kill_switch_name
from riskgate.app.alerts.probe_alert_path import probe_alert_path
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.safeguards.carry_out_change import EDITOR, SeenChange, carry_out_change, note_not_understood
from riskgate.app.safeguards.halt_entries import halt_entries
from riskgate.app.safeguards.set_kill_switch import put_guards
from riskgate.core.errors import NotFound, StateCorrupt
from riskgate.core.kill_switch import KillSwitch, StoredKillSwitch
from riskgate.core.levels.notices import NoticeKind
from riskgate.core.orders.events import OrderClosed
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs.streams import StreamRecord, keys_of, read_image
from riskgate.schemas.log.audit_entry import AuditEntry
from riskgate.schemas.messages.order import MessageKind, OrderMessage

KILL_SWITCH_CARRIED_OUT = "kill_switch_carried_out"
TABLE_EDIT_NOTED = "table_edit_noted"
ENTRIES_HALTED = "entries_halted"
EXIT_INTERRUPTED = "exit_interrupted"
EDIT_NOT_UNDERSTOOD = "table_edit_not_understood"
ALERT_PATH_PROBED = "alert_path_probed"
GUARDS_REPAIRED = "kill_switch_guards_repaired"
#: The stream tells the second in which an edit was made.
CLOCK_GRAIN = timedelta(seconds=1)
#: Who tries an exit again, as the log names it.
FOLLOW_UP_ACTOR = "job:exits"
UNREADABLE = "missing or not a boolean: treated as engaged"


#: Notices of entries with which a breaker may have tripped.
TRIPS = frozenset({NoticeKind.BREAKER_TRIPPED, NoticeKind.RECONCILIATION_BREAK})


def handle_change(record: StreamRecord) -> None:
    """Act on what changed in the control table, or was written to the audit log; raises as each of the two."""
    (handle_entry if "entry" in record["dynamodb"].get("NewImage", {}) else handle_switch)(record)


def handle_entry(record: StreamRecord) -> None:
    """Have the entries cancelled that a breaker stops which tripped with this entry of the log; have exits followed.

    Raises ValueError, KeyError: the record is no audit entry, or its account cannot be read; Exception: it has to come
    again.
    """
    entry = read_image(record)
    with logger.append_context_keys(**keys_of(entry)):
        if entry.event == OrderClosed.event_name and entry.inputs.get("leaves_open"):
            _follow_exit(entry)
        if any(notice["kind"] in TRIPS for notice in entry.notices):
            _halt_entries(entry)


def _halt_entries(entry: AuditEntry) -> None:
    deps = replace(wiring.deps(), trace_id=entry.trace_id or "")
    try:
        halted = halt_entries(entry.account_id, entry.at, deps=deps, queue=wiring.queue())
    except (NotFound, StateCorrupt) as error:
        raise ValueError(error.detail) from error
    for breaker in halted:
        logger.warning(ENTRIES_HALTED, account_id=entry.account_id, breaker=breaker)


def _follow_exit(entry: AuditEntry) -> None:
    """Tell the order worker of an exit that ended although nobody asked for that."""
    name = entry.inputs["client_order_id"]
    message = OrderMessage(
        kind=MessageKind.FOLLOW_EXIT,
        account_id=entry.account_id,
        client_order_id=name,
        sent_at=entry.at,
        actor=FOLLOW_UP_ACTOR,
        trace_id=entry.trace_id or "",
    )
    wiring.queue().send(message)
    logger.warning(EXIT_INTERRUPTED, account_id=entry.account_id, client_ref=name, reason=entry.inputs["reason"])


def handle_switch(record: StreamRecord) -> None:
    """Carry out a change of a kill switch, whoever made it; cry out about one that stops nothing.

    Raises ValueError, KeyError, TypeError: the record is none of a kill switch's item; Exception: it has to come again.
    """
    item = str(record["dynamodb"]["Keys"]["sk"]["S"])
    named = read_kill_switch_name(item)
    if named is None:
        _refuse(record, item)
        return
    put_guards(wiring.deps(), wiring.deps().store.kill_switches.list_shards(*named), stale_alone=True)
    seen = read_change(record)
    if seen is None:
        return
    is_edit = carry_out_change(seen, deps=wiring.deps(), queue=wiring.queue, now=utc_now())
    if is_edit:
        logger.warning(TABLE_EDIT_NOTED, item=seen.item, engaged=seen.flag.engaged)
        metrics.add_metric(name="TableEdits", unit=MetricUnit.Count, value=1)
    else:
        logger.info(KILL_SWITCH_CARRIED_OUT, item=seen.item, engaged=seen.flag.engaged)


def read_change(record: StreamRecord) -> SeenChange | None:
    """Return the change a record tells of, or None where nothing about the flag changed and nobody set it anew.

    Who sets a flag stamps who and when into the item; an edit leaves the stamp of the last change, or has none.
    """
    change = record["dynamodb"]
    old, new = change.get("OldImage"), change.get("NewImage")
    scope, name = _named(change["Keys"]["sk"]["S"])
    before, after = _meaning(scope, name, old), _meaning(scope, name, new)
    was, now = _stored(change["Keys"], old), _stored(change["Keys"], new)
    is_stamped = bool(now.updated_at and now.updated_by) and _stamp(now) != _stamp(was)
    if before == after and not is_stamped:
        return None
    engaged, cancels = after
    reason = UNREADABLE if engaged is None else _text(new, "reason") or _default_reason(new)
    made_at = datetime.fromtimestamp(float(change["ApproximateCreationDateTime"]), UTC) + CLOCK_GRAIN
    # The route counts what it writes: an item put back as it once was brings an old number along.
    by_route = is_stamped and now.change_id != was.change_id and now.version == was.version + 1
    return SeenChange(
        edit_id=record["eventID"],
        item=change["Keys"]["sk"]["S"],
        flag=KillSwitch(scope=scope, key=name, engaged=engaged, reason=reason),
        cancel_open_orders=cancels,
        seen_at=min(made_at, utc_now()),
        stamp=now.updated_by if is_stamped else "",
        change_id=now.change_id if by_route else "",
        version=now.version,
    )


def _refuse(record: StreamRecord, item: str) -> None:
    """Say loudly that an edit stops nothing; one that takes the item away, or releases it, needs no saying."""
    new = record["dynamodb"].get("NewImage")
    if new is None or new.get("engaged") == {"BOOL": False}:
        return
    acting = Acting(deps=wiring.deps(), actor=EDITOR, now=utc_now())
    if note_not_understood(acting, item[:128], record["eventID"]):
        logger.error(EDIT_NOT_UNDERSTOOD, item=item[:128])


def _named(sort_key: str) -> tuple[str, str]:
    named = read_kill_switch_name(sort_key)
    if named is None:
        raise ValueError("no kill switch of any order")
    return named


def _meaning(scope: str, name: str, image: dict[str, Any] | None) -> tuple[bool | None, bool]:
    """Return what the flag means for decisions (None: unreadable), and whether it cancels."""
    flag = parse_kill_switch(scope, name, image)
    cancels = (image or {}).get("cancel_open_orders", {}).get("BOOL") is True
    return (flag.engaged if flag is not None else False), cancels


def _stored(keys: dict[str, Any], image: dict[str, Any] | None) -> StoredKillSwitch:
    return parse_stored_kill_switch(keys | (image or {}))


def _stamp(stored: StoredKillSwitch) -> tuple[str, str, str]:
    return stored.updated_at, stored.updated_by, stored.change_id


def _text(image: dict[str, Any] | None, name: str) -> str:
    return str((image or {}).get(name, {}).get("S", ""))


def _default_reason(new: dict[str, Any] | None) -> str:
    return "edited in the table" if new is not None else "the item was deleted from the table"


def probe(probe_id: str) -> None:
    """Send a synthetic alert along the whole path; its arrival is a metric, its absence an alarm."""
    probe_alert_path(probe_id, deps=wiring.deps(), now=utc_now())
    metrics.add_metric(name="AlertPathProbes", unit=MetricUnit.Count, value=1)
    logger.info(ALERT_PATH_PROBED, probe_id=probe_id)


def repair_guards() -> None:
    """Compare all guards with the flags, and write those that say something else: no change has brought them along."""
    deps = wiring.deps()
    repaired = put_guards(deps, deps.store.kill_switches.list_shards("global", ""), stale_alone=True)
    if repaired:
        logger.warning(GUARDS_REPAIRED, guards=repaired)
