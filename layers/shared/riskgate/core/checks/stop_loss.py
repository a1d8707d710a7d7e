"""STOP_LOSS_REQUIRED, STOP_LOSS_WRONG_SIDE, STOP_UNSUPPORTED: entries carry a stop that can protect them."""

from __future__ import annotations

from riskgate.core.checks.context import STOPS_KEPT_SINCE, PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import MarketType
from riskgate.core.limits import StopRule, rules_of
from riskgate.core.order import StopKeeper, keeper_of
from riskgate.core.side import Side


def check_required(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing orders without a stop where the account or the strategy's registration requires one."""
    rules = (ctx.limits.stop_loss_required, rules_of(ctx.limits, ctx.order.strategy).stop_loss_required)
    if not any(rules):
        return DISABLED
    if ctx.is_reducing:
        return NOT_APPLICABLE
    if ctx.order.stop_loss_price is None:
        return violated("a stop loss is required and missing")
    if StopRule.AT_VENUE in rules and _keeper(ctx) is not StopKeeper.VENUE:
        return violated("a stop loss that rests at the venue is required")
    return PASSED


def _keeper(ctx: PreTradeContext) -> StopKeeper | None:
    return keeper_of(ctx.order, ctx.instrument)


def check_side(ctx: PreTradeContext) -> CheckResult:
    """Deny a stop that is not below the price of a long, or not above the price of a short."""
    stop = ctx.order.stop_loss_price
    if stop is None or ctx.is_reducing or ctx.price is None:
        return NOT_APPLICABLE
    if ctx.order.side is Side.BUY and stop >= ctx.price:
        return violated("the stop of a long is not below its price", stop, ctx.price, "price")
    if ctx.order.side is Side.SELL and stop <= ctx.price:
        return violated("the stop of a short is not above its price", stop, ctx.price, "price")
    return _check_take_profit(ctx)


def _check_take_profit(ctx: PreTradeContext) -> CheckResult:
    target, price = ctx.order.take_profit_price, ctx.price
    if target is not None and price is not None and (target - price) * ctx.order.side.sign <= 0:
        return violated("the take profit is not on the winning side of the price", target, price, "price")
    return PASSED


def check_supported(ctx: PreTradeContext) -> CheckResult:
    """Deny a stop that is to rest where the venue, or its type of market, cannot keep one."""
    order = ctx.order
    if order.stop_loss_price is None or ctx.is_reducing or ctx.instrument is None:
        return NOT_APPLICABLE
    asks_more = order.take_profit_price is not None or order.trailing_fraction is not None
    if _keeper(ctx) is not StopKeeper.VENUE and not asks_more:
        return NOT_APPLICABLE
    if not ctx.instrument.stop_orders:
        return violated("the gateway can keep no stop order at this venue")
    if order.take_profit_price is not None and ctx.instrument.market_type is MarketType.SPOT:
        return violated("a spot venue holds the coins for one order: no take profit beside a stop")
    return PASSED


CHECKS = (
    Check(
        DenyCode.STOP_LOSS_REQUIRED,
        check_required,
        exits=PASS,
        origin="S1",
        limits=(Limit("stop_loss_required", False, kind="bool | StopRule", tighter="true"),),
    ),
    Check(DenyCode.STOP_LOSS_WRONG_SIDE, check_side, exits=PASS, origin="S1"),
    Check(DenyCode.STOP_UNSUPPORTED, check_supported, exits=PASS, origin="S1", since=STOPS_KEPT_SINCE),
)
