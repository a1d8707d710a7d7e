"""LIQUIDITY_INSUFFICIENT: no order larger than the market can bear."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most, violated
from riskgate.core.codes import DenyCode
from riskgate.core.side import Side


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny an increasing quantity above its share of 24 h volume, or of the known depth near the best price."""
    share, depth_share, quote = ctx.limits.volume_fraction_max, ctx.limits.depth_fraction_max, ctx.quote
    if share is None and depth_share is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued or quote is None or ctx.instrument is None:
        return NOT_APPLICABLE
    units = ctx.increasing * ctx.instrument.contract_size
    depth = quote.ask_depth if ctx.order.side is Side.BUY else quote.bid_depth
    if depth_share is not None and depth is not None and units > depth_share * depth:
        return violated("the quantity is above its share of the depth", units, depth_share * depth, "base_units")
    if share is None:
        return DISABLED
    if not quote.volume_24h:
        return violated("the 24 h volume is unknown or zero", None, share, "fraction")
    return at_most(units / quote.volume_24h, share, "quantity over 24 h volume")


CHECKS = (
    Check(
        DenyCode.LIQUIDITY_INSUFFICIENT,
        check,
        exits=PASS,
        origin="S1 liquidity, R15(4)",
        limits=(
            Limit("volume_fraction_max", Decimal("0.01"), "fraction"),
            Limit("depth_fraction_max", Decimal(1), "fraction", highest=100),
        ),
    ),
)
