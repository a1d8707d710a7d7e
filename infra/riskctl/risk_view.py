"""Risk reports as tables."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.output import show_instant, show_money, show_value

#: Scenarios shown; the report has all of them.
WORST = 8

type Body = Mapping[str, Any]


def render_risk(body: Body) -> RenderableType:
    """Return the latest reports (the body of GET /accounts/{id}/risk)."""
    parts: list[RenderableType] = [_head(body, "var"), _head(body, "stress"), _gate(body["gate"])]
    if body["var"] is not None:
        parts += [_figures(body["var"]), _backtests(body["var"])]
    if body["stress"] is not None:
        parts += [_worst(body["stress"]), _reverse(body["stress"])]
    return Group(*parts)


#: How a report is shown that lacks figures.
STYLES = {"partial": "yellow", "insufficient_data": "bold red"}


def _head(body: Body, kind: str) -> Text:
    report = body[kind]
    if report is None:
        return Text(f"{kind}: not computed yet", "bold red")
    inputs = report["inputs"]
    text = (
        f"{kind}: {report['status']} as of {show_instant(report['as_of'])}, closes to {inputs['closes_day']}, "
        f"account version {inputs['state_version']}, engine {inputs['engine_version']}"
    )
    if body[f"{kind}_is_current"]:
        return Text(f"{text} {report.get('reason', '')}".rstrip(), STYLES.get(report["status"], ""))
    return Text(f"{text}: TOO OLD, the gate ignores it", "bold red")


def _gate(gate: Body | None) -> Text:
    if gate is None or not gate["is_current"]:
        return Text("gate: no current figures, so VAR_LIMIT and STRESS_LIMIT count the whole exposure as lost", "red")
    return Text(f"gate: {gate['scenario_days']} days and {len(gate['stress_pnl'])} stress scenarios")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1))
    for name in columns:
        table.add_column(name.removeprefix("#"), justify="right" if name.startswith("#") else "left")
    return table


def _level(row: Body) -> str:
    return f"{float(row['confidence']) * 100:g} %"


def _figures(var: Body) -> Table:
    table = _table(f"one day, {var['base_currency']}", "method", "level", "#VaR", "#of equity", "#ES", "reservations")
    for row in var["figures"]:
        if row["horizon_days"] == 1:
            table.add_row(
                row["method"],
                _level(row),
                show_money(row["var"]),
                show_value(row["var_fraction"], "fraction"),
                show_money(row["es"]),
                row["reason"] or ", ".join(row["flags"]),
            )
    return table


def _backtests(var: Body) -> Table:
    table = _table("backtests", "forecast", "level", "#days", "#exceptions", "#Kupiec p", "#Christoffersen p", "zone")
    for row in var["backtests"]:
        table.add_row(
            row["what"],
            _level(row),
            str(row["observations"]),
            str(row["exceptions"]) if row["exceptions"] is not None else "-",
            row["kupiec_p_value"] or "-",
            row["conditional_coverage_p_value"] or "-",
            row["zone"] or row["reason"],
        )
    return table


def _worst(stress: Body) -> Table:
    table = _table("worst scenarios", "scenario", "#profit and loss", "#of equity", "#equity after", "")
    known = sorted((row for row in stress["scenarios"] if row["pnl"] is not None), key=lambda row: Decimal(row["pnl"]))
    for row in known[:WORST]:
        table.add_row(*_scenario(row))
    for row in stress["scenarios"]:
        if row["pnl"] is None:
            table.add_row(row["name"], "-", "-", "-", row["reason"])
    return table


def _scenario(row: Body) -> tuple[str, ...]:
    notes = [word for word, holds in (("ruined", row["is_ruined"]), ("liquidation", row["has_liquidation"])) if holds]
    loss = show_value(row["loss_fraction"], "fraction")
    return (row["name"], show_money(row["pnl"]), loss, show_money(row["equity_after"]), ", ".join(notes))


def _reverse(stress: Body) -> Table:
    table = _table("smallest shock that would", "factor", "#breach drawdown", "#leave nothing", "#liquidate")
    for row in stress["reverse"]:
        shocks = (row[name] for name in ("drawdown_shock", "ruin_shock", "liquidation_shock"))
        table.add_row(row["factor"], *(show_value(shock, "fraction") for shock in shocks))
    return table


def render_scenario(body: Body) -> RenderableType:
    """Return what one scenario would do (the body of POST /accounts/{id}/stress)."""
    row, currency = body["scenario"], body["base_currency"]
    if row["pnl"] is None:
        return Text(f"{row['name']}: {row['reason']}", "red")
    head = _table(f"{row['name']}, {currency}", "scenario", "#profit and loss", "#of equity", "#equity after", "")
    head.add_row(*_scenario(row))
    positions = _table("positions", "position", "#profit and loss", "#shock")
    for one in row["positions"]:
        positions.add_row(one["key"], show_money(one["pnl"]), show_value(one["shock_fraction"], "fraction"))
    coverage = row["coverage"]
    parts: list[RenderableType] = [head, positions]
    if coverage and coverage["default_assets"]:
        parts.append(Text(f"no shock of their own: {', '.join(coverage['default_assets'])}"))
    return Group(*parts)


def render_scenarios(body: Body) -> RenderableType:
    """Return an account's own scenarios."""
    if not body["scenarios"]:
        return Text("the account has no scenarios of its own")
    table = _table("own scenarios", "name", "#default", "shocks", "sectors")
    for row in body["scenarios"]:
        pairs = [
            ", ".join(f"{name} {show_value(value, 'fraction')}" for name, value in row[kind].items())
            for kind in ("shocks", "sector_shocks")
        ]
        table.add_row(row["name"], show_value(row["default_shock"], "fraction"), *pairs)
    return table
