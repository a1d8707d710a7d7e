"""ACCOUNT_CAPACITY: one account document holds a bounded number of positions and orders."""

from __future__ import annotations

from riskgate.core.account.document import POSITIONS_MAX, WORKING_ORDERS_MAX
from riskgate.core.account.legs import book_of
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check
from riskgate.core.checks.result import NOT_APPLICABLE, CheckResult, at_most
from riskgate.core.codes import DenyCode


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing orders beyond the capacity of the account document; exits always fit."""
    if ctx.is_reducing:
        return NOT_APPLICABLE
    # Markets that working orders will open count: each can become a position.
    positions = max(ctx.exposure.open_positions, _count_markets(ctx))
    if positions > POSITIONS_MAX:
        return at_most(positions, POSITIONS_MAX, "positions in the account", "positions")
    return at_most(len(ctx.state.working_orders) + 1, WORKING_ORDERS_MAX, "working orders in the account", "orders")


def _count_markets(ctx: PreTradeContext) -> int:
    """Return how many positions there can be: a coin counts as one that is open, and has one in each market."""
    state = ctx.state
    if not state.holds_coins or len(state.positions) + len(state.working_orders) < POSITIONS_MAX:
        return 0
    markets = book_of(state).markets.items()
    opening = {f"{venue}:{symbol}" for (venue, symbol), orders in markets if any(o.increasing_quantity for o in orders)}
    return len({*state.positions, *opening, ctx.order.key})


CHECKS = (Check(DenyCode.ACCOUNT_CAPACITY, check, exits=PASS, origin="capacity"),)
