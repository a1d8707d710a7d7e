"""A risk report as one HTML file: charts inside, no script, nothing fetched; every text from the API is escaped."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

from infra.riskctl.output import show_instant, show_money
from infra.riskctl.report_charts import find_backtest
from infra.riskctl.report_figures import Chart, list_charts, render_svg

CSS = Path(__file__).with_name("report.css")
_MINUS = "\N{MINUS SIGN}"
#: Images only from the file itself, and no script whatever a name may hold.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

type Body = Mapping[str, Any]


def render_page(risk: Body, account: Body) -> str:
    """Return the report's page from the answers of GET /accounts/{id}/risk and GET /accounts/{id}."""
    name = escape(risk["account_id"])
    charts = "".join(_chart(chart, risk, account) for chart in list_charts(risk, account))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Risk report {name}</title><style>{CSS.read_text(encoding='utf-8')}</style></head><body><main>"
        f"{_header(risk, account)}{_tiles(risk, account)}{_messages(risk)}"
        f'<div class="grid charts">{charts}</div><div class="grid tables">{_tables(risk)}</div>{_footer(risk)}'
        "</main></body></html>\n"
    )


def describe(risk: Body, account: Body) -> list[str]:
    """Return the report's head as lines of text, the title first."""
    var = risk["var"] or risk["stress"]
    as_of = f"as of {show_instant(var['as_of'])}{_describe_inputs(var)}" if var else "no report yet"
    tiles = [f"{title} {value}{f' ({note})' if note else ''}" for title, value, note, _ in _list_tiles(risk, account)]
    half = (len(tiles) + 1) // 2
    return [f"Risk report {risk['account_id']}", as_of, "     ".join(tiles[:half]), "     ".join(tiles[half:])]


def _header(risk: Body, account: Body) -> str:
    badges = ""
    for kind in ("var", "stress"):
        word = _word(risk[kind], is_current=risk[f"{kind}_is_current"])
        badges += f'<span class="badge {"ok" if word == "current" else "stale"}">{kind} {word}</span>'
    report = risk["var"] or risk["stress"]
    when = f"as of {escape(show_instant(report['as_of']))}" if report else "no report yet"
    made = escape(_describe_inputs(report)) if report else ""
    state = escape(account["trading_state"])
    name = escape(risk["account_id"])
    return f"<header><h1>Risk report {name}{badges}</h1><p>{when}{made}; the account is {state}</p></header>"


def _describe_inputs(report: Body) -> str:
    inputs = report["inputs"]
    versions = f"account version {inputs['state_version']}, engine {inputs['engine_version']}"
    return f", {inputs['window_days']} daily returns to {inputs['closes_day']}, {versions}"


def _list_tiles(risk: Body, account: Body) -> list[tuple[str, str, str, bool]]:
    """Return the headline figures: title, value, note, and whether it is bad news."""
    currency = account["base_currency"]
    tiles = [("Equity", show_money(account["equity"]), currency, False)]
    var, stress = risk["var"], risk["stress"]
    for figure in var["figures"] if var else ():
        if figure["method"].startswith("historical") and figure["horizon_days"] == 1 and figure["var"] is not None:
            level = percent(figure["confidence"], 0)
            of_equity = f"{percent(figure['var_fraction'])} of equity" if figure["var_fraction"] else ""
            tiles.append((f"VaR {level}, one day", show_money(figure["var"]), of_equity, False))
            if figure["confidence"] == "0.95":
                tiles.append((f"Expected shortfall {level}", show_money(figure["es"]), "mean beyond VaR", False))
    if var and var["backtests"]:
        test = find_backtest(risk)
        zone = test["zone"] or "no verdict"
        note = f"{test['exceptions']} exceptions in {test['observations']}" if test["zone"] else "too few days"
        tiles.append(("Backtest 95 %", zone, note, zone == "red"))
    if stress and stress["worst"]:
        worst = next(row for row in stress["scenarios"] if row["name"] == stress["worst"])
        tiles.append(("Worst scenario", signed(worst["pnl"]), readable(worst["name"]), True))
    return tiles


