"""Accounts as a table, and what one earned."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.output import show_money, show_value
from infra.riskctl.status_view import LEVEL_STYLES, STATE_STYLES, render_pnl


def render_accounts(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Return accounts (of GET /accounts), each in a line."""
    columns = (
        "account",
        "state",
        "equity",
        "today",
        "in all",
        "drawdown",
        "gross",
        "positions",
        "orders",
        "level",
        "stops",
    )
    table = Table(*columns, box=None, padding=(0, 1))
    for row in rows:
        if row.get("unreadable"):
            table.add_row(row["account_id"], Text("UNREADABLE: run riskctl audit verify", "bold red"))
            continue
        totals = {period["period"]: period["total"] for period in row["pnl"]}
        table.add_row(
            row["account_id"],
            Text(row["trading_state"], STATE_STYLES[row["trading_state"]]),
            show_money(row["equity"], row["base_currency"]),
            _signed(totals["day"]),
            _signed(totals["start"]),
            show_value(row["losses"]["peak"], "fraction"),
            show_money(row["gross"]),
            str(row["open_positions"]),
            str(row["open_orders"]),
            Text(row["level"], LEVEL_STYLES[row["level"]]),
            ", ".join([*(f"kill {scope}" for scope in row["kill_switches"]), *row["breakers"]]),
        )
    return table


def render_performance(body: Mapping[str, Any]) -> RenderableType:
    """Return what an account earned (GET /accounts/{id}/performance)."""
    parts: list[RenderableType] = [render_pnl(body["pnl"], body["base_currency"]), _days(body["days"])]
    if body["by_market"]:
        parts.append(_markets(body["by_market"]))
    if body["closed_trades"]:
        parts.append(_trades(body["closed_trades"]))
    return Group(*parts)


def _days(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("day by day", "day", "equity", "total", "realised", "fees", "funding", "fills")
    for row in rows:
        figures = (show_money(row[name]) for name in ("realized", "fees", "funding"))
        fills = "-" if row["fills"] is None else str(row["fills"])
        table.add_row(row["day"], show_money(row["equity"]), _signed(row["total"]), *figures, fills)
    return table


def _markets(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("by statements", "strategy", "venue", "symbol", "realised", "fees", "funding", "fills")
    for row in rows:
        figures = (show_money(row[name], row["currency"]) for name in ("realized", "fees", "funding"))
        table.add_row(row["strategy"], row["venue"], row["symbol"], *figures, str(row["fills"]))
    return table


def _trades(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("latest closed trades", "strategy", "venue", "symbol", "trades", "won", "stopped", "realised")
    for row in rows:
        counts = (str(row[name]) for name in ("trades", "won", "stopped"))
        table.add_row(row["strategy"], row["venue"], row["symbol"], *counts, _signed(row["realized"]))
    return table


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left", box=None, padding=(0, 1))


def _signed(value: str | None) -> Text:
    amount = Decimal(value or 0)
    return Text(show_money(value), style="green" if amount > 0 else "red" if amount < 0 else "")
