"""POSITION_SIZE: one market's position, working orders filled."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.checks.context import PreTradeContext, of_equity, share_of_equity
from riskgate.core.checks.declaration import PASS, Check, Limit, hold_after
from riskgate.core.checks.result import CheckResult
from riskgate.core.codes import DenyCode
from riskgate.core.money import ZERO


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny when |position after, working orders filled| over equity exceeds the limit."""
    limit = ctx.limits.position_size_fraction_max
    return hold_after(ctx, limit, lambda c: of_equity(c, c.leg_after.gross), "position after the order over equity")


def _bound_by_market(state: AccountState) -> dict[str, Decimal]:
    """Return each market's position value plus its reserved notional: an upper bound of its leg."""
    totals = {key: abs(position.value) for key, position in state.positions.items()}
    for order in state.working_orders.values():
        totals[order.key] = totals.get(order.key, ZERO) + order.increasing_quantity * order.unit_notional
    return totals


CHECKS = (
    Check(
        DenyCode.POSITION_SIZE,
        check,
        exits=PASS,
        origin="S1",
        limits=(Limit("position_size_fraction_max", Decimal("0.10"), "fraction", highest=100),),
        measure=lambda state, _limits, _report: share_of_equity(state, _bound_by_market(state), None),
    ),
)
