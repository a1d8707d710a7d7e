"""The book at a glance: the one reading of an account that the API, the phone, the command line and metrics show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from riskgate.core.account.document import AccountState, Position, TradingState
from riskgate.core.account.equity import compute_daily_loss, compute_drawdown
from riskgate.core.account.legs import orders_of
from riskgate.core.account.results import Opening, Results, begin_results, compute_gain, compute_unrealized
from riskgate.core.account.stop_risk import compute_position_risk, list_protecting
from riskgate.core.account.stored import Snapshot
from riskgate.core.checks.liquidation import compute_distance
from riskgate.core.errors import StateCorrupt
from riskgate.core.figures import RiskReport, believe
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.levels.utilization import Utilization, measure_utilization
from riskgate.core.limits import Limits
from riskgate.core.money import with_risk_context
from riskgate.core.orders.decide import settle
from riskgate.core.safeguards.breakers import run_breakers
from riskgate.core.safeguards.trading_state import effective_trading_state

#: Running periods in the order they are shown.
PERIODS = ("day", "week", "month", "start")


@dataclass(frozen=True, kw_only=True, slots=True)
class PeriodPnl:
    """Profit and loss since a period began, transfers neutral, in base currency.

    `total` is by how much equity grew, `unrealized` by how much what is open gained; fees > 0 were paid, `funding` > 0
    was received. `other` is what of the total none of them explains: balances and rates that moved, and what venues
    told late.
    """

    name: str
    since: date
    total: Decimal
    realized: Decimal
    fees: Decimal
    funding: Decimal
    unrealized: Decimal

    @property
    def other(self) -> Decimal:
        """Return what of the total nothing explains."""
        return self.total - (self.realized - self.fees + self.funding + self.unrealized)


@dataclass(frozen=True, kw_only=True, slots=True)
class PositionView:
    """A position with what it has gained, and what it loses down to its stop: without one that counts, its value.

    `liquidation_distance` is how far the mark is from the venue's liquidation price, as a fraction of the mark.
    """

    position: Position
    unrealized: Decimal
    risk_to_stop: Decimal
    liquidation_distance: Decimal | None


@dataclass(frozen=True, kw_only=True, slots=True)
class BookView:
    """An account as it is at an instant: sessions rolled, reservations released, breakers run; nothing is stored.

    `report` are the risk figures if they are young enough to be believed, `report_as_of` tells of what age they are.
    Losses are fractions, None without a positive baseline. `unpriced` counts the fees and funding payments that no
    period holds: nothing prices their currency. `audit_sequence` is the number of the log's latest entry.
    """

    now: datetime
    state: AccountState
    limits: Limits
    kill_switches: tuple[KillSwitch, ...]
    report: RiskReport | None
    report_as_of: datetime | None
    trading_state: TradingState
    unrealized: Decimal
    periods: tuple[PeriodPnl, ...]
    unpriced: int
    positions: tuple[PositionView, ...]
    daily_loss: Decimal | None
    weekly_drawdown: Decimal | None
    drawdown: Decimal | None
    utilization: tuple[Utilization, ...]
    audit_sequence: int


@with_risk_context
def view_book(snapshot: Snapshot, now: datetime) -> BookView:
    """Return the book that one read of an account found.

    Raises NotFound: the account is not registered; StateCorrupt: it has no limits.
    """
    state = snapshot.require_state()
    if snapshot.limits is None:
        raise StateCorrupt("the account has no limits", code="LIMITS_UNREADABLE")
    limits, report = snapshot.limits.limits, believe(snapshot.report, now)
    state = run_breakers(settle(state, limits, now)[0], limits, now)
    # What decides on the account next begins them like this.
    results = state.results or begin_results(state)
    return BookView(
        now=now,
        state=state,
        limits=limits,
        kill_switches=snapshot.kill_switches,
        report=report,
        report_as_of=snapshot.report.as_of if snapshot.report is not None else None,
        trading_state=effective_trading_state(state, snapshot.kill_switches),
        unrealized=compute_unrealized(state.positions.values()),
        periods=list_periods(state, results),
        unpriced=results.unpriced,
        positions=tuple(_view_position(state, position) for _, position in sorted(state.positions.items())),
        daily_loss=compute_daily_loss(state),
        weekly_drawdown=compute_drawdown(state.week.peak, state.equity),
        drawdown=compute_drawdown(state.peak_equity, state.equity),
        utilization=measure_utilization(state, limits, report),
        audit_sequence=snapshot.account.audit_sequence if snapshot.account is not None else 0,
    )


def _view_position(state: AccountState, position: Position) -> PositionView:
    protecting = list_protecting(position, orders_of(state, position.key))
    return PositionView(
        position=position,
        unrealized=compute_gain(position),
        risk_to_stop=compute_position_risk(position, protecting=protecting),
        liquidation_distance=compute_distance(position),
    )


def list_periods(state: AccountState, results: Results) -> tuple[PeriodPnl, ...]:
    """Return the profit and loss of each running period."""
    return tuple(measure_period(state, results, name, getattr(results, name)) for name in PERIODS)


def measure_period(state: AccountState, results: Results, name: str, opening: Opening) -> PeriodPnl:
    """Return the profit and loss since an opening."""
    return PeriodPnl(
        name=name,
        since=opening.since,
        total=state.equity - state.transferred - opening.equity,
        realized=results.realized - opening.realized,
        fees=results.fees - opening.fees,
        funding=results.funding - opening.funding,
        unrealized=compute_unrealized(state.positions.values()) - opening.unrealized,
    )
