"""GROSS_EXPOSURE, NET_DELTA, LEVERAGE: the book as a share of equity, its direction, and the multiple of equity."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import Book, PreTradeContext, of_equity
from riskgate.core.checks.declaration import PASS, Check, Limit, hold_after
from riskgate.core.checks.result import CheckResult
from riskgate.core.codes import DenyCode


def compute_gross(book: Book) -> Decimal | None:
    """Return the sum of |value| over equity."""
    return of_equity(book, book.exposure.gross)


def compute_net(book: Book) -> Decimal | None:
    """Return |sum of signed values| over equity, in the worst order of fills."""
    return of_equity(book, book.exposure.net_worst)


def check_gross(ctx: PreTradeContext) -> CheckResult:
    """Deny when the sum of |value| over equity exceeds the limit."""
    limit = ctx.limits.gross_exposure_fraction_max
    return hold_after(ctx, limit, compute_gross, "gross exposure after the order over equity")


def check_net(ctx: PreTradeContext) -> CheckResult:
    """Deny when |sum of signed values| over equity exceeds the limit, in the worst order of fills."""
    limit = ctx.limits.net_delta_fraction_max
    return hold_after(ctx, limit, compute_net, "net delta after the order over equity")


def check_leverage(ctx: PreTradeContext) -> CheckResult:
    """Deny when gross exposure over equity exceeds the leverage limit."""
    return hold_after(ctx, ctx.limits.leverage_max, compute_gross, "leverage after the order", "times")


CHECKS = (
    Check(
        DenyCode.GROSS_EXPOSURE,
        check_gross,
        exits=PASS,
        origin="S1, S2",
        limits=(Limit("gross_exposure_fraction_max", Decimal("0.80"), "fraction", highest=100),),
        measure=lambda state, _limits, _report: compute_gross(state),
        is_running=True,
    ),
    Check(
        DenyCode.NET_DELTA,
        check_net,
        exits=PASS,
        origin="S1",
        limits=(Limit("net_delta_fraction_max", Decimal("0.80"), "fraction", highest=100),),
        measure=lambda state, _limits, _report: compute_net(state),
        is_running=True,
    ),
    Check(
        DenyCode.LEVERAGE,
        check_leverage,
        exits=PASS,
        origin="G",
        limits=(Limit("leverage_max", Decimal(3), "times", tighter="lower_only"),),
        measure=lambda state, _limits, _report: compute_gross(state),
        is_running=True,
    ),
)
