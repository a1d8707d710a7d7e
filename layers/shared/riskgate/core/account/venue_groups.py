"""Which wallets are at one exchange: what it loses, or withholds, is lost in all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from riskgate.core.account.document import AccountState, Venue
from riskgate.core.money import ZERO
from riskgate.core.replacing import replace

#: ccxt classes of one exchange that do not bear its name; another company under the same brand is another exchange.
_EXCHANGES: Mapping[str, str] = {
    "binancecoinm": "binance",
    "binanceusdm": "binance",
    "bitgetuta": "bitget",
    "coinbaseadvanced": "coinbase",
    "coinbaseexchange": "coinbase",
    "coinbaseinternational": "coinbase",
    "gateio": "gate",
    "huobi": "htx",
    "krakenfutures": "kraken",
    "kucoinfutures": "kucoin",
}


def exchange_of(venue: str) -> str:
    """Return the exchange behind a venue's name: the one that ccxt's class is of, else the name itself."""
    return _EXCHANGES.get(venue, venue)


def have_own_wallets(one: str, other: str) -> bool:
    """Tell whether two venues are ccxt classes of one exchange that keeps a wallet for each, whatever the key."""
    classes = _EXCHANGES.keys() | set(_EXCHANGES.values())
    return one != other and {one, other} <= classes and exchange_of(one) == exchange_of(other)


def group_of(venue: Venue) -> str:
    """Return the group of a venue; one that was registered before there were groups is its own."""
    return venue.group or venue.venue


def list_members(state: AccountState, venue: str) -> tuple[str, ...]:
    """Return the account's venues in the group of one of them, that one included."""
    groups = {item.venue: group_of(item) for item in state.venues}
    wanted = groups.get(venue, venue)
    return tuple(name for name, group in groups.items() if group == wanted) or (venue,)


def sum_groups(state: AccountState) -> dict[str, Decimal]:
    """Return the equity held in each group, in base currency."""
    groups = {item.venue: group_of(item) for item in state.venues}
    totals: dict[str, Decimal] = {}
    for venue, held in state.venue_equity.items():
        group = groups.get(venue, venue)
        totals[group] = totals.get(group, ZERO) + held
    return totals


def has_many_groups(state: AccountState) -> bool:
    """Tell whether there is another exchange that money could be spread to."""
    return len(state.venues) > 1 and len({group_of(venue) for venue in state.venues}) > 1


def assign_groups(state: AccountState) -> AccountState:
    """Return the account with the groups of venues that were registered before there were any."""
    if all(venue.group for venue in state.venues):
        return state
    named = tuple(v if v.group else replace(v, group=exchange_of(v.venue)) for v in state.venues)
    return replace(state, venues=named)
