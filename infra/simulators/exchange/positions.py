"""Futures wallet: positions with cross margin."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from .instruments import Instrument, MarginTier
from .money import ZERO, truncate_asset

LEVERAGE_DEFAULT = 20


@dataclass(slots=True)
class Position:
    """A position, the only one of its contract or a leg of hedge mode's: quantity > 0 is long.

    `entry_cost` is the signed sum of quantity x price still open. Keeping the cost instead of a
    rounded average makes realized plus unrealized P&L exact.
    """

    instrument: Instrument
    quantity: Decimal = ZERO
    entry_cost: Decimal = ZERO
    updated_ms: int = 0
    leg: str = "BOTH"

    @property
    def entry_price(self) -> Decimal:
        """Return the average entry price, zero when flat."""
        return self.entry_cost / self.quantity if self.quantity else ZERO

    def unrealized_pnl(self, mark: Decimal) -> Decimal:
        """Return the signed profit at a mark price."""
        return self.quantity * mark - self.entry_cost

    def notional(self, mark: Decimal) -> Decimal:
        """Return the signed value at a mark price."""
        return self.quantity * mark

    def apply(self, signed_quantity: Decimal, price: Decimal, at_ms: int) -> Decimal:
        """Book a fill and return the P&L it realizes.

        A fill that crosses zero closes the old position and opens the rest at the fill's price.
        """
        realized = ZERO
        if self.quantity and (self.quantity > 0) != (signed_quantity > 0):
            closing = min(abs(signed_quantity), abs(self.quantity))
            closed = closing if self.quantity > 0 else -closing
            if closing == abs(self.quantity):
                cost = self.entry_cost
            else:
                cost = truncate_asset(self.entry_cost * closing / abs(self.quantity))
            realized = closed * price - cost
            self.quantity -= closed
            self.entry_cost -= cost
            signed_quantity += closed
        self.quantity += signed_quantity
        self.entry_cost += signed_quantity * price
        self.updated_ms = at_ms
        return realized


@dataclass(slots=True)
class FuturesWallet:
    """Balances, positions and leverage settings of one account; positions by symbol, or symbol and leg."""

    balances: dict[str, Decimal] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    #: Hedge mode: the venue then wants to know of each order which leg it is for.
    dual_side: bool = False
    #: Contracts in hedge mode where each has a mode of its own.
    hedged: set[str] = field(default_factory=set)
    leverage: dict[str, int] = field(default_factory=dict)

    def is_hedged(self, symbol: str) -> bool:
        """Tell whether a contract has a long and a short leg."""
        return self.dual_side or symbol in self.hedged

    def position(self, instrument: Instrument, leg: str = "BOTH") -> Position:
        """Return the position in a contract, or one of its legs, flat when there is none yet."""
        return self.positions.setdefault(_name(instrument.symbol, leg), Position(instrument, leg=leg))

    def legs(self, symbol: str) -> list[Position]:
        """Return the positions in a contract."""
        return [position for position in self.positions.values() if position.instrument.symbol == symbol]

    def quantity(self, symbol: str, leg: str = "BOTH") -> Decimal:
        """Return the signed quantity held, zero when flat."""
        position = self.positions.get(_name(symbol, leg))
        return ZERO if position is None else position.quantity

    def leverage_of(self, symbol: str) -> int:
        """Return the leverage set for a contract."""
        return self.leverage.get(symbol, LEVERAGE_DEFAULT)

    def credit(self, asset: str, amount: Decimal) -> None:
        """Add to a wallet balance (a negative amount takes from it)."""
        self.balances[asset] = self.balances.get(asset, ZERO) + amount


def _name(symbol: str, leg: str) -> str:
    return symbol if leg == "BOTH" else f"{symbol}:{leg}"


def tier_of(instrument: Instrument, notional: Decimal) -> MarginTier:
    """Return the bracket for an absolute notional."""
    for tier in instrument.tiers:
        if notional < tier.notional_cap:
            return tier
    return instrument.tiers[-1]


def maintenance_margin(instrument: Instrument, notional: Decimal) -> Decimal:
    """Return the maintenance margin of an absolute notional."""
    if not notional:
        return ZERO
    tier = tier_of(instrument, notional)
    return notional * tier.maintenance_fraction - tier.maintenance_amount


@dataclass(frozen=True, kw_only=True, slots=True)
class SymbolMargin:
    """Initial margin of one contract: for the position, and for open orders on top."""

    position: Decimal
    orders: Decimal
    maintenance: Decimal

    @property
    def initial(self) -> Decimal:
        """Return the total initial margin."""
        return self.position + self.orders

    def __add__(self, other: SymbolMargin) -> SymbolMargin:
        """Return the margin of both."""
        return SymbolMargin(
            position=self.position + other.position,
            orders=self.orders + other.orders,
            maintenance=self.maintenance + other.maintenance,
        )


def symbol_margin(position: Position, mark: Decimal, leverage: int, buys: Decimal, sells: Decimal) -> SymbolMargin:
    """Compute the margin of one position, in the settlement asset.

    `buys` and `sells` are the notionals of open orders, non-negative: orders cost what the worse of all buys or all
    sells filling would add to the position's margin.
    """
    held = position.notional(mark)
    worst = max(abs(held + buys), abs(held - sells), abs(held))
    return SymbolMargin(
        position=abs(held) / leverage,
        orders=(worst - abs(held)) / leverage,
        maintenance=maintenance_margin(position.instrument, abs(held)),
    )
