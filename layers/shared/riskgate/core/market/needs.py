"""Which markets the accounts need prices of, by venue: what each wants, and what that comes to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from riskgate.core.account.document import AccountState
from riskgate.core.instrument import MarketType
from riskgate.core.limits import Limits
from riskgate.core.replacing import replace

#: Order books of one venue: each is a request of its own.
BOOKS_MAX = 20


class WantKind(StrEnum):
    """Why a name is wanted; all but `asset` and `currency` are symbols of the venue."""

    TRADED = "traded"  # held, worked or closed of late there: likely to be traded next
    PERMITTED = "permitted"  # by an allow list
    USED = "used"  # held or working there, or what values it in base currency
    ASSET = "asset"  # daily closes of it are needed
    CURRENCY = "currency"  # an account permits every symbol: the most traded markets in this


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Place:
    """A venue's markets of one type."""

    venue: str
    market_type: MarketType


@dataclass(frozen=True, kw_only=True, slots=True)
class Want:
    """One thing that some account wants of a place."""

    place: Place
    kind: WantKind
    name: str


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


def list_wants(state: AccountState, limits: Limits | None) -> frozenset[Want]:
    """Return what one account wants of its venues; without limits it permits nothing."""
    permitted = _list_permitted(limits)
    is_open = limits is not None and limits.symbols_allowed is None and limits.strategy_symbols is None
    aliases = {alias.asset for alias in state.asset_aliases.values()}
    wants: set[Want] = set()
    for venue in state.venues:
        used = set(_list_used(state, venue.venue))
        names: dict[WantKind, AbstractSet[str]] = {
            WantKind.TRADED: set(_list_traded(state, venue.venue)),
            WantKind.PERMITTED: permitted,
            WantKind.USED: used,
        }
        names = {kind: {s for s in found if _is_of(s, venue.market_type)} for kind, found in names.items()}
        held = state.balances.get(venue.venue, {}).keys()
        names[WantKind.ASSET] = _list_assets(permitted | used) | held | aliases
        names[WantKind.CURRENCY] = {state.base_currency} if is_open else set()
        place = Place(venue=venue.venue, market_type=venue.market_type)
        wants.update(Want(place=place, kind=kind, name=name) for kind, found in names.items() for name in found)
    return frozenset(wants)


def list_places(state: AccountState) -> frozenset[Place]:
    """Return the places that an account gives a secret for: only those are read."""
    return frozenset(
        Place(venue=venue.venue, market_type=venue.market_type)
        for venue in state.venues
        if venue.secret_name is not None
    )


def join_wants(place: Place, wants: Collection[Want], extra_symbols: Iterable[str] = ()) -> VenueNeeds:
    """Return what all accounts' wants of one place come to; `extra_symbols` are wanted beyond those."""
    names: dict[WantKind, set[str]] = {kind: set() for kind in WantKind}
    for want in wants:
        names[want.kind].add(want.name)
    ranked = (sorted(names[WantKind.TRADED]), sorted(names[WantKind.PERMITTED]))
    needs = VenueNeeds(
        venue=place.venue,
        market_type=place.market_type,
        symbols=tuple(sorted(names[WantKind.PERMITTED] | names[WantKind.USED])),
        assets=tuple(sorted(names[WantKind.ASSET])),
        open_currencies=tuple(sorted(names[WantKind.CURRENCY])),
        books=tuple(dict.fromkeys(symbol for group in ranked for symbol in group))[:BOOKS_MAX],
    )
    return needs.adding(extra_symbols)


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
