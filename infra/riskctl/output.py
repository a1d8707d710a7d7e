"""Answers on the terminal: tables for people, JSON for programs."""

import json
import sys
from collections.abc import Callable
from decimal import ROUND_UP, Decimal
from enum import StrEnum
from typing import Any

from rich.console import Console, RenderableType

#: Columns where the output is no terminal.
PLAIN_WIDTH = 120


class OutputFormat(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"


def make_console(*, stderr: bool = False) -> Console:
    """Return a console on the standard streams as they are now; plain text where they are no terminal."""
    console = Console(stderr=stderr, highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console


def emit(output: OutputFormat, body: Any, render: Callable[[], RenderableType]) -> None:
    """Write an answer: `body` as JSON, or what `render` makes of it."""
    if output is OutputFormat.JSON:
        sys.stdout.write(json.dumps(body, indent=2, ensure_ascii=False) + "\n")
    else:
        make_console().print(render())


def show_value(value: str | None, unit: str = "") -> str:
    """Write a figure of the API as a person reads it: fractions in percent, rounded away from zero."""
    if value is None:
        return "-"
    amount = Decimal(value)
    if unit == "fraction":
        return f"{(amount * 100).quantize(Decimal('0.01'), ROUND_UP):f} %"
    text = f"{amount.quantize(Decimal('0.00000001'), ROUND_UP):f}" if "." in value else value
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text} {unit.replace('_', ' ')}" if unit and unit != "correlation" else text


def show_money(value: str | None, currency: str = "") -> str:
    """Write an amount of money with two decimals and thousands separators."""
    return "-" if value is None else f"{Decimal(value):,.2f} {currency}".rstrip()


def show_instant(value: str | None) -> str:
    """Write an RFC 3339 instant to the second."""
    return "-" if value is None else f"{value[:10]} {value[11:19]}Z"
