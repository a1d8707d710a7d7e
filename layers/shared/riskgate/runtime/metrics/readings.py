"""Where in the book the values of metrics are. What has no bound of its own is cut to its largest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from riskgate.core.account.document import OrderStatus, TradingState, WorkingOrder
from riskgate.core.codes import BreakerName
from riskgate.core.money import ZERO
from riskgate.core.safeguards.breakers import LOSS_BREAKERS
from riskgate.core.safeguards.heartbeats import is_overdue
from riskgate.core.safeguards.locks import is_in_force
from riskgate.core.severity import Severity
from riskgate.core.statements.view import BookView, PositionView

#: Positions of an account that have metrics: the largest.
POSITIONS_MAX = 50
#: Sectors, assets and strategies of an account, each: the largest.
GROUPS_MAX = 20
LEVELS = ("none", "yellow", "orange", "red")
BREAKERS = tuple(
    sorted({*(code.value for code in LOSS_BREAKERS), "HEARTBEAT_MISSED", *(name.value for name in BreakerName)})
)
WORKING = tuple(status.value for status in OrderStatus if not status.is_final)

type Value = Decimal | int | bool | None
type Sample = tuple[tuple[str, ...], Value]


def one(read: Callable[[BookView], Value]) -> Callable[[BookView], Iterable[Sample]]:
    """Return what reads a metric without labels of its own."""
    return lambda view: [((), read(view))]


def age(view: BookView, at: datetime | None) -> Decimal | None:
    """Return the whole seconds since an instant, None where it never came."""
    return None if at is None else Decimal(int((view.now - at).total_seconds()))


def list_pnl(view: BookView) -> Iterator[Sample]:
    """Return profit and loss by period and part."""
    for row in view.periods:
        for part in ("total", "realized", "fees", "funding", "unrealized", "other"):
            yield (row.name, part), getattr(row, part)


def list_losses(view: BookView) -> Iterable[Sample]:
    """Return the losses as fractions."""
    return [(("day",), view.daily_loss), (("week",), view.weekly_drawdown), (("peak",), view.drawdown)]


def list_exposure(view: BookView) -> Iterable[Sample]:
    """Return gross, net and the risk to the stops."""
    totals = view.state.exposure
    return [(("gross",), totals.gross), (("net",), totals.net), (("open_risk",), totals.open_risk)]


def list_groups(view: BookView) -> Iterator[Sample]:
    """Return the largest sectors, assets and strategies."""
    totals = view.state.exposure
    for kind, group in (("sector", totals.by_sector), ("asset", totals.by_asset), ("strategy", totals.by_strategy)):
        for name, value in _largest(group):
            yield (kind, name), value


def _largest(group: Mapping[str, Decimal]) -> list[tuple[str, Decimal]]:
    return sorted(group.items(), key=lambda item: (-abs(item[1]), item[0]))[:GROUPS_MAX]


def each_position(read: Callable[[BookView, PositionView], Value]) -> Callable[[BookView], Iterator[Sample]]:
    """Return what reads one figure of each of the largest positions."""

    def samples(view: BookView) -> Iterator[Sample]:
        shown = sorted(view.positions, key=lambda item: (-abs(item.position.value), item.position.key))[:POSITIONS_MAX]
        for item in shown:
            yield (item.position.venue, item.position.symbol), read(view, item)

    return samples


def count_omitted(view: BookView) -> Value:
    """Return how many positions are not among the largest."""
    return max(0, len(view.positions) - POSITIONS_MAX)


def each_limit(
    read: Callable[[Decimal | None, Decimal | None, Decimal | None], Value],
) -> Callable[[BookView], Iterable[Sample]]:
    """Return what reads one of value, limit and used fraction of each limit."""
    return lambda view: [((row.name,), read(row.value, row.limit, row.fraction)) for row in view.utilization]


def list_levels(view: BookView) -> Iterable[Sample]:
    """Return each limit's alert level as a number."""
    return [((row.name,), LEVELS.index(row.level)) for row in view.utilization]


def list_states(view: BookView) -> Iterable[Sample]:
    """Return 1 for the state the account is in, 0 for the others."""
    return [((state.value,), state is view.trading_state) for state in TradingState]


def list_breakers(view: BookView) -> Iterable[Sample]:
    """Return how many breakers of each name are tripped."""
    names = [name.partition(" ")[0] for name in view.state.breakers]
    return [((name,), names.count(name)) for name in BREAKERS]


def list_switches(view: BookView) -> Iterable[Sample]:
    """Return which kill switches over the whole account are engaged."""
    return [((flag.scope,), flag.is_engaged) for flag in view.kill_switches if flag.scope in {"global", "account"}]


def list_orders(view: BookView) -> Iterable[Sample]:
    """Return how many orders work, by status."""
    found = [order.status.value for order in view.state.working_orders.values()]
    return [((status,), found.count(status)) for status in WORKING]


def list_oldest(view: BookView) -> Iterator[Sample]:
    """Return the age of the oldest order of each status that has one."""
    for status in WORKING:
        same: list[WorkingOrder] = [o for o in view.state.working_orders.values() if o.status.value == status]
        if same:
            yield (status,), age(view, min(order.approved_at for order in same))


def compute_slippage(view: BookView) -> Value:
    """Return the cost of the latest fills in basis points, None without any."""
    notional = sum((sample.notional for sample in view.state.slippage), ZERO)
    return sum((sample.cost for sample in view.state.slippage), ZERO) / notional * 10_000 if notional else None


def list_breaks(view: BookView) -> Iterable[Sample]:
    """Return how many differences are open, by severity."""
    found = [item.finding.severity for item in view.state.reconciliation.open.values()]
    return [((level.value,), found.count(level)) for level in Severity if level is not Severity.INFO]


def list_alerts(view: BookView) -> Iterable[Sample]:
    """Return how many alert levels stand, by severity."""
    found = [alert.level for alert in view.state.alert_levels.values()]
    return [((level.value,), found.count(level)) for level in Severity if level is not Severity.INFO]


def list_venues(view: BookView) -> Iterator[Sample]:
    """Return which venues with a key are healthy."""
    state = view.state
    for venue in {item.venue for item in state.venues}:
        health = state.venue_health.get(venue)
        if venue in state.keyed_venues and state.monitored_since is not None:
            yield (venue,), health is None or health.is_healthy


def list_venue_equity(view: BookView) -> Iterable[Sample]:
    """Return equity by venue."""
    return [((venue,), amount) for venue, amount in sorted(view.state.venue_equity.items())]


def find_worst_stress(view: BookView) -> Value:
    """Return the loss of the worst stress scenario, None without current figures."""
    return min(view.report.stress_pnl.values(), default=None) if view.report is not None else None


def count_failures(view: BookView) -> Value:
    """Return how many orders failed within the breaker's window."""
    window = view.limits.order_failures_window_seconds
    return sum((view.now - at).total_seconds() < window for at in view.state.order_failures)


def count_overdue(view: BookView) -> Value:
    """Return how many strategies are silent."""
    return sum(is_overdue(beat, view.now) for beat in view.state.heartbeats.values())


def count_locks(view: BookView) -> Value:
    """Return how many locks are in force."""
    return sum(is_in_force(lock, view.now) for lock in view.state.locks)
