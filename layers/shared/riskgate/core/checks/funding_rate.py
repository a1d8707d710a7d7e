"""FUNDING_RATE: no larger a position where holding it costs too much."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most
from riskgate.core.codes import DenyCode
from riskgate.core.money import ZERO


def compute_dearest(state: AccountState) -> Decimal:
    """Return the highest funding rate that a position pays per interval, zero where none pays."""
    paid = (p.funding_rate if p.quantity > 0 else -p.funding_rate for p in state.positions.values() if p.funding_rate)
    return max(paid, default=ZERO).max(ZERO)


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing a swap position whose side pays more funding per interval than the limit."""
    limit, position = ctx.limits.funding_rate_fraction_max, ctx.state.positions.get(ctx.order.key)
    if limit is None:
        return DISABLED
    if ctx.is_reducing or position is None or position.funding_rate is None:
        return NOT_APPLICABLE
    return at_most(position.funding_rate * ctx.order.side.sign, limit, "funding rate per interval")


CHECKS = (
    Check(
        DenyCode.FUNDING_RATE,
        check,
        exits=PASS,
        origin="house rule",
        limits=(Limit("funding_rate_fraction_max", Decimal("0.003"), "fraction"),),
        measure=lambda state, _limits, _report: compute_dearest(state),
        since=4,
    ),
)
