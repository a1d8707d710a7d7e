"""The crash weeks in the real closes: what an account that holds through them is told, and when.

The book is half Bitcoin and a third Ether (LUNA in its own week), marked at the published closes: day by day as they
are, and minute by minute on the straight line between them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from riskgate.core.account.document import AccountState
from riskgate.core.account.equity import compute_daily_loss
from riskgate.core.ledger.apply import apply_event
from riskgate.core.levels.notices import NoticeKind
from riskgate.core.limits import Limits
from riskgate.core.safeguards.breakers import LOSS_BREAKERS, SECOND_LOOK_AFTER
from riskgate.core.severity import Severity
from tests.support.builders import ACCOUNT_ID, MINUTE, build_limits, build_registration, build_reported, build_snapshot

pytestmark = pytest.mark.long

CLOSES = Path(__file__).parents[3] / "data" / "daily_closes.csv"
EQUITY = Decimal(100_000)
#: First and last close, and what of the equity is in which asset.
CRASHES = {
    "March 2020": (date(2020, 3, 10), date(2020, 3, 13), {"BTC": "0.5", "ETH": "0.3"}),
    "May 2021": (date(2021, 5, 17), date(2021, 5, 20), {"BTC": "0.5", "ETH": "0.3"}),
    "May 2022": (date(2022, 5, 8), date(2022, 5, 12), {"BTC": "0.4", "ETH": "0.3", "LUNA": "0.1"}),
    "November 2022": (date(2022, 11, 6), date(2022, 11, 10), {"BTC": "0.5", "ETH": "0.2", "SOL": "0.1"}),
}
LIMITS = build_limits(daily_loss_fraction_max="0.03", weekly_drawdown_fraction_max="0.08", drawdown_fraction_max="0.20")
RANK = {Severity.YELLOW: 0, Severity.ORANGE: 1, Severity.RED: 2}


@cache
def read_closes() -> dict[date, dict[str, str]]:
    with CLOSES.open(encoding="utf-8") as file:
        return {date.fromisoformat(row["date"]): row for row in csv.DictReader(file)}


def price_of(asset: str, day: date) -> Decimal:
    return Decimal(read_closes()[day][asset])


def path(crash: str, steps_per_day: int) -> Iterator[tuple[datetime, dict[str, Decimal]]]:
    """Yield instants with prices: a close stands at the end of its day."""
    first, last, weights = CRASHES[crash]
    day = first
    while day < last:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        for number in range(steps_per_day):
            share = Decimal(number) / steps_per_day
            prices = {}
            for asset in weights:
                before, after = price_of(asset, day), price_of(asset, day + timedelta(days=1))
                prices[asset] = (before + (after - before) * share).quantize(Decimal("0.00000001"))
            yield start + timedelta(days=1) * number / steps_per_day, prices
        day += timedelta(days=1)


@dataclass
class Told:
    """What an account was told on the way, and its loss at each reading."""

    state: AccountState
    notices: list[tuple[datetime, str, NoticeKind, Severity]] = field(default_factory=list)
    losses: list[tuple[datetime, Decimal]] = field(default_factory=list)

    def levels(self, name: str) -> list[Severity]:
        """Return the levels of one limit, reminders and recoveries left out."""
        wanted = {NoticeKind.LIMIT_LEVEL, NoticeKind.BREAKER_TRIPPED}
        return [severity for _, n, kind, severity in self.notices if n == name and kind in wanted]

    def by_period(self, name: str, period: Callable[[datetime], date]) -> list[list[Severity]]:
        """Return the levels of a limit whose baseline starts anew, per period."""
        wanted = {NoticeKind.LIMIT_LEVEL, NoticeKind.BREAKER_TRIPPED}
        periods: dict[date, list[Severity]] = {}
        for at, n, kind, severity in self.notices:
            if n == name and kind in wanted:
                periods.setdefault(period(at), []).append(severity)
        return list(periods.values())


@cache
def live(crash: str, steps_per_day: int, limits: Limits = LIMITS) -> Told:
    """Hold the book through a crash, one snapshot at each step."""
    weights = {asset: Decimal(share) for asset, share in CRASHES[crash][2].items()}
    steps = list(path(crash, steps_per_day))
    start, prices = steps[0]
    held = {asset: (EQUITY * share / prices[asset]).quantize(Decimal("0.00001")) for asset, share in weights.items()}
    cash = EQUITY - sum(held[asset] * prices[asset] for asset in held)
    registration = build_registration(initial_equity=EQUITY, limits=limits)
    told = Told(apply_event(ACCOUNT_ID, None, limits, registration, start - MINUTE).state)
    for now, at in steps:
        equity = cash + sum(held[asset] * at[asset] for asset in held)
        positions = tuple(build_reported(held[asset], f"{asset}/USDT", at[asset]) for asset in held)
        for look in (now, now + SECOND_LOOK_AFTER):
            # The monitor looks again at once where a drawdown waits for it.
            if look is now or told.state.drawdown_doubts:
                snapshot = replace(build_snapshot(equity, taken_at=look), positions=positions)
                result = apply_event(ACCOUNT_ID, told.state, limits, snapshot, look)
                told.state = result.state
                told.notices += [(now, n.name, n.kind, n.severity) for n in result.notices]
        told.losses.append((now, compute_daily_loss(told.state) or Decimal(0)))
    return told


@pytest.mark.parametrize("crash", CRASHES)
def test_crash_when_lived_minute_by_minute_then_yellow_orange_red_one_each(crash: str) -> None:
    told = live(crash, 24 * 60)

    in_order = [Severity.YELLOW, Severity.ORANGE, Severity.RED]
    assert told.levels("MAX_DRAWDOWN") == in_order[: len(told.levels("MAX_DRAWDOWN"))]
    weeks = told.by_period("WEEKLY_DRAWDOWN", lambda at: at.date() - timedelta(days=at.weekday()))
    assert all(levels == in_order[: len(levels)] for levels in weeks)
    assert in_order in weeks
    tripped = [levels for levels in told.by_period("DAILY_LOSS", datetime.date) if Severity.RED in levels]
    assert tripped
    assert all(levels == in_order for levels in tripped)


@pytest.mark.parametrize("crash", CRASHES)
def test_crash_when_lived_day_by_day_then_no_level_twice_and_none_after_a_graver_one(crash: str) -> None:
    told = live(crash, 1)

    for code in LOSS_BREAKERS:
        if code == "DAILY_LOSS":
            continue
        ranks = [RANK[severity] for severity in told.levels(code)]
        assert ranks == sorted(set(ranks)), code
    assert Severity.RED in told.levels("WEEKLY_DRAWDOWN")


@pytest.mark.parametrize("crash", CRASHES)
def test_crash_when_the_limit_is_reached_then_the_breaker_trips_at_that_reading(crash: str) -> None:
    told = live(crash, 24 * 60)
    trips = {at for at, name, kind, _ in told.notices if name == "DAILY_LOSS" and kind is NoticeKind.BREAKER_TRIPPED}
    expected, tripped_on = set(), set()
    for at, loss in told.losses:
        if loss >= Decimal("0.03") and at.date() not in tripped_on:
            tripped_on.add(at.date())
            expected.add(at)

    assert trips == expected
