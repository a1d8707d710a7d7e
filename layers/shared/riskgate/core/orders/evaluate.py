"""Evaluate one order: run the whole catalogue, first violation names the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
