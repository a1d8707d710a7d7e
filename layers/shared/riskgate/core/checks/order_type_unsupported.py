"""ORDER_TYPE_UNSUPPORTED: an order that the gateway is to send is one that the venue can be sent."""

from __future__ import annotations

from riskgate.core.checks.context import UNSUPPORTED_SINCE, PreTradeContext
from riskgate.core.checks.declaration import CHECKED, Check
from riskgate.core.checks.result import NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.order import Order, OrderType


def list_terms(order: Order) -> tuple[str, ...]:
    """Return what an order asks of a venue, in the words of `Instrument.unsupported`."""
    at_market = order.type is OrderType.MARKET
    terms = {
        f"market_{order.side.value}": at_market,
        "stop": order.type is OrderType.STOP,
        "stop_limit": order.type is OrderType.STOP_LIMIT,
        "post_only": order.post_only,
        "reduce_only": order.reduce_only,
        # An order at market is executed at once whatever it names.
        order.time_in_force.value: not at_market,
    }
    return tuple(term for term, is_asked in terms.items() if is_asked)


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny what the venue's class is not proven to place: an order type, a flag, a time in force."""
    if not ctx.order.route or ctx.instrument is None:
        return NOT_APPLICABLE
    lacking = [term for term in list_terms(ctx.order) if term in ctx.instrument.unsupported]
    if lacking:
        return violated(f"{ctx.order.venue} cannot be sent such an order: {', '.join(lacking)}")
    return PASSED


CHECKS = (Check(DenyCode.ORDER_TYPE_UNSUPPORTED, check, exits=CHECKED, origin="house rule", since=UNSUPPORTED_SINCE),)
