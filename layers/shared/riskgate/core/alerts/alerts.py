"""Alerts: which entries of the audit log people are told about, and what of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from riskgate.core.access.tokens import ALL_STRATEGIES
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import GATEWAY_CHAIN
from riskgate.core.alerts.wording import ENTRIES, Advice, advise
from riskgate.core.codes import DenyCode
from riskgate.core.errors import WALLET_REGISTERED_TWICE, HedgeModeUnsupported, MarginModeUnsupported
from riskgate.core.ledger.account_events import LimitsChanged
from riskgate.core.ledger.events import Event
from riskgate.core.ledger.gateway_events import (
    AlertPathProbed,
    CommandOutcome,
    FrontDoorCallRefused,
    KillSwitchNotUnderstood,
    OperatorCommand,
    TokenChange,
    TokenChanged,
    WebhookChange,
    WebhookChanged,
)
from riskgate.core.levels.notices import Notice, NoticeKind
from riskgate.core.money import plain
from riskgate.core.orders.events import OrderClosed
from riskgate.core.plurals import counted
from riskgate.core.replacing import replace
from riskgate.core.routing.events import CancelOutcome, OpenOrdersCancelled, OrderOutcomeUnknown
from riskgate.core.routing.steps import BREAKER
from riskgate.core.safeguards.events import (
    AlertAcknowledged,
    BreakerReset,
    ExitEnded,
    ExitOutcome,
    ExitRequested,
    KillSwitchChanged,
    LockCleared,
    VenueObserved,
)
from riskgate.core.severity import Severity

#: Why the gateway reads no account at a venue until a person changes a setting.
REFUSALS = frozenset({HedgeModeUnsupported.code, MarginModeUnsupported.code, WALLET_REGISTERED_TWICE})
#: Orders named in one alert; the rest is counted.
ORDERS_TOLD = 10
#: Entries that may be told of whatever they changed; of all others only their notices are.
ANNOUNCED_EVENTS: frozenset[str] = frozenset(
    kind.event_name
    for kind in (
        AlertAcknowledged,
        AlertPathProbed,
        BreakerReset,
        ExitEnded,
        ExitRequested,
        FrontDoorCallRefused,
        KillSwitchChanged,
        KillSwitchNotUnderstood,
        LimitsChanged,
        LockCleared,
        OpenOrdersCancelled,
        OperatorCommand,
        OrderClosed,
        OrderOutcomeUnknown,
        TokenChanged,
        VenueObserved,
        WebhookChanged,
    )
)


class AlertKind(StrEnum):
    """What an alert is about; public API, so never renamed."""

    LIMIT_LEVEL = "limit_level"
    LIMIT_REMINDER = "limit_reminder"
    LIMIT_RECOVERED = "limit_recovered"
    VENUE_CONCENTRATION = "venue_concentration"
    BREAKER_TRIPPED = "breaker_tripped"
    BREAKER_CLEARED = "breaker_cleared"
    BREAKER_RESET = "breaker_reset"
    ENTRIES_LOCKED = "entries_locked"
    LOCKS_CLEARED = "locks_cleared"
    READING_UNEXPECTED = "reading_unexpected"
    EQUITY_UNPROVEN = "equity_unproven"
    FILL_SUSPECT = "fill_suspect"
    SOLD_BEYOND_HELD = "sold_beyond_held"
    KILL_SWITCH_ENGAGED = "kill_switch_engaged"
    KILL_SWITCH_RELEASED = "kill_switch_released"
    KILL_SWITCH_NOT_UNDERSTOOD = "kill_switch_not_understood"
    OPEN_ORDERS_CANCELLED = "open_orders_cancelled"
    CANCELS_UNSETTLED = "cancels_unsettled"
    ORDERS_LEFT_TO_CANCEL = "orders_left_to_cancel"
    EXIT_REQUESTED = "exit_requested"
    EXIT_INTERRUPTED = "exit_interrupted"
    EXIT_FAILED = "exit_failed"
    ORDER_REJECTED = "order_rejected"
    ORDER_OUTCOME_UNKNOWN = "order_outcome_unknown"
    RECONCILIATION_BREAK = "reconciliation_break"
    FILL_AFTER_STOP = "fill_after_stop"
    STOP_MISSING = "stop_missing"
    STOP_RESTORED = "stop_restored"
    DAILY_SUMMARY = "daily_summary"
    VENUE_REFUSED = "venue_refused"
    LIMITS_CHANGED = "limits_changed"
    TOKEN_CREATED = "token_created"  # noqa: S105 a kind of alert
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 a kind of alert
    WEBHOOK_CREATED = "webhook_created"
    WEBHOOK_DELETED = "webhook_deleted"
    COMMAND_REFUSED = "command_refused"
    FRONT_DOOR_CALL_REFUSED = "front_door_call_refused"
    ALERT_ACKNOWLEDGED = "alert_acknowledged"
    AUDIT_EDITED = "audit_edited"
    ALARM = "alarm"
    ALARM_CLEARED = "alarm_cleared"
    MESSAGE = "message"
    PROBE = "probe"


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """One thing people are told, once: `id` is the key under which repetitions are recognised.

    `account` is empty for what concerns no single account. `observed` and `limit` are in `unit`; `stopped` says what
    the gateway stopped, `action` what a person should do. `audit_sequence` is 0 for what stands in no audit log;
    `trace_id` is its entry's, empty where that has none.
    """

    id: str
    kind: AlertKind
    severity: Severity
    account: str
    title: str
    at: datetime
    name: str = ""
    observed: Decimal | None = None
    limit: Decimal | None = None
    unit: str = ""
    currency: str = ""
    subject: str = ""
    amount: Decimal | None = None
    stopped: str = ""
    action: str = ""
    detail: str = ""
    actor: str = ""
    audit_sequence: int = 0
    trace_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What of an audit entry alerts are made from."""

    account_id: str
    sequence: int
    at: datetime
    actor: str
    event: Event
    notices: tuple[Notice, ...]
    trace_id: str = ""


