"""Read what a venue shows of an account, and the prices that value it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from riskgate.app.ledger.commit_event import Deps
from riskgate.app.ports.exchange import Exchange
from riskgate.app.venues.measured_exchange import MeasuredExchange
from riskgate.core.account.document import AccountState, Venue
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import (
    WALLET_REGISTERED_TWICE,
    GatewayError,
    HedgeModeUnsupported,
    InvalidRequest,
    Transient,
)
from riskgate.core.instrument import MarketType, Quote
from riskgate.core.monitor.reading import AccountReading, VenueReading, list_markets, list_quoted
from riskgate.core.venues.model import AccountSetup
from riskgate.observability import logger

FUNDING_RATES_UNKNOWN = "funding_rates_unknown"


def read_venue(source: MeasuredExchange, venue: Venue) -> VenueReading:
    """Return balances and positions, those that can be read.

    Raises GatewayError: the venue did not answer, or says itself that it is not to be relied on.
    """
    status = source.ask(lambda exchange: exchange.get_status())
    if status.is_ok is False:
        # Its word on balances is not taken either.
        source.fault = f"the venue reports {status.detail}"
        raise Transient(source.fault, code="EXCHANGE_UNAVAILABLE")
    balances = source.ask_summed(lambda exchange: exchange.list_balances())
    is_swap = source.market_type is MarketType.SWAP
    positions = source.ask_summed(lambda exchange: exchange.list_positions()) if is_swap else ()
    rates = _list_funding_rates(source, [position.symbol for position in positions])
    return VenueReading(venue=venue, balances=balances, positions=positions, funding_rates=rates)


def _list_funding_rates(source: MeasuredExchange, symbols: Sequence[str]) -> Mapping[str, Decimal]:
    """Return the funding rates of some swaps; what a venue does not tell makes neither it nor the reading bad."""
    if not symbols:
        return {}
    fault = source.fault
    try:
        return source.ask(lambda exchange: exchange.list_funding_rates(symbols))
    except GatewayError as error:
        source.fault = fault
        logger.warning(FUNDING_RATES_UNKNOWN, venue=source.venue, code=error.code, detail=error.detail)
        return {}


def inspect_setup(sources: Sequence[MeasuredExchange], state: AccountState) -> None:
    """Look at how the account is set up at its venues before the first reading of any of them is believed.

    A venue that is refused is of no use for the rest of the run: HEDGE_MODE_UNSUPPORTED, a market may have two legs
    there; WALLET_REGISTERED_TWICE, another venue of the account holds the same money.
    """
    if state.monitored_since is not None and all(source.venue in state.balances for source in sources):
        return
    owners: dict[str, str] = {}
    for source in sources:
        setup = source.attempt(lambda source: source.ask(_require_one_way))
        if setup is None or setup.wallet_id is None:
            continue
        other = owners.setdefault(setup.wallet_id, source.venue)
        if other != source.venue:
            source.refuse(f"{WALLET_REGISTERED_TWICE}: it is the wallet of {other}: register one of them")


def _require_one_way(exchange: Exchange) -> AccountSetup:
    setup = exchange.get_account_setup()
    if setup.is_hedged:
        raise HedgeModeUnsupported(f"change at {exchange.venue} {setup.one_way_setting}")
    return setup


def price_reading(
    state: AccountState, reading: AccountReading, sources: Sequence[MeasuredExchange], *, deps: Deps, now: datetime
) -> AccountReading:
    """Return the reading with the instruments and quotes that value it.

    Prices come from the venues themselves, not from the stored quotes: as fresh as the balances, and there before any
    other job has run. What a venue does not quote stays without a price.
    """
    markets = list_markets(state, reading)
    snapshot = deps.store.read(ReadRequest(account_id=state.account_id, instruments=markets))
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
