"""Stored risk figures, and how long each is believed."""

from __future__ import annotations

from collections.abc import Collection, Container
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from riskgate.core.correlations import Correlations, PackedCorrelations
from riskgate.core.replacing import replace
from riskgate.core.scenario import StressScenario

#: What the risk jobs left is believed this long: they run every hour, so two runs may fail.
REPORT_AGE_MAX = timedelta(hours=3)

#: Correlations of daily returns change with the day, not with the hour.
CORRELATION_AGE_MAX = timedelta(hours=48)

#: What is from further ahead than this has a wrong clock: its age is unknown.
CLOCK_SKEW_SECONDS_MAX = 30

#: Clocks of two machines may differ by this much.
CLOCK_SKEW_MAX = timedelta(minutes=1)


def is_current(as_of: datetime, now: datetime, age_max: timedelta) -> bool:
    """Tell whether a figure is young enough to be believed; one from the future is not."""
    return -CLOCK_SKEW_MAX <= now - as_of <= age_max


class _Dated(Protocol):
    @property
    def as_of(self) -> datetime: ...


def believe[R: _Dated](report: R | None, now: datetime) -> R | None:
    """Return a risk report that is young enough to be believed, None in place of any other."""
    return report if report is not None and is_current(report.as_of, now, REPORT_AGE_MAX) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Extremes:
    """Lowest and highest simple return of an asset, on the days of the VaR scenarios and in the stress scenarios."""

    day_low: Decimal
    day_high: Decimal
    stress_low: Decimal
    stress_high: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrelationRow:
    """One asset's row of the correlation matrix of daily log returns.

    `correlations` and `volatilities` (standard deviation of a daily log return) are keyed by asset,
    the row's own included; `observations` counts the common returns behind each correlation.
    `scenario_returns` are the asset's simple returns on the consecutive UTC days that end with `scenario_day`,
    None where a close is missing, and `stress_shocks` its simple return in each stress scenario. `extremes` bound
    what every asset does in them. `book` is what a decision keeps of the whole matrix: the correlations between the
    assets of its book and its own.
    """

    asset: str
    as_of: datetime
    correlations: dict[str, Decimal] = field(default_factory=dict)
    volatilities: dict[str, Decimal] = field(default_factory=dict)
    observations: dict[str, int] = field(default_factory=dict)
    scenario_returns: tuple[Decimal | None, ...] = ()
    stress_shocks: dict[str, Decimal] = field(default_factory=dict)
    scenario_day: date | None = None
    extremes: dict[str, Extremes] = field(default_factory=dict)
    book: PackedCorrelations | None = None

    def for_book(
        self, assets: Collection[str], correlations: Correlations | None, report: RiskReport | None = None
    ) -> CorrelationRow:
        """Return what a decision needs: the row without its correlations, and those of the whole book.

        Of the extremes it needs those of assets whose exposure may differ from the report's: of the book and of it.
        """
        reported = report.exposures if report is not None else ()
        return replace(
            self,
            correlations={},
            volatilities={},
            observations={},
            extremes={name: self.extremes[name] for name in {*assets, *reported} if name in self.extremes},
            book=correlations.cut(assets, self.asset) if correlations is not None else None,
        )

    def cut(self, assets: Container[str], *, with_scenarios: bool = True) -> CorrelationRow:
        """Return the part of the row that concerns some assets: the log keeps it beside what was decided by it."""
        whole = self if with_scenarios else CorrelationRow(asset=self.asset, as_of=self.as_of)
        return replace(
            whole,
            correlations={name: value for name, value in self.correlations.items() if name in assets},
            volatilities={name: value for name, value in self.volatilities.items() if name in assets},
            observations={name: count for name, count in self.observations.items() if name in assets},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RiskReport:
    """What the scheduled risk jobs left for the gate: the book's profit and loss in each scenario.

    `exposures` are the signed values per asset the figures were computed for, working orders filled, in base
    currency; `scenario_pnl` the book's profit and loss on each of the consecutive UTC days that end with
    `scenario_day`, None where an asset held has no return; `stress_pnl` in each stress scenario. `cash_shocks` is
    what the base currency itself does in a scenario (0 where left out): exposure bought is cash spent.
    `own_scenarios` are the account's own among the stress scenarios: no asset's row knows them.
    """

    as_of: datetime
    exposures: dict[str, Decimal]
    scenario_pnl: tuple[Decimal | None, ...] = ()
    stress_pnl: dict[str, Decimal] = field(default_factory=dict)
    scenario_day: date | None = None
    cash_shocks: dict[str, Decimal] = field(default_factory=dict)
    own_scenarios: dict[str, StressScenario] = field(default_factory=dict)
