"""Show alerts in their chats: each once, in the order of its account, no faster than the messenger takes them.

An alert is taken on in the outbox first. Whoever holds a chat's lane then shows what is pending there, until nothing
is left. What was held up is folded into one summary; what is fresh gets a message of its own, red accounts first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from riskgate.app.ports.alerts import Lane, Messenger, Outbox, PendingAlert
from riskgate.core.alerts.alerts import Alert, AlertKind
from riskgate.core.errors import ChatThrottled, ChatUnreachable, GatewayError, Transient
from riskgate.core.severity import Severity
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.schemas.secrets.telegram import TelegramSecret
from riskgate.schemas.texts.alert_html import alert_html, split_pages, summary_pages

ALERT_DELIVERED = "alert_delivered"
ALERTS_HELD_UP = "alerts_held_up"
CHAT_UNREACHABLE = "chat_unreachable"
ALERT_PATH_PROVED = "alert_path_proved"
ALERT_PATH_BROKEN = "alert_path_broken"

#: What waited longer than this was held up; so was everything where more than `BACKLOG_MAX` are pending.
FRESH = timedelta(seconds=60)
BACKLOG_MAX = 10
#: Telegram takes one message a second in a chat, and twenty a minute in a group.
GAP = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
GROUP_MESSAGES_PER_MINUTE = 20
#: Seconds to wait before each further attempt at a message; then the chat rests for `REST`.
BACKOFF_SECONDS = (1, 2)
REST = timedelta(seconds=20)
UNREACHABLE_REST = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One invocation that delivers; `holder` is its own id, `deadline` when it has to end."""

    outbox: Outbox
    messenger: Messenger
    secret: TelegramSecret
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    holder: str
    deadline: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """The pages of one message, and the alerts it shows."""

    pages: tuple[str, ...]
    shows: tuple[PendingAlert, ...]
    silent: bool


def take_on(alert: Alert, delivery: Delivery) -> bool:
    """Take an alert on for its chats; False for a repetition. A test of the path ends here instead.

    Raises Transient: nothing is known; taking it on again is safe.
    """
    if alert.kind is AlertKind.PROBE:
        _arrive(alert, delivery)
        return True
    chats = delivery.secret.chats_of(alert.severity)
    if not chats and alert.severity is Severity.RED:
        logger.error(CHAT_UNREACHABLE, alert_id=alert.id, detail="no chat is set up for red alerts")
        metrics.add_metric(name="ChatUnreachable", unit=MetricUnit.Count, value=1)
    return delivery.outbox.add(alert, chats, delivery.clock())


def _arrive(probe: Alert, delivery: Delivery) -> None:
    """Report how long a test took; one that fails holds up no alert, its missing report is the alarm."""
    try:
        delivery.messenger.check()
    except GatewayError as error:
        logger.error(ALERT_PATH_BROKEN, alert_id=probe.id, code=error.code, detail=error.detail)
        return
    seconds = (delivery.clock() - probe.at).total_seconds()
    metrics.add_metric(name="AlertPathSeconds", unit=MetricUnit.Seconds, value=seconds)
    logger.info(ALERT_PATH_PROVED, alert_id=probe.id, seconds=seconds)


def list_by_urgency(outbox: Outbox) -> list[str]:
    """Return the chats in which something is pending, the gravest first: a busy chat takes its time.

    Raises Transient: the outbox did not answer.
    """
    ranks = {
        chat: max((p.alert.severity.rank for p in outbox.list_pending(chat)), default=-1)
        for chat in outbox.list_chats()
    }
    return sorted((chat for chat, rank in ranks.items() if rank >= 0), key=lambda chat: -ranks[chat])


def deliver(chat: str, delivery: Delivery) -> None:
    """Show what is pending in a chat, unless somebody else does or the chat must rest.

    Raises Transient: the outbox did not answer; what was not shown is still pending.
    """
    while delivery.clock() < delivery.deadline:
        now = delivery.clock()
        lane = delivery.outbox.acquire(chat, delivery.holder, now, delivery.deadline + REST)
        if lane is None:
            return
        try:
            lane, not_before = _drain(lane, delivery)
        except Exception:
            delivery.outbox.release(lane, None)
            raise
        delivery.outbox.release(lane, not_before)
        # What came after the last look found the lane taken: look again, now that it is free.
        if not_before is not None or not delivery.outbox.list_pending(chat):
            return


def plan_message(pending: Sequence[PendingAlert], now: datetime) -> Message:
    """Return the next message to send: a summary of what was held up, else the first alert by urgency."""
    late = [item for item in pending if now - item.queued_at > FRESH or now - item.alert.at > FRESH]
    if len(pending) > BACKLOG_MAX:
        late = list(pending)
    ordered = _by_urgency(late or pending)
    if len(late) > 1:
        alerts = [item.alert for item in ordered]
        silent = all(alert.severity.rank < Severity.ORANGE.rank for alert in alerts)
        return Message(pages=summary_pages(alerts), shows=tuple(ordered), silent=silent)
    first = ordered[0]
    silent = first.alert.severity.rank < Severity.ORANGE.rank
    return Message(pages=split_pages(alert_html(first.alert).splitlines()), shows=(first,), silent=silent)


