"""Which markets a hedge may trade now, at what prices, and whether margin suffices."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from riskgate.core.account.aliases import find_alias
from riskgate.core.account.document import AccountState, Balance
from riskgate.core.account.legs import book_of
from riskgate.core.checks.context import positions_at
from riskgate.core.errors import Unprocessable
from riskgate.core.hedging.model import HEDGE_PREFIX, HedgeInstrument, HedgeLeg, HedgeMarket, HedgeNote, HedgeSpec
from riskgate.core.hedging.valuation import compute_margin
from riskgate.core.instrument import Market, MarketType, Quote
from riskgate.core.limits import Limits, exit_bound
from riskgate.core.money import ZERO


def list_candidates(spec: HedgeSpec, state: AccountState) -> tuple[HedgeInstrument, ...]:
    """Return the markets a hedge may trade: the named ones, or those of the positions it hedges."""
    if spec.instruments:
        return spec.instruments
    held = [p for key, p in sorted(state.positions.items()) if spec.position in {None, key}]
    return tuple(HedgeInstrument(venue=p.venue, symbol=p.symbol) for p in held)


def list_under_way(spec: HedgeSpec, state: AccountState) -> tuple[tuple[str, str], ...]:
    """Return (venue, symbol) of where earlier hedges still trade; they do not count for a single position."""
    if spec.position is not None:
        return ()
    orders = sorted(state.working_orders.items())
    return tuple((order.venue, order.symbol) for name, order in orders if name.startswith(HEDGE_PREFIX))


def find_markets(
    spec: HedgeSpec, state: AccountState, limits: Limits, markets: Iterable[Market], now: datetime
) -> tuple[list[HedgeMarket], list[HedgeNote]]:
    """Return the candidates that can be traded and valued, in the given order, and why others cannot.

    Raises Unprocessable: one that was asked for by name cannot.
    """
    known = {market.instrument.key: market for market in markets if market.instrument is not None}
    usable: list[HedgeMarket] = []
    notes: list[HedgeNote] = []
    for candidate in list_candidates(spec, state):
        try:
            usable.append(_build_market(candidate, spec, state, limits, known.get(candidate.key), now))
        except Unprocessable as error:
            if spec.instruments:
                raise
            notes.append(HedgeNote(code=error.code, key=candidate.key, message=error.detail))
    return usable, notes


def list_margin_notes(legs: Sequence[HedgeLeg], state: AccountState, leverage: Decimal) -> list[HedgeNote]:
    """Return a note for each venue whose free margin does not cover what the legs open there."""
    notes = []
    places = {
        (leg.market.instrument.venue, leg.market.instrument.settle_currency) for leg in legs if leg.market.is_swap
    }
    for venue, currency in sorted(places):
        there = [
            leg
            for leg in legs
            if (leg.market.instrument.venue, leg.market.instrument.settle_currency) == (venue, currency)
        ]
        balance = state.balances.get(venue, {}).get(currency, Balance(total=ZERO))
        held = sum(positions_at(state, venue, currency).values(), ZERO) / leverage
        free = balance.total - max(balance.used, held + book_of(state).sum_reserved(venue, currency))
        if compute_margin(there, leverage) > max(ZERO, free) * there[0].market.rate:
            notes.append(
                HedgeNote(code="MARGIN_SHORT", key=venue, message=f"{currency} at {venue} covers no such hedge")
            )
    return notes


def _build_market(
    candidate: HedgeInstrument,
    spec: HedgeSpec,
    state: AccountState,
    limits: Limits,
    market: Market | None,
    now: datetime,
) -> HedgeMarket:
    instrument = market.instrument if market is not None else None
    if market is None or instrument is None:
        raise _unusable("INSTRUMENT_NOT_FOUND", candidate, "is not known")
    if not instrument.active:
        raise _unusable("INSTRUMENT_NOT_FOUND", candidate, "is not traded now")
    if find_alias(state, instrument.symbol) is not None:
        # Lots, funding and betas would have to be counted in units of another name.
        raise _unusable("HEDGE_INSTRUMENT_INVALID", candidate, "is of an asset under another name: hedge in its own")
    is_inverse = instrument.settle_currency != instrument.quote_currency
    if instrument.market_type is MarketType.SWAP and is_inverse:
        raise _unusable("HEDGE_INSTRUMENT_INVALID", candidate, "is not linear")
    bid, ask = _prices(candidate, market.quote, limits, now)
    rate = state.rate(instrument.settle_currency)
    if rate is None:
        raise _unusable("NO_REFERENCE_PRICE", candidate, f"settles in {instrument.settle_currency}, without a rate")
    return HedgeMarket(
        instrument=instrument,
        bid=bid,
        ask=ask,
        rate=rate,
        fee_fraction=spec.fee_fraction if candidate.fee_fraction is None else candidate.fee_fraction,
        funding_fraction=candidate.funding_fraction,
    )


def _prices(candidate: HedgeInstrument, quote: Quote | None, limits: Limits, now: datetime) -> tuple[Decimal, Decimal]:
    if quote is None or quote.bid is None or quote.ask is None or not ZERO < quote.bid <= quote.ask:
        raise _unusable("NO_REFERENCE_PRICE", candidate, "has no bid and ask to trade at")
    oldest = exit_bound(limits.quote_max_age_seconds, limits.quote_max_age_reducing_seconds)
    if oldest is not None and now - quote.at > timedelta(seconds=oldest):
        raise _unusable("QUOTE_STALE", candidate, "has no fresh quote")
    return quote.bid, quote.ask


def _unusable(code: str, candidate: HedgeInstrument, what: str) -> Unprocessable:
    return Unprocessable(f"{candidate.symbol} at {candidate.venue} {what}", code=code)