def _tiles(risk: Body, account: Body) -> str:
    tiles = "".join(
        f'<div class="tile{" bad" if bad else ""}"><div class="name">{escape(name)}</div>'
        f'<div class="value">{escape(value)}</div><div class="note">{escape(note)}</div></div>'
        for name, value, note, bad in _list_tiles(risk, account)
    )
    return f'<div class="tiles">{tiles}</div>'


def _word(report: Body | None, *, is_current: bool) -> str:
    """Return what a report is good for: only figures that are there can be current."""
    if report is None:
        return "missing"
    if not is_current:
        return "too old"
    return {"partial": "partial", "insufficient_data": "without data"}.get(report["status"], "current")


def _messages(risk: Body) -> str:
    found = []
    if risk["var"] is None:
        found.append("There is no VaR report yet: the job has not run for this account.")
    elif risk["var"]["reason"]:
        found.append(f"VaR: {risk['var']['reason']}.")
    if risk["stress"] is None:
        found.append("There is no stress report yet: the job has not run for this account.")
    if risk["gate"] is None or not risk["gate"]["is_current"]:
        found.append("The gate has no current figures: VAR_LIMIT and STRESS_LIMIT count the whole exposure as lost.")
    found += [
        f"{row['key']}: {row['observations']} daily returns are too few; its value of {show_money(row['value'])} "
        "counts as lost in full."
        for row in (risk["var"] or {}).get("uncovered", ())
    ]
    return "".join(f'<div class="card message">{escape(text)}</div>' for text in found)


def _chart(chart: Chart, risk: Body, account: Body) -> str:
    picture = base64.b64encode(render_svg(chart, risk, account)).decode()
    title, (width, height) = escape(chart.title), (inches * 96 for inches in chart.size)
    return (
        f'<section class="card span{chart.span}" id="{chart.name}"><h2>{title}</h2>'
        f'<img alt="{title}" width="{width:.0f}" height="{height:.0f}" src="data:image/svg+xml;base64,{picture}">'
        "</section>"
    )


def _tables(risk: Body) -> str:
    var, stress = risk["var"], risk["stress"]
    parts = []
    if var and var["figures"]:
        parts.append(_table("Value at risk and expected shortfall", _FIGURE_HEAD, map(_figure_row, var["figures"])))
    if var and var["positions"]:
        parts.append(_table("Positions, 95 %, one day", _POSITION_HEAD, map(_position_row, var["positions"])))
    if var and var["liquidity"]:
        parts.append(
            _table("Liquidity-adjusted value at risk, one day", _LIQUIDITY_HEAD, map(_liquidity_row, var["liquidity"]))
        )
    if var and var["backtests"]:
        parts.append(_table("Backtests", _BACKTEST_HEAD, map(_backtest_row, var["backtests"])))
    if stress:
        parts.append(_table("Scenarios", _SCENARIO_HEAD, map(_scenario_row, stress["scenarios"])))
        parts.append(_table("Smallest shock that would", _REVERSE_HEAD, map(_reverse_row, stress["reverse"])))
    if var and var["findings"]:
        parts.append(_table("What is wrong with the closes", _FINDING_HEAD, map(_finding_row, var["findings"])))
    return "".join(parts)


_FIGURE_HEAD = ("method", "level", "days", "sample", "#VaR", "#of equity", "#ES", "#of equity", "reservations")
_POSITION_HEAD = ("position", "#value", "#part of VaR", "#part of ES", "#part of normal VaR", "#VaR when closed")
_LIQUIDITY_HEAD = (
    "level",
    "#VaR",
    "#cost of getting out",
    "#liquidity-adjusted VaR",
    "#spreads seen",
    "spread unknown",
)
_BACKTEST_HEAD = ("forecast", "level", "days", "#exceptions", "#expected", "#Kupiec p", "#Christoffersen p", "zone")
_SCENARIO_HEAD = ("scenario", "#profit and loss", "#of equity", "#equity after", "worst position", "")
_REVERSE_HEAD = ("factor", "#exposure", "#breach the drawdown limit", "#leave nothing", "#liquidate")
_FINDING_HEAD = ("asset", "finding", "days", "from", "to")


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; columns whose head begins with # hold numbers. Cells are escaped here, and nowhere else."""
    numeric = [name.startswith("#") for name in head]

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{' class=number' if is_number else ''}>{escape(text)}</{tag}>"
            for text, is_number in zip(row, numeric, strict=True)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f'<section class="card span6"><h2>{escape(title)}</h2><div class="scroll"><table><thead><tr>'
        f"{cells('th', [name.removeprefix('#') for name in head])}</tr></thead><tbody>{body}</tbody></table></div>"
        "</section>"
    )


