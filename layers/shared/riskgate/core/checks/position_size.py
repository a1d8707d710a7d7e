"""POSITION_SIZE: one market's position, or a spot coin's at its venue, working orders filled."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.account.legs import find_leg
from riskgate.core.checks.context import PreTradeContext, of_equity, share_of_equity
from riskgate.core.checks.declaration import PASS, Check, Limit, hold_after
from riskgate.core.checks.result import CheckResult
from riskgate.core.codes import DenyCode
from riskgate.core.money import ZERO


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny when |position after, working orders filled| over equity exceeds the limit."""
    limit = ctx.limits.position_size_fraction_max
    return hold_after(ctx, limit, lambda c: of_equity(c, c.leg_after.gross), "position after the order over equity")


def _bound_by_leg(state: AccountState) -> dict[str, Decimal]:
    """Return each leg's position value plus its reserved notional: an upper bound of its leg."""
    totals: dict[str, Decimal] = {}
    for key, position in state.positions.items():
        leg = find_leg(state, key)
        totals[leg] = totals.get(leg, ZERO) + abs(position.value)
    for order in state.working_orders.values():
        leg = find_leg(state, order.key)
        totals[leg] = totals.get(leg, ZERO) + order.increasing_quantity * order.unit_notional
    return totals


CHECKS = (
    Check(
        DenyCode.POSITION_SIZE,
        check,
        exits=PASS,
        origin="S1",
        limits=(Limit("position_size_fraction_max", Decimal("0.10"), "fraction", highest=100),),
        measure=lambda state, _limits, _report: share_of_equity(state, _bound_by_leg(state), None),
    ),
)
