"""Orders and trades as the venue keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from .instruments import Instrument
from .money import ZERO


class Side(StrEnum):
    """Direction of an order."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> Side:
        """Return the other side."""
        return Side.SELL if self is Side.BUY else Side.BUY

    @property
    def sign(self) -> int:
        """Return +1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1


class Status(StrEnum):
    """State of an order, in Binance's words."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"
    REJECTED = "REJECTED"


class TimeInForce(StrEnum):
    """How long an order works; GTX is the futures' post-only."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTX = "GTX"
    GTD = "GTD"


class Leg(StrEnum):
    """Which position of a contract an order is for: the only one, or one of hedge mode's two."""

    BOTH = "BOTH"
    LONG = "LONG"
    SHORT = "SHORT"


class SelfTradePrevention(StrEnum):
    """What happens when an order would trade with one of the same account."""

    NONE = "NONE"
    EXPIRE_TAKER = "EXPIRE_TAKER"
    EXPIRE_MAKER = "EXPIRE_MAKER"
    EXPIRE_BOTH = "EXPIRE_BOTH"


OPEN = frozenset({Status.NEW, Status.PARTIALLY_FILLED})
IMMEDIATE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


@dataclass(frozen=True, kw_only=True, slots=True)
class Trade:
    """One side of a fill."""

    trade_id: int
    order_id: int
    account_id: str
    instrument: Instrument
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    is_maker: bool
    at_ms: int
    realized_pnl: Decimal = ZERO

    @property
    def quote_quantity(self) -> Decimal:
        """Return price x quantity."""
        return self.price * self.quantity


@dataclass(kw_only=True, slots=True)
class Order:
    """One order; mutable, owned by the venue.

    `price` is zero for a market order. `stop_price` is set on an order that waits for a trigger
    (`is_working` is false until then). `quote_budget` replaces `quantity` on a market order that
    spends an amount of quote. `locked` is what the account still has set aside for it (spot).
    `listed_ms` is when lists show it first: a venue may accept an order before it lists it.
    """

    order_id: int
    account_id: str
    instrument: Instrument
    client_order_id: str
    side: Side
    type: str
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal = ZERO
    stop_price: Decimal | None = None
    quote_budget: Decimal | None = None
    leg: Leg = Leg.BOTH
    reduce_only: bool = False
    post_only: bool = False
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.EXPIRE_MAKER
    expires_at_ms: int | None = None
    status: Status = Status.NEW
    executed: Decimal = ZERO
    quote_executed: Decimal = ZERO
    created_ms: int = 0
    updated_ms: int = 0
    listed_ms: int = 0
    working_ms: int | None = None
    sequence: int = 0
    locked: Decimal = ZERO
    source: str = "api"
    algo_id: int | None = None
    fills: list[Trade] = field(default_factory=list)

    @property
    def remaining(self) -> Decimal:
        """Return the quantity not executed yet."""
        return self.quantity - self.executed

    @property
    def is_open(self) -> bool:
        """Tell whether the order can still trade."""
        return self.status in OPEN

    @property
    def is_working(self) -> bool:
        """Tell whether the order is, or was, in the book: not waiting for its trigger."""
        return self.working_ms is not None

    @property
    def is_market(self) -> bool:
        """Tell whether the order takes any price."""
        return self.price == 0

    @property
    def locked_asset(self) -> str:
        """Return the asset a spot order sets aside."""
        instrument = self.instrument
        return instrument.quote if self.side is Side.BUY else instrument.base

    def accepts(self, price: Decimal) -> bool:
        """Tell whether the order's limit allows a fill at a price."""
        if self.is_market:
            return True
        return price <= self.price if self.side is Side.BUY else price >= self.price


@dataclass(kw_only=True, slots=True)
class AlgoOrder:
    """A futures conditional order: places a plain order when the price reaches its trigger.

    `status` is NEW, CANCELED, EXPIRED or REJECTED; once it has placed its order (`order_id`), that
    order's state decides. `quantity` is zero when it closes whatever position there is then.
    """

    algo_id: int
    account_id: str
    instrument: Instrument
    client_algo_id: str
    side: Side
    type: str
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal
    trigger_price: Decimal
    reduce_only: bool
    close_position: bool
    working_type: str
    self_trade_prevention: SelfTradePrevention
    created_ms: int
    updated_ms: int
    status: str = "NEW"
    triggered_ms: int = 0
    order_id: int | None = None
