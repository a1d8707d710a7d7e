"""Which entries are told: those of the list and no others, each alert with an id of its own that a repetition gives again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import GATEWAY_CHAIN
from riskgate.core.alerts.alerts import ANNOUNCED_EVENTS, AlertKind, Entry, list_alerts
from riskgate.core.ledger.account_events import LimitsChanged
from riskgate.core.ledger.events import EVENT_TYPES
from riskgate.core.ledger.gateway_events import CommandOutcome, OperatorCommand
from riskgate.core.levels.notices import Notice, NoticeKind
from riskgate.core.limits import Limits
from riskgate.core.orders.events import OrderClosed
from riskgate.core.routing.events import CancelOutcome, OpenOrdersCancelled, OrderCancelResult
from riskgate.core.safeguards.events import BreakerReset, KillSwitchChanged
from riskgate.core.severity import Severity
from tests.support.builders import NOW
from tests.support.hypothesis_profiles import QUICK
from tests.unit.core.ledger.test_replay import values

KINDS = sorted(EVENT_TYPES.values(), key=lambda kind: kind.__name__)
NOTICE = Notice(kind=NoticeKind.LIMIT_LEVEL, name="DAILY_LOSS", severity=Severity.YELLOW)


def entry(event: Any, chain: str = "demo", notices: tuple[Notice, ...] = (), **changes: Any) -> Entry:
    built = Entry(account_id=chain, sequence=7, at=NOW, actor="token:a", event=event, notices=notices)
    return replace(built, **changes)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@QUICK
@given(data=st.data())
def test_entry_when_of_any_event_then_told_only_if_listed_and_always_with_the_same_ids(
    kind: type, data: st.DataObject
) -> None:
    event = data.draw(values(kind))
    for chain in ("demo", GATEWAY_CHAIN):
        alerts = list_alerts(entry(event, chain))

        if event.event_name not in ANNOUNCED_EVENTS:
            assert alerts == ()
        assert list_alerts(entry(event, chain)) == alerts
        assert all(alert.title and alert.id and alert.audit_sequence == 7 for alert in alerts)


def test_listed_events_when_compared_with_all_then_they_exist() -> None:
    assert EVENT_TYPES.keys() >= ANNOUNCED_EVENTS


def test_entry_when_it_has_notices_then_each_is_an_alert_with_an_id_of_its_own() -> None:
    event = OrderClosed(client_order_id="o", status=OrderStatus.REJECTED)
    alerts = list_alerts(entry(event, notices=(NOTICE, replace(NOTICE, name="MAX_DRAWDOWN"))))

    assert [alert.id for alert in alerts] == ["demo:7:00", "demo:7:01", "demo:7:02"]
    assert [alert.kind for alert in alerts] == [AlertKind.LIMIT_LEVEL, AlertKind.LIMIT_LEVEL, AlertKind.ORDER_REJECTED]


def test_entry_when_it_tells_much_then_the_ids_sort_as_its_alerts_do() -> None:
    notices = tuple(replace(NOTICE, name=f"LIMIT_{number}") for number in range(25))
    ids = [
        alert.id
        for alert in list_alerts(entry(OrderClosed(client_order_id="o", status=OrderStatus.FILLED), notices=notices))
    ]

    assert ids == sorted(set(ids))


def test_kill_switch_when_in_both_chains_then_told_from_the_gateways_alone() -> None:
    event = KillSwitchChanged(scope="account", key="demo", engaged=True, reason="x")

    assert list_alerts(entry(event)) == ()
    (alert,) = list_alerts(entry(event, GATEWAY_CHAIN))
    assert (alert.account, alert.severity) == ("demo", Severity.RED)


@pytest.mark.parametrize("status", [OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.FILLED])
def test_order_when_it_ends_as_it_should_then_nobody_is_told(status: OrderStatus) -> None:
    assert list_alerts(entry(OrderClosed(client_order_id="o", status=status))) == ()


def test_cancels_when_tried_again_and_again_then_one_alert_per_flag() -> None:
    failed = OrderCancelResult(client_order_id="o", outcome=CancelOutcome.UNKNOWN, at=NOW)
    event = OpenOrdersCancelled(scope="global", key="", flag_at=NOW, results=(failed,), duration_ms=10)
    other = replace(event, flag_at=NOW + timedelta(seconds=1))

    first, second, third = (list_alerts(entry(e, sequence=n))[0] for n, e in enumerate((event, event, other), start=1))
    assert first.id == second.id != third.id
    assert first.severity is Severity.RED


def test_stranger_when_refused_again_and_again_then_told_once_an_hour() -> None:
    event = OperatorCommand(
        command="/kill", arguments="", outcome=CommandOutcome.REFUSED, detail="", update_id=1, chat_id=9
    )
    ids = {
        list_alerts(entry(replace(event, update_id=n), GATEWAY_CHAIN, at=NOW + timedelta(minutes=n), sequence=n))[0].id
        for n in range(120)
    }
    assert len(ids) == 2


@pytest.mark.parametrize(("count", "ends"), [(1, "o0"), (10, "o9"), (11, "1 more"), (25, "15 more")])
def test_orders_when_many_are_left_to_others_then_ten_are_named_and_the_rest_counted(count: int, ends: str) -> None:
    left = tuple(f"o{number}" for number in range(count))
    event = OpenOrdersCancelled(scope="global", key="", flag_at=NOW, results=(), duration_ms=10, left_to_cancel=left)

    (alert,) = list_alerts(entry(event))

    told = (alert.detail or "").split(", ")
    assert (alert.kind, told[0], told[-1]) == (AlertKind.ORDERS_LEFT_TO_CANCEL, "o0", ends)
    assert len(told) == min(count, 11)


def test_breaker_when_a_person_cleared_it_then_their_word_and_else_that_it_cleared() -> None:
    cleared = Notice(kind=NoticeKind.BREAKER_CLEARED, name="DAILY_LOSS", severity=Severity.INFO, detail="the day began")
    reset = BreakerReset(name="DAILY_LOSS", reason="looked into")
    closed = OrderClosed(client_order_id="o", status=OrderStatus.FILLED)

    told = [list_alerts(entry(event, notices=(cleared,)))[0] for event in (reset, closed)]
    assert [(alert.kind, alert.detail) for alert in told] == [
        (AlertKind.BREAKER_RESET, "looked into"),
        (AlertKind.BREAKER_CLEARED, "the day began"),
    ]
    # What the same step tells beside it is what it is, whoever caused it.
    assert list_alerts(entry(reset, notices=(NOTICE,)))[0].kind is AlertKind.LIMIT_LEVEL


@pytest.mark.parametrize("scope", ["account", "exchange", "global", "strategy", "symbol", "venue"])
def test_kill_switch_when_engaged_then_what_it_stops_is_all_or_what_it_names(scope: str) -> None:
    event = KillSwitchChanged(scope=scope, key="x1", engaged=True, reason="r")
    chain = GATEWAY_CHAIN if scope != "account" else "demo"

    stopped = [alert.stopped for alert in list_alerts(entry(event, chain))]
    released = [alert.stopped for alert in list_alerts(entry(replace(event, engaged=False), chain))]

    assert all((f"of {scope} x1" in (text or "")) == (scope != "global") for text in stopped)
    assert not any("x1" in (text or "") for text in released)


@pytest.mark.parametrize(
    ("scope", "key", "account", "subject"),
    [
        ("global", "", "", "everything"),
        ("account", "demo", "demo", "demo"),
        ("venue", "binance", "", "binance"),
        ("strategy", "trend", "", "trend"),
    ],
)
def test_kill_switch_when_of_an_account_then_told_of_it_and_else_of_none(
    scope: str, key: str, account: str, subject: str
) -> None:
    event = KillSwitchChanged(scope=scope, key=key, engaged=True, reason="why")
    [alert] = list_alerts(entry(event, GATEWAY_CHAIN))
    assert (alert.account, alert.name, alert.subject, alert.detail) == (account, scope, subject, "why")
    assert list_alerts(entry(event, "demo")) == ()


def test_alert_when_of_an_account_then_it_names_it() -> None:
    event = OrderClosed(client_order_id="o", status=OrderStatus.REJECTED, reason="no")
    [alert] = list_alerts(entry(event))
    assert (alert.account, alert.subject, alert.detail, alert.actor) == ("demo", "o", "no", "token:a")


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        ("VENUE_CONCENTRATION", NoticeKind.LIMIT_LEVEL, AlertKind.VENUE_CONCENTRATION),
        ("VENUE_CONCENTRATION", NoticeKind.LIMIT_REMINDER, AlertKind.LIMIT_REMINDER),
        ("DAILY_LOSS", NoticeKind.LIMIT_LEVEL, AlertKind.LIMIT_LEVEL),
        ("DAILY_LOSS", NoticeKind.BREAKER_CLEARED, AlertKind.BREAKER_CLEARED),
    ],
)
def test_notice_when_told_then_as_its_kind_and_too_much_at_one_venue_as_a_kind_of_its_own(
    name: str, kind: NoticeKind, told: AlertKind
) -> None:
    event = OrderClosed(client_order_id="o", status=OrderStatus.FILLED)
    [alert] = list_alerts(entry(event, notices=(replace(NOTICE, name=name, kind=kind),)))
    assert (alert.kind, alert.name) == (told, name)


@pytest.mark.parametrize(
    ("outcomes", "remaining", "kind", "detail"),
    [
        ("cc", 0, AlertKind.OPEN_ORDERS_CANCELLED, "2 orders, 1.5 s after the kill switch"),
        ("c", 0, AlertKind.OPEN_ORDERS_CANCELLED, "1 order, 1.5 s after the kill switch"),
        ("cf", 0, AlertKind.CANCELS_UNSETTLED, "1 of 2 orders may still be open at the venue"),
        ("cu", 3, AlertKind.CANCELS_UNSETTLED, "4 of 5 orders may still be open at the venue"),
        ("", 1, AlertKind.CANCELS_UNSETTLED, "1 of 1 order may still be open at the venue"),
        ("", 0, None, ""),
    ],
)
def test_cancels_when_done_then_told_how_many_and_what_may_still_be_open(
    outcomes: str, remaining: int, kind: AlertKind | None, detail: str
) -> None:
    kinds = {"c": CancelOutcome.CANCELLED, "f": CancelOutcome.FAILED, "u": CancelOutcome.UNKNOWN}
    results = tuple(
        OrderCancelResult(client_order_id=f"o{n}", outcome=kinds[o], at=NOW) for n, o in enumerate(outcomes)
    )
    event = OpenOrdersCancelled(
        scope="global", key="", flag_at=NOW, results=results, duration_ms=1_500, remaining=remaining
    )
    assert [(a.kind, a.detail, a.subject) for a in list_alerts(entry(event))] == (
        [(kind, detail, "everything")] if kind is not None else []
    )


@pytest.mark.parametrize(("left", "more"), [(10, ""), (11, ", 1 more"), (12, ", 2 more")])
def test_orders_when_many_are_left_to_cancel_then_ten_are_named_and_how_many_more(left: int, more: str) -> None:
    names = tuple(f"o{number}" for number in range(left))
    event = OpenOrdersCancelled(scope="global", key="", flag_at=NOW, results=(), duration_ms=0, left_to_cancel=names)
    [alert] = list_alerts(entry(event))
    assert (alert.kind, alert.detail) == (AlertKind.ORDERS_LEFT_TO_CANCEL, ", ".join(names[:10]) + more)


@pytest.mark.parametrize(
    ("loosened", "severity", "detail"),
    [
        ((), Severity.INFO, "nothing was loosened"),
        (("leverage_max", "daily_trades_max"), Severity.ORANGE, "loosened: leverage_max, daily_trades_max"),
    ],
)
def test_limits_when_loosened_then_told_louder_and_which(
    loosened: tuple[str, ...], severity: Severity, detail: str
) -> None:
    [alert] = list_alerts(entry(LimitsChanged(limits=Limits(), limits_hash="", loosened=loosened)))
    assert (alert.kind, alert.severity, alert.detail) == (AlertKind.LIMITS_CHANGED, severity, detail)
