"""Bring the order books of the few markets that are traded from a venue to the gateway."""

from collections.abc import Sequence
from dataclasses import replace

from riskgate.app.ports.store import Store
from riskgate.app.venues.measured_exchange import MeasuredExchange
from riskgate.core.errors import RateLimited, Rejected, Transient, VenueAnswerInvalid
from riskgate.observability import MetricUnit, logger, metrics

BOOK_FAILED = "book_failed"

#: Levels a side asked for: as many as every venue gives at once.
LEVELS_ASKED = 100
#: Levels a side kept: a decision reads them all.
LEVELS_KEPT = 15


def collect_books(symbols: Sequence[str], *, source: MeasuredExchange, store: Store) -> int:
    """Ask a venue for order books, the most wanted first, and store them; return how many were stored.

    Quotes matter more: a book that cannot be read is logged, and no further one is asked for where the venue does not
    answer or the time is up. Raises RateLimited: the venue wants no more requests; Transient: the database is away.
    """
    stored = failed = 0
    offered = source.ask(lambda exchange: [symbol for symbol in symbols if exchange.has_market(symbol)])
    for symbol in offered:
        asked_at = source.job.clock()
        try:
            book = source.ask(lambda exchange, symbol=symbol: exchange.get_order_book(symbol, LEVELS_ASKED))  # type: ignore[misc]
        except RateLimited:
            raise
        except (Rejected, Transient, VenueAnswerInvalid) as error:
            failed += 1
            logger.warning(BOOK_FAILED, venue=source.venue, symbol=symbol, code=error.code, detail=error.detail)
            if isinstance(error, Transient):
                break
            continue
        # As old as the question, whatever time the venue gives it: a clock of its own would keep a book fresh.
        stored += store.put_book(source.venue, replace(book.merged(LEVELS_KEPT), at=asked_at))
    metrics.add_metric(name="BooksStored", unit=MetricUnit.Count, value=stored)
    metrics.add_metric(name="BooksFailed", unit=MetricUnit.Count, value=failed)
    return stored
