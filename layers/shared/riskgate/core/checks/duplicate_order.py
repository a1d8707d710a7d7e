"""DUPLICATE_ORDER: the same order again under another id, seconds later."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.money import plain
from riskgate.core.order import Order

#: Rules from which on only the same strategy's order, which was not cancelled, can be repeated by mistake.
OWN_STRATEGY_SINCE = 2


def fingerprint(order: Order, quantity: Decimal, rules: int = 1) -> str:
    """Return what makes two orders the same: market, side, type, quantity and prices, by later rules the strategy."""
    prices = "|".join("" if p is None else plain(p) for p in (order.price, order.trigger_price))
    own = f"{order.key}|{order.side}|{order.type}|{plain(quantity)}|{prices}"
    return own if rules < OWN_STRATEGY_SINCE else f"{own}|{order.strategy}"


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny an increasing order equal to one approved within the window under another client_order_id."""
    window = ctx.limits.duplicate_window_seconds
    if window is None:
        return DISABLED
    if ctx.quantity is None or ctx.is_reducing or ctx.replaces is not None:
        return NOT_APPLICABLE
    since, own = ctx.now - timedelta(seconds=window), fingerprint(ctx.order, ctx.quantity, ctx.rules)
    for recent in ctx.state.recent_orders:
        if recent.fingerprint == own and recent.at > since and recent.client_order_id != ctx.order.client_order_id:
            return violated(f"the same order was approved as {recent.client_order_id} less than {window} s ago")
    return PASSED


CHECKS = (
    Check(
        DenyCode.DUPLICATE_ORDER,
        check,
        exits=PASS,
        origin="15c3-5(c)(1)(ii)",
        limits=(Limit("duplicate_window_seconds", 2, "seconds", kind="int | None", tighter="higher", highest=3_600),),
    ),
)
