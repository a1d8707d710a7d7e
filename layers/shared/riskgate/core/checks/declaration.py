"""How a check declares itself: its code, its limits, what it does with exits and where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from riskgate.core.account.document import AccountState
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most
from riskgate.core.codes import DenyCode
from riskgate.core.figures import RiskReport
from riskgate.core.limits import Limits

#: What a check does with an order that only shrinks a position.
PASS, CHECKED = "pass", "checked"


#: How much of a limit an account uses without any order; None where that cannot be measured.
type Measure = Callable[[AccountState, Limits, RiskReport | None], Decimal | None]


class Limit(NamedTuple):
    """One limit: `core/limits.py` gets its field from here.

    `kind` is the field's annotation, `tighter` the direction of a change that needs no second factor. `highest` and
    `lowest` bound what a request may set; without them its unit does.
    """

    name: str
    default: Any
    unit: str = ""
    kind: str = "Decimal | None"
    tighter: str = "lower"
    highest: int | None = None
    lowest: Decimal | None = None


class Check(NamedTuple):
    """One rule of the catalogue; the first of its limits bounds what it observes.

    `measure` makes it a row of the status, and gives it alert levels.
    `is_running` marks a measure that costs the same in every book, so that the order path can afford it.
    `since` is the first version of the rules with this check: orders decided by earlier ones never see it.
    """

    code: DenyCode
    run: Callable[[PreTradeContext], CheckResult]
    exits: str
    origin: str
    limits: tuple[Limit, ...] = ()
    measure: Measure | None = None
    is_running: bool = False
    since: int = 1


def hold_after(
    ctx: PreTradeContext,
    limit: Decimal | int | None,
    compute: Callable[[PreTradeContext], Decimal | int | None],
    what: str,
    unit: str = "fraction",
) -> CheckResult:
    """Hold what an increasing order would make of the account against a limit; None switches the check off."""
    if limit is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued:
        return NOT_APPLICABLE
    return at_most(compute(ctx), limit, what, unit)
