"""Find a venue's most traded markets: what an account that permits every symbol is kept ready for."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import batched

from riskgate.app.market.collect_quotes import read_quotes
from riskgate.app.ports.jobs import MostTraded
from riskgate.app.ports.store import Store
from riskgate.app.venues.measured_exchange import MeasuredExchange
from riskgate.core.instrument import Quote
from riskgate.core.money import ZERO
from riskgate.observability import logger

MOST_TRADED_LISTED = "most_traded_listed"

#: Markets kept ready, per currency.
MOST_TRADED_MAX = 50
_SYMBOLS_PER_QUESTION = 100


def list_most_traded(
    currencies: Sequence[str], *, source: MeasuredExchange, store: Store, most_traded: MostTraded
) -> Sequence[str]:
    """Remember which markets of a venue had the largest turnover of the last day, and return them.

    `currencies`: quote currencies of the markets. Raises GatewayError: the venue does not answer; the list stays as it
    is.
    """
    instruments = [item for item in store.list_instruments(source.venue) if item.market_type is source.market_type]
    chosen: list[str] = []
    for currency in currencies:
        symbols = [item.symbol for item in instruments if item.active and item.quote_currency == currency]
        quotes = [
            quote
            for part in batched(symbols, _SYMBOLS_PER_QUESTION, strict=False)
            for quote in read_quotes(part, source).values()
        ]
        chosen += [quote.symbol for quote in sorted(quotes, key=_turnover, reverse=True)[:MOST_TRADED_MAX]]
    most_traded.put(source.venue, source.market_type, chosen)
    logger.info(MOST_TRADED_LISTED, venue=source.venue, market_type=source.market_type.value, symbols=len(chosen))
    return chosen


def _turnover(quote: Quote) -> Decimal:
    return (quote.volume_24h or ZERO) * (quote.reference or ZERO)
