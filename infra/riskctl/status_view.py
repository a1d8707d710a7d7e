"""An account as tables: limits as bars coloured by their alert level, positions, orders, breakers."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.output import show_instant, show_money, show_value
from riskgate.core.codes import DenyCode

BAR_WIDTH = 24
LEVEL_STYLES = {"none": "green", "yellow": "yellow", "orange": "dark_orange", "red": "bold red"}
PERIOD_NAMES = {"day": "today", "week": "week", "month": "month", "start": "in all"}
STATE_STYLES = {"ACTIVE": "bold green", "REDUCING": "bold dark_orange", "HALTED": "bold red"}


def render_account(body: Mapping[str, Any]) -> RenderableType:
    """Return a whole account (the body of GET /accounts/{id})."""
    parts: list[RenderableType] = [
        _header(body),
        *_stops(body),
        render_pnl(body["pnl"], body["base_currency"]),
        render_limits(body["limits"]),
    ]
    if body["positions"]:
        parts.append(_positions(body["positions"]))
    if body["open_orders"]:
        parts.append(_open_orders(body["open_orders"]))
    if body["rejected_orders"]:
        parts.append(_rejected_orders(body["rejected_orders"]))
    return Group(*parts)


def render_pnl(rows: Sequence[Mapping[str, Any]], currency: str) -> Table:
    """Return profit and loss by period."""
    columns = ("P&L", "since", "total", "realised", "fees", "funding", "unrealised", "other")
    table = Table(*columns, title=f"profit and loss, {currency}", title_justify="left", box=None, padding=(0, 1))
    for row in rows:
        style = "green" if Decimal(row["total"]) > 0 else "red" if Decimal(row["total"]) < 0 else ""
        total = Text(show_money(row["total"]), style=style)
        figures = (show_money(row[name]) for name in ("realized", "fees", "funding", "unrealized", "other"))
        table.add_row(PERIOD_NAMES[row["period"]], row["since"], total, *figures)
    return table


def render_limits(limits: Sequence[Mapping[str, Any]]) -> Table:
    """Return the limits as bars."""
    table = Table("limit", "used", "of", "", "", title="limits", title_justify="left", box=None, padding=(0, 1))
    for row in limits:
        style = LEVEL_STYLES[row["level"]]
        used = Text(show_value(row["value"], row["unit"]), style=style)
        if row["limit"] is None:
            table.add_row(row["name"], used, "off", "", "")
            continue
        table.add_row(
            row["name"], used, show_value(row["limit"], row["unit"]), draw_bar(row["utilization"], style), _level(row)
        )
    return table


def draw_bar(utilization: str | None, style: str) -> Text:
    """Return a bar that is full at the limit, with the share in percent; what cannot be measured is full."""
    share = Decimal(1) if utilization is None else Decimal(utilization)
    filled = int((min(share, Decimal(1)) * BAR_WIDTH).to_integral_value(ROUND_HALF_UP))
    percent = "    ?" if utilization is None else f"{(share * 100).to_integral_value(ROUND_UP):>5f}"
    return Text.assemble(("█" * filled, style), ("░" * (BAR_WIDTH - filled), "dim"), f"{percent} %")


def _level(row: Mapping[str, Any]) -> Text:
    # Colours alone would be lost on a plain terminal.
    return Text("" if row["level"] == "none" else row["level"], style=LEVEL_STYLES[row["level"]])


def _header(body: Mapping[str, Any]) -> Text:
    currency = body["base_currency"]
    return Text.assemble(
        (body["account_id"], "bold"),
        "  ",
        (body["trading_state"], STATE_STYLES[body["trading_state"]]),
        f"  equity {show_money(body['equity'], currency)} (seen {show_instant(body['equity_at'])},",
        f" peak {show_money(body['peak_equity'])})  version {body['state_version']}",
    )


def _stops(body: Mapping[str, Any]) -> list[Text]:
    """Return one line per thing that keeps the account from trading freely."""
    lines = []
    for flag in body["kill_switches"]:
        if flag["engaged"]:
            name = f"{flag['scope']} {flag['key'] or ''}".strip()
            lines.append(Text(f"■ kill switch {name} ENGAGED: {flag['reason'] or 'no reason given'}", "bold red"))
    lines += [Text(_describe_breaker(breaker), "red") for breaker in body["breakers"]]
    for lock in body["locks"]:
        until = f"until {show_instant(lock['until'])}" if lock["until"] else "until an operator unlocks it"
        covers = f"{lock['scope']} {lock['key']}".strip()
        lines.append(Text(f"■ {lock['code']} locks {covers} {until}: {lock['reason']}", "dark_orange"))
    return lines


def _describe_breaker(breaker: Mapping[str, Any]) -> str:
    """Return one line: a loss with its figures, any other breaker with its reason."""
    clears = f"clears on {breaker['clears_on']}" if breaker["clears_on"] else "until an operator resets it"
    if breaker["name"] == DenyCode.HEARTBEAT_MISSED:
        clears = "until its next heartbeat"
    seen, limit = show_value(breaker["observed"], "fraction"), show_value(breaker["limit"], "fraction")
    why = f" ({breaker['reason']})" if breaker["reason"] else f" at {seen} (limit {limit})"
    name = f"{breaker['name']} {breaker['key'] or ''}".strip()
    return f"■ {name} tripped {show_instant(breaker['tripped_at'])}{why}, {clears}"


def _positions(rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = (
        "venue",
        "symbol",
        "quantity",
        "average",
        "mark",
        "value",
        "P&L",
        "stop",
        "liquidation",
        "risk",
        "strategy",
    )
    table = Table(*columns, title="positions", title_justify="left", box=None, padding=(0, 1))
    for row in rows:
        table.add_row(
            row["venue"],
            row["symbol"],
            row["quantity"],
            show_value(row["average_price"]),
            show_value(row["mark_price"]),
            show_money(row["value"]),
            show_money(row["unrealized_pnl"]),
            show_value(row["stop_loss_price"]),
            show_value(row["liquidation_price"]),
            show_money(row["risk_to_stop"]),
            "\n".join(row["by_strategy"]),
        )
    return table


def _open_orders(rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = (
        "order",
        "symbol",
        "side",
        "type",
        "status",
        "quantity",
        "price",
        "filled",
        "average",
        "fees",
        "reserved",
        "expires",
    )
    table = Table(*columns, title="open orders", title_justify="left", box=None, padding=(0, 1))
    for row in rows:
        names = [
            row["client_order_id"],
            *([f"at venue {row['exchange_order_id']}"] if row["exchange_order_id"] else []),
        ]
        table.add_row(
            "\n".join(names),
            f"{row['venue']} {row['symbol']}",
            row["side"],
            row["type"],
            row["status"],
            row["quantity"],
            show_value(row["price"] or row["stop_price"]),
            row["filled_quantity"],
            show_value(row["average_fill_price"]),
            "\n".join(f"{amount} {currency}" for currency, amount in row["fees"].items()),
            show_money(row["reserved"]["notional"]),
            show_instant(row["expires_at"]),
        )
    return table


def _rejected_orders(rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = ("refused", "order", "symbol", "side", "type", "quantity", "price", "reason")
    table = Table(*columns, title="orders that venues refused", title_justify="left", box=None, padding=(0, 1))
    for row in rows:
        table.add_row(
            show_instant(row["at"]),
            row["client_order_id"],
            f"{row['venue']} {row['symbol']}",
            row["side"],
            row["type"],
            row["quantity"],
            show_value(row["price"]),
            Text(row["reason"] or "no reason given"),
        )
    return table
