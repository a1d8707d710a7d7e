"""The daily summary: what an account did since the last one, told once a day at an hour that people choose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, ClassVar

from riskgate.core.account.equity import compute_drawdown
from riskgate.core.account.results import Opening, begin_results, compute_unrealized
from riskgate.core.figures import RiskReport
from riskgate.core.levels.notices import Notice, NoticeKind
from riskgate.core.levels.utilization import measure_utilization
from riskgate.core.money import MONEY_MAX, MONEY_QUANTUM
from riskgate.core.plurals import counted
from riskgate.core.replacing import replace
from riskgate.core.safeguards.breakers import run_breakers
from riskgate.core.severity import Severity
from riskgate.core.statements.view import PeriodPnl, list_periods, measure_period

if TYPE_CHECKING:
    from datetime import datetime

    from riskgate.core.account.document import AccountState
    from riskgate.core.limits import Limits

#: Limits named: those that come closest.
LIMITS_TOLD = 3
_PERIODS = {"week": "week", "month": "month", "start": "in all"}


@dataclass(frozen=True, kw_only=True, slots=True)
class SummaryTold:
    """The hour came at which people are told how an account stands; `day` is theirs, in `time_zone`."""

    event_name: ClassVar[str] = "summary_told"
    day: date
    time_zone: str
    report: RiskReport | None
    rules: int = 1


def is_due(state: AccountState, day: date) -> bool:
    """Tell whether the summary of a day is still to be told."""
    return state.summarised is None or state.summarised.since < day


def tell_summary(
    state: AccountState, limits: Limits, event: SummaryTold, now: datetime
) -> tuple[AccountState, tuple[Notice, ...]]:
    """Return a settled account with what its next summary counts from, and the summary; none where that was told."""
    state = run_breakers(state, limits, now)
    if not is_due(state, event.day):
        return state, ()
    results = state.results or begin_results(state)
    since = results.day if state.summarised is None else state.summarised
    period = measure_period(state, results, "last", since)
    opening = Opening(
        since=event.day,
        equity=state.equity - state.transferred,
        realized=results.realized,
        fees=results.fees,
        funding=results.funding,
        unrealized=compute_unrealized(state.positions.values()),
    )
    notice = Notice(
        kind=NoticeKind.DAILY_SUMMARY,
        name="EQUITY",
        severity=Severity.INFO,
        observed=state.equity.quantize(MONEY_QUANTUM) if abs(state.equity) < MONEY_MAX else state.equity,
        unit="base_currency",
        currency=state.base_currency,
        detail="\n".join(_write(state, limits, event, period)),
    )
    return replace(state, summarised=opening), (notice,)


def _write(state: AccountState, limits: Limits, event: SummaryTold, period: PeriodPnl) -> list[str]:
    """Return the summary's lines; a phone shows four hundred characters of them."""
    results = state.results or begin_results(state)
    stops = f", stopped by {', '.join(sorted(state.breakers))}" if state.breakers else ""
    parts = {"realised": period.realized, "open": period.unrealized, "fees": -period.fees, "funding": period.funding}
    told = "".join(f", {name} {amount:+,.2f}" for name, amount in parts.items() if amount)
    start = "today" if state.summarised is None else f"since {state.summarised.since:%d %b}"
    others = [f"{_PERIODS[row.name]} {row.total:+,.2f}" for row in list_periods(state, results) if row.name in _PERIODS]
    drawdown = compute_drawdown(state.peak_equity, state.equity)
    fallen = f" · drawdown {_percent(drawdown)}" if drawdown is not None else ""
    held = f"{counted(len(state.positions), 'position')} · {counted(len(state.working_orders), 'open order')}"
    rows = [row for row in measure_utilization(state, limits, event.report) if row.limit is not None and row.fraction]
    rows.sort(key=lambda row: (-(row.fraction or 0), row.code.value))
    closest = ", ".join(f"{row.code.value} {_percent(row.fraction or Decimal(0))}" for row in rows[:LIMITS_TOLD])
    return [
        f"{state.trading_state.value}{stops}",
        f"P&L {start} {period.total:+,.2f}{told}",
        " · ".join(others),
        f"{held}{fallen}",
        *([f"Limits most in use: {closest}"] if closest else []),
    ]


def _percent(fraction: Decimal) -> str:
    # Rounded down: no limit looks reached before it is.
    return f"{(fraction * 100).quantize(Decimal('0.1'), ROUND_DOWN)} %"
