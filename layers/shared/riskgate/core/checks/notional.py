"""NOTIONAL_BELOW_MINIMUM, NOTIONAL_ABOVE_MAXIMUM: the instrument's and the account's bounds."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import NOT_APPLICABLE, PASSED, CheckOutcome, CheckResult, at_most, violated
from riskgate.core.codes import DenyCode
from riskgate.core.money import MONEY_MAX


def check_minimum(ctx: PreTradeContext) -> CheckResult:
    """Deny an order worth less than the instrument's or the account's minimum; equal passes, exits are exempt."""
    if not ctx.is_valued or ctx.order.reduce_only or ctx.is_reducing:
        return NOT_APPLICABLE
    notional_min = ctx.instrument.notional_min if ctx.instrument is not None else None
    quoted = _quoted_notional(ctx)
    if notional_min is not None and quoted < notional_min:
        return violated("the order's value is below the instrument's minimum", quoted, notional_min, "quote_currency")
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
        return CheckResult(CheckOutcome.PASSED, ctx.notional, absolute, "", "base_currency")
    return at_most(ctx.fraction_of_equity(ctx.notional), fraction, "the order's value over equity")


def _quoted_notional(ctx: PreTradeContext) -> Decimal:
    assert ctx.instrument is not None  # noqa: S101 both callers checked is_valued
    assert ctx.candidate is not None  # noqa: S101
    return ctx.candidate.quantity * ctx.candidate.decision_price * ctx.instrument.contract_size


CHECKS = (
    Check(
        DenyCode.NOTIONAL_BELOW_MINIMUM,
        check_minimum,
        exits=PASS,
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
