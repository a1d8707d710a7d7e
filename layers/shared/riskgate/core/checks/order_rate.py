"""ORDER_RATE: a runaway loop is stopped, never queued."""

from __future__ import annotations

from datetime import timedelta

from riskgate.core.account.document import RECENT_ORDERS_MAX
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most
from riskgate.core.codes import DenyCode


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny more approved orders within the sliding window than the limit; exits are counted, not stopped.

    The account keeps the latest `RECENT_ORDERS_MAX` approvals: a limit beyond that acts as that.
    """
    limit = ctx.limits.order_rate_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing:
        return NOT_APPLICABLE
    window = ctx.limits.order_rate_window_seconds
    since = ctx.now - timedelta(seconds=window)
    count = sum(1 for recent in ctx.state.recent_orders if recent.at > since) + 1
    return at_most(count, min(limit, RECENT_ORDERS_MAX), f"orders within {window} s", "orders")


CHECKS = (
    Check(
        DenyCode.ORDER_RATE,
        check,
        exits=PASS,
        origin="N, R15(1)(d)",
        limits=(
            Limit("order_rate_max", 10, "orders", kind="int | None", highest=1_000),
            Limit("order_rate_window_seconds", 1, "seconds", kind="int", tighter="higher", highest=3_600),
        ),
    ),
)