def _figure_row(row: Body) -> Sequence[str]:
    notes = row["reason"] or ", ".join(readable(flag) for flag in row["flags"])
    figures = (signed(row["var"]), percent(row["var_fraction"]), signed(row["es"]), percent(row["es_fraction"]))
    return (
        readable(row["method"]), percent(row["confidence"], 0), str(row["horizon_days"]), str(row["observations"]),
        *figures, notes,
    )  # fmt: skip


def _position_row(row: Body) -> Sequence[str]:
    names = ("value", "component_var", "component_es", "component_var_normal", "closing_var_change")
    return (row["key"], *(signed(row[name]) for name in names))


def _liquidity_row(row: Body) -> Sequence[str]:
    amounts = (signed(row[name]) for name in ("market_var", "liquidity_cost", "liquidity_adjusted_var"))
    return (percent(row["confidence"], 0), *amounts, str(row["spread_observations"]), ", ".join(row["unknown"]))


def _backtest_row(row: Body) -> Sequence[str]:
    what = "reported" if row["what"] == "reported" else "today's book"
    counts = (str(row["exceptions"]), show(row["expected_exceptions"])) if not row["reason"] else ("-", "-")
    tests = (show(row["kupiec_p_value"], 4), show(row["conditional_coverage_p_value"], 4))
    return (
        what, percent(row["confidence"], 0), str(row["observations"]), *counts, *tests, row["zone"] or row["reason"]
    )  # fmt: skip


def _scenario_row(row: Body) -> Sequence[str]:
    worst = row["worst_positions"][0]["key"] if row["worst_positions"] else ""
    notes = [row["reason"]] if row["reason"] else []
    notes += ["ruined"] if row["is_ruined"] else []
    notes += ["liquidation"] if row["has_liquidation"] else []
    coverage = row["coverage"]
    if coverage and coverage["default_assets"] and not row["source"].startswith("hypothetical"):
        notes.append(f"default shock for {', '.join(coverage['default_assets'])}")
    share = _MINUS + percent(row["loss_fraction"]) if row["loss_fraction"] not in {None, "0"} else ""
    return (readable(row["name"]), signed(row["pnl"]), share, signed(row["equity_after"]), worst, "; ".join(notes))


def _reverse_row(row: Body) -> Sequence[str]:
    shocks = (percent(row[name], 1) for name in ("drawdown_shock", "ruin_shock", "liquidation_shock"))
    return (row["factor"], signed(row["exposure"]), *shocks)


def _finding_row(row: Body) -> Sequence[str]:
    return (row["asset"], readable(row["code"]), str(row["count"]), row["first_day"] or "-", row["last_day"] or "-")


def _footer(risk: Body) -> str:
    notes = [
        "A loss is positive in VaR and expected shortfall, negative in profit and loss.",
        "Historical figures are order statistics of what today's positions would have made on each day of the window.",
        *(risk["stress"]["assumptions"] if risk["stress"] else ()),
    ]
    return f"<footer><ul>{''.join(f'<li>{escape(note)}</li>' for note in notes)}</ul></footer>"


def readable(name: str) -> str:
    """Write an identifier as words."""
    return name.replace("_", " ").replace("/", ", ")


def signed(value: str | None) -> str:
    """Write an amount with two decimals and a true minus sign."""
    return show_money(value).replace("-", _MINUS) if value is not None else "-"


def percent(value: str | None, decimals: int = 2) -> str:
    """Write a fraction in percent."""
    return "-" if value is None else f"{Decimal(value) * 100:.{decimals}f} %".replace("-", _MINUS)


def show(value: str | None, decimals: int = 1) -> str:
    """Write a statistic."""
    return "-" if value is None else f"{Decimal(value):.{decimals}f}"
