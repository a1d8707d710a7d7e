"""LIQUIDITY_INSUFFICIENT: no order larger than the market can bear."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.price_impact import fresh_book
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most, violated
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import Quote
from riskgate.core.side import Side


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny an increasing quantity above its share of 24 h volume, or of the known depth near the best price."""
    share, depth_share, quote = ctx.limits.volume_fraction_max, ctx.limits.depth_fraction_max, ctx.quote
    if share is None and depth_share is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued or quote is None or ctx.instrument is None:
        return NOT_APPLICABLE
    units, depth = ctx.increasing * ctx.instrument.contract_size, _depth(ctx, quote)
    if depth_share is not None and depth is not None and units > depth_share * depth:
        return violated("the quantity is above its share of the depth", units, depth_share * depth, "base_units")
    if share is None:
        return DISABLED
    if not quote.volume_24h:
        return violated("the 24 h volume is unknown or zero", None, share, "fraction")
    return at_most(units / quote.volume_24h, share, "quantity over 24 h volume")


def _depth(ctx: PreTradeContext, quote: Quote) -> Decimal | None:
    """Return the base units an order finds: those of the book it meets at market, else what the quote says of them."""
    book = fresh_book(ctx)
    if book is not None:
        return book.depth_met_by(ctx.order.side)
    return quote.ask_depth if ctx.order.side is Side.BUY else quote.bid_depth


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
