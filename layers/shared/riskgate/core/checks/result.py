"""What a check answers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from riskgate.core.figures import CLOCK_SKEW_SECONDS_MAX
from riskgate.core.money import plain


class CheckOutcome(StrEnum):
    """Verdict of one check."""

    PASSED = "passed"
    VIOLATED = "violated"
    DISABLED = "disabled"
    NOT_APPLICABLE = "not_applicable"


class CheckResult(NamedTuple):
    """Verdict with the value seen and the limit it was held against, in `unit`."""

    outcome: CheckOutcome
    observed: Decimal | None = None
    limit: Decimal | None = None
    message: str = ""
    unit: str = ""


_VIOLATED, _PASSED = CheckOutcome.VIOLATED, CheckOutcome.PASSED

DISABLED = CheckResult(CheckOutcome.DISABLED)
NOT_APPLICABLE = CheckResult(CheckOutcome.NOT_APPLICABLE)
PASSED = CheckResult(_PASSED)


def violated(
    message: str, observed: Decimal | None = None, limit: Decimal | None = None, unit: str = ""
) -> CheckResult:
    """Return a violation."""
    return CheckResult(_VIOLATED, observed, limit, message, unit)


def passed(observed: Decimal, limit: Decimal, unit: str) -> CheckResult:
    """Return what was seen, and what it was held against, of a check that passed."""
    # Half the time of the constructor: most checks pass.
    return tuple.__new__(CheckResult, (_PASSED, observed, limit, "", unit))


def waived(warning: str) -> CheckResult:
    """Return what a check answers that stands back, with the reason: a warning in the decision."""
    return CheckResult(CheckOutcome.NOT_APPLICABLE, message=warning)


def at_most(observed: Decimal | int | None, limit: Decimal | int, what: str, unit: str = "fraction") -> CheckResult:
    """Pass while observed <= limit (equal passes); an observed of None cannot be measured and is a violation."""
    bound = limit if type(limit) is Decimal else Decimal(limit)
    if observed is None:
        return violated(f"{what} cannot be measured: equity is not positive", None, bound, unit)
    value = observed if type(observed) is Decimal else Decimal(observed)
    if value > bound:
        return violated(f"{what} {_show(value, unit)} is above the limit {_show(bound, unit)}", value, bound, unit)
    return passed(value, bound, unit)


def at_most_old(at: datetime, limit_seconds: int, now: datetime, what: str) -> CheckResult:
    """Pass while what is from `at` is at most `limit_seconds` old; from the future it would never grow old."""
    age = Decimal(int((now - at).total_seconds() * 1000)) / 1000
    if age < -CLOCK_SKEW_SECONDS_MAX:
        return violated(f"{what} is unknown: it is from the future", age, Decimal(limit_seconds), "seconds")
    return at_most(age, limit_seconds, what, "seconds")


def below(observed: Decimal | None, limit: Decimal, what: str) -> CheckResult:
    """Pass while observed < limit (equal violates): the rule of loss limits."""
    if observed is None:
        return violated(f"{what} cannot be measured: its baseline is not positive", None, limit, "fraction")
    if observed >= limit:
        reached = f"{what} {_show(observed, 'fraction')} reached the limit {_show(limit, 'fraction')}"
        return violated(reached, observed, limit, "fraction")
    return passed(observed, limit, "fraction")


def _show(value: Decimal, unit: str) -> str:
    """Write a value as a person reads it: fractions as percent with two decimals, rounded up."""
    if unit == "fraction":
        return f"{value * 100:.2f} %"
    text = plain(value.quantize(Decimal("1e-8"))) if abs(value) < Decimal("1e18") else f"{value:.6E}"
    return text if unit in {"", "correlation", "price"} else f"{text} {unit.replace('_', ' ')}"
