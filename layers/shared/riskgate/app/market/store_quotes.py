"""Take over quotes, unless their clock is wrong or nobody would believe them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from riskgate.app.ledger.commit_event import Deps
from riskgate.core.account.stored import GATEWAY_CHAIN, ReadRequest
from riskgate.core.errors import Unprocessable
from riskgate.core.instrument import Quote, market_key
from riskgate.core.market.quote_faults import AGE_MAX, AHEAD_MAX
from riskgate.core.money import with_risk_context

#: A price that moves by more than this fraction between two fresh quotes is not believed of a feeder.
JUMP_MAX = Decimal("0.5")


def store_quotes(quotes: Sequence[Quote], *, deps: Deps, now: datetime, is_trusted: bool) -> None:
    """Store quotes; an older one never replaces a newer one.

    Raises Unprocessable: code QUOTE_FROM_FUTURE, or QUOTE_IMPLAUSIBLE where whoever reports is not trusted and a price
    is far from the fresh one before; then none is stored.
    """
    ahead = [quote for quote in quotes if quote.at - now > AHEAD_MAX]
    if ahead:
        raise Unprocessable(f"the quote for {ahead[0].symbol} is dated in the future", code="QUOTE_FROM_FUTURE")
    if not is_trusted:
        _require_plausible(quotes, deps, now)
    deps.store.put_quotes(quotes)


@with_risk_context
def _require_plausible(quotes: Sequence[Quote], deps: Deps, now: datetime) -> None:
    markets = tuple((quote.venue, quote.symbol) for quote in quotes)
    known = deps.store.read(ReadRequest(account_id=GATEWAY_CHAIN, markets=markets)).quotes
    for quote in quotes:
        before = known.get(market_key(quote.venue, quote.symbol))
        if before is not None and now - before.at <= AGE_MAX and _has_jumped(before, quote):
            text = f"the price of {quote.symbol} moved by more than {JUMP_MAX:%}: an admin token can store it"
            raise Unprocessable(text, code="QUOTE_IMPLAUSIBLE")


def _has_jumped(before: Quote, quote: Quote) -> bool:
    """Tell whether any price is too far from the one before: by a bid or ask alone an order is priced too."""
    price = before.reference
    prices = [found for found in (quote.bid, quote.ask, quote.last) if found is not None]
    return price is not None and price > 0 and any(abs(found - price) > JUMP_MAX * price for found in prices)
