"""INSUFFICIENT_BALANCE, INSUFFICIENT_MARGIN: the venue must hold what the order needs."""

from __future__ import annotations

from riskgate.core.account.document import Balance
from riskgate.core.account.exposure import CLAIMS_SINCE
from riskgate.core.account.legs import book_of
from riskgate.core.checks.context import PreTradeContext, positions_at
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import MarketType
from riskgate.core.money import ONE, ZERO
from riskgate.core.side import Side

_NO_BALANCE = Balance(total=ZERO)


def check_balance(ctx: PreTradeContext) -> CheckResult:
    """Deny a spot order that costs more than the free balance (buy: its increasing part in quote, sell: base)."""
    if not ctx.limits.balance_required:
        return DISABLED
    candidate = ctx.candidate
    if candidate is None or ctx.is_reducing or candidate.market_type is not MarketType.SPOT:
        return NOT_APPLICABLE
    asset = candidate.reserved_asset
    balance = _balance(ctx, asset)
    # The venue's own holds and our reservations mostly describe the same orders: the larger one counts.
    free = balance.total - max(balance.used, book_of(ctx.state).sum_reserved(ctx.order.venue, asset))
    # Whatever of a sell reduces is sold from the same wallet: only by the first rules did it come on top.
    sells_whole = candidate.side is Side.SELL and ctx.rules >= CLAIMS_SINCE
    needed = (candidate.quantity if sells_whole else ctx.increasing) * candidate.unit_reserved
    return at_most(needed, max(free, ZERO), f"{asset} needed at {ctx.order.venue}", "")


def check_margin(ctx: PreTradeContext) -> CheckResult:
    """Deny a swap order whose increasing part needs more margin (notional / leverage) than is free."""
    if not ctx.limits.balance_required:
        return DISABLED
    candidate = ctx.candidate
    if candidate is None or ctx.is_reducing or candidate.market_type is not MarketType.SWAP:
        return NOT_APPLICABLE
    venue, asset = ctx.order.venue, candidate.reserved_asset
    leverage = max(ctx.limits.leverage_max or ONE, ONE)
    held = sum(positions_at(ctx.state, venue, asset).values(), ZERO) / leverage
    balance = _balance(ctx, asset)
    free = balance.total - max(balance.used, held + book_of(ctx.state).sum_reserved(venue, asset))
    needed = ctx.increasing * candidate.unit_reserved
    return at_most(needed, max(free, ZERO), f"{asset} margin needed at {venue}", "")


def _balance(ctx: PreTradeContext, asset: str) -> Balance:
    return ctx.state.balances.get(ctx.order.venue, {}).get(asset, _NO_BALANCE)


CHECKS = (
    Check(
        DenyCode.INSUFFICIENT_BALANCE,
        check_balance,
        exits=PASS,
        origin="N, 15c3-5(c)(1)(i)",
        limits=(Limit("balance_required", True, kind="bool", tighter="true"),),
    ),
    Check(DenyCode.INSUFFICIENT_MARGIN, check_margin, exits=PASS, origin="N, 15c3-5(c)(1)(i)"),
)
