"""Decimal arithmetic: one context for every rule, rounded against the trader."""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, ROUND_UP, Context, Decimal, localcontext
from functools import wraps
from typing import overload

ZERO = Decimal(0)
ONE = Decimal(1)
#: Largest money amount the gateway accounts for, in base currency; beyond it an order is denied.
MONEY_MAX = Decimal(10) ** 15
_MONEY_MIN = -MONEY_MAX
#: Stored amounts are multiples of this, so that running totals stay exact within 28 digits.
MONEY_QUANTUM = Decimal("1e-12")
#: 28 digits fit DynamoDB's 38; ROUND_UP makes exposures, losses and risks never look smaller than they are.
RISK_CONTEXT = Context(prec=28, rounding=ROUND_UP)
#: Reported figures are rounded the usual way, whatever a library left behind as the process's context (ccxt does).
REPORT_CONTEXT = Context(prec=28, rounding=ROUND_HALF_EVEN)
#: The default 28 digits cannot hold every quotient; 60 hold any of two 27-digit numbers.
_QUOTIENT_CONTEXT = Context(prec=60)


def with_risk_context[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` in `RISK_CONTEXT`, so that its result does not depend on the caller's context."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(RISK_CONTEXT):
            return function(*args, **kwargs)

    return wrapped


def quantize_money(amount: Decimal) -> Decimal:
    """Round an amount away from zero to `MONEY_QUANTUM`; amounts beyond `MONEY_MAX` are cut to it."""
    if not _MONEY_MIN < amount < MONEY_MAX:
        return MONEY_MAX.copy_sign(amount)
    return amount.quantize(MONEY_QUANTUM, ROUND_UP)


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Tell whether `value` is a whole number of `step`s; any value is when `step` is zero."""
    if step == ZERO:
        return True
    return _QUOTIENT_CONTEXT.remainder(value, step) == ZERO


def plain(value: Decimal) -> str:
    """Write a Decimal without exponent or trailing zeros: the only form that leaves the gateway."""
    text = str(value)
    if "E" in text:
        text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def plain_or_none(value: Decimal | None) -> str | None:
    """Write an amount that may be missing."""
    return None if value is None else plain(value)


@overload
def plain_figure(value: Decimal) -> str: ...
@overload
def plain_figure(value: Decimal | None) -> str | None: ...
def plain_figure(value: Decimal | None) -> str | None:
    """Write a computed figure with at most twelve decimals, as far as the context's digits reach."""
    if value is None:
        return None
    return plain(value.quantize(MONEY_QUANTUM, context=REPORT_CONTEXT) if abs(value) < MONEY_MAX else value)
