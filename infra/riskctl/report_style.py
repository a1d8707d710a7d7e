"""How the charts of a risk report look, and the axes they share."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import FuncFormatter

INK, MUTED, GRID, PAPER = "#1f2937", "#6b7280", "#e5e7eb", "#ffffff"
BLUE, LIGHT_BLUE, RED, AMBER, ORANGE, GREEN = "#2563eb", "#bfd3fb", "#dc2626", "#eab308", "#ea7317", "#16a34a"
LEVEL_COLOURS = {"none": GREEN, "yellow": AMBER, "orange": ORANGE, "red": RED}
DASHED = (0, (4, 2))
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 8.5,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlepad": 17,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "text.parse_math": False,  # a name with dollars in it is a name
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "figure.facecolor": PAPER,
}

type Body = Mapping[str, Any]

DIVERGING = LinearSegmentedColormap.from_list("diverging", [BLUE, PAPER, RED]).with_extremes(bad=GRID)


def money(value: float) -> str:
    """Write an amount as an axis shows it."""
    for size, unit in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:,.3g} {unit}".replace("-", "\N{MINUS SIGN}")
    return f"{value:,.3g}".replace("-", "\N{MINUS SIGN}")


def percent(value: float, decimals: int = 0) -> str:
    """Write a fraction in percent as an axis shows it."""
    return f"{value * 100:.{decimals}f} %".replace("-", "\N{MINUS SIGN}")


MONEY = FuncFormatter(lambda value, _: money(value))
PERCENT = FuncFormatter(lambda value, _: percent(value))


def draw_bars(axes: Axes, names: Sequence[str], values: Sequence[float], colours: Sequence[str]) -> None:
    """Draw one bar per name, the first on top."""
    places = range(len(names))
    axes.barh(places, values, color=list(colours), height=0.68)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def draw_days(axes: Axes) -> None:
    """Let the lower axis show days."""
    locator = AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.set_xlabel("UTC day", loc="left")


def note(axes: Axes, text: str, x: float, y: float, **options: Any) -> None:
    """Write a small text beside a point."""
    given: dict[str, Any] = {"xytext": (6, 0), "va": "center", "color": MUTED, "size": 8}
    axes.annotate(text, (x, y), textcoords="offset points", **given | options)
