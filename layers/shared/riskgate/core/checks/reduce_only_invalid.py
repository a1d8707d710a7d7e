"""REDUCE_ONLY_INVALID: a reduce-only order needs a position it can shrink."""

from __future__ import annotations

from riskgate.core.account.legs import find_leg, positions_of
from riskgate.core.checks.context import STOPS_KEPT_SINCE, PreTradeContext
from riskgate.core.checks.declaration import CHECKED, Check
from riskgate.core.checks.result import NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.money import ZERO


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny reduce-only without a position, in its direction, or larger than it."""
    if not ctx.order.reduce_only or ctx.quantity is None:
        return NOT_APPLICABLE
    if ctx.order.type.has_trigger_price and ctx.rules >= STOPS_KEPT_SINCE and ctx.is_valued:
        # A stop may come with the entry it protects.
        if ctx.increasing:
            held = ctx.quantity - ctx.increasing
            return violated("reduce-only stop larger than the position and the entries it protects", ctx.quantity, held)
        return PASSED
    leg = positions_of(ctx.state, find_leg(ctx.state, ctx.order.key))
    quantity = sum((position.quantity for position in leg), ZERO)
    if not quantity:
        return violated("reduce-only without a position to reduce", ctx.quantity)
    if quantity * ctx.order.side.sign > 0:
        return violated("reduce-only in the position's own direction", ctx.quantity, abs(quantity))
    if ctx.quantity > abs(quantity):
        return violated("reduce-only larger than the position", ctx.quantity, abs(quantity))
    return PASSED


CHECKS = (Check(DenyCode.REDUCE_ONLY_INVALID, check, exits=CHECKED, origin="N"),)