def list_alerts(entry: Entry) -> tuple[Alert, ...]:
    """Return the alerts of one audit entry, in their order; the same entry gives the same ids."""
    told = [*_from_notices(entry), *_from_event(entry)]
    prefix = f"{entry.account_id}:{entry.sequence}"
    account = "" if entry.account_id == GATEWAY_CHAIN else entry.account_id
    return tuple(
        replace(
            alert,
            # Two digits: the ids of an entry sort as its alerts do.
            id=alert.id or f"{prefix}:{number:02}",
            account=alert.account or account,
            actor=alert.actor or entry.actor,
            audit_sequence=entry.sequence,
            trace_id=entry.trace_id,
        )
        for number, alert in enumerate(told)
    )


def _alert(entry: Entry, kind: AlertKind, severity: Severity, advice: Advice, **facts: object) -> Alert:
    alert = Alert(
        id="",
        kind=kind,
        severity=severity,
        account="",
        title=advice.title,
        stopped=advice.stopped,
        action=advice.action,
        at=entry.at,
    )
    return replace(alert, **facts)  # type: ignore[arg-type]


def _from_notices(entry: Entry) -> Iterator[Alert]:
    by_person = isinstance(entry.event, BreakerReset)
    for notice in entry.notices:
        kind = AlertKind(notice.kind.value)
        detail = notice.detail
        if notice.kind is NoticeKind.BREAKER_CLEARED and by_person:
            assert isinstance(entry.event, BreakerReset)  # noqa: S101 asked above
            kind, detail = AlertKind.BREAKER_RESET, entry.event.reason
        if notice.name == DenyCode.VENUE_CONCENTRATION and notice.kind is NoticeKind.LIMIT_LEVEL:
            kind = AlertKind.VENUE_CONCENTRATION
        if notice.passed:
            detail = f"{detail} passed {' and '.join(notice.passed)} in the same step".strip()
        yield _alert(
            entry,
            kind,
            notice.severity,
            advise(kind, notice),
            name=notice.name,
            observed=notice.observed,
            limit=notice.limit,
            unit=notice.unit,
            currency=notice.currency,
            subject=notice.subject,
            amount=notice.amount,
            detail=detail,
        )


