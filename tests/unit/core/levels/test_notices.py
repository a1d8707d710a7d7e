"""What is told of a change: what came, what went, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from riskgate.core.account.document import AccountState
from riskgate.core.account.parts import Breaker, EquityClaim, Lock, UnconfirmedReading
from riskgate.core.levels.notices import Notice, NoticeKind, list_notices
from riskgate.core.severity import Severity
from tests.support.builders import HOUR, NOW, build_account, build_limits, dec

BEFORE = build_account()
TRIPPED = Breaker(tripped_at=NOW, observed=dec("0.05"), limit=dec("0.03"), reason="why")


def told(before: AccountState | None, **changes: Any) -> tuple[Notice, ...]:
    after = replace(BEFORE, **changes)
    return list_notices(before, after, build_limits(), (), ())


def test_change_when_there_was_nothing_before_or_nothing_changed_then_nothing_is_told() -> None:
    assert told(BEFORE) == ()
    assert told(None, breakers={"MANUAL_STOP": TRIPPED}) == ()


@pytest.mark.parametrize(
    ("scope", "key", "severity"), [("account", "", Severity.RED), ("strategy", "trend", Severity.ORANGE)]
)
def test_breaker_when_it_tripped_then_told_once(scope: str, key: str, severity: Severity) -> None:
    breaker = replace(TRIPPED, scope=scope, key=key, clears_on=date(2026, 11, 19))
    [notice] = told(BEFORE, breakers={"MANUAL_STOP": breaker})
    assert (notice.kind, notice.name, notice.severity) == (NoticeKind.BREAKER_TRIPPED, "MANUAL_STOP", severity)
    assert (notice.subject, notice.detail, notice.unit) == (key, "why", "")
    assert notice.until == datetime(2026, 11, 19, tzinfo=UTC)
    tripped = replace(BEFORE, breakers={"MANUAL_STOP": breaker})
    assert told(tripped, breakers={"MANUAL_STOP": breaker}) == ()


def test_breaker_when_it_is_of_a_loss_then_a_fraction_and_the_levels_it_passed() -> None:
    [notice] = told(BEFORE, breakers={"DAILY_LOSS": TRIPPED})
    assert (notice.unit, notice.until, notice.limit) == ("fraction", None, dec("0.03"))
    assert notice.passed == (Severity.YELLOW, Severity.ORANGE)


def test_breaker_when_it_is_gone_then_told() -> None:
    tripped = replace(BEFORE, breakers={"B": TRIPPED, "A": TRIPPED})
    assert [(notice.kind, notice.name, notice.severity) for notice in told(tripped)] == [
        (NoticeKind.BREAKER_CLEARED, "A", Severity.INFO),
        (NoticeKind.BREAKER_CLEARED, "B", Severity.INFO),
    ]


def test_lock_when_it_is_new_then_told_and_a_known_one_not_again() -> None:
    known = Lock(code="COOLDOWN", scope="symbol", key="k", reason="r", until=NOW + HOUR)
    new = Lock(code="LOSS_STREAK", scope="all", key="", reason="q", until=None)
    before = replace(BEFORE, locks=(known,))
    [notice] = told(before, locks=(known, new))
    assert (notice.kind, notice.name, notice.severity) == (NoticeKind.ENTRIES_LOCKED, "LOSS_STREAK", Severity.ORANGE)
    assert (notice.subject, notice.detail, notice.until) == ("all", "q", None)
    assert [notice.subject for notice in told(BEFORE, locks=(known,))] == ["k"]
    assert told(before) == ()


def test_reading_when_it_is_strange_then_told_once_for_each_reason() -> None:
    strange = UnconfirmedReading(at=NOW, equity=dec(5), reason="why")
    [notice] = told(BEFORE, unconfirmed=strange)
    assert (notice.kind, notice.observed, notice.limit) == (NoticeKind.READING_UNEXPECTED, 5, BEFORE.equity)
    assert (notice.detail, notice.severity, notice.currency) == ("why", Severity.ORANGE, "USDT")
    known = replace(BEFORE, unconfirmed=replace(strange, equity=dec(6)))
    assert told(known, unconfirmed=strange) == ()
    assert len(told(replace(BEFORE, unconfirmed=replace(strange, reason="other")), unconfirmed=strange)) == 1
    assert told(known) == ()


CLAIM = EquityClaim(accepted=dec(100), claimed=dec(12_000))


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        (None, CLAIM, True),
        (EquityClaim(accepted=dec(100)), CLAIM, True),
        (CLAIM, CLAIM, False),
        (CLAIM, replace(CLAIM, claimed=dec(13_000)), False),
        (None, EquityClaim(accepted=dec(100)), False),
        (CLAIM, None, False),
    ],
)
def test_gain_when_it_is_claimed_and_not_proven_then_told_once(
    before: EquityClaim | None, after: EquityClaim | None, is_told: bool
) -> None:
    notices = told(replace(BEFORE, equity_claim=before), equity_claim=after)
    assert [(n.kind, n.observed, n.limit, n.currency) for n in notices] == (
        [(NoticeKind.EQUITY_UNPROVEN, dec(12_000), BEFORE.equity, "USDT")] if is_told else []
    )


@pytest.mark.parametrize("reason", ["the same", "another"])
def test_reading_when_strange_for_another_reason_then_told_again(reason: str) -> None:
    first = UnconfirmedReading(at=NOW, equity=dec(1), reason="the same")
    notices = told(replace(BEFORE, unconfirmed=first), unconfirmed=replace(first, reason=reason, equity=dec(2)))
    assert [(n.kind, n.observed, n.detail) for n in notices] == (
        [(NoticeKind.READING_UNEXPECTED, dec(2), "another")] if reason == "another" else []
    )
