"""MARKET_TYPE_MISMATCH: a venue of the account trades the type of market it was registered for."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check
from riskgate.core.checks.result import NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny a market of another type than the account's venue was registered for; an exit passes."""
    registered = [venue.market_type for venue in ctx.state.venues if venue.venue == ctx.order.venue]
    if ctx.instrument is None or not registered or ctx.is_reducing:
        return NOT_APPLICABLE
    found = ctx.instrument.market_type
    if found not in registered:
        # Balances, margin and stops are read as of the registered type: an order of the other one is seen by nobody.
        types = " and ".join(registered)
        return violated(f"{ctx.order.symbol} is a {found} market, and {ctx.order.venue} is registered for {types}")
    return PASSED


CHECKS = (Check(DenyCode.MARKET_TYPE_MISMATCH, check, exits=PASS, origin="house rule", since=4),)
