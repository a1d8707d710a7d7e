"""What an exchange account tells: orders, trades, balances, positions, prices, transfers, key rights.

Quantities are as the venue counts them: base units for spot, contracts for swaps (see `Instrument`). Prices are
in the quote currency. Every amount is exactly what the venue sent; nothing is rounded on the way.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from riskgate.core.account.document import OrderStatus
from riskgate.core.money import ZERO
from riskgate.core.order import Fee, OrderType, TimeInForce
from riskgate.core.side import Side


class LiquidityRole(StrEnum):
    """Whether a fill took liquidity from the book or had provided it."""

    TAKER = "taker"
    MAKER = "maker"


class TransferKind(StrEnum):
    """Direction of money between the venue's wallet and elsewhere."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"


class TransferStatus(StrEnum):
    """How far a transfer is: only `OK` has moved money for good."""

    PENDING = "pending"
    OK = "ok"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewVenueOrder:
    """An order to send. `client_order_id` is already in the venue's own form.

    `expires_at` belongs to GTD. `reduce_only` is for swaps; on spot, where every sell reduces, it is not sent.
    """

    client_order_id: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None
    reduce_only: bool = False
    post_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueOrderRef:
    """Enough to find an order again, whether or not its acknowledgement arrived.

    Venues keep waiting trigger orders apart, so `has_trigger` must be right. `sent_at` bounds the search on venues
    that cannot be asked by client order id.
    """

    client_order_id: str
    symbol: str
    has_trigger: bool = False
    exchange_order_id: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueOrder:
    """One order as the venue sees it; `client_order_id` is the venue's form, None for orders placed without one."""

    client_order_id: str | None
    exchange_order_id: str
    symbol: str
    side: Side
    type: OrderType
    status: OrderStatus
    quantity: Decimal
    filled_quantity: Decimal = ZERO
    average_price: Decimal | None = None
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None
    reduce_only: bool = False
    time_in_force: TimeInForce | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def remaining_quantity(self) -> Decimal:
        """Return what has not been filled."""
        return self.quantity - self.filled_quantity


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueTrade:
    """One fill of one of the account's orders. A negative `fee` is a rebate; None where the venue does not tell.

    `other_fees` are those of a fill that paid in several currencies.
    """

    trade_id: str
    exchange_order_id: str
    client_order_id: str | None
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal | None
    fee_currency: str | None
    executed_at: datetime
    role: LiquidityRole | None = None
    other_fees: tuple[Fee, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueBalance:
    """Units of one asset; `used` is held for orders, or as margin on swaps.

    A swap wallet's `total` is its margin balance: unrealized profit and loss are in it.
    """

    asset: str
    total: Decimal
    free: Decimal
    used: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class VenuePosition:
    """One open swap position; `quantity` > 0 contracts is long."""

    symbol: str
    quantity: Decimal
    entry_price: Decimal | None
    mark_price: Decimal | None
    unrealized_pnl: Decimal | None
    leverage: Decimal | None = None
    liquidation_price: Decimal | None = None
    maintenance_margin: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Candle:
    """Prices of one interval; `is_closed` tells that nothing can change any more. Volume is in base units."""

    opened_at: datetime
    closed_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    is_closed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueTransfer:
    """Money in or out of the venue's wallet; `amount` is positive and without `fee`, which is paid on top."""

    transfer_id: str
    kind: TransferKind
    asset: str
    amount: Decimal
    status: TransferStatus
    at: datetime
    fee: Decimal = ZERO
    fee_currency: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class UnreadableRow:
    """A row of one of the venue's lists that could not be read; it hides no other.

    `kind` is order, trade, transfer, funding, quote, candle or market. What the row does not tell is empty.
    """

    kind: str
    row_id: str = ""
    symbol: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueFunding:
    """One funding payment of a swap: `amount` > 0 was received."""

    payment_id: str
    symbol: str
    asset: str
    amount: Decimal
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueClock:
    """The venue's clock against ours: `skew_seconds` > 0 means that ours is behind.

    The skew is known to within half of `round_trip_seconds`.
    """

    server_at: datetime
    skew_seconds: Decimal
    round_trip_seconds: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueStatus:
    """What the venue says about itself; `is_ok` None where it does not tell."""

    is_ok: bool | None
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountSetup:
    """How an account is set up at its venue.

    `is_hedged` tells whether a market may have a long and a short leg there, None where the venue does not tell;
    `one_way_setting` is what to change there then. Venues with the same `wallet_id` hold the same money; None where
    each type of market has a wallet of its own.
    """

    is_hedged: bool | None = None
    one_way_setting: str = ""
    wallet_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyPermissions:
    """What an API key may do; None where the venue does not tell, and `unchecked` names those questions."""

    can_trade: bool | None = None
    can_withdraw: bool | None = None
    can_transfer: bool | None = None
    ip_restricted: bool | None = None
    expires_at: datetime | None = None
    unchecked: tuple[str, ...] = ()
