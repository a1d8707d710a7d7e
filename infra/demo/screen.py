"""What the demo says: one or two lines per step, and a table at the end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.output import make_console
from riskgate.core.money import plain

LABEL_WIDTH = 50


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request that asked for a decision: its outcome and how long the answer took."""

    outcome: str
    milliseconds: float


class Screen:
    """Tell the story on a terminal, or as plain text elsewhere."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or make_console()

    def chapter(self, title: str) -> None:
        """Begin a day."""
        self._console.print()
        self._console.print(Text(title, style="bold cyan"))

    def say(self, text: str) -> None:
        """Tell what happens."""
        self._console.print(Text(f"  {text}"), soft_wrap=True)

    def approved(self, what: str, result: str) -> None:
        """Show something that passed."""
        self._outcome("✓", "green", what, "approved", result)

    def denied(self, what: str, code: str, result: str) -> None:
        """Show something that was stopped."""
        self._outcome("✗", "bold red", what, code, result)

    def noted(self, what: str, result: str) -> None:
        """Show an answer that is no decision."""
        self._outcome("·", "cyan", what, result, "")

    def show(self, renderable: RenderableType) -> None:
        """Show a table."""
        self._console.print(renderable)

    def _outcome(self, mark: str, style: str, what: str, verdict: str, result: str) -> None:
        line = Text.assemble("  ", (mark, style), f" {what:<{LABEL_WIDTH}} ", (verdict, style))
        if result:
            line.append(f"\n      {result}", style="dim")
        self._console.print(line, soft_wrap=True)


def render_summary(calls: Sequence[Call], facts: Mapping[str, str]) -> Table:
    """Return the table at the end: decisions by outcome, and what else was proved."""
    table = Table("decision", "times", title="summary", title_justify="left", min_width=60)
    counts = Counter(call.outcome for call in calls)
    # Approvals first, then the denials by how often they came.
    for outcome, times in sorted(counts.items(), key=lambda pair: (pair[0] != "approved", -pair[1], pair[0])):
        table.add_row(Text(outcome, style="green" if outcome == "approved" else "red"), str(times))
    table.add_section()
    times_ms = sorted(call.milliseconds for call in calls)
    table.add_row("all decisions", str(len(calls)))
    table.add_row("answer, median / slowest", f"{median(times_ms):.0f} ms / {times_ms[-1]:.0f} ms")
    for name, value in facts.items():
        table.add_row(name, value)
    return table


def percent(amount: str | Decimal, whole: Decimal) -> str:
    """Write a share in percent."""
    return f"{Decimal(amount) / Decimal(whole) * 100:.2f} %"


def describe_order(order: Mapping[str, Any]) -> str:
    """Write an order in one line."""
    parts = [str(order["side"]), plain(order["quantity"]), str(order["symbol"])]
    parts.append(f"at {order['price']:,f}" if "price" in order else "at market")
    if "stop_loss_price" in order:
        parts.append(f"stop {order['stop_loss_price']:,f}")
    return " ".join(parts)
