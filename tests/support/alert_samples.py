"""A sample of every kind of alert, as a phone shows it.

The samples come out of the same functions as the real messages, from entries as the audit log has them.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import GATEWAY_CHAIN
from riskgate.core.alerts.alerts import Alert, AlertKind, Entry, list_alerts
from riskgate.core.ledger.account_events import AccountRegistered, LimitsChanged
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
from riskgate.core.limits import Limits
from riskgate.core.orders.events import OrderClosed
from riskgate.core.routing.events import CancelOutcome, OpenOrdersCancelled, OrderCancelResult, OrderOutcomeUnknown
from riskgate.core.safeguards.events import (
    AlertAcknowledged,
    BreakerReset,
    ExitEnded,
    ExitLeg,
    ExitOutcome,
    ExitRequested,
    KillSwitchChanged,
    LockCleared,
    VenueObserved,
)
from riskgate.core.severity import Severity
from riskgate.core.side import Side
from riskgate.runtime.jobs.alert_fanout import describe_edit
from riskgate.schemas.messages.alarm import read_topic_message
from riskgate.schemas.texts.alert_html import alert_html, summary_pages

AT = datetime(2026, 3, 4, 12, 1, 3, tzinfo=UTC)
TOMORROW = datetime(2026, 3, 5, tzinfo=UTC)
RED, ORANGE, YELLOW, INFO = Severity.RED, Severity.ORANGE, Severity.YELLOW, Severity.INFO

HEAD = """# What the phone shows

