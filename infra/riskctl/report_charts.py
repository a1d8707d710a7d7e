"""The charts of a risk report: each draws what the API answered on its axes."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from infra.riskctl.report_style import (
    BLUE,
    DASHED,
    DIVERGING,
    GREEN,
    GRID,
    INK,
    LEVEL_COLOURS,
    LIGHT_BLUE,
    MONEY,
    MUTED,
    ORANGE,
    PAPER,
    PERCENT,
    RED,
    draw_bars,
    draw_days,
    money,
    note,
    percent,
)
from riskgate.core.quant.drawdown import compute_value_path

#: Bars drawn at most; the tables hold the rest.
BARS_MAX = 16
#: Cells of a heat map get their number up to this many assets.
ANNOTATED_MAX = 10
BINS = 40
#: A bar ends here: how far beyond is written beside it.
USED_SHOWN_MAX = 1.5

type Body = Mapping[str, Any]
type FloatArray = NDArray[np.float64]


def draw_distribution(axes: Axes, risk: Body, _account: Body) -> None:
    """Draw what today's book would have made on each day, with VaR and expected shortfall."""
    pnl = np.array([float(row["pnl"]) for row in risk["var"]["pnl"]])
    figures = [f for f in risk["var"]["figures"] if f["horizon_days"] == 1 and f["method"].startswith("historical")]
    lines = {f["confidence"]: (-float(f["var"]), -float(f["es"])) for f in figures if f["var"] is not None}
    edges = _bin(pnl, lines.get("0.95", (0.0, 0.0))[0])
    counts, _ = np.histogram(pnl, edges)
    tail = lines.get("0.95", (-np.inf, 0.0))[0]
    colours = [RED if middle < tail else LIGHT_BLUE for middle in (edges[:-1] + edges[1:]) / 2]
    axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=colours, edgecolor=PAPER, linewidth=0.6)
    for (confidence, (var, es)), colour in zip(sorted(lines.items()), (ORANGE, RED), strict=False):
        level = percent(float(confidence))
        axes.axvline(var, color=colour, linewidth=1.6, label=f"VaR {level}  {money(var)}")
        axes.axvline(es, color=colour, linewidth=1.3, linestyle=DASHED, label=f"ES {level}  {money(es)}")
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.set(xlabel=f"profit and loss of one day, {risk['var']['base_currency']}", ylabel=f"days, of {pnl.size}")
    axes.xaxis.set_major_formatter(MONEY)
    axes.grid(axis="y")
    axes.legend(loc="upper right")


def _bin(values: FloatArray, anchor: float) -> FloatArray:
    """Return edges of bins over the values, one of them at the anchor: a bar is in the tail or it is not."""
    width = max(float(np.ptp(values)) / BINS, 1e-9)
    first, last = np.floor((values.min() - anchor) / width), np.ceil((values.max() - anchor) / width)
    edges: FloatArray = anchor + width * np.arange(first, max(last, first + 1) + 1)
    return edges


def draw_backtest(axes: Axes, risk: Body, _account: Body) -> None:
    """Draw each day's outcome against the VaR forecast for it; exceptions stand out."""
    test = find_backtest(risk)
    days = [date.fromisoformat(row["day"]) for row in test["days"]]
    pnl = np.array([float(row["pnl"]) for row in test["days"]])
    var = np.array([float(row["var"]) for row in test["days"]])
    hit = np.array([row["is_exception"] for row in test["days"]], dtype=bool)
    stamps = np.array(days, dtype="datetime64[D]")
    axes.bar(stamps[~hit], pnl[~hit], width=1.0, color=LIGHT_BLUE, label="profit and loss")
    axes.bar(stamps[hit], pnl[hit], width=1.4, color=RED, label=f"exceptions ({int(hit.sum())})")
    axes.step(stamps, -var, where="mid", color=INK, linewidth=1.3, label="VaR 95 %, forecast the day before")
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.yaxis.set_major_formatter(MONEY)
    draw_days(axes)
    axes.margins(x=0.01)
    axes.set_ylabel(f"profit and loss of one day, {risk['var']['base_currency']}")
    axes.grid(axis="y")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + (high - low) * 0.16)
    axes.legend(loc="upper left", ncols=3)


def find_backtest(risk: Body) -> Body:
    """Return the backtest to draw: what was really reported once there is enough of it, else the model's."""
    levels = [row for row in risk["var"]["backtests"] if row["confidence"] == "0.95"]
    tested = [row for row in levels if not row["reason"]]
    own = [row for row in tested if row["what"] == "reported"]
    return next(iter([*own, *tested, *levels]))