def _from_event(entry: Entry) -> Iterator[Alert]:
    event = entry.event
    match event:
        case KillSwitchChanged() if entry.account_id == GATEWAY_CHAIN:
            yield _kill_switch(entry, event)
        case LimitsChanged():
            kind, loosened = AlertKind.LIMITS_CHANGED, ", ".join(event.loosened)
            severity = Severity.ORANGE if loosened else Severity.INFO
            detail = f"loosened: {loosened}" if loosened else "nothing was loosened"
            yield _alert(entry, kind, severity, advise(kind), detail=detail)
        case TokenChanged():
            yield _token(entry, event)
        case WebhookChanged():
            yield _webhook(entry, event)
        case BreakerReset() if not any(n.kind is NoticeKind.BREAKER_CLEARED for n in entry.notices):
            kind = AlertKind.LOCKS_CLEARED
            yield _alert(entry, kind, Severity.INFO, advise(kind), name=event.name, detail=event.reason)
        case LockCleared():
            kind = AlertKind.LOCKS_CLEARED
            yield _alert(entry, kind, Severity.INFO, advise(kind), name=event.lock_id, detail=event.reason)
        case OperatorCommand(outcome=CommandOutcome.REFUSED) | FrontDoorCallRefused():
            yield _refused(entry, event)
        case AlertAcknowledged():
            kind = AlertKind.ALERT_ACKNOWLEDGED
            yield _alert(entry, kind, Severity.INFO, advise(kind), name=event.name or "all alerts")
        case KillSwitchNotUnderstood():
            kind = AlertKind.KILL_SWITCH_NOT_UNDERSTOOD
            yield _alert(entry, kind, Severity.RED, advise(kind), subject=event.item)
        case VenueObserved(is_ok=False) if event.detail.partition(":")[0] in REFUSALS:
            kind = AlertKind.VENUE_REFUSED
            code, _, detail = event.detail.partition(": ")
            # The second look that confirms it tells nothing new.
            key = f"{entry.account_id}:{code}:{event.venue}:{entry.at:%Y%m%d}"
            yield _alert(entry, kind, Severity.RED, advise(kind), name=code, subject=event.venue, detail=detail, id=key)
        case AlertPathProbed():
            yield _alert(entry, AlertKind.PROBE, Severity.INFO, advise(AlertKind.PROBE), id=f"probe:{event.probe_id}")
        case _:
            yield from _from_orders(entry, event)


def _from_orders(entry: Entry, event: Event) -> Iterator[Alert]:
    match event:
        case OpenOrdersCancelled():
            yield from _cancelled(entry, event)
        case OrderClosed(leaves_open=True):
            kind = AlertKind.EXIT_INTERRUPTED
            facts = {"subject": event.client_order_id, "detail": f"{event.status.value}: {event.reason}"}
            yield _alert(entry, kind, Severity.ORANGE, advise(kind), **facts)
        case ExitEnded(outcome=ExitOutcome.FAILED):
            kind = AlertKind.EXIT_FAILED
            detail = f"{plain(event.remaining)} left, {counted(event.attempts, 'attempt')}: {event.reason}"
            subject = f"{event.venue}:{event.symbol}"
            yield _alert(
                entry, kind, Severity.RED, advise(kind), name=event.client_order_id, subject=subject, detail=detail
            )
        case OrderClosed(status=OrderStatus.REJECTED):
            kind = AlertKind.ORDER_REJECTED
            facts = {"subject": event.client_order_id, "detail": event.reason}
            yield _alert(entry, kind, Severity.YELLOW, advise(kind), **facts)
        case OrderOutcomeUnknown():
            kind = AlertKind.ORDER_OUTCOME_UNKNOWN
            facts = {"subject": event.client_order_id, "detail": event.reason}
            yield _alert(entry, kind, Severity.ORANGE, advise(kind), **facts)
        case ExitRequested():
            kind = AlertKind.EXIT_REQUESTED
            detail = f"{event.reason} ({counted(len(event.legs), 'position')})"
            yield _alert(entry, kind, Severity.ORANGE, advise(kind), detail=detail)
        case _:
            pass


def _kill_switch(entry: Entry, event: KillSwitchChanged) -> Alert:
    kind = AlertKind.KILL_SWITCH_ENGAGED if event.engaged else AlertKind.KILL_SWITCH_RELEASED
    cancels = ". Open orders are being cancelled" if event.engaged and event.cancel_open_orders else ""
    advice = advise(kind)
    if event.engaged and event.scope != "global":
        advice = replace(
            advice, stopped=f"All new orders of {event.scope} {event.key} are blocked. Cancels and /exit still pass"
        )
    return _alert(
        entry,
        kind,
        Severity.RED if event.engaged else Severity.ORANGE,
        replace(advice, stopped=advice.stopped + cancels),
        account=event.key if event.scope == "account" else "",
        name=event.scope,
        subject=event.key or "everything",
        detail=event.reason,
    )