One sample of every kind of alert, as Telegram shows it, without bold and italics. Red and orange ring. Yellow and info
arrive silently. `tests/unit/schemas/texts/test_alert_html.py` compares this page with the code. With `REWRITE_SAMPLES=1` it
writes the page.
"""


def render() -> str:
    """Return the page."""
    parts = [HEAD]
    by_kind = {alert.kind: alert for alert in list_samples()}
    for kind in AlertKind:
        if kind is AlertKind.PROBE:
            continue
        parts.append(f"## {kind.value}\n\n```text\n{_plain(alert_html(by_kind[kind]))}\n```\n")
    parts.append(
        "## Delayed alerts\n\nAlerts that waited for more than a minute, and more than ten at once, come as one "
        "message. Accounts with a red alert come first. Each account keeps its order.\n"
    )
    held_up = [replace(alert, at=AT + timedelta(seconds=n)) for n, alert in enumerate(_held_up(by_kind))]
    parts += [f"```text\n{_plain(page)}\n```\n" for page in summary_pages(held_up)]
    return "\n".join(parts)


def list_samples() -> Iterator[Alert]:
    """Yield one alert of every kind."""
    for notice in _NOTICES:
        yield from list_alerts(_entry(_QUIET, notices=(notice,)))
    cleared = Notice(kind=NoticeKind.BREAKER_CLEARED, name="DAILY_LOSS", severity=INFO)
    reset = BreakerReset(name="DAILY_LOSS", reason="a bad tick, checked at the venue")
    yield from list_alerts(_entry(reset, notices=(cleared,)))
    for event, chain in _EVENTS:
        yield from list_alerts(_entry(event, chain))
    yield describe_edit(_EDITED)
    for state, before in (("ALARM", "OK"), ("OK", "ALARM")):
        alarm = _ALARM | {"NewStateValue": state, "OldStateValue": before}
        alert = read_topic_message(json.dumps(alarm), message_id="1", sent_at=AT)
        if alert is not None:
            yield alert
    text = read_topic_message("The venue has maintenance from 22:00 UTC", message_id="2", sent_at=AT)
    if text is not None:
        yield text


def _held_up(by_kind: dict[AlertKind, Alert]) -> list[Alert]:
    kinds = (
        AlertKind.LIMIT_LEVEL,
        AlertKind.BREAKER_TRIPPED,
        AlertKind.ORDER_REJECTED,
        AlertKind.KILL_SWITCH_ENGAGED,
        AlertKind.OPEN_ORDERS_CANCELLED,
    )
    return [by_kind[kind] for kind in kinds]


def _plain(text: str) -> str:
    return html.unescape(re.sub(r"</?(?:b|i|code)>", "", text))


def _entry(event: Event, chain: str = "demo", notices: tuple[Notice, ...] = ()) -> Entry:
    return Entry(
        account_id=chain,
        sequence=42,
        at=AT,
        actor="token:k3v9",
        event=event,
        notices=notices,
        trace_id="5759e988bd862e3fe1be46a994272793",
    )


#: Itself no news.
_QUIET = AccountRegistered(
    base_currency="USDT", venues=(), sectors={}, initial_equity=Decimal(0), limits=Limits(), limits_hash=""
)
_NOTICES = (
    Notice(
        kind=NoticeKind.FILL_AFTER_STOP,
        name="binance:BTC/USDT",
        severity=RED,
        subject="o-16",
        detail="buy 0.01 BTC/USDT at 48000, after breaker DAILY_LOSS",
    ),
    Notice(
        kind=NoticeKind.STOP_MISSING,
        name="binance:BTC/USDT",
        severity=ORANGE,
        limit=Decimal(46000),
        unit="price",
        detail="a stop rests for 0 of 0.1",
        since=AT - timedelta(minutes=3),
    ),
    Notice(
        kind=NoticeKind.STOP_RESTORED,
        name="binance:BTC/USDT",
        severity=INFO,
        detail="a stop rests for 0.1 of 0.1",
    ),
    Notice(
        kind=NoticeKind.DAILY_SUMMARY,
        name="EQUITY",
        severity=INFO,
        observed=Decimal(97600),
        unit="base_currency",
        currency="USDT",
        detail="ACTIVE\nP&L since 03 Mar -2,400.00, realised -2,100.00, open -280.00, fees -20.00\n"
        "week -2,400.00 · month +1,210.00 · in all +7,600.00\n2 positions · 1 open order · drawdown 2.4 %\n"
        "Limits most in use: DAILY_LOSS 80.0 %, VAR_LIMIT 61.3 %, POSITION_SIZE 30.7 %",
    ),
    Notice(
        kind=NoticeKind.LIMIT_LEVEL,
        name="DAILY_LOSS",
        severity=ORANGE,
        observed=Decimal("0.02314"),
        limit=Decimal("0.03"),
        unit="fraction",
        passed=(YELLOW,),
    ),
    Notice(
        kind=NoticeKind.LIMIT_LEVEL,
        name="VENUE_CONCENTRATION",
        severity=RED,
        observed=Decimal("0.70"),
        limit=Decimal("0.60"),
        unit="fraction",
        subject="kraken",
        amount=Decimal(25000),
        currency="USDT",
    ),
    Notice(
        kind=NoticeKind.LIMIT_REMINDER,
        name="MAX_DRAWDOWN",
        severity=RED,
        observed=Decimal("0.2046"),
        limit=Decimal("0.20"),
        unit="fraction",
        since=AT - timedelta(hours=1),
    ),
    Notice(
        kind=NoticeKind.LIMIT_RECOVERED,
        name="GROSS_EXPOSURE",
        severity=INFO,
        observed=Decimal("0.7112"),
        limit=Decimal("0.80"),
        unit="fraction",
    ),
    Notice(
        kind=NoticeKind.BREAKER_TRIPPED,
        name="DAILY_LOSS",
        severity=RED,
        observed=Decimal("0.0302"),
        limit=Decimal("0.03"),
        unit="fraction",
        until=TOMORROW,
    ),
    Notice(kind=NoticeKind.BREAKER_CLEARED, name="DAILY_LOSS", severity=INFO),
    Notice(
        kind=NoticeKind.ENTRIES_LOCKED,
        name="STOPLOSS_GUARD",
        severity=ORANGE,
        subject="binance:BTC/USDT",
        detail="3 stop-outs within 60 minutes",
    ),
    Notice(
        kind=NoticeKind.READING_UNEXPECTED,
        name="EQUITY",
        severity=ORANGE,
        observed=Decimal(0),
        limit=Decimal("101250.50"),
        unit="base_currency",
        currency="USDT",
        detail="equity is not positive",
    ),
    Notice(
        kind=NoticeKind.EQUITY_UNPROVEN,
        name="EQUITY",
        severity=ORANGE,
        observed=Decimal(130_000),
        limit=Decimal("101250.50"),
        unit="base_currency",
        currency="USDT",
    ),
    Notice(
        kind=NoticeKind.FILL_SUSPECT,
        name="FILL",
        severity=ORANGE,
        observed=Decimal("0.008"),
        limit=Decimal(8_000),
        unit="price",
        subject="binance:BTC/USDT",
        detail="fill f-1 of o-17 counts at 8000",
    ),
    Notice(
        kind=NoticeKind.SOLD_BEYOND_HELD,
        name="FILL",
        severity=ORANGE,
        subject="binance:LTC/USDC",
        detail="sell 9 LTC/USDC at 81.5: 2 LTC more than is held",
    ),
    Notice(
        kind=NoticeKind.RECONCILIATION_BREAK,
        name="RECONCILIATION_BREAK",
        severity=RED,
        subject="binance:BTC/USDT",
        detail="position binance BTC/USDT, fee binance o-17",
        amount=Decimal("5012.30"),
        currency="USDT",
    ),
)
_RESULTS = tuple(
    OrderCancelResult(client_order_id=f"o-{number}", outcome=outcome, at=AT)
    for number, outcome in enumerate((CancelOutcome.CANCELLED, CancelOutcome.CANCELLED, CancelOutcome.UNKNOWN))
)
_LEG = ExitLeg(
    client_order_id="x1-1",
    venue="binance",
    symbol="BTC/USDT",
    strategy="trend",
    side=Side.SELL,
    quantity=Decimal("0.5"),
    route=True,
)
_EVENTS: tuple[tuple[Event, str], ...] = (
    (LockCleared(lock_id="STOPLOSS_GUARD 1", reason="stops were too tight"), "demo"),
    (
        KillSwitchChanged(scope="global", key="", engaged=True, reason="venue down", cancel_open_orders=True),
        GATEWAY_CHAIN,
    ),
    (KillSwitchChanged(scope="venue", key="binance", engaged=False, reason="venue is back"), GATEWAY_CHAIN),
    (KillSwitchNotUnderstood(item="SYMBOL#btc/usdt"), GATEWAY_CHAIN),
    (OpenOrdersCancelled(scope="global", key="", flag_at=AT, results=_RESULTS[:2], duration_ms=840), "demo"),
    (OpenOrdersCancelled(scope="global", key="", flag_at=AT, results=_RESULTS, duration_ms=840), "demo"),
    (
        OpenOrdersCancelled(
            scope="breaker", key="DAILY_LOSS", flag_at=AT, results=(), duration_ms=0, left_to_cancel=("o-3", "o-4")
        ),
        "demo",
    ),
    (ExitRequested(exit_id="x1", reason="weekend", legs=(_LEG,)), "demo"),
    (
        OrderClosed(
            client_order_id="exit-2b1f",
            status=OrderStatus.REJECTED,
            reason="Account has insufficient balance",
            leaves_open=True,
        ),
        "demo",
    ),
    (
        ExitEnded(
            client_order_id="exit-2b1f",
            venue="binance",
            symbol="BTC/USDT",
            outcome=ExitOutcome.FAILED,
            remaining=Decimal("0.04995"),
            attempts=4,
            reason="Account has insufficient balance",
        ),
        "demo",
    ),
    (OrderClosed(client_order_id="o-17", status=OrderStatus.REJECTED, reason="insufficient balance"), "demo"),
    (
        VenueObserved(
            venue="binanceusdm",
            is_ok=False,
            detail="HEDGE_MODE_UNSUPPORTED: BTC/USDT:USDT has a long and a short leg: change at binanceusdm Futures, "
            "Preferences, Position Mode: One-way Mode (POST /fapi/v1/positionSide/dual, dualSidePosition=false)",
        ),
        "demo",
    ),
    (OrderOutcomeUnknown(client_order_id="o-18", reason="the venue did not answer in time"), "demo"),
    (LimitsChanged(limits=Limits(), limits_hash="", loosened=("daily_loss_fraction_max",)), "demo"),
    *(
        (
            TokenChanged(
                token_id="k3v9",
                change=change,
                operator="alice",
                scopes=("orders:write",),
                accounts=("demo",),
                cidrs=(),
                expires_at=TOMORROW,
            ),
            GATEWAY_CHAIN,
        )
        for change in TokenChange
    ),
    *(
        (
            WebhookChanged(
                name="tv",
                change=change,
                operator="alice",
                account_id="demo",
                venue="binance",
                strategy="trend",
                actions=("buy", "close"),
                proof="secrets",
                size_by="risk_fraction",
                size_value=Decimal("0.005"),
                stop_fraction=None,
                fields={},
                symbols={},
                words={},
                cidrs=(),
                age_seconds_max=60,
                expires_at=TOMORROW,
            ),
            GATEWAY_CHAIN,
        )
        for change in (WebhookChange.CREATED, WebhookChange.DELETED)
    ),
    (
        OperatorCommand(
            command="/kill",
            arguments="",
            outcome=CommandOutcome.REFUSED,
            detail="this user is not on the list",
            update_id=1,
            chat_id=1,
        ),
        GATEWAY_CHAIN,
    ),
    (
        FrontDoorCallRefused(
            key_id="gk7x2m",
            account_id="demo",
            strategy="trend",
            method="POST",
            path="/sapi/v1/capital/withdraw/apply",
        ),
        GATEWAY_CHAIN,
    ),
    (AlertAcknowledged(name="MAX_DRAWDOWN"), "demo"),
    (AlertPathProbed(probe_id="p1"), GATEWAY_CHAIN),
)
_EDITED = {
    "eventID": "1",
    "eventName": "MODIFY",
    "dynamodb": {
        "Keys": {"account_id": {"S": "demo"}, "sequence": {"N": "41"}},
        "ApproximateCreationDateTime": AT.timestamp(),
    },
}
_ALARM = {
    "AlarmName": "riskgate-JobNotSucceeding-monitor",
    "AlarmDescription": "The monitor did not succeed for three minutes. Runbook: infra/runbooks/JobNotSucceeding.md",
    "NewStateReason": "no datapoints were received for 3 periods",
    "StateChangeTime": "2026-03-04T12:01:03.000+0000",
}