def draw_drawdown(axes: Axes, risk: Body, account: Body) -> None:
    """Draw how far today's book would have been below its peak, and where the account is now."""
    rows = risk["var"]["pnl"]
    stamps = np.array([date.fromisoformat(row["day"]) for row in rows], dtype="datetime64[D]")
    equity = float(risk["var"]["equity"]) if float(risk["var"]["equity"]) > 0 else float(risk["var"]["gross"])
    path = compute_value_path([float(row["pnl"]) / equity for row in rows])
    fall = (path / np.maximum.accumulate(path) - 1.0)[1:]
    axes.fill_between(stamps, fall, color=RED, alpha=0.18, linewidth=0)
    axes.plot(stamps, fall, color=RED, linewidth=1.3)
    deepest = int(np.argmin(fall))
    side = "right" if deepest > len(rows) // 2 else "left"
    beside = {"xytext": (0, -10), "ha": side, "color": RED, "weight": "bold"}
    note(axes, percent(float(fall[deepest]), 1), stamps[deepest], float(fall[deepest]), **beside)
    limit = _limit_of(account, "MAX_DRAWDOWN")
    if limit is not None:
        axes.axhline(-limit, color=RED, linewidth=1.2, linestyle=DASHED, label=f"MAX_DRAWDOWN {percent(limit)}")
        axes.legend(loc="lower left")
    axes.set_ylim(top=0, bottom=min(float(fall.min()) * 1.25, -1.25 * (limit or 0.0), -0.001))
    axes.yaxis.set_major_formatter(PERCENT)
    axes.set_ylabel("below the peak, % of equity")
    draw_days(axes)
    axes.margins(x=0.02)
    axes.grid(axis="y")


def draw_correlation(axes: Axes, risk: Body, _account: Body) -> None:
    """Draw the correlation of each pair; a pair with too little in common stays blank."""
    table = risk["var"]["correlation"]
    matrix = np.array([[np.nan if v is None else float(v) for v in row] for row in table["matrix"]])
    count = len(table["assets"])
    image = axes.imshow(matrix, cmap=DIVERGING, vmin=-1, vmax=1, aspect="auto")
    axes.set_xticks(range(count), table["assets"], rotation=0 if count <= ANNOTATED_MAX else 90)
    axes.set_yticks(range(count), table["assets"])
    axes.spines[:].set_visible(False)
    axes.set_xticks(np.arange(1, count) - 0.5, minor=True)
    axes.set_yticks(np.arange(1, count) - 0.5, minor=True)
    axes.grid(which="minor", color=PAPER, linewidth=2)
    axes.tick_params(which="minor", length=0)
    bar = axes.figure.colorbar(image, ax=axes, ticks=[-1, 0, 1], fraction=0.05, pad=0.02)
    bar.outline.set_visible(False)
    if count > ANNOTATED_MAX:
        return
    size = 8.0 - 0.25 * max(count - 4, 0)
    for (i, j), value in np.ndenumerate(matrix):
        text = "n/a" if np.isnan(value) else f"{value:.2f}"
        colour = PAPER if abs(value) > 0.6 else INK  # noqa: PLR2004 readable on the deeper colours
        axes.text(j, i, text, ha="center", va="center", color=colour, size=size)


def draw_stress(axes: Axes, risk: Body, account: Body) -> None:
    """Draw what each scenario takes or brings, worst first, and the limit on it."""
    rows = list_stressed(risk)[:BARS_MAX]
    limit = _limit_of(account, "STRESS_LIMIT")
    in_gate = set((risk["gate"] or {}).get("stress_pnl", {}))
    edge = -limit * float(risk["stress"]["equity"]) if limit is not None else -np.inf
    pnl = [float(row["pnl"]) for row in rows]
    colours = []
    for row, value in zip(rows, pnl, strict=True):
        counts = row["name"] in in_gate
        colours.append(GREEN if value >= 0 else LIGHT_BLUE if not counts else RED if value < edge else BLUE)
    draw_bars(axes, [row["name"].replace("_", " ") for row in rows], pnl, colours)
    for position, row in enumerate(rows):
        share = f"   {percent(-float(row['loss_fraction']), 1)}" if row["loss_fraction"] is not None else ""
        liquidation = "   liquidation" if row["has_liquidation"] else ""
        note(axes, f"{money(pnl[position])}{share}{liquidation}", 0, position, size=7.5)
    low, high = min([0.0, *pnl]), max([0.0, *pnl])
    if limit is not None and edge > low:
        label = f"STRESS_LIMIT {percent(limit)} of equity"
        axes.axvline(edge, color=RED, linewidth=1.2, linestyle=DASHED, label=label)
    axes.barh([0], [0], color=BLUE, label="counts in STRESS_LIMIT")
    axes.barh([0], [0], color=LIGHT_BLUE, label="for the report alone")
    axes.set_xlim(low * 1.02, high + max(high - low, 1.0) * (0.75 if any(r["has_liquidation"] for r in rows) else 0.34))
    axes.set_xticks([tick for tick in axes.get_xticks() if low * 1.02 <= tick <= high])
    axes.xaxis.set_major_formatter(MONEY)
    axes.set_xlabel(f"profit and loss of the account, {risk['stress']['base_currency']}")
    axes.legend(loc="lower left", frameon=True, facecolor=PAPER, edgecolor=GRID)


