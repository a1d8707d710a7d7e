"""QUANTITY_INVALID: quantities on the lot grid and within the instrument's bounds."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import MARKET_STEPS_SINCE, PreTradeContext
from riskgate.core.checks.declaration import CHECKED, Check
from riskgate.core.checks.result import NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import Instrument
from riskgate.core.money import MONEY_MAX, is_multiple, plain


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny a quantity that is not positive, off the lot step, below the minimum or above the maximum; at market too."""
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
    if ctx.order.type.has_limit_price or ctx.rules < MARKET_STEPS_SINCE:
        return PASSED
    return _check_at_market(instrument, quantity)


def _check_at_market(instrument: Instrument, quantity: Decimal) -> CheckResult:
    """Hold an order that executes at market, at once or at its trigger, against the venue's bounds of those."""
    step, least, most = instrument.market_step_size, instrument.market_quantity_min, instrument.market_quantity_max
    if not is_multiple(quantity, step):
        return violated(f"the quantity is not a multiple of the lot step at market {plain(step)}", quantity, step)
    if least is not None and quantity < least:
        return violated("the quantity is below the instrument's minimum at market", quantity, least)
    if most is not None and quantity > most:
        return violated("the quantity is above the instrument's maximum at market", quantity, most)
    return PASSED


CHECKS = (Check(DenyCode.QUANTITY_INVALID, check, exits=CHECKED, origin="N, S2"),)
