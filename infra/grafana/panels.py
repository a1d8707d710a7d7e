"""The panels of the dashboards: what each asks Prometheus, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Draw(StrEnum):
    """How a panel shows its figures."""

    LINES = "lines"
    NUMBER = "number"
    GAUGE = "gauge"
    BARS = "bars"
    TABLE = "table"


class Unit(StrEnum):
    """Grafana's names of units."""

    AMOUNT = "locale"
    FRACTION = "percentunit"
    SECONDS = "s"
    COUNT = "short"
    BPS = "none"
    PER_SECOND = "ops"


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """One question to Prometheus; `legend` names its series by their labels.

    A line may have a `color`, and the area between it and the line of another legend, `down_to`, filled with it.
    """

    expr: str
    legend: str = ""
    color: str = ""
    down_to: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """One panel of a dashboard; `may_be_empty` says when nothing to show is good news, or no news yet."""

    title: str
    draw: Draw
    unit: Unit
    queries: tuple[Query, ...]
    width: int = 12
    height: int = 8
    may_be_empty: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """One dashboard; `by_account` lets the person choose one account."""

    uid: str
    title: str
    panels: tuple[Panel, ...]
    by_account: bool = False


def _one(expr: str, legend: str = "") -> tuple[Query, ...]:
    return (Query(expr=expr, legend=legend),)


def _of(name: str, more: str = "") -> str:
    return f'riskgate_account_{name}{{account="$account"{more}}}'


def _var(name: str) -> str:
    """Return a figure of the VaR limit, a fraction of equity, as an amount."""
    figure, equity = _of(name, ',limit="var_fraction_max"'), _of("equity")
    return f"({figure} * on(account) {equity})"


ACCOUNT = Board(
    uid="riskgate-account",
    title="Account",
    by_account=True,
    panels=(
        Panel(title="Equity", draw=Draw.NUMBER, unit=Unit.AMOUNT, queries=_one(_of("equity")), width=4, height=4),
        Panel(
            title="P&L today",
            draw=Draw.NUMBER,
            unit=Unit.AMOUNT,
            queries=_one(_of("pnl", ',period="day",part="total"')),
            width=4,
            height=4,
        ),
        Panel(
            title="Drawdown",
            draw=Draw.NUMBER,
            unit=Unit.FRACTION,
            queries=_one(_of("loss_ratio", ',since="peak"')),
            width=4,
            height=4,
        ),
        Panel(
            title="Daily loss against its limit",
            draw=Draw.GAUGE,
            unit=Unit.FRACTION,
            queries=_one(_of("limit_used_ratio", ',limit="daily_loss_fraction_max"')),
            width=4,
            height=4,
        ),
        Panel(
            title="State",
            draw=Draw.NUMBER,
            unit=Unit.COUNT,
            queries=_one(_of("trading_state") + " == 1", "{{state}}"),
            width=4,
            height=4,
        ),
        Panel(
            title="Age of equity",
            draw=Draw.NUMBER,
            unit=Unit.SECONDS,
            queries=_one(_of("equity_age_seconds")),
            width=4,
            height=4,
        ),
        Panel(
            title="Equity and peak",
            draw=Draw.LINES,
            unit=Unit.AMOUNT,
            queries=(
                Query(expr=_of("equity"), legend="equity"),
                Query(expr=_of("peak_equity"), legend="peak"),
            ),
        ),
        Panel(
            title="P&L by period",
            draw=Draw.LINES,
            unit=Unit.AMOUNT,
            queries=_one(_of("pnl", ',part="total"'), "{{period}}"),
        ),
        Panel(
            title="What today's P&L is made of",
            draw=Draw.BARS,
            unit=Unit.AMOUNT,
            queries=_one(_of("pnl", ',period="day",part!="total"'), "{{part}}"),
        ),
        Panel(
            title="Limits in use",
            draw=Draw.BARS,
            unit=Unit.FRACTION,
            queries=_one(f"topk(15, {_of('limit_used_ratio')})", "{{limit}}"),
        ),
        Panel(
            title="Positions: value",
            draw=Draw.TABLE,
            unit=Unit.AMOUNT,
            queries=_one(_of("position_value"), "{{venue}} {{symbol}}"),
        ),
        Panel(
            title="Positions: risk to the stop",
            draw=Draw.BARS,
            unit=Unit.AMOUNT,
            queries=_one(_of("position_risk_to_stop"), "{{venue}} {{symbol}}"),
        ),
        Panel(
            title="Positions: P&L",
            draw=Draw.BARS,
            unit=Unit.AMOUNT,
            queries=_one(_of("position_unrealized_pnl"), "{{venue}} {{symbol}}"),
        ),
        Panel(
            title="Positions: distance to liquidation",
            draw=Draw.BARS,
            unit=Unit.FRACTION,
            queries=_one(_of("position_liquidation_distance_ratio"), "{{venue}} {{symbol}}"),
            may_be_empty="only swaps can be liquidated",
        ),
        Panel(
            title="Exposure",
            draw=Draw.LINES,
            unit=Unit.AMOUNT,
            queries=_one(_of("exposure"), "{{kind}}"),
        ),
        Panel(
            title="Exposure by asset, sector and strategy",
            draw=Draw.BARS,
            unit=Unit.AMOUNT,
            queries=_one(_of("exposure_by"), "{{by}} {{name}}"),
        ),
        Panel(
            title="VaR against P&L",
            draw=Draw.LINES,
            unit=Unit.AMOUNT,
            width=24,
            height=10,
            queries=(
                Query(expr=_of("pnl", ',period="day",part="total"'), legend="P&L today", color="blue"),
                Query(expr=f"-{_var('limit_value')}", legend="VaR of one day", color="purple"),
                Query(
                    expr=f"-0.5 * {_var('limit_max')}",
                    legend="half of the limit",
                    color="yellow",
                    down_to="three quarters",
                ),
                Query(
                    expr=f"-0.75 * {_var('limit_max')}", legend="three quarters", color="orange", down_to="VaR limit"
                ),
                Query(expr=f"-{_var('limit_max')}", legend="VaR limit", color="red"),
            ),
        ),
        Panel(
            title="VaR and worst stress against their limits",
            draw=Draw.LINES,
            unit=Unit.FRACTION,
            queries=_one(_of("limit_used_ratio", ',limit=~"var_.*|stress_.*"'), "{{limit}}"),
        ),
        Panel(
            title="Worst stress scenario",
            draw=Draw.LINES,
            unit=Unit.AMOUNT,
            queries=_one(_of("stress_worst_pnl")),
            may_be_empty="the stress job runs every hour",
        ),
        Panel(
            title="Breakers",
            draw=Draw.BARS,
            unit=Unit.COUNT,
            queries=_one(_of("breakers_tripped"), "{{breaker}}"),
        ),
        Panel(
            title="Kill switches",
            draw=Draw.NUMBER,
            unit=Unit.COUNT,
            queries=_one(_of("kill_switch_engaged"), "{{scope}}"),
        ),
    ),
)

