"""Executions whose price cannot be: told, and counted at the worse of the reported price and our own."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from riskgate.core.market.quote_faults import AGE_MAX
from riskgate.core.orders.events import FillRecorded
from riskgate.core.side import Side

#: The first rules that doubt a price, and how far it may be from the quote, and from what the order was decided at.
SUSPECT_SINCE = 2
FAR_FRACTION = Decimal("0.2")


@dataclass(frozen=True, kw_only=True, slots=True)
class SuspectPrice:
    """A reported price, our own, and the worse of the two for whoever traded, all in quote currency."""

    reported: Decimal
    own: Decimal
    booked: Decimal


def doubt_price(event: FillRecorded, now: datetime) -> SuspectPrice | None:
    """Return how an execution is to be counted whose price is far from everything known of it, else None."""
    if event.rules < SUSPECT_SINCE:
        return None
    quote = event.market.quote
    fresh = quote.reference if quote is not None and now - quote.at <= AGE_MAX else None
    known = [price for price in (fresh, event.decision_price, event.order.price) if price is not None and price > 0]
    if not known or any(abs(event.price - price) <= FAR_FRACTION * price for price in known):
        return None
    worse = max if event.order.side is Side.BUY else min
    return SuspectPrice(reported=event.price, own=known[0], booked=worse(event.price, known[0]))
