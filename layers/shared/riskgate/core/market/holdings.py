"""Coins as positions: in which markets what a spot wallet holds is booked."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.instrument import Instrument, MarketType, market_key
from riskgate.core.market.valuation import CASH, PIVOTS
from riskgate.core.money import ZERO


def is_coin(asset: str, base_currency: str) -> bool:
    """Tell whether what is held of an asset is a position: money is none."""
    return asset != base_currency and asset not in CASH


def list_coin_symbols(asset: str, base_currency: str) -> Iterator[str]:
    """Yield the markets a coin may be booked in that nobody traded here, the first that exists before the others."""
    for quote in dict.fromkeys([base_currency, *PIVOTS, "BTC"]):
        if quote != asset:
            yield f"{asset}/{quote}"


def known_shares(state: AccountState, venue: str, asset: str) -> dict[str, Decimal]:
    """Return what the account document holds of a coin at a spot venue, by market key."""
    return {
        key: p.quantity
        for key, p in state.positions.items()
        if p.venue == venue and p.asset == asset and p.market_type is MarketType.SPOT
    }


def share_out(
    venue: str,
    total: Decimal,
    known: Mapping[str, Decimal],
    instruments: Mapping[str, Instrument],
    symbols: Iterable[str],
) -> list[tuple[Instrument, Decimal]]:
    """Return the markets that a wallet's units of a coin are booked in; none where it has no market.

    The markets it was bought in (`known`, quantities by market key) keep what they hold; what differs from their sum
    goes to the largest of them. What nobody bought here is booked in the first of `symbols` that exists.
    """
    largest = sorted(known.items(), key=lambda item: (-abs(item[1]), item[0]))
    listed = [(instruments[key], quantity) for key, quantity in largest if key in instruments]
    if listed:
        first, quantity = listed[0]
        listed[0] = (first, quantity + total - sum((q for _, q in listed), ZERO))
        # Where less is left than the smaller ones held, which of them is gone cannot be told.
        return [(first, total)] if min(q for _, q in listed) <= 0 else listed
    markets = (instruments.get(market_key(venue, symbol)) for symbol in symbols)
    market = next((market for market in markets if market is not None), None)
    return [] if market is None else [(market, total)]


def is_dust(instrument: Instrument, quantity: Decimal, price: Decimal) -> bool:
    """Tell whether a holding is too small to be sold: it counts in equity, and is no position."""
    return ZERO <= quantity < max(instrument.step_size, instrument.quantity_min or ZERO) or ZERO <= quantity * price < (
        instrument.notional_min or ZERO
    )
