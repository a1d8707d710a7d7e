"""Figures as the phone writes them."""

from decimal import ROUND_DOWN, Decimal

from riskgate.core.codes import FLOORS
from riskgate.core.levels.utilization import Utilization
from riskgate.core.money import plain


def of_limit(row: Utilization, template: str = "<b>{}</b>") -> str:
    """Write how much of a limit is used; `template` is for what is used."""
    value = template.format("unknown" if row.value is None else _figure(row.value, row.unit))
    against = "of at least" if row.code in FLOORS else "of"
    return f"{value} {against} {_figure(row.limit, row.unit)}" if row.limit is not None else value


def _figure(value: Decimal, unit: str) -> str:
    # Rounded down: no limit looks reached before it is.
    if unit == "fraction":
        return f"{(value * 100).quantize(Decimal('0.01'), ROUND_DOWN)} %"
    return f"{value.quantize(Decimal('0.01'), ROUND_DOWN):f}".rstrip("0").rstrip(".")


def money(value: Decimal) -> str:
    """Write an amount with two decimals."""
    return f"{value:,.2f}"


def signed(value: Decimal) -> str:
    """Write a gain or a loss with its sign."""
    return f"{value:+,.2f}"


def price(value: Decimal) -> str:
    """Write a price with as many decimals as it has, eight at most."""
    return f"{value.normalize():,f}" if value == value.to_integral_value() else plain(value.quantize(Decimal("1e-8")))


def age(seconds: int) -> str:
    """Write how long something took, or ago."""
    # Two of the larger unit make it the better one to read.
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
