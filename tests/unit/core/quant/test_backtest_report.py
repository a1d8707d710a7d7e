"""What was reported held against what the account then made: by the day, transfers neutral, today not counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from riskgate.core.quant.backtest_report import DAY_MAX, DAY_MIN, report_own_backtest
from riskgate.core.risk.report import BacktestDay, VarRecord
from tests.support.builders import DAY, NOW, Number, build_account, dec

#: Its outcome is that of the account as it is now.
LAST = NOW - DAY


def record(at: datetime, equity: Number, *, moved: Number = 0, var: Number | None = 100) -> VarRecord:
    known = None if var is None else dec(var)
    return VarRecord(day=at.date(), as_of=at, equity=dec(equity), transferred=dec(moved), var_95=known, var_99=known)


def days(*history: VarRecord, equity: Number = 10_000, moved: Number = 0) -> list[BacktestDay]:
    state = replace(build_account(equity), transferred=dec(moved))
    at_95, at_99 = report_own_backtest(history, state, NOW)
    assert (at_95.confidence, at_99.confidence) == (Decimal("0.95"), Decimal("0.99"))
    assert at_99.days == (), "they are listed once"
    return list(at_95.days)


@pytest.mark.parametrize(("equity", "is_exception"), [(10_050, False), (9_900, False), (9_899, True)])
def test_day_when_it_lost_more_than_was_reported_then_an_exception(equity: int, *, is_exception: bool) -> None:
    found = days(record(LAST, 10_000), equity=equity)
    assert found == [BacktestDay(day=LAST.date(), pnl=dec(equity - 10_000), var=dec(100), is_exception=is_exception)]


def test_day_when_money_moved_then_it_is_no_profit_and_no_loss() -> None:
    found = days(record(LAST - DAY, 10_000, moved=500), record(LAST, 4_050, moved=-5_500), equity=9_040, moved=-500)
    assert [day.pnl for day in found] == [50, -10]


def test_day_when_it_is_not_over_then_not_counted_yet() -> None:
    found = days(record(LAST, 10_000), record(NOW, 9_000), equity=9_000)
    assert [(day.day, day.pnl) for day in found] == [(LAST.date(), -1_000)]


def test_day_when_nothing_was_reported_then_left_out() -> None:
    assert [day.pnl for day in days(record(LAST - DAY, 10_000, var=None), record(LAST, 10_020))] == [-20]


@pytest.mark.parametrize(
    ("apart", "counts"),
    [
        (DAY_MIN, True),
        (DAY_MIN - timedelta(seconds=1), False),
        (DAY_MAX, True),
        (DAY_MAX + timedelta(seconds=1), False),
    ],
)
def test_day_when_its_records_are_not_about_a_day_apart_then_left_out(apart: timedelta, *, counts: bool) -> None:
    assert len(days(record(NOW - apart, 10_000))) == counts
