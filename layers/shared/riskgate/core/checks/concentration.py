"""ASSET_CONCENTRATION, STRATEGY_BUDGET, VENUE_CONCENTRATION: caps per asset, strategy and venue."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most
from riskgate.core.money import ZERO


def check_asset(ctx: PreTradeContext) -> CheckResult:
    """Deny when one base asset's sum of |value| over all venues exceeds the limit."""
    limit = ctx.limits.asset_fraction_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued:
        return NOT_APPLICABLE
    asset = ctx.leg_after.asset
    held = ctx.exposure.by_asset.get(asset, ZERO)
    return at_most(ctx.fraction_of_equity(held), limit, f"{asset} over all venues after the order over equity")


def check_strategy(ctx: PreTradeContext) -> CheckResult:
    """Deny when one strategy's sum of |value| exceeds its budget."""
    limit = ctx.limits.strategy_fraction_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued:
        return NOT_APPLICABLE
    strategy = ctx.order.strategy
    held = ctx.exposure.by_strategy.get(strategy, ZERO)
    return at_most(ctx.fraction_of_equity(held), limit, f"strategy {strategy} after the order over equity")


def check_venue(ctx: PreTradeContext) -> CheckResult:
    """Deny adding at a venue that holds more than its share of equity; one venue alone has nothing to spread."""
    limit = ctx.limits.venue_equity_fraction_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or len({venue.venue for venue in ctx.state.venues}) == 1:
        return NOT_APPLICABLE
    venue = ctx.order.venue
    held = ctx.state.venue_equity.get(venue, ZERO)
    return at_most(ctx.fraction_of_equity(held), limit, f"equity held at {venue} over equity")
