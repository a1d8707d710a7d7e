"""Evaluate one order: run the whole catalogue, first violation names the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from riskgate.core.account.document import AccountState, WorkingOrder
from riskgate.core.checks import CHECKS
from riskgate.core.checks.context import PreTradeContext, build_context
from riskgate.core.checks.declaration import Check
from riskgate.core.checks.result import NOT_APPLICABLE, CheckOutcome, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.figures import RiskReport
from riskgate.core.instrument import Market
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.limits import Limits
from riskgate.core.money import with_risk_context
from riskgate.core.order import Order
from riskgate.core.replacing import replace

_VIOLATED = CheckOutcome.VIOLATED
#: Checks that need no account; all others do not apply to an unknown one.
_ACCOUNTLESS = frozenset({DenyCode.KILL_SWITCH_ENGAGED, DenyCode.KILL_SWITCH_UNREADABLE, DenyCode.ACCOUNT_UNKNOWN})


@dataclass(frozen=True, kw_only=True, slots=True)
class Inputs:
    """Everything read beside the account document for one order: with it a decision can be repeated."""

    order: Order
    limits: Limits
    market: Market
    kill_switches: tuple[KillSwitch, ...]
    report: RiskReport | None
    now: datetime
    rules: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """Verdict of every check, in catalogue order, with the context it was reached in."""

    context: PreTradeContext
    checks: tuple[tuple[DenyCode, CheckResult], ...]

    @property
    def violations(self) -> tuple[tuple[DenyCode, CheckResult], ...]:
        """Return the violated checks in catalogue order."""
        return tuple([pair for pair in self.checks if pair[1].outcome is _VIOLATED])

    @property
    def code(self) -> DenyCode | None:
        """Return the code of the first violation, or None where the order passes."""
        for code, result in self.checks:
            if result[0] is _VIOLATED:
                return code
        return None


@with_risk_context
def evaluate(
    state: AccountState, inputs: Inputs, *, account_known: bool = True, replaces: WorkingOrder | None = None
) -> Evaluation:
    """Run all checks on one order against the account, rolled and marked to `inputs.now`.

    `replaces` is the working order this one replaces, which `state` no longer holds.
    """
    context = build_context(
        inputs.order,
        state,
        inputs.limits,
        inputs.market,
        kill_switches=inputs.kill_switches,
        report=inputs.report,
        now=inputs.now,
        account_known=account_known,
        rules=inputs.rules,
        replaces=replaces,
    )
    _, checks, codes = _list_checks(inputs.rules)
    try:
        # One that raises is rare: then all are run again, each on its own.
        results = [check.run(context) for check in checks] if account_known else None
    except Exception:  # noqa: BLE001 see `_run`
        results = None
    if results is None:
        results = [_run(check, context) for check in checks]
    return Evaluation(context=context, checks=tuple(zip(codes, results, strict=True)))


class _Catalogue(NamedTuple):
    """The checks that some rules know, of the whole catalogue they were taken from."""

    whole: tuple[Check, ...]
    checks: tuple[Check, ...]
    codes: tuple[DenyCode, ...]


_BY_RULES: dict[int, _Catalogue] = {}


def _list_checks(rules: int) -> _Catalogue:
    known = _BY_RULES.get(rules)
    if known is None or known.whole is not CHECKS:
        checks = tuple(check for check in CHECKS if check.since <= rules)
        known = _BY_RULES[rules] = _Catalogue(CHECKS, checks, tuple(check.code for check in checks))
    return known


def _run(check: Check, context: PreTradeContext) -> CheckResult:
    if not context.account_known and check.code not in _ACCOUNTLESS:
        return NOT_APPLICABLE
    try:
        return check.run(context)
    except Exception as error:  # noqa: BLE001 a check that cannot answer must deny, whatever broke it
        return violated(f"the check failed: {type(error).__name__}")


@with_risk_context
def solve_max_quantity(state: AccountState, inputs: Inputs) -> tuple[Decimal, DenyCode | None]:
    """Return the largest quantity (on the lot grid) that would pass, and the check that binds one step above it.

    Every check but the minimum notional gets stricter with size, so the answer is found by bisection
    over lots, above the smallest quantity the instrument admits. 0 with the violated code where even
    that is denied; the code is None only where the instrument's own maximum quantity passes.
    """
    instrument = inputs.market.instrument
    # The duplicate check compares exact quantities and is no bound on size.
    sized = replace(inputs, limits=replace(inputs.limits, duplicate_window_seconds=None))

    def code_at(quantity: Decimal) -> DenyCode | None:
        order = replace(sized.order, quantity=quantity, quote_quantity=None)
        return evaluate(state, replace(sized, order=order)).code

    if instrument is None:
        return Decimal(0), code_at(inputs.order.quantity or Decimal(1))
    step = instrument.step_size or Decimal("1e-8")
    lowest = _smallest_lots(state, sized, step)
    first = code_at(lowest * step)
    if first is not None:
        return Decimal(0), first
    passing, failing, ceiling = lowest, lowest, int(Decimal(10) ** 15 / step)
    while failing <= ceiling and (binding := code_at(failing * step)) is None:
        passing, failing = failing, failing * 2
    if failing > ceiling:
        return passing * step, None
    while failing - passing > 1:
        middle = (passing + failing) // 2
        code = code_at(middle * step)
        if code is None:
            passing = middle
        else:
            failing, binding = middle, code
    return passing * step, binding


def _smallest_lots(state: AccountState, inputs: Inputs, step: Decimal) -> int:
    """Return the fewest lots that meet the instrument's minimum quantity and both minimum notionals."""
    instrument = inputs.market.instrument
    assert instrument is not None  # noqa: S101 the caller checked
    smallest = max(instrument.quantity_min or step, step)
    context = evaluate(
        state, replace(inputs, order=replace(inputs.order, quantity=smallest, quote_quantity=None))
    ).context
    if context.price is not None and context.price > 0 and not context.is_reducing:
        unit = context.price * instrument.contract_size
        smallest = max(smallest, (instrument.notional_min or Decimal(0)) / unit)
        if context.rate:
            smallest = max(smallest, (inputs.limits.order_notional_min or Decimal(0)) / (unit * context.rate))
    return int((smallest / step).to_integral_value(ROUND_CEILING))
