"""Charts as PNG through Pillow, sized for a phone. Amounts become pixels here: floats are enough for those."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from io import BytesIO
from math import ceil, floor, log10

from PIL import Image, ImageDraw, ImageFont

from riskgate.app.ports.operators import EquityChart, LimitBar, LimitsChart

#: Drawn at twice its size and made smaller: that smooths every edge.
SCALE = 2
WIDTH, HEIGHT, MARGIN = 1080, 720, 48
BAR_ROW = 52

_PAPER, _INK, _SOFT, _GRID = "#ffffff", "#14202b", "#5b6b79", "#e3e8ed"
_LINE, _FILL, _LOSS, _LOSS_FILL = "#1f5fd0", "#dfe9fb", "#c8321f", "#fbe1dc"
_LEVELS = {"none": "#2e8b57", "yellow": "#d9a400", "orange": "#e07000", "red": "#c8321f"}

type Point = tuple[float, float]


class PngDrawer:
    """Draws with the font that Pillow brings along, so that every machine draws the same."""

    def draw_equity(self, chart: EquityChart) -> bytes:
        """Draw equity above, its drawdown from the highest point shown below."""
        sheet = _Sheet(HEIGHT, chart.title, chart.subtitle)
        equity = [value for _, value in chart.points]
        times = [at.timestamp() for at, _ in chart.points]
        values, losses = [float(value) for value in equity], [-float(loss) for loss in _drawdowns(equity)]
        sheet.text((MARGIN, 118), f"Equity, {chart.currency}", 20, _SOFT)
        upper = _panel(values, 150, HEIGHT - 260)
        _draw_line(sheet, upper, times, values, (_LINE, _FILL), _amount, rests_on=upper.low)
        sheet.text((MARGIN, HEIGHT - 226), "Drawdown from the highest point shown", 20, _SOFT)
        lower = _panel(losses, HEIGHT - 196, HEIGHT - 80, ceiling=0)
        _draw_line(sheet, lower, times, losses, (_LOSS, _LOSS_FILL), _percent, rests_on=0)
        _draw_days(sheet, [at for at, _ in chart.points], HEIGHT - 62)
        return sheet.png()

    def draw_limits(self, chart: LimitsChart) -> bytes:
        """Draw each limit as a bar, with lines where the levels begin."""
        sheet = _Sheet(150 + BAR_ROW * max(len(chart.bars), 1) + MARGIN, chart.title, chart.subtitle)
        left, right = 360, WIDTH - 290
        for share in (0.5, 0.75, 1.0):
            x = left + (right - left) * share
            sheet.line([(x, 130), (x, sheet.height - MARGIN)], _GRID if share < 1 else _SOFT, 2)
            sheet.text((x, 108), f"{share * 100:.0f} %", 18, _SOFT, anchor="mt")
        for number, bar in enumerate(chart.bars):
            _draw_bar(sheet, bar, 140 + BAR_ROW * number, left, right)
        return sheet.png()


class _Sheet:
    """A page with a title; all positions in pixels of the finished picture."""

    def __init__(self, height: int, title: str, subtitle: str) -> None:
        self.height = height
        self.image = Image.new("RGB", (WIDTH * SCALE, height * SCALE), _PAPER)
        self._draw = ImageDraw.Draw(self.image)
        self.text((MARGIN, 30), title, 34, _INK)
        self.text((MARGIN, 72), subtitle, 22, _SOFT)

    def text(self, at: Point, text: str, size: int, color: str, *, anchor: str = "lt") -> None:
        self._draw.text((at[0] * SCALE, at[1] * SCALE), text, font=_font(size), fill=color, anchor=anchor)

    def line(self, points: Sequence[Point], color: str, width: int) -> None:
        self._draw.line([(x * SCALE, y * SCALE) for x, y in points], color, width * SCALE, joint="curve")

    def area(self, points: Sequence[Point], color: str) -> None:
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], color)

    def dot(self, at: Point, radius: int, color: str) -> None:
        self._draw.circle((at[0] * SCALE, at[1] * SCALE), radius * SCALE, color)

    def box(self, corners: tuple[float, float, float, float], color: str) -> None:
        left, top, right, bottom = (value * SCALE for value in corners)
        self._draw.rounded_rectangle((left, top, right, bottom), 8 * SCALE, color)

    def png(self) -> bytes:
        """Return the finished picture."""
        small = self.image.resize((WIDTH, self.height), Image.Resampling.LANCZOS)
        out = BytesIO()
        # A few dozen colours do: a quarter of the size.
        small.quantize(128).save(out, "PNG", optimize=True)
        return out.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * SCALE)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Panel:
    """A part of the sheet between two heights (pixels), for values between two bounds."""

    top: float
    bottom: float
    low: float
    high: float

    def y(self, value: float) -> float:
        """Return the height of a value."""
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)


def _draw_line(
    sheet: _Sheet,
    panel: _Panel,
    times: Sequence[float],
    values: Sequence[float],
    colors: tuple[str, str],
    write: Callable[[float, float], str],
    *,
    rests_on: float,
) -> None:
    """Draw one line with the area down (or up) to `rests_on`, the figures of its grid at the right."""
    right = WIDTH - MARGIN - 120
    step = _step(panel.high - panel.low)
    for value in _ticks(panel.low, panel.high, step):
        sheet.line([(MARGIN, panel.y(value)), (right, panel.y(value))], _GRID, 1)
        sheet.text((right + 14, panel.y(value)), write(value, step), 20, _SOFT, anchor="lm")
    width = (times[-1] - times[0]) or 1
    across = [MARGIN + (at - times[0]) / width * (right - MARGIN) for at in times]
    points = [(x, panel.y(value)) for x, value in zip(across, values, strict=True)]
    floor_y = panel.y(min(max(rests_on, panel.low), panel.high))
    sheet.area([(points[0][0], floor_y), *points, (points[-1][0], floor_y)], colors[1])
    sheet.line(points, colors[0], 4)
    sheet.dot(points[-1], 7, colors[0])


def _panel(values: Sequence[float], top: float, bottom: float, *, ceiling: float | None = None) -> _Panel:
    low, high = min(values), max(values)
    # A flat line stands in the middle of something.
    room = (high - low) * 0.08 or abs(high) * 0.01 or 0.01
    return _Panel(top=top, bottom=bottom, low=low - room, high=high + room if ceiling is None else ceiling)


def _step(span: float) -> float:
    """Return a round step that divides a span into three to seven parts."""
    magnitude = float(f"1e{floor(log10(span / 4))}")
    return next(magnitude * factor for factor in (1, 2, 5, 10) if span / (magnitude * factor) <= 5)  # noqa: PLR2004


def _ticks(low: float, high: float, step: float) -> Iterator[float]:
    number = ceil(low / step)
    while number * step <= high + step / 1000:
        yield number * step
        number += 1


def _amount(value: float, step: float) -> str:
    return f"{value:,.{max(0, -floor(log10(step)))}f}"


def _percent(value: float, step: float) -> str:
    return f"{abs(value) * 100:.{max(0, -floor(log10(step * 100)))}f} %"


def _drawdowns(values: Sequence[Decimal]) -> Iterator[Decimal]:
    """Yield how far each value is below the highest before it, as a fraction of that."""
    peak = values[0]
    for value in values:
        peak = max(peak, value)
        yield (peak - value) / peak if peak > 0 else Decimal(0)


def _draw_days(sheet: _Sheet, times: Sequence[datetime], y: float) -> None:
    """Write the first, the middle and the last day below a chart."""
    right = WIDTH - MARGIN - 120
    first, last = times[0], times[-1]
    middle = first + (last - first) / 2
    for x, at, anchor in ((MARGIN, first, "lt"), ((MARGIN + right) / 2, middle, "mt"), (right, last, "rt")):
        sheet.text((x, y), f"{at:%d %b}", 20, _SOFT, anchor=anchor)


def _words(code: str) -> str:
    """Write a limit's code as people say it."""
    return code.replace("_", " ").capitalize().replace("Var ", "VaR ")


def _draw_bar(sheet: _Sheet, bar: LimitBar, y: float, left: float, right: float) -> None:
    color = _LEVELS.get(bar.level, _LEVELS["red"])
    share = 1.0 if bar.used is None else float(min(max(bar.used, Decimal(0)), Decimal(1)))
    sheet.text((MARGIN, y + 16), _words(bar.name), 22, _INK, anchor="lm")
    sheet.box((left, y, right, y + 32), _GRID)
    if share > 0:
        sheet.box((left, y, max(left + 16, left + (right - left) * share), y + 32), color)
    sheet.text((right + 16, y + 16), bar.text, 20, _INK, anchor="lm")
