"""What an alert says: that it happened, what was stopped, until when, and what a person should do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from riskgate.core.alerts.wording import ENTRIES, advise
from riskgate.core.codes import BreakerName, DenyCode
from riskgate.core.levels.notices import Notice, NoticeKind
from riskgate.core.severity import Severity
from tests.support.builders import NOW, dec

#: Kinds that have a notice of their own, by which their words are chosen.
LEVELS = {NoticeKind.LIMIT_LEVEL, NoticeKind.LIMIT_REMINDER, NoticeKind.BREAKER_TRIPPED}


def level(name: str = DenyCode.VAR_LIMIT, severity: Severity = Severity.RED, **changes: Any) -> Notice:
    return Notice(**({"kind": NoticeKind.LIMIT_LEVEL, "name": name, "severity": severity} | changes))


def trip(name: str, **changes: Any) -> Notice:
    return level(name, kind=NoticeKind.BREAKER_TRIPPED, **changes)


@pytest.mark.parametrize("kind", sorted(set(NoticeKind) - LEVELS))
def test_notice_when_of_a_plain_kind_then_the_words_of_that_kind(kind: NoticeKind) -> None:
    assert advise(kind, level(kind=kind)) == advise(kind)
    assert advise(kind).title


def test_limit_when_partly_used_then_how_much_and_nothing_is_stopped() -> None:
    half, most = level(severity=Severity.YELLOW), level(severity=Severity.ORANGE)
    assert [advise("", notice).title for notice in (half, most)] == [
        "Half of the limit used",
        "Three quarters of the limit used",
    ]
    assert (advise("", half).stopped, advise("", most).stopped) == ("", "")
    assert advise("", half).action == "Reduce the positions that contribute most: /risk"
    assert advise("", level(DenyCode.MAX_OPEN_POSITIONS, Severity.YELLOW)).action == "Keep an eye on it: /limits"


def test_limit_when_reached_then_what_is_blocked_and_what_to_do() -> None:
    advice = advise("", level())
    assert (advice.title, advice.stopped) == ("Limit reached", "Entries that would add to it are blocked")
    assert advice.action == "Reduce the positions that contribute most: /risk"
    unnamed = advise("", level(DenyCode.MAX_OPEN_POSITIONS))
    assert unnamed.action == "Reduce positions if you need room: /positions"


def test_reminder_when_told_then_since_when_and_how_to_stop_it() -> None:
    advice = advise("", level(kind=NoticeKind.LIMIT_REMINDER, since=NOW))
    assert advice.title == "Still at the limit since 2026-11-18 12:00 UTC"
    assert advice.action == "Reduce the positions that contribute most: /risk. Stop reminders: /ack"
    assert advise("", level(kind=NoticeKind.LIMIT_REMINDER)).title == "Still at the limit"
    assert advise("", level(since=NOW)).title == "Limit reached"


def test_venue_when_it_holds_too_much_then_how_much_to_withdraw() -> None:
    named = level(DenyCode.VENUE_CONCENTRATION, amount=dec("1234.5"), currency="USDT", subject="binance")
    assert advise("", named).action == "Withdraw 1,234.50 USDT from binance"
    assert advise("", level(DenyCode.VENUE_CONCENTRATION)).action == "Move money off the venue"


@pytest.mark.parametrize(
    ("name", "action"),
    [
        (DenyCode.DAILY_LOSS, "Check open positions: /positions. The breaker clears by itself"),
        (DenyCode.MAX_DRAWDOWN, "Check open positions: /positions. Find the cause, then reset: /resume"),
        (BreakerName.MANUAL_STOP, "Allow entries again with /resume (asks for a one-time code)"),
        (f"{DenyCode.HEARTBEAT_MISSED} trend", "Check the strategy. Its next heartbeat clears this"),
    ],
)
def test_breaker_when_it_tripped_then_what_clears_it(name: str, action: str) -> None:
    assert advise("", trip(name)).action == action
    assert advise("", trip(name)).title == "Breaker tripped: new entries stopped"


def test_breaker_when_it_tripped_then_what_is_blocked_where_and_until_when() -> None:
    until = NOW + timedelta(hours=1)
    still = "Exits and cancels still pass"
    name = DenyCode.DAILY_LOSS
    assert advise("", trip(name, until=until)).stopped == f"New entries are blocked until 2026-11-18 13:00 UTC. {still}"
    assert advise("", trip(name)).stopped == f"New entries are blocked until an operator resets it. {still}"
    assert advise("", trip(name, subject="BTC/USDT", until=until)).stopped == (
        f"New entries are blocked in BTC/USDT until 2026-11-18 13:00 UTC. {still}"
    )
    silent = trip(f"{DenyCode.HEARTBEAT_MISSED} trend", subject="trend", until=until)
    assert advise("", silent).stopped == f"New entries are blocked in trend. {still}"


@pytest.mark.parametrize("name", [DenyCode.DAILY_LOSS, f"{BreakerName.ORDER_FAILURE_RATE} binance"])
def test_limit_when_its_breaker_stops_all_then_all_entries_and_what_clears_it(name: str) -> None:
    advice = advise("", level(name))
    assert (advice.stopped, advice.action) == (ENTRIES, advise("", trip(name)).action)