EXECUTION = Board(
    uid="riskgate-execution",
    title="Execution",
    by_account=True,
    panels=(
        Panel(
            title="Working orders",
            draw=Draw.LINES,
            unit=Unit.COUNT,
            queries=_one(_of("open_orders"), "{{status}}"),
        ),
        Panel(
            title="Age of the oldest working order",
            draw=Draw.LINES,
            unit=Unit.SECONDS,
            queries=_one(_of("open_order_oldest_seconds"), "{{status}}"),
        ),
        Panel(
            title="Failures within the breaker's window",
            draw=Draw.LINES,
            unit=Unit.COUNT,
            queries=_one(_of("order_failures")),
        ),
        Panel(
            title="Slippage of the latest fills (bps)",
            draw=Draw.LINES,
            unit=Unit.BPS,
            queries=_one(_of("slippage_bps")),
        ),
        Panel(
            title="Entries approved today",
            draw=Draw.LINES,
            unit=Unit.COUNT,
            queries=_one(_of("entries_approved_today")),
        ),
        Panel(
            title="Entries of the log per second",
            draw=Draw.LINES,
            unit=Unit.PER_SECOND,
            queries=_one(f"rate({_of('commits_total')}[5m])"),
        ),
        Panel(
            title="Order queue",
            draw=Draw.LINES,
            unit=Unit.COUNT,
            queries=_one('riskgate_queue_messages{queue="order"}', "{{state}}"),
        ),
        Panel(
            title="Differences from the venues' books",
            draw=Draw.LINES,
            unit=Unit.COUNT,
            queries=_one(_of("reconciliation_breaks"), "{{level}}"),
        ),
    ),
)

