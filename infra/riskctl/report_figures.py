"""Which charts a risk report has, and the report's charts as files: SVG one by one, PNG all together."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infra.riskctl import report_charts as charts_of
from infra.riskctl.report_charts import BARS_MAX, find_backtest, list_limits, list_stressed
from infra.riskctl.report_style import MUTED, STYLE

#: Columns of the page, and a chart's width in inches by how many of them it takes.
COLUMNS = 6
WIDTHS = {2: 4.25, 3: 6.5, 6: 13.2}

type Body = Mapping[str, Any]
type Draw = Callable[[Axes, Body, Body], None]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One chart: `draw` takes the axes, the risk reports and the account; `height` is in inches."""

    name: str
    title: str
    draw: Draw
    span: int = 3
    height: float = 3.3

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTHS[self.span], self.height


def list_charts(risk: Body, account: Body) -> list[Chart]:
    """Return the charts there is something to draw on, in reading order: all of them fit one page."""
    var, stress, limits = risk["var"], risk["stress"], list_limits(account)
    has_pnl = var is not None and bool(var["pnl"])
    stressed = list_stressed(risk) if stress is not None else ()
    height = 1.2 + 0.24 * min(max(len(stressed), len(limits)), BARS_MAX + 2)
    charts = []
    if has_pnl:
        charts += [
            Chart(name="distribution", title="Daily profit and loss of today's book", draw=charts_of.draw_distribution),
            Chart(name="drawdown", title="Drawdown of today's book over the window", draw=charts_of.draw_drawdown),
        ]
        if find_backtest(risk)["days"]:
            title = _name_backtest(risk)
            charts.append(Chart(name="backtest", title=title, draw=charts_of.draw_backtest, span=6, height=2.7))
    if stressed:
        title = _name_stress(len(stressed), sum(1 for _ in stress["scenarios"]))
        charts.append(Chart(name="stress", title=title, draw=charts_of.draw_stress, height=height))
    if limits:
        charts.append(Chart(name="limits", title="Limits in use", draw=charts_of.draw_limits, height=height))
    if has_pnl:
        charts += [
            Chart(
                name="correlation", title="Correlation of daily log returns", draw=charts_of.draw_correlation, span=2
            ),
            Chart(name="components", title="Where the risk comes from", draw=charts_of.draw_components, span=2),
            Chart(name="methods", title="Value at risk by method", draw=charts_of.draw_methods, span=2),
        ]
    return charts


def _name_stress(computed: int, of: int) -> str:
    shown = min(computed, BARS_MAX)
    return "Stress scenarios" if shown == of else f"Stress scenarios, the worst {shown} of {of}"


def _name_backtest(risk: Body) -> str:
    test = find_backtest(risk)
    what = "Reported VaR against what happened" if test["what"] == "reported" else "Backtest of today's book"
    if test["reason"]:
        return f"{what}, 95 %: {len(test['days'])} days, too few for a verdict"
    zone = f", {test['zone']} zone" if test["zone"] else ""
    expected = float(test["expected_exceptions"])
    return (
        f"{what}, 95 %: {test['exceptions']} exceptions in {test['observations']} days, {expected:.1f} expected{zone}"
    )


def render_svg(chart: Chart, risk: Body, account: Body) -> bytes:
    """Return a chart as SVG; the same answers give the same bytes."""
    with mpl.rc_context(STYLE | {"svg.hashsalt": chart.name}):
        figure = Figure(figsize=chart.size, layout="constrained")
        chart.draw(figure.add_subplot(), risk, account)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "riskctl"})
    return buffer.getvalue()


def render_png(risk: Body, account: Body, heading: Sequence[str], *, dpi: int = 110) -> bytes:
    """Return all charts as one picture under a heading: its first line is the title."""
    rows = _fill_rows(list_charts(risk, account))
    heights = [0.55 + 0.22 * len(heading), *(max(chart.height for chart in row) + 0.45 for row in rows)]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTHS[COLUMNS], sum(heights)), layout="constrained")
        parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
        parts[0].text(0.012, 0.9, heading[0], size=17, weight="bold", va="top")
        parts[0].text(0.012, 0.62, "\n".join(heading[1:]), size=10, color=MUTED, va="top", linespacing=1.5)
        for part, row in zip(parts[1:], rows, strict=True):
            for axes, chart in zip(np.atleast_1d(part.subplots(1, len(row))), row, strict=True):
                axes.set_title(chart.title)
                chart.draw(axes, risk, account)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": "riskctl"})
    return buffer.getvalue()


def _fill_rows(charts: Sequence[Chart]) -> list[list[Chart]]:
    """Return the charts by row, each row as wide as the page at most."""
    rows: list[list[Chart]] = []
    for chart in charts:
        if rows and sum(other.span for other in rows[-1]) + chart.span <= COLUMNS:
            rows[-1].append(chart)
        else:
            rows.append([chart])
    return rows
