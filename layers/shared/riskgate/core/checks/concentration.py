"""SECTOR_CONCENTRATION, ASSET_CONCENTRATION, STRATEGY_BUDGET, VENUE_CONCENTRATION: what one bucket may hold."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.account.venue_groups import group_of, has_many_groups, list_members, sum_groups
from riskgate.core.checks.context import Book, PreTradeContext, share_of_equity
from riskgate.core.checks.declaration import PASS, Check, Limit, hold_after
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most
from riskgate.core.codes import DenyCode
from riskgate.core.limits import rules_of, tightest
from riskgate.core.money import ZERO


def compute_sector_share(book: Book, sector: str | None = None) -> Decimal | None:
    """Return a sector's sum of |value| over equity; without a name the fullest sector's."""
    return share_of_equity(book, book.exposure.by_sector, sector)


def compute_asset_share(book: Book, asset: str | None = None) -> Decimal | None:
    """Return an asset's sum of |value| over all venues over equity; without a name the fullest asset's."""
    return share_of_equity(book, book.exposure.by_asset, asset)


def compute_strategy_share(book: Book, strategy: str | None = None) -> Decimal | None:
    """Return a strategy's sum of |value| over equity; without a name the fullest strategy's."""
    return share_of_equity(book, book.exposure.by_strategy, strategy)


def compute_venue_share(state: AccountState, venue: str | None = None) -> Decimal | None:
    """Return what a venue's exchange holds over equity in all its wallets, or the fullest exchange does.

    One exchange alone has nothing to spread.
    """
    if not has_many_groups(state):
        return ZERO
    group = next((group_of(item) for item in state.venues if item.venue == venue), venue)
    return share_of_equity(state, sum_groups(state), group)


def check_sector(ctx: PreTradeContext) -> CheckResult:
    """Deny when a sector's sum of |value| over equity exceeds the limit; unclassified assets share one bucket."""
    limit, sector = ctx.limits.sector_fraction_max, ctx.leg_after.sector
    what = f"sector {sector} after the order over equity"
    return hold_after(ctx, limit, lambda c: compute_sector_share(c, sector), what)


def check_asset(ctx: PreTradeContext) -> CheckResult:
    """Deny when one base asset's sum of |value| over all venues exceeds the limit."""
    limit, asset = ctx.limits.asset_fraction_max, ctx.leg_after.asset
    what = f"{asset} over all venues after the order over equity"
    return hold_after(ctx, limit, lambda c: compute_asset_share(c, asset), what)


def check_strategy(ctx: PreTradeContext) -> CheckResult:
    """Deny when one strategy's sum of |value| exceeds its budget: the account's, or its own if less."""
    strategy = ctx.order.strategy
    limit = tightest(ctx.limits.strategy_fraction_max, rules_of(ctx.limits, strategy).fraction_max)
    what = f"strategy {strategy} after the order over equity"
    return hold_after(ctx, limit, lambda c: compute_strategy_share(c, strategy), what)


def check_venue(ctx: PreTradeContext) -> CheckResult:
    """Deny adding at an exchange that holds more than its share of equity; one alone has nothing to spread."""
    limit, venue = ctx.limits.venue_equity_fraction_max, ctx.order.venue
    if limit is None:
        return DISABLED
    if ctx.is_reducing or not has_many_groups(ctx.state):
        return NOT_APPLICABLE
    held = " and ".join(list_members(ctx.state, venue))
    return at_most(compute_venue_share(ctx.state, venue), limit, f"equity held at {held} over equity")


CHECKS = (
    Check(
        DenyCode.SECTOR_CONCENTRATION,
        check_sector,
        exits=PASS,
        origin="S1",
        limits=(Limit("sector_fraction_max", Decimal("0.30"), "fraction", highest=100),),
        measure=lambda state, _limits, _report: compute_sector_share(state),
        is_running=True,
    ),
    Check(
        DenyCode.ASSET_CONCENTRATION,
        check_asset,
        exits=PASS,
        origin="S1 concentration, counterparty",
        limits=(Limit("asset_fraction_max", Decimal("0.20"), "fraction", highest=100),),
        measure=lambda state, _limits, _report: compute_asset_share(state),
        is_running=True,
    ),
    Check(
        DenyCode.STRATEGY_BUDGET,
        check_strategy,
        exits=PASS,
        origin="S1 concentration, counterparty",
        limits=(Limit("strategy_fraction_max", Decimal("0.50"), "fraction", highest=100),),
        measure=lambda state, _limits, _report: compute_strategy_share(state),
        is_running=True,
    ),
    Check(
        DenyCode.VENUE_CONCENTRATION,
        check_venue,
        exits=PASS,
        origin="S1 concentration, counterparty",
        limits=(Limit("venue_equity_fraction_max", Decimal("0.60"), "fraction"),),
        measure=lambda state, _limits, _report: compute_venue_share(state),
        is_running=True,
    ),
)
