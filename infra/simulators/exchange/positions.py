"""Futures wallet: one-way positions with cross margin."""

from dataclasses import dataclass, field
from decimal import Decimal

from .instruments import Instrument, MarginTier
from .money import ZERO, truncate_asset

LEVERAGE_DEFAULT = 20


@dataclass(slots=True)
class Position:
    """A one-way position: quantity > 0 is long.

    `entry_cost` is the signed sum of quantity x price still open. Keeping the cost instead of a
    rounded average makes realized plus unrealized P&L exact.
    """

    instrument: Instrument
    quantity: Decimal = ZERO
    entry_cost: Decimal = ZERO
    updated_ms: int = 0

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
    """USD-M wallet balances, positions and leverage settings of one account."""

    balances: dict[str, Decimal] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    #: Hedge mode: the venue then wants to know of each order which leg it is for.
    dual_side: bool = False
    leverage: dict[str, int] = field(default_factory=dict)

    def position(self, instrument: Instrument) -> Position:
        """Return the position in a contract, flat when there is none yet."""
        return self.positions.setdefault(instrument.symbol, Position(instrument))

    def quantity(self, symbol: str) -> Decimal:
        """Return the signed quantity held, zero when flat."""
        position = self.positions.get(symbol)
        return ZERO if position is None else position.quantity

    def leverage_of(self, symbol: str) -> int:
        """Return the leverage set for a contract."""
        return self.leverage.get(symbol, LEVERAGE_DEFAULT)

    def credit(self, asset: str, amount: Decimal) -> None:
        """Add to a wallet balance (a negative amount takes from it)."""
        self.balances[asset] = self.balances.get(asset, ZERO) + amount


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


def symbol_margin(position: Position, mark: Decimal, leverage: int, buys: Decimal, sells: Decimal) -> SymbolMargin:
    """Compute a contract's margin in one-way mode, in the settlement asset.

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
