"""STABLECOIN_DEPEG: nothing new in a market that counts in a dollar that is none any more."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.account.pegs import list_dollars_used
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most
from riskgate.core.codes import DenyCode
from riskgate.core.money import ZERO


def compute_depeg(state: AccountState) -> Decimal:
    """Return the largest distance from its peg of any dollar that the account holds or settles in."""
    used = list_dollars_used(state)
    return max((depeg for name, depeg in state.depegs.items() if name in used), default=ZERO)


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing orders in markets quoted or settled in a stablecoin further from its peg than the limit."""
    limit, instrument = ctx.limits.stablecoin_depeg_fraction_max, ctx.instrument
    if limit is None:
        return DISABLED
    if ctx.is_reducing or instrument is None:
        return NOT_APPLICABLE
    named = sorted({instrument.quote_currency, instrument.settle_currency})
    worst = max(named, key=lambda name: ctx.state.depegs.get(name, ZERO))
    return at_most(ctx.state.depegs.get(worst, ZERO), limit, f"distance of {worst} from its peg")


CHECKS = (
    Check(
        DenyCode.STABLECOIN_DEPEG,
        check,
        exits=PASS,
        origin="S1 counterparty",
        limits=(Limit("stablecoin_depeg_fraction_max", Decimal("0.03"), "fraction"),),
        measure=lambda state, _limits, _report: compute_depeg(state),
        since=4,
    ),
)
