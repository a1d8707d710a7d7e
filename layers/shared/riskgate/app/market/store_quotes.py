"""Take over quotes, unless their clock is wrong."""

from collections.abc import Sequence
from datetime import datetime

from riskgate.app.ledger.commit_event import Deps
from riskgate.core.errors import Unprocessable
from riskgate.core.instrument import Quote
from riskgate.core.market.quote_faults import AHEAD_MAX


def store_quotes(quotes: Sequence[Quote], *, deps: Deps, now: datetime) -> None:
    """Store quotes; an older one never replaces a newer one. Raises Unprocessable: a quote is from the future."""
    ahead = [quote for quote in quotes if quote.at - now > AHEAD_MAX]
    if ahead:
        raise Unprocessable(f"the quote for {ahead[0].symbol} is dated in the future", code="QUOTE_FROM_FUTURE")
    deps.store.put_quotes(quotes)
