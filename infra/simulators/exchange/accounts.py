"""Accounts: API keys with permissions, fee rates, spot balances, transfers."""

from dataclasses import dataclass, field
from decimal import Decimal

from .money import ZERO
from .orders import Order, Trade
from .positions import FuturesWallet

HOUSE = "HOUSE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Permissions:
    """What an API key may do, in the words of Binance's apiRestrictions."""

    enable_reading: bool = True
    enable_spot_and_margin_trading: bool = True
    enable_futures: bool = True
    enable_withdrawals: bool = False
    enable_internal_transfer: bool = False
    permits_universal_transfer: bool = False
    ip_allow_list: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """A key of an account. `repr` keeps the secret out of logs."""

    key: str
    secret: str = field(repr=False)
    permissions: Permissions
    created_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FeeSchedule:
    """Fee rates as fractions; `burn_bnb` pays spot fees in BNB at 25 % off while BNB lasts."""

    spot_maker: Decimal = Decimal("0.001")
    spot_taker: Decimal = Decimal("0.001")
    swap_maker: Decimal = Decimal("0.0002")
    swap_taker: Decimal = Decimal("0.0005")
    burn_bnb: bool = False

    def rate(self, market: str, *, is_maker: bool) -> Decimal:
        """Return the rate of a fill."""
        if market == "spot":
            return self.spot_maker if is_maker else self.spot_taker
        return self.swap_maker if is_maker else self.swap_taker


@dataclass(slots=True)
class Balance:
    """Amounts of one asset: free to use, and set aside for open orders."""

    free: Decimal = ZERO
    locked: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """Return free plus locked."""
        return self.free + self.locked


class SpotWallet:
    """Spot balances by asset."""

    def __init__(self) -> None:
        self.balances: dict[str, Balance] = {}

    def of(self, asset: str) -> Balance:
        """Return the balance of an asset, creating an empty one."""
        return self.balances.setdefault(asset, Balance())

    def credit(self, asset: str, amount: Decimal) -> None:
        """Add to the free balance (a negative amount takes from it)."""
        self.of(asset).free += amount

    def lock(self, order: Order, amount: Decimal) -> None:
        """Set an amount aside for an order."""
        balance = self.of(order.locked_asset)
        balance.free -= amount
        balance.locked += amount
        order.locked += amount

    def release(self, order: Order, amount: Decimal | None = None) -> None:
        """Give an order's set-aside amount (all of it by default) back to free."""
        released = order.locked if amount is None else amount
        balance = self.of(order.locked_asset)
        balance.locked -= released
        balance.free += released
        order.locked -= released


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """A deposit or withdrawal between the venue and the outside."""

    transfer_id: str
    kind: str
    market: str
    asset: str
    amount: Decimal
    status: int
    network: str
    at_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Funding:
    """A funding payment of one contract: `amount` > 0 was received."""

    payment_id: int
    symbol: str
    asset: str
    amount: Decimal
    at_ms: int


@dataclass(slots=True)
class Account:
    """One customer of the venue (or the house, the synthetic book's owner).

    A unified account has one wallet: the spot one, which is its margin as well.
    """

    account_id: str
    unified: bool = False
    fees: FeeSchedule = field(default_factory=FeeSchedule)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    spot: SpotWallet = field(default_factory=SpotWallet)
    futures: FuturesWallet = field(default_factory=FuturesWallet)
    orders: dict[int, Order] = field(default_factory=dict)
    working: dict[int, Order] = field(default_factory=dict)
    trades: list[Trade] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    funding: list[Funding] = field(default_factory=list)
    updated_ms: int = 0

    def settle(self, asset: str, amount: Decimal) -> None:
        """Add what swaps have won (below zero: lost, or paid) to the wallet that carries them."""
        (self.spot if self.unified else self.futures).credit(asset, amount)

    def open_orders(self, market: str, symbol: str | None = None) -> list[Order]:
        """Return open orders of a market in the order they were placed, triggers included."""
        return [
            order
            for order in self.working.values()
            if order.is_open
            and order.instrument.market == market
            and (symbol is None or order.instrument.symbol == symbol)
        ]
