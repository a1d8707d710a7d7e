"""SELF_MATCH: an account does not trade with itself."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.account.legs import orders_of
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType
from riskgate.core.side import Side


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny an order that would cross the account's own resting order at the same venue; exits are exempt."""
    if not ctx.limits.self_match_prevention:
        return DISABLED
    order = ctx.order
    if ctx.is_reducing or order.type.has_trigger_price:
        return NOT_APPLICABLE
    for resting in orders_of(ctx.state, order.key):
        if resting.rest_price is None or resting.side is order.side:
            continue
        if (
            order.type is OrderType.MARKET
            or order.price is None
            or _crosses(order.side, order.price, resting.rest_price)
        ):
            return violated(
                f"would cross the account's own order {resting.client_order_id}",
                order.price,
                resting.rest_price,
                "price",
            )
    return PASSED


def _crosses(side: Side, price: Decimal, resting: Decimal) -> bool:
    return price >= resting if side is Side.BUY else price <= resting


CHECKS = (
    Check(
        DenyCode.SELF_MATCH,
        check,
        exits=PASS,
        origin="FIA",
        limits=(Limit("self_match_prevention", True, kind="bool", tighter="true"),),
    ),
)
