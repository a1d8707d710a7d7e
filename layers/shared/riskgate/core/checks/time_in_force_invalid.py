"""TIME_IN_FORCE_INVALID: contradictory or expired time in force."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import CHECKED, Check
from riskgate.core.checks.result import PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType, TimeInForce


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny GTD in the past or without an end, and post-only on orders that take liquidity."""
    order = ctx.order
    if order.time_in_force is TimeInForce.GTD and (order.expires_at is None or order.expires_at <= ctx.now):
        return violated("GTD needs an expires_at in the future")
    takes = order.type in {OrderType.MARKET, OrderType.STOP} or order.time_in_force in {
        TimeInForce.IOC,
        TimeInForce.FOK,
    }
    if order.post_only and takes:
        return violated(f"post-only contradicts a {order.type} order with {order.time_in_force}")
    return PASSED


CHECKS = (Check(DenyCode.TIME_IN_FORCE_INVALID, check, exits=CHECKED, origin="N"),)