def _cancelled(entry: Entry, event: OpenOrdersCancelled) -> Iterator[Alert]:
    open_still = [r for r in event.results if r.outcome in {CancelOutcome.FAILED, CancelOutcome.UNKNOWN}]
    facts: dict[str, object] = {"name": event.scope, "subject": event.key or "everything"}
    stop = f"{event.scope}:{event.key}:{event.flag_at:%Y%m%dT%H%M%S%f}"
    if open_still or event.remaining:
        kind = AlertKind.CANCELS_UNSETTLED
        count = len(open_still) + event.remaining
        detail = f"{count} of {counted(len(event.results) + event.remaining, 'order')} may still be open at the venue"
        advice = replace(advise(kind), stopped=ENTRIES) if event.scope == BREAKER else advise(kind)
        # One alert per stop: each further attempt would tell the same.
        key = f"{entry.account_id}:unsettled:{stop}"
        yield _alert(entry, kind, Severity.RED, advice, detail=detail, id=key, **facts)
    elif event.results:
        kind = AlertKind.OPEN_ORDERS_CANCELLED
        seconds = Decimal(event.duration_ms) / 1000
        start = "breaker" if event.scope == BREAKER else "kill switch"
        detail = f"{counted(len(event.results), 'order')}, {seconds} s after the {start}"
        yield _alert(entry, kind, Severity.INFO, advise(kind), detail=detail, **facts)
    if event.left_to_cancel:
        kind = AlertKind.ORDERS_LEFT_TO_CANCEL
        told, more = event.left_to_cancel[:ORDERS_TOLD], len(event.left_to_cancel) - ORDERS_TOLD
        detail = ", ".join([*told, f"{more} more"] if more > 0 else told)
        key = f"{entry.account_id}:left:{stop}"
        yield _alert(entry, kind, Severity.ORANGE, advise(kind), detail=detail, id=key, **facts)


def _token(entry: Entry, event: TokenChanged) -> Alert:
    created = event.change is TokenChange.CREATED
    kind = AlertKind.TOKEN_CREATED if created else AlertKind.TOKEN_REVOKED
    detail = f"{event.operator} · {', '.join(event.scopes)} · accounts {', '.join(event.accounts)}"
    if ALL_STRATEGIES not in event.strategies:
        detail += f" · strategies {', '.join(event.strategies)}"
    severity = Severity.YELLOW if created else Severity.INFO
    return _alert(entry, kind, severity, advise(kind), subject=event.token_id, detail=detail)


def _webhook(entry: Entry, event: WebhookChanged) -> Alert:
    gone = event.change is WebhookChange.DELETED
    kind = AlertKind.WEBHOOK_DELETED if gone else AlertKind.WEBHOOK_CREATED
    detail = f"{event.operator} · {', '.join(event.actions)} · account {event.account_id} · strategy {event.strategy}"
    severity = Severity.INFO if gone else Severity.YELLOW
    return _alert(entry, kind, severity, advise(kind), subject=event.name, detail=detail)


def _refused(entry: Entry, event: OperatorCommand | FrontDoorCallRefused) -> Alert:
    if isinstance(event, FrontDoorCallRefused):
        return _call_refused(entry, event)
    kind = AlertKind.COMMAND_REFUSED
    # A stranger who keeps trying is told of once an hour.
    key = f"refused:{event.chat_id}:{entry.actor}:{entry.at:%Y%m%dT%H}"
    return _alert(entry, kind, Severity.ORANGE, advise(kind), subject=event.command, detail=event.detail, id=key[:128])


def _call_refused(entry: Entry, event: FrontDoorCallRefused) -> Alert:
    kind = AlertKind.FRONT_DOOR_CALL_REFUSED
    detail = f"{event.method} {event.path} · account {event.account_id} · strategy {event.strategy}"
    # A bot that keeps trying is told of once an hour.
    key = f"front-door:{event.key_id}:{entry.at:%Y%m%dT%H}"
    return _alert(entry, kind, Severity.ORANGE, advise(kind), subject=f"key {event.key_id}", detail=detail, id=key)
