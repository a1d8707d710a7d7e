"""How far currencies that stand for one US dollar are from each other."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.money import ONE

#: What is meant to be worth one US dollar.
DOLLARS = frozenset({"USD", "USDT", "USDC", "FDUSD", "TUSD", "USDP", "PYUSD", "USDE", "USD1", "DAI", "BUSD", "RLUSD"})
#: Less is noise, and not worth a place in the document.
DEPEG_MIN = Decimal("0.001")
_DIGITS = Decimal("0.000001")


def compute_depegs(state: AccountState) -> dict[str, Decimal]:
    """Return by what fraction each priced dollar is away from most of the others, where that is more than noise.

    Nothing says which of two is the wrong one: then both are. Of three or more it is the one that most are far from.
    """
    prices = {name: state.rate(name) for name in sorted({*state.rates, state.base_currency} & DOLLARS)}
    known = {name: price for name, price in prices.items() if price is not None and price > 0}
    found = {}
    for name, price in known.items():
        away = sorted(abs(price / other - ONE) for peer, other in known.items() if peer != name)
        depeg = away[(len(away) - 1) // 2].quantize(_DIGITS) if away else None
        if depeg is not None and depeg >= DEPEG_MIN:
            found[name] = depeg
    return found


def list_dollars_used(state: AccountState) -> frozenset[str]:
    """Return the dollars that the account holds or settles in."""
    held = {asset for balances in state.balances.values() for asset, balance in balances.items() if balance.total}
    settled = {position.settle_currency for position in state.positions.values()}
    return frozenset({state.base_currency, *held, *settled} & DOLLARS)