def list_stressed(risk: Body) -> Sequence[Body]:
    """Return the scenarios that have a result, worst first."""
    rows = [row for row in risk["stress"]["scenarios"] if row["pnl"] is not None]
    return sorted(rows, key=lambda row: float(row["pnl"]))


def draw_limits(axes: Axes, _risk: Body, account: Body) -> None:
    """Draw how much of each limit is used, fullest first; the bar's colour is the alert level."""
    rows = [(np.inf if row["utilization"] is None else float(row["utilization"]), row) for row in list_limits(account)]
    rows.sort(key=lambda pair: -pair[0])
    used = [min(value, USED_SHOWN_MAX) for value, _ in rows]
    names = [row["code"].replace("_", " ").lower() for _, row in rows]
    draw_bars(axes, names, used, [LEVEL_COLOURS[row["level"]] for _, row in rows])
    for position, (value, _) in enumerate(rows):
        text = "not measurable" if np.isinf(value) else percent(value)
        # On paper of its own: the line of 100 % would run through it.
        note(axes, text, used[position], position, size=7.5, bbox={"fc": PAPER, "ec": "none", "pad": 0.5})
    axes.axvline(1.0, color=RED, linewidth=1.2, linestyle=DASHED)
    room = 0.5 if any(np.isinf(value) for value, _ in rows) else 0.25
    axes.set_xlim(0, max([1.15, *(value + room for value in used)]))
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1.0])
    axes.xaxis.set_major_formatter(PERCENT)
    axes.set_xlabel("used, % of the limit")


def list_limits(account: Body) -> Sequence[Body]:
    """Return the limits that are on."""
    return [row for row in account["limits"] if row["limit"] is not None]


def draw_components(axes: Axes, risk: Body, _account: Body) -> None:
    """Draw each position's part of expected shortfall; a hedge points the other way."""
    rows = sorted(risk["var"]["positions"], key=lambda row: -abs(float(row["component_es"])))[:BARS_MAX]
    values = [float(row["component_es"]) for row in rows]
    venues = {row["key"].partition(":")[0] for row in rows}
    names = [row["key"].partition(":")[2] if len(venues) == 1 else row["key"] for row in rows]
    draw_bars(axes, names, values, [BLUE if value >= 0 else GREEN for value in values])
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(MONEY)
    axes.set_xlabel(f"part of ES 95 %, one day, {risk['var']['base_currency']}")


def draw_methods(axes: Axes, risk: Body, _account: Body) -> None:
    """Draw one-day VaR by every method, 95 % and 99 %: how much the figure depends on the model."""
    rows = [row for row in risk["var"]["figures"] if row["horizon_days"] == 1 and row["var"] is not None]
    methods = list(dict.fromkeys(row["method"] for row in rows))
    for confidence, colour in (("0.95", ORANGE), ("0.99", RED)):
        found = {row["method"]: float(row["var"]) for row in rows if row["confidence"] == confidence}
        level = percent(float(confidence))
        values = [found.get(name, np.nan) for name in methods]
        axes.scatter(values, range(len(methods)), color=colour, s=38, zorder=3, label=f"VaR {level}")
    axes.set_yticks(range(len(methods)), [_name_method(name) for name in methods])
    axes.invert_yaxis()
    axes.set_xlim(left=min(0.0, *axes.get_xlim()))
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(MONEY)
    axes.set_xlabel(f"VaR of one day, {risk['var']['base_currency']}")
    axes.grid(axis="both")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0, columnspacing=1, handletextpad=0)


def _name_method(name: str) -> str:
    method, _, convention = name.partition("/")
    return f"{method}, {convention}".replace("_", " ") if method == "monte_carlo" else method.replace("_", " ")


def _limit_of(account: Body, code: str) -> float | None:
    found = next((row["limit"] for row in account["limits"] if row["code"] == code), None)
    return float(found) if found is not None else None
