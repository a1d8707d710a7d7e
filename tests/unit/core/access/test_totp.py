"""Failures of one-time codes: counted, forgotten, locked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from riskgate.core.access.totp import OperatorRecord, is_code, is_locked, register_failure

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def fail_at(*minutes: float) -> OperatorRecord:
    record = OperatorRecord(last_used_step=7)
    for minute in minutes:
        record = register_failure(record, NOW + minute * MINUTE)
    return record


def test_failures_when_fewer_than_five_then_not_locked() -> None:
    record = fail_at(0, 1, 2, 3)

    assert record.failures == 4
    assert not is_locked(record, NOW + 3 * MINUTE)


def test_failures_when_five_within_the_window_then_locked_for_fifteen_minutes() -> None:
    record = fail_at(0, 1, 2, 3, 14)

    assert record.locked_until == NOW + 29 * MINUTE
    assert is_locked(record, NOW + 29 * MINUTE - timedelta(seconds=1))
    assert not is_locked(record, NOW + 29 * MINUTE)


def test_failures_when_the_fifth_is_after_the_window_then_counted_anew() -> None:
    record = fail_at(0, 1, 2, 3, 15)

    assert (record.failures, record.first_failure_at, record.locked_until) == (1, NOW + 15 * MINUTE, None)


def test_failures_when_the_lock_has_ended_then_counted_anew() -> None:
    record = fail_at(0, 0, 0, 0, 0, 15)

    assert (record.failures, record.locked_until) == (1, None)


def test_failures_when_counted_then_the_last_used_step_stays() -> None:
    assert fail_at(0, 0, 0, 0, 0).last_used_step == 7


def test_failures_when_the_clock_steps_back_then_still_counted() -> None:
    assert fail_at(5, 4, 3, 2, 1).locked_until is not None


@pytest.mark.parametrize("text", ["000000", "123456"])
def test_code_when_six_ascii_digits_then_possible(text: str) -> None:
    assert is_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "1234567",
        "12345a",
        "\u0661\u0662\u0663\u0664\u0665\u0666",
        "123456\n",
        "\uff11\uff12\uff13\uff14\uff15\uff16",
    ],
)
def test_code_when_anything_else_then_impossible(text: str) -> None:
    assert not is_code(text)
