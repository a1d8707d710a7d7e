"""QUANTITY_INVALID: quantities on the lot grid and within the instrument's bounds."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import CHECKED, Check
from riskgate.core.checks.result import NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.money import MONEY_MAX, is_multiple, plain


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny a quantity that is not positive, off the lot step, below the minimum or above the maximum."""
    instrument, quantity = ctx.instrument, ctx.quantity
    if instrument is None or quantity is None:
        return NOT_APPLICABLE
    if quantity <= 0:
        return violated("the quantity is not positive", quantity, instrument.step_size, "quantity")
    if quantity >= MONEY_MAX:
        return violated("the quantity is beyond what can be accounted", quantity, MONEY_MAX)
    if not is_multiple(quantity, instrument.step_size):
        step = plain(instrument.step_size)
        return violated(f"the quantity is not a multiple of the lot step {step}", quantity, instrument.step_size)
    if instrument.quantity_min is not None and quantity < instrument.quantity_min:
        return violated("the quantity is below the instrument's minimum", quantity, instrument.quantity_min)
    if instrument.quantity_max is not None and quantity > instrument.quantity_max:
        return violated("the quantity is above the instrument's maximum", quantity, instrument.quantity_max)
    return PASSED


CHECKS = (Check(DenyCode.QUANTITY_INVALID, check, exits=CHECKED, origin="N, S2"),)
