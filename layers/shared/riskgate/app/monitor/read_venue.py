"""Read what a venue shows of an account, and the prices that value it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from riskgate.app.ledger.commit_event import Deps
from riskgate.app.venues.measured_exchange import MeasuredExchange
from riskgate.core.account.document import AccountState, Venue
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import InvalidRequest, Transient
from riskgate.core.instrument import MarketType, Quote
from riskgate.core.monitor.reading import AccountReading, VenueReading, list_markets, list_quoted


def read_venue(source: MeasuredExchange, venue: Venue) -> VenueReading:
    """Return balances and positions.

    Raises GatewayError: the venue did not answer, or says itself that it is not to be relied on.
    """
    status = source.ask(lambda exchange: exchange.get_status())
    if status.is_ok is False:
        # Its word on balances is not taken either.
        source.fault = f"the venue reports {status.detail}"
        raise Transient(source.fault, code="EXCHANGE_UNAVAILABLE")
    balances = source.ask(lambda exchange: exchange.list_balances())
    is_swap = source.market_type is MarketType.SWAP
    positions = source.ask(lambda exchange: exchange.list_positions()) if is_swap else ()
    return VenueReading(venue=venue, balances=balances, positions=positions)


def price_reading(
    state: AccountState, reading: AccountReading, sources: Sequence[MeasuredExchange], *, deps: Deps, now: datetime
) -> AccountReading:
    """Return the reading with the instruments and quotes that value it.

    Prices come from the venues themselves, not from the stored quotes: as fresh as the balances, and there before any
    other job has run. What a venue does not quote stays without a price.
    """
    markets = list_markets(state, reading)
    snapshot = deps.store.read(ReadRequest(account_id=state.account_id, markets=markets))
    reading = replace(reading, instruments=snapshot.instruments)
    wanted = list_quoted(state, reading)
    quotes: dict[str, Quote] = dict(reading.quotes)
    for source in sources:
        symbols = [s for s in wanted.get(source.venue, []) if f"{source.venue}:{s}" not in quotes]
        found = source.attempt(lambda source, symbols=symbols: _list_quotes(source, symbols)) if symbols else ()  # type: ignore[misc]
        quotes |= {f"{quote.venue}:{quote.symbol}": quote for quote in found or ()}
    return replace(reading, quotes=quotes, priced_at=now)


def _list_quotes(source: MeasuredExchange, symbols: Sequence[str]) -> tuple[Quote, ...]:
    try:
        return source.ask(lambda exchange: exchange.list_quotes(symbols))
    except InvalidRequest:
        # One of them is delisted: that must not cost the others their price.
        return tuple(quote for symbol in symbols for quote in _list_quote(source, symbol))


def _list_quote(source: MeasuredExchange, symbol: str) -> tuple[Quote, ...]:
    try:
        return source.ask(lambda exchange: exchange.list_quotes([symbol]))
    except InvalidRequest:
        return ()
