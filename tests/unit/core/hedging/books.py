"""Books and hedges for the tests of hedging."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from riskgate.core.account.document import AccountState, Balance
from riskgate.core.figures import CorrelationRow
from riskgate.core.hedging.model import HedgeInstrument, HedgeMode, HedgePlan, HedgeSpec
from riskgate.core.hedging.plan import build_plan
from riskgate.core.instrument import Market
from riskgate.core.limits import Limits
from tests.support.builders import (
    NOW,
    SPOT,
    SWAP,
    VENUE,
    Number,
    build_account,
    build_instrument,
    build_position,
    build_quote,
    dec,
)

ETH_SWAP = "ETH/USDT:USDT"
SPOT_KEY, SWAP_KEY = f"{VENUE}:{SPOT}", f"{VENUE}:{SWAP}"


def market(symbol: str = SWAP, price: Number = 100, *, spread: Number = 0, **changes: Any) -> Market:
    """Return a market quoted around a price."""
    half = dec(spread) / 2
    quote = build_quote(symbol, bid=dec(price) - half, ask=dec(price) + half)
    return Market(instrument=build_instrument(symbol, **changes), quote=quote)


def through(*symbols: str, **changes: Any) -> tuple[HedgeInstrument, ...]:
    """Name markets to hedge in."""
    return tuple(HedgeInstrument(venue=VENUE, symbol=symbol, **changes) for symbol in symbols)


def spec(mode: HedgeMode, **changes: Any) -> HedgeSpec:
    """Return a hedge without fees, of the whole book unless told otherwise."""
    exact = {k: dec(v) if isinstance(v, str) and k != "position" else v for k, v in changes.items()}
    return replace(HedgeSpec(hedge_id="h1", mode=mode), **exact)


def book(*holdings: tuple[str, Number, Number], equity: Number = 1_000_000, **changes: Any) -> AccountState:
    """Return an account that holds (symbol, quantity, price), with inventory for its spot."""
    positions = [build_position(quantity, symbol, price) for symbol, quantity, price in holdings]
    inventory = {p.asset: Balance(total=p.quantity) for p in positions if ":" not in p.symbol}
    balances = {VENUE: {"USDT": Balance(total=dec(equity))} | inventory}
    return build_account(equity, positions=positions, **{"balances": balances} | changes)


def plan(
    asked: HedgeSpec, state: AccountState, *markets: Market, rows: tuple[CorrelationRow, ...] = (), **limits: Any
) -> HedgePlan:
    """Plan a hedge now."""
    return build_plan(asked, state, replace(Limits(), **limits), markets, rows, NOW)


def orders(made: HedgePlan) -> list[tuple[str, str, Decimal, bool]]:
    """Return (symbol, side, quantity, reduces) of every leg."""
    return [(leg.market.instrument.symbol, leg.side.value, leg.quantity, leg.reduces) for leg in made.legs]


def codes(made: HedgePlan) -> list[str]:
    """Return the codes of the notes."""
    return [note.code for note in made.notes]
