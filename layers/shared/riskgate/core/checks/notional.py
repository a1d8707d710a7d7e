"""NOTIONAL_BELOW_MINIMUM, NOTIONAL_ABOVE_MAXIMUM: the instrument's and the account's bounds."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import Check, Limit
from riskgate.core.checks.result import NOT_APPLICABLE, PASSED, CheckResult, at_most, passed, violated
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import MarketType
from riskgate.core.money import MONEY_MAX

#: Rules from which on an exit is exempt from a venue's minimum where the venue exempts it, and nowhere else.
VENUE_EXEMPTS_SINCE = 4


def check_minimum(ctx: PreTradeContext) -> CheckResult:
    """Deny an order worth less than the instrument's or the account's minimum; equal passes, reduce-only is exempt.

    A venue exempts reduce-only orders of swaps alone: by later rules other exits are held against its minimum as well,
    since it would refuse them.
    """
    if not ctx.is_valued:
        return NOT_APPLICABLE
    is_exit = ctx.order.reduce_only or ctx.is_reducing
    notional_min = ctx.instrument.notional_min if ctx.instrument is not None else None
    counted = _counted_by_venue(ctx) if is_exit else _quoted_notional(ctx)
    if notional_min is not None and counted is not None and counted < notional_min:
        return violated("the order's value is below the instrument's minimum", counted, notional_min, "quote_currency")
    if is_exit:
        return NOT_APPLICABLE
    account_min = ctx.limits.order_notional_min
    if account_min is not None and ctx.notional < account_min:
        return violated("the order's value is below the account's minimum", ctx.notional, account_min, "base_currency")
    return PASSED


def check_maximum(ctx: PreTradeContext) -> CheckResult:
    """Deny an order worth more than the instrument's bound, or whose increasing part is beyond the account's."""
    if not ctx.is_valued:
        return NOT_APPLICABLE
    notional_max = ctx.instrument.notional_max if ctx.instrument is not None else None
    quoted = _quoted_notional(ctx)
    if notional_max is not None and quoted > notional_max:
        return violated("the order's value is above the instrument's maximum", quoted, notional_max, "quote_currency")
    if ctx.is_reducing:
        return PASSED
    absolute = min(ctx.limits.order_notional_max or MONEY_MAX, MONEY_MAX)
    if ctx.notional > absolute or ctx.notional >= MONEY_MAX:
        return violated("the order's value is above the maximum", ctx.notional, absolute, "base_currency")
    fraction = ctx.limits.order_notional_fraction_max
    if fraction is None:
        return passed(ctx.notional, absolute, "base_currency")
    return at_most(ctx.fraction_of_equity(ctx.notional), fraction, "the order's value over equity")


def _counted_by_venue(ctx: PreTradeContext) -> Decimal | None:
    """Return what the venue counts an exit as; None where it exempts it, or where no fresh price tells.

    An old price is no reason to keep somebody in a position. A venue counts a limit order at its limit.
    """
    assert ctx.candidate is not None  # noqa: S101 the caller checked is_valued
    spot = ctx.candidate.market_type is MarketType.SPOT
    if ctx.rules < VENUE_EXEMPTS_SINCE or (ctx.order.reduce_only and not spot):
        return None
    if ctx.order.price is not None:
        return _quoted_notional(ctx) * ctx.order.price / ctx.candidate.decision_price
    limit = ctx.limits.quote_max_age_seconds
    is_old = ctx.quote is None or (limit is not None and (ctx.now - ctx.quote.at).total_seconds() > limit)
    return None if is_old else _quoted_notional(ctx)


def _quoted_notional(ctx: PreTradeContext) -> Decimal:
    assert ctx.instrument is not None  # noqa: S101 both callers checked is_valued
    assert ctx.candidate is not None  # noqa: S101
    return ctx.candidate.quantity * ctx.candidate.decision_price * ctx.instrument.contract_size


CHECKS = (
    Check(
        DenyCode.NOTIONAL_BELOW_MINIMUM,
        check_minimum,
        exits="reduce-only of swaps",
        origin="S2, N, R15(1)(b)",
        limits=(Limit("order_notional_min", None, "base_currency", tighter="higher"),),
    ),
    Check(
        DenyCode.NOTIONAL_ABOVE_MAXIMUM,
        check_maximum,
        exits="instrument's only",
        origin="S2, N, R15(1)(b)",
        limits=(
            Limit("order_notional_fraction_max", Decimal("0.10"), "fraction", highest=100),
            Limit("order_notional_max", None, "base_currency"),
        ),
    ),
)
