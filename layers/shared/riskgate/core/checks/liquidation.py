"""LIQUIDATION_DISTANCE and MARGIN_RATIO: nothing is added where the venue is about to take a position away."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.account.document import AccountState, Position
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most, passed, violated
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import MarketType
from riskgate.core.money import ONE, ZERO

#: Rules from which on the venue's word on liquidation counts.
LIQUIDATION_SINCE = 4


def compute_distance(position: Position) -> Decimal | None:
    """Return how far the mark is from the venue's liquidation price, as a fraction of the mark; None where it has none.

    Beyond its liquidation price a position has no distance left.
    """
    if position.liquidation_price is None or position.mark_price <= 0:
        return None
    away = position.mark_price - position.liquidation_price
    return max(away if position.quantity > 0 else -away, ZERO) / position.mark_price


def compute_nearest(state: AccountState) -> Decimal | None:
    """Return the shortest distance to liquidation of all positions, None where nothing can be liquidated."""
    distances = (compute_distance(position) for position in state.positions.values())
    return min((distance for distance in distances if distance is not None), default=None)


def compute_margin_ratio(state: AccountState) -> Decimal:
    """Return the highest margin ratio of the account's swap wallets, zero without any."""
    return max(state.margin_ratios.values(), default=ZERO)


def check_distance(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing a position that is nearer to the venue's liquidation price than the limit."""
    limit = ctx.limits.liquidation_distance_fraction_min
    if limit is None:
        return DISABLED
    position = ctx.state.positions.get(ctx.order.key)
    distance = compute_distance(position) if position is not None else None
    if ctx.is_reducing or not ctx.is_valued or distance is None:
        return NOT_APPLICABLE
    if distance < limit:
        text = f"the mark is {distance * 100:.2f} % from liquidation, less than the limit {limit * 100:.2f} %"
        return violated(text, distance, limit, "fraction")
    return passed(distance, limit, "fraction")


def check_margin_ratio(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing swap orders while the wallet's maintenance margin over its margin balance exceeds the limit."""
    limit, ratio = ctx.limits.margin_ratio_max, ctx.state.margin_ratios.get(ctx.order.venue)
    if limit is None:
        return DISABLED
    is_swap = ctx.instrument is not None and ctx.instrument.market_type is MarketType.SWAP
    if ctx.is_reducing or not is_swap or ratio is None:
        return NOT_APPLICABLE
    return at_most(ratio, limit, "maintenance margin over margin balance")


CHECKS = (
    Check(
        DenyCode.LIQUIDATION_DISTANCE,
        check_distance,
        exits=PASS,
        origin="S1 margin",
        limits=(Limit("liquidation_distance_fraction_min", Decimal("0.10"), "fraction", tighter="higher"),),
        # All of it where nothing can be liquidated.
        measure=lambda state, _limits, _report: nearest if (nearest := compute_nearest(state)) is not None else ONE,
        since=LIQUIDATION_SINCE,
    ),
    Check(
        DenyCode.MARGIN_RATIO,
        check_margin_ratio,
        exits=PASS,
        origin="S1 margin",
        limits=(Limit("margin_ratio_max", Decimal("0.5"), "fraction"),),
        measure=lambda state, _limits, _report: compute_margin_ratio(state),
        since=LIQUIDATION_SINCE,
    ),
)
