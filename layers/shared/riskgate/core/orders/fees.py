"""What a fee was worth."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.instrument import Instrument
from riskgate.core.money import ONE


def find_fee_rate(
    currency: str, instrument: Instrument, price: Decimal, *, rate: Decimal = ONE, known: Decimal | None
) -> Decimal | None:
    """Return what one unit of a fee's currency was worth at a fill, None where nothing tells.

    `price` is the fill's; `rate` and `known` are the worth of the settle currency, and of the fee's currency from
    elsewhere, in the currency of the answer.
    """
    if currency == instrument.settle_currency:
        return rate
    if known is None and currency == instrument.base_currency:
        return price * rate
    return known
