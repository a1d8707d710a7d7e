"""What makes a venue's quote unfit for use."""

from datetime import datetime, timedelta
from enum import StrEnum

from riskgate.core.instrument import Quote

#: Older than any order is decided on by default, exits included.
AGE_MAX = timedelta(seconds=300)
#: A quote from further ahead than this would stay fresh for too long.
AHEAD_MAX = timedelta(seconds=30)


class QuoteFault(StrEnum):
    """Why a quote is not stored."""

    #: The venue lists the market and tells no price that can be read.
    UNREADABLE = "unreadable"
    #: No bid or no ask; venues write zero where there is none.
    ONE_SIDED = "one_sided"
    CROSSED = "crossed"
    STALE = "stale"
    AHEAD = "ahead"


def find_quote_fault(quote: Quote, now: datetime) -> QuoteFault | None:
    """Return what is wrong with a quote that arrived `now`, if anything; bid and ask may be equal."""
    if quote.bid is None or quote.ask is None or min(quote.bid, quote.ask) <= 0:
        return QuoteFault.ONE_SIDED
    if quote.bid > quote.ask:
        return QuoteFault.CROSSED
    if now - quote.at > AGE_MAX:
        return QuoteFault.STALE
    if quote.at - now > AHEAD_MAX:
        return QuoteFault.AHEAD
    return None