GATEWAY = Board(
    uid="riskgate-gateway",
    title="Gateway health",
    panels=(
        Panel(title="Scrape", draw=Draw.NUMBER, unit=Unit.COUNT, queries=_one('up{job="riskgate"}'), width=6, height=4),
        Panel(
            title="Time of a scrape",
            draw=Draw.LINES,
            unit=Unit.SECONDS,
            queries=_one('scrape_duration_seconds{job="riskgate"}'),
            width=18,
            height=4,
        ),
        Panel(
            title="Messages that wait",
            draw=Draw.LINES,
            unit=Unit.COUNT,
            queries=_one('riskgate_queue_messages{state="visible",queue!~".+_dead_letter"}', "{{queue}}"),
        ),
        Panel(
            title="Messages put aside",
            draw=Draw.LINES,
            unit=Unit.COUNT,
            queries=_one('riskgate_queue_messages{state="visible",queue=~".+_dead_letter"}', "{{queue}}"),
        ),
        Panel(
            title="Alerts that wait to be shown",
            draw=Draw.LINES,
            unit=Unit.COUNT,
            queries=_one("riskgate_alerts_pending"),
        ),
        Panel(title="Accounts", draw=Draw.BARS, unit=Unit.COUNT, queries=_one("riskgate_accounts", "{{state}}")),
        Panel(
            title="Age of equity",
            draw=Draw.LINES,
            unit=Unit.SECONDS,
            queries=_one("topk(10, riskgate_account_equity_age_seconds)", "{{account}}"),
        ),
        Panel(
            title="Age of reconciliation",
            draw=Draw.LINES,
            unit=Unit.SECONDS,
            queries=_one("topk(10, riskgate_account_reconciliation_age_seconds)", "{{account}}"),
            may_be_empty="only accounts with keys are reconciled",
        ),
        Panel(
            title="Venues that are not healthy",
            draw=Draw.TABLE,
            unit=Unit.COUNT,
            queries=_one("riskgate_account_venue_healthy == 0", "{{account}} {{venue}}"),
            may_be_empty="all venues are healthy",
        ),
        Panel(
            title="Alerts of the rules",
            draw=Draw.TABLE,
            unit=Unit.COUNT,
            queries=_one('ALERTS{alertname=~"Riskgate.*",alertstate="firing"}', "{{alertname}} {{account}}"),
            may_be_empty="nothing is wrong",
        ),
    ),
)

ALL_ACCOUNTS = Board(
    uid="riskgate-accounts",
    title="All accounts",
    panels=(
        Panel(
            title="Equity by currency",
            draw=Draw.NUMBER,
            unit=Unit.AMOUNT,
            queries=_one("base_currency:riskgate_equity:sum", "{{base_currency}}"),
            width=12,
            height=4,
        ),
        Panel(
            title="P&L today by currency",
            draw=Draw.NUMBER,
            unit=Unit.AMOUNT,
            queries=_one("base_currency:riskgate_pnl_today:sum", "{{base_currency}}"),
            width=12,
            height=4,
        ),
        Panel(
            title="Equity",
            draw=Draw.LINES,
            unit=Unit.AMOUNT,
            queries=_one("riskgate_account_equity", "{{account}}"),
        ),
        Panel(
            title="P&L today",
            draw=Draw.BARS,
            unit=Unit.AMOUNT,
            queries=_one('riskgate_account_pnl{period="day",part="total"}', "{{account}}"),
        ),
        Panel(
            title="Drawdown",
            draw=Draw.BARS,
            unit=Unit.FRACTION,
            queries=_one('riskgate_account_loss_ratio{since="peak"}', "{{account}}"),
        ),
        Panel(
            title="Nearest limit",
            draw=Draw.BARS,
            unit=Unit.FRACTION,
            queries=_one("account:riskgate_limit_used_ratio:max", "{{account}}"),
        ),
        Panel(
            title="State",
            draw=Draw.TABLE,
            unit=Unit.COUNT,
            queries=_one("riskgate_account_trading_state == 1", "{{account}} {{state}}"),
        ),
        Panel(
            title="Tripped breakers",
            draw=Draw.TABLE,
            unit=Unit.COUNT,
            queries=_one("riskgate_account_breakers_tripped > 0", "{{account}} {{breaker}}"),
            may_be_empty="nothing is tripped",
        ),
    ),
)

BOARDS = (ACCOUNT, EXECUTION, GATEWAY, ALL_ACCOUNTS)
