"""Which markets the accounts need prices of, by venue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from riskgate.core.account.document import AccountState
from riskgate.core.instrument import MarketType
from riskgate.core.limits import Limits

#: Order books of one venue: each is a request of its own.
BOOKS_MAX = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueNeeds:
    """What the accounts need of one venue's markets of one type."""

    venue: str
    market_type: MarketType
    symbols: tuple[str, ...]  # held, working or permitted there, sorted
    assets: tuple[str, ...]  # of which daily closes are needed, sorted
    open_currencies: tuple[str, ...] = ()  # of accounts that permit every symbol: the most traded markets in these
    books: tuple[str, ...] = ()  # whose order books are needed, the most wanted first

    def adding(self, symbols: Iterable[str]) -> VenueNeeds:
        """Return these needs with more symbols of the venue's type."""
        fitting = {symbol for symbol in symbols if _is_of(symbol, self.market_type)}
        return replace(
            self,
            symbols=tuple(sorted({*self.symbols, *fitting})),
            assets=tuple(sorted({*self.assets, *_list_assets(fitting)})),
        )


def list_needs(
    accounts: Iterable[tuple[AccountState, Limits | None]], extra_symbols: Iterable[str] = ()
) -> tuple[VenueNeeds, ...]:
    """Return what is needed of each venue that at least one account gives a secret for.

    An account without limits permits nothing; `extra_symbols` are wanted beyond those, at every venue.
    """
    extra = set(extra_symbols)
    keyed: set[tuple[str, MarketType]] = set()
    symbols: dict[tuple[str, MarketType], set[str]] = {}
    assets: dict[tuple[str, MarketType], set[str]] = {}
    currencies: dict[tuple[str, MarketType], set[str]] = {}
    books: dict[tuple[str, MarketType], dict[str, int]] = {}
    for state, limits in sorted(accounts, key=lambda account: account[0].account_id):
        permitted = _list_permitted(limits) | extra
        for venue in state.venues:
            place = (venue.venue, venue.market_type)
            if venue.secret_name is not None:
                keyed.add(place)
            wanted = {*permitted, *_list_used(state, venue.venue)}
            symbols.setdefault(place, set()).update(s for s in wanted if _is_of(s, venue.market_type))
            _rank(books.setdefault(place, {}), [_list_traded(state, venue.venue), permitted], venue.market_type)
            held = state.balances.get(venue.venue, {})
            named = {alias.asset for alias in state.asset_aliases.values()}
            assets.setdefault(place, set()).update(_list_assets(wanted) | held.keys() | named)
            is_open = limits is not None and limits.symbols_allowed is None and limits.strategy_symbols is None
            currencies.setdefault(place, set()).update({state.base_currency} if is_open else ())
    return tuple(
        VenueNeeds(
            venue=place[0],
            market_type=place[1],
            symbols=tuple(sorted(symbols[place])),
            assets=tuple(sorted(assets[place])),
            open_currencies=tuple(sorted(currencies[place])),
            books=_list_first(books[place]),
        )
        for place in sorted(keyed)
    )


def _rank(ranks: dict[str, int], groups: Iterable[Iterable[str]], market_type: MarketType) -> None:
    """Note of each symbol of a type the first group it is in, over all accounts."""
    for rank, group in enumerate(groups):
        for symbol in group:
            if _is_of(symbol, market_type):
                ranks[symbol] = min(rank, ranks.get(symbol, rank))


def _list_first(ranks: dict[str, int]) -> tuple[str, ...]:
    """Return the symbols whose order books are read, by rank and name."""
    return tuple(sorted(ranks, key=lambda symbol: (ranks[symbol], symbol))[:BOOKS_MAX])


def _list_traded(state: AccountState, venue: str) -> Iterator[str]:
    """Yield what an account holds, works or closed of late at a venue: what it is likely to trade next."""
    yield from (held.symbol for held in state.positions.values() if held.venue == venue)
    yield from (working.symbol for working in state.working_orders.values() if working.venue == venue)
    closed = (trade.key.partition(":") for trade in state.closed_trades)
    yield from (symbol for name, _, symbol in closed if name == venue)


def _is_of(symbol: str, market_type: MarketType) -> bool:
    return (":" in symbol) is (market_type is MarketType.SWAP)


def _list_assets(symbols: Iterable[str]) -> set[str]:
    return {currency for symbol in symbols for currency in symbol.partition(":")[0].split("/")}


def _list_permitted(limits: Limits | None) -> set[str]:
    """Return the symbols that the allow lists name; an account without a list permits all, and names none."""
    if limits is None:
        return set()
    named = set(limits.symbols_allowed or ())
    if limits.symbols_allowed is None:
        lists = [
            *(limits.strategy_symbols or {}).values(),
            *(rules.symbols or () for rules in (limits.strategies or {}).values()),
        ]
        named |= {symbol for symbols in lists for symbol in symbols}
    return named - set(limits.symbols_denied)


def _list_used(state: AccountState, venue: str) -> Iterator[str]:
    """Yield what an account holds or works at a venue, and what values it in base currency."""
    for held in state.positions.values():
        if held.venue == venue:
            yield held.symbol
            yield from _list_rates(state, held.settle_currency)
    for working in state.working_orders.values():
        if working.venue == venue:
            yield working.symbol
            yield from _list_rates(state, working.reserved_asset)
    for asset, balance in state.balances.get(venue, {}).items():
        if balance.total:
            yield from _list_rates(state, asset)


def _list_rates(state: AccountState, currency: str) -> Iterator[str]:
    if currency != state.base_currency:
        yield f"{currency}/{state.base_currency}"
