"""Decide what is collected where: one message per venue, so that one that hangs holds up no other."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import batched

from riskgate.app.ports.jobs import MostTraded
from riskgate.app.ports.store import Store
from riskgate.core.market.needs import VenueNeeds, join_wants
from riskgate.observability import MetricUnit, metrics
from riskgate.schemas.messages.market import MarketMessage, MarketTask

#: Symbols or assets of one message: so many are done well within one invocation, and in one question for quotes.
NAMES_MAX = {MarketTask.QUOTES: 100, MarketTask.CLOSES: 20}


def plan_collection(
    task: MarketTask, *, store: Store, most_traded: MostTraded, now: datetime, extra_symbols: Iterable[str] = ()
) -> Sequence[MarketMessage]:
    """Return the messages of one task, for every venue that an account gives a secret for.

    What accounts want was noted when they were registered, limited and monitored: none is read here. `extra_symbols`:
    symbols wanted beyond that, at every venue. Raises Transient: the database does not answer.
    """
    extra = tuple(extra_symbols)
    places = store.wants.list_places(now)
    needs = [join_wants(place, store.wants.list_wants(place, now), extra) for place in places]
    if task is not MarketTask.INSTRUMENTS:
        needs = [_complete(venue, most_traded) for venue in needs]
    messages = [message for venue in needs for message in _list_messages(task, venue, now)]
    metrics.add_metric(name="CollectionsPlanned", unit=MetricUnit.Count, value=len(messages))
    if task is MarketTask.QUOTES:
        # What there is to collect: without it, nothing stored could be right.
        wanted = sum(len(venue.symbols) for venue in needs)
        metrics.add_metric(name="QuotesWanted", unit=MetricUnit.Count, value=wanted)
    if task is MarketTask.CLOSES and not messages:
        metrics.add_metric(name="ClosesBehind", unit=MetricUnit.Count, value=0)
    return messages


def _complete(needs: VenueNeeds, most_traded: MostTraded) -> VenueNeeds:
    """Add the most traded markets where an account permits every symbol."""
    if not needs.open_currencies:
        return needs
    return needs.adding(most_traded.get(needs.venue, needs.market_type))


def _list_messages(task: MarketTask, needs: VenueNeeds, now: datetime) -> Iterator[MarketMessage]:
    def message(names: tuple[str, ...], books: tuple[str, ...] = ()) -> MarketMessage:
        return MarketMessage(
            task=task,
            venue=needs.venue,
            market_type=needs.market_type,
            requested_at=now,
            names=names,
            books=books,
        )

    if task is MarketTask.INSTRUMENTS:
        yield message(needs.open_currencies)
    elif task is MarketTask.QUOTES:
        for part in batched(needs.symbols, NAMES_MAX[task], strict=False):
            yield message(part, tuple(symbol for symbol in needs.books if symbol in part))
    else:
        yield from (message(part) for part in batched(needs.assets, NAMES_MAX[task], strict=False))
