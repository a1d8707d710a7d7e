"""Assets under two names: `1000PEPE`, the base of a swap, is 1,000 PEPE once an operator has said so.

Until then the names are two assets, and the gateway only proposes that they are one. A coin in a wallet keeps its
name: aliases are of swaps alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.account.parts import AssetAlias
from riskgate.core.instrument import MarketType
from riskgate.core.money import ONE

#: A power of ten from a thousand on before a name that begins with a letter; `1M` is a million.
_MULTIPLIED = re.compile(r"(10{3,9}|1M)([^\W\d].*)")


def base_of(symbol: str) -> str:
    """Return the base currency of a unified symbol, as the venue names it."""
    return symbol.partition("/")[0]


def find_alias(state: AccountState, symbol: str) -> AssetAlias | None:
    """Return what an operator confirmed about the base of a swap; None for spot and for what is its own name."""
    return state.asset_aliases.get(base_of(symbol)) if state.asset_aliases and ":" in symbol else None


def asset_of(state: AccountState, symbol: str) -> str:
    """Return the asset that a market is of: what exposure, correlation and VaR go by."""
    alias = find_alias(state, symbol)
    return alias.asset if alias is not None else base_of(symbol)


def multiplier_of(state: AccountState, symbol: str) -> Decimal:
    """Return how many units of `asset_of` one unit of a market's base is."""
    alias = find_alias(state, symbol)
    return alias.multiplier if alias is not None else ONE


def propose_aliases(state: AccountState) -> dict[str, AssetAlias]:
    """Return what the names of the swaps that are held or worked suggest, and nobody has confirmed yet."""
    return {
        name: AssetAlias(asset=match[2], multiplier=Decimal(10**6) if match[1] == "1M" else Decimal(match[1]))
        for name in sorted(set(_list_swapped(state)) - state.asset_aliases.keys())
        if (match := _MULTIPLIED.fullmatch(name)) is not None
    }


def _list_swapped(state: AccountState) -> Iterator[str]:
    yield from (base_of(p.symbol) for p in state.positions.values() if p.market_type is MarketType.SWAP)
    yield from (base_of(o.symbol) for o in state.working_orders.values() if o.market_type is MarketType.SWAP)
