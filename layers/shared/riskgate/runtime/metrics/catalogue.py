"""Every metric of an account: its name, its meaning, its labels, and where in the book its values are.

Names and labels are public. Amounts are in the account's base currency. Each metric's labels take values from bounded
sets: what has no bound of its own (markets, sectors, assets, strategies) is cut to its largest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from riskgate.core.statements.view import BookView
from riskgate.runtime.metrics.readings import (
    Sample,
    age,
    compute_slippage,
    count_failures,
    count_locks,
    count_omitted,
    count_overdue,
    each_limit,
    each_position,
    find_worst_stress,
    list_alerts,
    list_breakers,
    list_breaks,
    list_exposure,
    list_groups,
    list_levels,
    list_losses,
    list_oldest,
    list_orders,
    list_pnl,
    list_states,
    list_switches,
    list_venue_equity,
    list_venues,
    one,
)


class AccountMetric(NamedTuple):
    """A metric of every account; `labels` come after `account`. What a sample gives None for is left out."""

    name: str
    text: str
    labels: tuple[str, ...]
    read: Callable[[BookView], Iterable[Sample]]
    is_counter: bool = False


_MARKET = ("venue", "symbol")

ACCOUNT_METRICS: tuple[AccountMetric, ...] = (
    AccountMetric("equity", "Equity.", (), one(lambda v: v.state.equity)),
    AccountMetric("peak_equity", "Highest equity, transfers neutral.", (), one(lambda v: v.state.peak_equity)),
    AccountMetric(
        "equity_age_seconds", "Since equity was last read or reported.", (), one(lambda v: age(v, v.state.equity_at))
    ),
    AccountMetric(
        "trading_state", "1 for the state the account is in: ACTIVE, REDUCING or HALTED.", ("state",), list_states
    ),
    AccountMetric(
        "pnl",
        "Profit and loss since a period began, and what it is made of.",
        ("period", "part"),
        list_pnl,
    ),
    AccountMetric(
        "unrealized_pnl",
        "What closing all positions at their mark prices would realise.",
        (),
        one(lambda v: v.unrealized),
    ),
    AccountMetric(
        "unpriced_payments",
        "Fees and funding payments that no P&L holds: nothing prices their currency.",
        (),
        one(lambda v: v.unpriced),
    ),
    AccountMetric(
        "loss_ratio",
        "Loss of the day, and drawdown from the week's peak and the highest, as fractions.",
        ("since",),
        list_losses,
    ),
    AccountMetric(
        "exposure",
        "Gross and net exposure and risk to the stops, working orders filled in the worst direction.",
        ("kind",),
        list_exposure,
    ),
    AccountMetric(
        "exposure_by", "Exposure by sector, asset and strategy: the 20 largest of each.", ("by", "name"), list_groups
    ),
    AccountMetric(
        "open_positions", "Positions, working entries included.", (), one(lambda v: v.state.exposure.open_positions)
    ),
    AccountMetric(
        "position_quantity",
        "Contracts held; less than 0 is short. Of the 50 largest positions, as all of `position_`.",
        _MARKET,
        each_position(lambda _, p: p.position.quantity),
    ),
    AccountMetric(
        "position_value", "Signed value at the mark price.", _MARKET, each_position(lambda _, p: p.position.value)
    ),
    AccountMetric(
        "position_unrealized_pnl",
        "What closing it at the mark price would realise.",
        _MARKET,
        each_position(lambda _, p: p.unrealized),
    ),
    AccountMetric(
        "position_risk_to_stop",
        "What it loses down to its stop; without one that counts, its value.",
        _MARKET,
        each_position(lambda _, p: p.risk_to_stop),
    ),
    AccountMetric(
        "position_liquidation_distance_ratio",
        "From its mark to the venue's liquidation price, as a fraction of the mark; missing where it has none.",
        _MARKET,
        each_position(lambda _, p: p.liquidation_distance),
    ),
    AccountMetric(
        "position_mark_age_seconds",
        "Since its mark price was seen.",
        _MARKET,
        each_position(lambda v, p: age(v, p.position.marked_at)),
    ),
    AccountMetric(
        "positions_omitted",
        "Positions beyond the 50 largest, which have no own metrics.",
        (),
        one(count_omitted),
    ),
    AccountMetric(
        "limit_value",
        "What a limit measures now; missing where nothing can be measured.",
        ("limit",),
        each_limit(lambda value, _limit, _used: value),
    ),
    AccountMetric(
        "limit_max",
        "What the limit allows; missing while it is off.",
        ("limit",),
        each_limit(lambda _value, limit, _used: limit),
    ),
    AccountMetric("limit_used_ratio", "Measured / allowed.", ("limit",), each_limit(lambda _value, _limit, used: used)),
    AccountMetric(
        "limit_level",
        "0 none, 1 yellow from half, 2 orange from three quarters, 3 red at the limit or not measurable.",
        ("limit",),
        list_levels,
    ),
    AccountMetric(
        "breakers_tripped",
        "Tripped breakers by name, of the account, its symbols and strategies.",
        ("breaker",),
        list_breakers,
    ),
    AccountMetric(
        "kill_switch_engaged", "1 while the kill switch is engaged or cannot be read.", ("scope",), list_switches
    ),
    AccountMetric("locks", "Locks of protections in force.", (), one(count_locks)),
    AccountMetric("heartbeats_overdue", "Strategies whose promised heartbeat is overdue.", (), one(count_overdue)),
    AccountMetric("open_orders", "Working orders by status.", ("status",), list_orders),
    AccountMetric(
        "open_order_oldest_seconds",
        "Age of the oldest working order of a status; submitting: on its way to the venue.",
        ("status",),
        list_oldest,
    ),
    AccountMetric(
        "entries_approved_today",
        "Increasing orders approved this UTC day.",
        (),
        one(lambda v: v.state.day.approved_orders),
    ),
    AccountMetric(
        "order_failures",
        "Orders that their venue refused or nobody knows to have arrived, within the window of ORDER_FAILURE_RATE.",
        (),
        one(count_failures),
    ),
    AccountMetric(
        "slippage_bps",
        "Cost of the latest fills against their decision prices; greater than 0 is worse.",
        (),
        one(compute_slippage),
    ),
    AccountMetric("alerts_active", "Alert levels of limits and breakers.", ("level",), list_alerts),
    AccountMetric("reconciliation_breaks", "Open differences from the venues' books.", ("level",), list_breaks),
    AccountMetric(
        "reconciliation_money_at_issue",
        "Sum over the open differences, as far as it is known.",
        (),
        one(lambda v: v.state.reconciliation.money_at_issue),
    ),
    AccountMetric(
        "reconciliation_age_seconds",
        "Since the last run; missing before the first.",
        (),
        one(lambda v: age(v, v.state.reconciliation.run_at)),
    ),
    AccountMetric(
        "venue_healthy",
        "1 unless two looks at the venue in a row failed; only of venues with a key.",
        ("venue",),
        list_venues,
    ),
    AccountMetric("venue_equity", "Equity at the venue.", ("venue",), list_venue_equity),
    AccountMetric(
        "risk_report_age_seconds",
        "Since the risk figures of the gate were computed; missing before the first.",
        (),
        one(lambda v: age(v, v.report_as_of)),
    ),
    AccountMetric(
        "stress_worst_pnl",
        "Profit and loss of the worst stress scenario; missing without current figures.",
        (),
        one(find_worst_stress),
    ),
    AccountMetric("commits", "Entries of the account's log.", (), one(lambda v: v.state.version), is_counter=True),
)
