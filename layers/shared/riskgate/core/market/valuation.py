"""What holdings are worth in base currency, and by which markets that is told."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from riskgate.core.account.document import Balance, Venue
from riskgate.core.instrument import Instrument, MarketType, Quote, market_key
from riskgate.core.market.quote_faults import find_quote_fault
from riskgate.core.money import ONE, ZERO, quantize_money, with_risk_context

#: Money of stable value: held as cash, not as a position, whatever the base currency is.
CASH = frozenset(
    {"USD", "EUR", "GBP", "CHF", "JPY", "AUD", "CAD", "TRY", "BRL", "PLN"}
    | {"USDT", "USDC", "FDUSD", "TUSD", "USDP", "PYUSD", "USDE", "USD1", "DAI", "BUSD", "RLUSD", "EURC", "EURI"}
)
#: Currencies by which an asset is valued that has no market in the base currency.
PIVOTS = ("USDT", "USDC", "USD", "EUR")
#: Where bid and ask are further apart than this fraction of their mean, only the bid is a value.
SPREAD_MAX = Decimal("0.1")

#: Markets to cross, one after the other, on the way to the base currency, as market keys.
type Route = tuple[str, ...]


def list_candidates(venues: Sequence[Venue], assets: Iterable[str], base: str) -> Iterator[tuple[str, str]]:
    """Yield (venue, symbol) of all markets that could value the assets, whether they exist or not."""
    wanted = dict.fromkeys([*assets, *PIVOTS])
    for venue in venues:
        for asset in wanted:
            for symbol in _symbols(venue, asset, base):
                yield venue.venue, symbol


def find_route(
    asset: str, base: str, venues: Sequence[Venue], instruments: Mapping[str, Instrument], *, via_pivot: bool = True
) -> Route | None:
    """Return the markets that value an asset, none for the base currency itself, or None where there is no way.

    Markets of the asset in the base currency come first, spot before swap, then those in a pivot that has a way.
    """
    if asset == base:
        return ()
    ordered = sorted(venues, key=lambda venue: venue.market_type is MarketType.SWAP)
    for venue in ordered:
        for symbol in _direct_symbols(venue, asset, base):
            if market_key(venue.venue, symbol) in instruments:
                return (market_key(venue.venue, symbol),)
    for pivot in (*PIVOTS, "BTC") if via_pivot else ():
        rest = find_route(pivot, base, venues, instruments, via_pivot=False)
        first = find_route(asset, pivot, venues, instruments, via_pivot=False)
        if rest and first:
            return (*first, *rest)
    return None


@with_risk_context
def compute_rate(
    asset: str, route: Route, instruments: Mapping[str, Instrument], quotes: Mapping[str, Quote], now: datetime
) -> Decimal | None:
    """Return base currency per unit of an asset, or None where a market of the route has no usable price."""
    rate = ONE
    for key in route:
        price, instrument = usable_price(quotes.get(key), now), instruments[key]
        if price is None:
            return None
        if instrument.base_currency == asset:
            rate, asset = rate * price, instrument.quote_currency
        else:
            rate, asset = rate / price, instrument.base_currency
    return rate


def usable_price(quote: Quote | None, now: datetime) -> Decimal | None:
    """Return the price that values a holding: the mean of a two-sided fresh quote, the bid where it is wide."""
    if quote is None or find_quote_fault(quote, now) is not None or quote.bid is None or quote.ask is None:
        return None
    mean = (quote.bid + quote.ask) / 2
    return mean if quote.ask - quote.bid <= SPREAD_MAX * mean else quote.bid


def value_balances(
    balances: Mapping[str, Mapping[str, Balance]], rate_of: Callable[[str], Decimal | None]
) -> tuple[dict[str, Decimal], tuple[str, ...]]:
    """Return each venue's value in base currency, and the assets held that have no rate and count for nothing in it."""
    totals: dict[str, Decimal] = {}
    unpriced: set[str] = set()
    for venue, held in balances.items():
        total = ZERO
        for asset, balance in held.items():
            rate = rate_of(asset)
            if rate is None and balance.total:
                unpriced.add(asset)
            total += balance.total * (rate or ZERO)
        totals[venue] = quantize_money(total)
    return totals, tuple(sorted(unpriced))


def _symbols(venue: Venue, asset: str, base: str) -> Iterator[str]:
    for quote in dict.fromkeys([base, *PIVOTS, "BTC"]):
        yield from _direct_symbols(venue, asset, quote)


def _direct_symbols(venue: Venue, asset: str, quote: str) -> Iterator[str]:
    if asset == quote:
        return
    suffix = f":{quote}" if venue.market_type is MarketType.SWAP else ""
    yield f"{asset}/{quote}{suffix}"
    if asset in CASH and not suffix:
        # Of a currency the other direction may be the one that is traded.
        yield f"{quote}/{asset}"
