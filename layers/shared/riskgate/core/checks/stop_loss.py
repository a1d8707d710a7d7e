"""STOP_LOSS_REQUIRED, STOP_LOSS_WRONG_SIDE: entries carry a stop that can protect them."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.limits import rules_of
from riskgate.core.side import Side


def check_required(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing orders without a stop where the account or the strategy's registration requires one."""
    if not (ctx.limits.stop_loss_required or rules_of(ctx.limits, ctx.order.strategy).stop_loss_required):
        return DISABLED
    if ctx.is_reducing:
        return NOT_APPLICABLE
    if ctx.order.stop_loss_price is None:
        return violated("a stop loss is required and missing")
    return PASSED


def check_side(ctx: PreTradeContext) -> CheckResult:
    """Deny a stop that is not below the price of a long, or not above the price of a short."""
    stop = ctx.order.stop_loss_price
    if stop is None or ctx.is_reducing or ctx.price is None:
        return NOT_APPLICABLE
    if ctx.order.side is Side.BUY and stop >= ctx.price:
        return violated("the stop of a long is not below its price", stop, ctx.price, "price")
    if ctx.order.side is Side.SELL and stop <= ctx.price:
        return violated("the stop of a short is not above its price", stop, ctx.price, "price")
    return PASSED


CHECKS = (
    Check(
        DenyCode.STOP_LOSS_REQUIRED,
        check_required,
        exits=PASS,
        origin="S1",
        limits=(Limit("stop_loss_required", False, kind="bool", tighter="true"),),
    ),
    Check(DenyCode.STOP_LOSS_WRONG_SIDE, check_side, exits=PASS, origin="S1"),
)
