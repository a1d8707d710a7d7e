"""Every metric of an account: its name, its meaning, its labels, and where in the book its values are.

Names and labels are public. Amounts are in the account's base currency. Each metric's labels take values from bounded
sets: what has no bound of its own (markets, sectors, assets, strategies) is cut to its largest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

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


class AccountMetric(NamedTuple):
    """A metric of every account; `labels` come after `account`. What a sample gives None for is left out."""

    name: str
    text: str
    labels: tuple[str, ...]
    read: Callable[[BookView], Iterable[Sample]]
    is_counter: bool = False


def _one(read: Callable[[BookView], Value]) -> Callable[[BookView], Iterable[Sample]]:
    return lambda view: [((), read(view))]


def _age(view: BookView, at: datetime | None) -> Decimal | None:
    return None if at is None else Decimal(int((view.now - at).total_seconds()))


def _pnl(view: BookView) -> Iterator[Sample]:
    for row in view.periods:
        for part in ("total", "realized", "fees", "funding", "unrealized", "other"):
            yield (row.name, part), getattr(row, part)


def _losses(view: BookView) -> Iterable[Sample]:
    return [(("day",), view.daily_loss), (("week",), view.weekly_drawdown), (("peak",), view.drawdown)]


def _exposure(view: BookView) -> Iterable[Sample]:
    totals = view.state.exposure
    return [(("gross",), totals.gross), (("net",), totals.net), (("open_risk",), totals.open_risk)]


def _groups(view: BookView) -> Iterator[Sample]:
    totals = view.state.exposure
    for kind, group in (("sector", totals.by_sector), ("asset", totals.by_asset), ("strategy", totals.by_strategy)):
        for name, value in _largest(group):
            yield (kind, name), value


def _largest(group: Mapping[str, Decimal]) -> list[tuple[str, Decimal]]:
    return sorted(group.items(), key=lambda item: (-abs(item[1]), item[0]))[:GROUPS_MAX]


def _positions(read: Callable[[BookView, PositionView], Value]) -> Callable[[BookView], Iterator[Sample]]:
    def samples(view: BookView) -> Iterator[Sample]:
        shown = sorted(view.positions, key=lambda item: (-abs(item.position.value), item.position.key))[:POSITIONS_MAX]
        for item in shown:
            yield (item.position.venue, item.position.symbol), read(view, item)

    return samples


def _omitted(view: BookView) -> Value:
    return max(0, len(view.positions) - POSITIONS_MAX)


def _limits(
    read: Callable[[Decimal | None, Decimal | None, Decimal | None], Value],
) -> Callable[[BookView], Iterable[Sample]]:
    return lambda view: [((row.name,), read(row.value, row.limit, row.fraction)) for row in view.utilization]


def _levels(view: BookView) -> Iterable[Sample]:
    return [((row.name,), LEVELS.index(row.level)) for row in view.utilization]


def _states(view: BookView) -> Iterable[Sample]:
    return [((state.value,), state is view.trading_state) for state in TradingState]


def _breakers(view: BookView) -> Iterable[Sample]:
    names = [name.partition(" ")[0] for name in view.state.breakers]
    return [((name,), names.count(name)) for name in BREAKERS]


def _switches(view: BookView) -> Iterable[Sample]:
    return [((flag.scope,), flag.is_engaged) for flag in view.kill_switches if flag.scope in {"global", "account"}]


def _orders(view: BookView) -> Iterable[Sample]:
    found = [order.status.value for order in view.state.working_orders.values()]
    return [((status,), found.count(status)) for status in WORKING]


def _oldest(view: BookView) -> Iterator[Sample]:
    for status in WORKING:
        same: list[WorkingOrder] = [o for o in view.state.working_orders.values() if o.status.value == status]
        if same:
            yield (status,), _age(view, min(order.approved_at for order in same))


def _slippage(view: BookView) -> Value:
    notional = sum((sample.notional for sample in view.state.slippage), ZERO)
    return sum((sample.cost for sample in view.state.slippage), ZERO) / notional * 10_000 if notional else None


def _breaks(view: BookView) -> Iterable[Sample]:
    found = [item.finding.severity for item in view.state.reconciliation.open.values()]
    return [((level.value,), found.count(level)) for level in Severity if level is not Severity.INFO]


def _alerts(view: BookView) -> Iterable[Sample]:
    found = [alert.level for alert in view.state.alert_levels.values()]
    return [((level.value,), found.count(level)) for level in Severity if level is not Severity.INFO]


def _venues(view: BookView) -> Iterator[Sample]:
    state = view.state
    for venue in {item.venue for item in state.venues}:
        health = state.venue_health.get(venue)
        if venue in state.keyed_venues and state.monitored_since is not None:
            yield (venue,), health is None or health.is_healthy


def _venue_equity(view: BookView) -> Iterable[Sample]:
    return [((venue,), amount) for venue, amount in sorted(view.state.venue_equity.items())]


def _worst_stress(view: BookView) -> Value:
    return min(view.report.stress_pnl.values(), default=None) if view.report is not None else None


def _kept_failures(view: BookView) -> Value:
    window = view.limits.order_failures_window_seconds
    return sum((view.now - at).total_seconds() < window for at in view.state.order_failures)


def _overdue(view: BookView) -> Value:
    return sum(is_overdue(beat, view.now) for beat in view.state.heartbeats.values())


def _locks(view: BookView) -> Value:
    return sum(is_in_force(lock, view.now) for lock in view.state.locks)


_MARKET = ("venue", "symbol")

ACCOUNT_METRICS: tuple[AccountMetric, ...] = (
    AccountMetric("equity", "Equity.", (), _one(lambda v: v.state.equity)),
    AccountMetric("peak_equity", "Highest equity, transfers neutral.", (), _one(lambda v: v.state.peak_equity)),
    AccountMetric(
        "equity_age_seconds", "Since equity was last read or reported.", (), _one(lambda v: _age(v, v.state.equity_at))
    ),
    AccountMetric(
        "trading_state", "1 for the state the account is in: ACTIVE, REDUCING or HALTED.", ("state",), _states
    ),
    AccountMetric(
        "pnl", "Profit and loss since the period began: the total, and what it is made of.", ("period", "part"), _pnl
    ),
    AccountMetric(
        "unrealized_pnl",
        "What closing all positions at their mark prices would realise.",
        (),
        _one(lambda v: v.unrealized),
    ),
    AccountMetric(
        "unpriced_payments",
        "Fees and funding payments that no P&L holds: nothing prices their currency.",
        (),
        _one(lambda v: v.unpriced),
    ),
    AccountMetric(
        "loss_ratio",
        "Loss of the day, and drawdown from the week's peak and the highest, as fractions.",
        ("since",),
        _losses,
    ),
    AccountMetric(
        "exposure",
        "Gross and net exposure and risk to the stops, working orders filled in the worst direction.",
        ("kind",),
        _exposure,
    ),
    AccountMetric(
        "exposure_by", "Exposure by sector, asset and strategy: the 20 largest of each.", ("by", "name"), _groups
    ),
    AccountMetric(
        "open_positions", "Positions, working entries included.", (), _one(lambda v: v.state.exposure.open_positions)
    ),
    AccountMetric(
        "position_quantity",
        "Contracts held; less than 0 is short. Of the 50 largest positions, as all of `position_`.",
        _MARKET,
        _positions(lambda _, p: p.position.quantity),
    ),
    AccountMetric(
        "position_value", "Signed value at the mark price.", _MARKET, _positions(lambda _, p: p.position.value)
    ),
    AccountMetric(
        "position_unrealized_pnl",
        "What closing it at the mark price would realise.",
        _MARKET,
        _positions(lambda _, p: p.unrealized),
    ),
    AccountMetric(
        "position_risk_to_stop",
        "What it loses down to its stop; without one that counts, its value.",
        _MARKET,
        _positions(lambda _, p: p.risk_to_stop),
    ),
    AccountMetric(
        "position_mark_age_seconds",
        "Since its mark price was seen.",
        _MARKET,
        _positions(lambda v, p: _age(v, p.position.marked_at)),
    ),
    AccountMetric(
        "positions_omitted", "Positions beyond the 50 largest: they have no metrics of their own.", (), _one(_omitted)
    ),
    AccountMetric(
        "limit_value",
        "What a limit measures now; missing where nothing can be measured.",
        ("limit",),
        _limits(lambda value, _limit, _used: value),
    ),
    AccountMetric(
        "limit_max",
        "What the limit allows; missing while it is off.",
        ("limit",),
        _limits(lambda _value, limit, _used: limit),
    ),
    AccountMetric("limit_used_ratio", "Measured / allowed.", ("limit",), _limits(lambda _value, _limit, used: used)),
    AccountMetric(
        "limit_level",
        "0 none, 1 yellow from half, 2 orange from three quarters, 3 red at the limit or not measurable.",
        ("limit",),
        _levels,
    ),
    AccountMetric(
        "breakers_tripped",
        "Tripped breakers by name, of the account, its symbols and strategies.",
        ("breaker",),
        _breakers,
    ),
    AccountMetric(
        "kill_switch_engaged", "1 while the kill switch is engaged or cannot be read.", ("scope",), _switches
    ),
    AccountMetric("locks", "Locks of protections in force.", (), _one(_locks)),
    AccountMetric("heartbeats_overdue", "Strategies whose promised heartbeat is overdue.", (), _one(_overdue)),
    AccountMetric("open_orders", "Working orders by status.", ("status",), _orders),
    AccountMetric(
        "open_order_oldest_seconds",
        "Age of the oldest working order of a status; submitting: on its way to the venue.",
        ("status",),
        _oldest,
    ),
    AccountMetric(
        "entries_approved_today",
        "Increasing orders approved this UTC day.",
        (),
        _one(lambda v: v.state.day.approved_orders),
    ),
    AccountMetric(
        "order_failures",
        "Orders that their venue refused or nobody knows to have arrived, within the window of ORDER_FAILURE_RATE.",
        (),
        _one(_kept_failures),
    ),
    AccountMetric(
        "slippage_bps",
        "Cost of the latest fills against their decision prices; greater than 0 is worse.",
        (),
        _one(_slippage),
    ),
    AccountMetric("alerts_active", "Alert levels of limits and breakers.", ("level",), _alerts),
    AccountMetric("reconciliation_breaks", "Open differences between our books and the venues'.", ("level",), _breaks),
    AccountMetric(
        "reconciliation_money_at_issue",
        "Sum over the open differences, as far as it is known.",
        (),
        _one(lambda v: v.state.reconciliation.money_at_issue),
    ),
    AccountMetric(
        "reconciliation_age_seconds",
        "Since the last run; missing before the first.",
        (),
        _one(lambda v: _age(v, v.state.reconciliation.run_at)),
    ),
    AccountMetric(
        "venue_healthy",
        "1 unless two looks at the venue in a row failed; only of venues with a key.",
        ("venue",),
        _venues,
    ),
    AccountMetric("venue_equity", "Equity at the venue.", ("venue",), _venue_equity),
    AccountMetric(
        "risk_report_age_seconds",
        "Since the risk figures of the gate were computed; missing before the first.",
        (),
        _one(lambda v: _age(v, v.report_as_of)),
    ),
    AccountMetric(
        "stress_worst_pnl",
        "Profit and loss of the worst stress scenario; missing without current figures.",
        (),
        _one(_worst_stress),
    ),
    AccountMetric("commits", "Entries of the account's log.", (), _one(lambda v: v.state.version), is_counter=True),
)