def _by_urgency(pending: Sequence[PendingAlert]) -> list[PendingAlert]:
    """Return accounts with a red alert first; within an account nothing overtakes: its last word must be the last."""
    urgent = {item.alert.account for item in pending if item.alert.severity is Severity.RED}
    oldest: dict[str, datetime] = {}
    for item in pending:
        oldest[item.alert.account] = min(item.alert.at, oldest.get(item.alert.account, item.alert.at))
    # Stable: within an account the outbox's order stays.
    return sorted(pending, key=lambda p: (p.alert.account not in urgent, oldest[p.alert.account], p.alert.account))


def _drain(lane: Lane, delivery: Delivery) -> tuple[Lane, datetime | None]:
    """Show what is pending; return the lane, and when the chat may be tried again where something is left."""
    while True:
        pending = delivery.outbox.list_pending(lane.chat)
        if not pending:
            return lane, None
        message = plan_message(pending, delivery.clock())
        try:
            for page in message.pages:
                lane = _send(lane, page, delivery, silent=message.silent)
        except ChatUnreachable as error:
            rest = _redirect(lane, pending, error, delivery)
            return lane, delivery.clock() + rest
        except ChatThrottled as error:
            _held_up(lane, pending, error)
            return lane, delivery.clock() + timedelta(seconds=error.retry_after_seconds)
        except Transient as error:
            _held_up(lane, pending, error)
            return lane, delivery.clock() + REST
        _note(message, delivery)


def _send(lane: Lane, page: str, delivery: Delivery, *, silent: bool) -> Lane:
    """Send one page at the pace of the chat, a few times where that fails."""
    for attempt, backoff in enumerate((0, *BACKOFF_SECONDS)):
        _wait(delivery, timedelta(seconds=backoff))
        _wait(delivery, _pause(lane, delivery.clock()))
        try:
            delivery.messenger.send(lane.chat, page, silent=silent)
        except ChatThrottled as error:
            _wait(delivery, timedelta(seconds=error.retry_after_seconds), error)
        except Transient:
            if attempt == len(BACKOFF_SECONDS):
                raise
        else:
            return replace(lane, sent=(*lane.sent, delivery.clock())[-GROUP_MESSAGES_PER_MINUTE:])
    raise ChatThrottled("the messenger keeps asking us to wait", retry_after_seconds=int(REST.total_seconds()))


def _pause(lane: Lane, now: datetime) -> timedelta:
    """Return how long the chat has to be left alone."""
    if not lane.sent:
        return timedelta()
    ready_at = lane.sent[-1] + GAP
    is_group = lane.chat.startswith(("-", "@"))
    if is_group and len(lane.sent) >= GROUP_MESSAGES_PER_MINUTE:
        ready_at = max(ready_at, lane.sent[-GROUP_MESSAGES_PER_MINUTE] + MINUTE)
    return max(ready_at - now, timedelta())


def _wait(delivery: Delivery, pause: timedelta, error: ChatThrottled | None = None) -> None:
    """Wait, or give up where the invocation ends before.

    Raises ChatThrottled: the chat takes nothing until after this invocation's end.
    """
    if delivery.clock() + pause > delivery.deadline:
        seconds = max(1, round(pause.total_seconds()))
        raise error or ChatThrottled("no time is left to wait for the chat", retry_after_seconds=seconds)
    if pause:
        delivery.sleep(pause.total_seconds())


def _note(message: Message, delivery: Delivery) -> None:
    now = delivery.clock()
    delivery.outbox.remove(message.shows)
    for item in message.shows:
        seconds = (now - item.alert.at).total_seconds()
        metrics.add_metric(name="AlertDeliverySeconds", unit=MetricUnit.Seconds, value=seconds)
        metrics.add_metric(name="AlertsDelivered", unit=MetricUnit.Count, value=1)
        traced: dict[str, Any] = {"trace_id": item.alert.trace_id} if item.alert.trace_id else {}
        logger.info(ALERT_DELIVERED, alert_id=item.alert.id, account_id=item.alert.account, seconds=seconds, **traced)


def _held_up(lane: Lane, pending: Sequence[PendingAlert], error: Transient) -> None:
    logger.warning(ALERTS_HELD_UP, chat=lane.chat, pending=len(pending), code=error.code, detail=error.detail)
    metrics.add_metric(name="AlertsHeldUp", unit=MetricUnit.Count, value=len(pending))


def _redirect(lane: Lane, pending: Sequence[PendingAlert], error: ChatUnreachable, delivery: Delivery) -> timedelta:
    """Hand what a chat never takes to the fallback chat; without one it stays, and the alarm tells."""
    logger.error(CHAT_UNREACHABLE, chat=lane.chat, pending=len(pending), detail=error.detail)
    metrics.add_metric(name="ChatUnreachable", unit=MetricUnit.Count, value=1)
    fallback = delivery.secret.fallback
    if fallback is None or fallback == lane.chat:
        return UNREACHABLE_REST
    delivery.outbox.move(pending, fallback)
    deliver(fallback, delivery)
    return timedelta()
