"""Bring the quotes of the markets that matter from a venue to the gateway."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass

from riskgate.app.ports.store import Store
from riskgate.app.venues.measured_exchange import MeasuredExchange
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.instrument import Quote
from riskgate.core.market.quote_faults import QuoteFault, find_quote_fault
from riskgate.observability import MetricUnit, logger, metrics

QUOTES_STORED = "quotes_stored"
QUOTES_REJECTED = "quotes_rejected"

#: Questions spent on finding which quotes of an answer are not readable.
QUESTIONS_MAX = 16
_SYMBOLS_LOGGED_MAX = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class QuotesCollected:
    """What came of it: `offered` of the symbols are markets of the venue, `rejected` counts quotes by fault.

    What was neither stored nor rejected was older than what the gateway has. `books` counts the order books stored.
    """

    offered: int
    stored: int
    rejected: dict[str, int]
    books: int = 0


def collect_quotes(symbols: Sequence[str], *, source: MeasuredExchange, store: Store) -> QuotesCollected:
    """Ask a venue for quotes and store those that are fit for use.

    `symbols`: markets wanted; those the venue does not list are another venue's. Raises GatewayError: the venue does
    not answer.
    """
    offered = source.ask(lambda exchange: [symbol for symbol in symbols if exchange.has_market(symbol)])
    found = read_quotes(offered, source)
    now = source.job.clock()
    faults: dict[str, QuoteFault] = dict.fromkeys(set(offered) - found.keys(), QuoteFault.UNREADABLE)
    for symbol, quote in found.items():
        fault = find_quote_fault(quote, now)
        if fault is not None:
            faults[symbol] = fault
    stored = store.put_quotes([quote for symbol, quote in found.items() if symbol not in faults])
    metrics.add_metric(name="QuotesStored", unit=MetricUnit.Count, value=stored)
    metrics.add_metric(name="QuotesRejected", unit=MetricUnit.Count, value=len(faults))
    logger.info(QUOTES_STORED, venue=source.venue, market_type=source.market_type.value, quotes=stored)
    if faults:
        named = dict(sorted(faults.items())[:_SYMBOLS_LOGGED_MAX])
        logger.warning(QUOTES_REJECTED, venue=source.venue, quotes=len(faults), faults=named)
    rejected = Counter(fault.value for fault in faults.values())
    return QuotesCollected(offered=len(offered), stored=stored, rejected=dict(sorted(rejected.items())))


def read_quotes(symbols: Sequence[str], source: MeasuredExchange) -> dict[str, Quote]:
    """Return the readable quotes by symbol: one that is not must not cost the others, so halves are asked for again.

    Raises GatewayError: the venue does not answer.
    """
    found: dict[str, Quote] = {}
    groups = deque([list(symbols)] if symbols else [])
    questions = 0
    while groups and questions < QUESTIONS_MAX:
        group = groups.popleft()
        questions += 1
        try:
            quotes = _ask(group, source)
        except VenueAnswerInvalid:
            middle = len(group) // 2
            groups += [half for half in (group[:middle], group[middle:]) if len(group) > 1]
        else:
            found |= {quote.symbol: quote for quote in quotes}
    return found


def _ask(symbols: Sequence[str], source: MeasuredExchange) -> Sequence[Quote]:
    return source.ask(lambda exchange: exchange.list_quotes(symbols))
