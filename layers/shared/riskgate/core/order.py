"""What a bot asks for: an order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from riskgate.core.instrument import Instrument, market_key
from riskgate.core.side import Side


class OrderType(StrEnum):
    """How an order is executed; `stop` is a stop-market order."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"

    def __init__(self, value: str) -> None:
        #: Whether the order names its own worst price, and whether it waits for a trigger.
        self.has_limit_price = value in {"limit", "stop_limit"}
        self.has_trigger_price = value in {"stop", "stop_limit"}


class TimeInForce(StrEnum):
    """How long an order works."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTD = "GTD"


class StopKeeper(StrEnum):
    """Who holds the stop of a position: an order that rests at the venue, or the strategy that watches the price."""

    VENUE = "venue"
    STRATEGY = "strategy"


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One order as a bot sends it, in base-asset units and quote-currency prices.

    Exactly one of `quantity` and `quote_quantity` is given; `quote_quantity` is converted at the
    ask (buy) or bid (sell) and rounded down to the lot step before any check. `operator_exit` marks
    an exit that a person vouched for with a one-time code, and a stop that the gateway keeps; no bot can ask for one.
    `take_profit_price` and `trailing_fraction` go with `stop_loss_price`; `stop_kept_by` None leaves that to
    the gateway.
    """

    account_id: str
    client_order_id: str
    symbol: str
    venue: str
    strategy: str
    side: Side
    type: OrderType
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    stop_loss_price: Decimal | None = None
    reduce_only: bool = False
    post_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    expires_at: datetime | None = None
    route: bool = False
    tags: tuple[str, ...] = ()
    operator_exit: bool = False
    take_profit_price: Decimal | None = None
    trailing_fraction: Decimal | None = None
    stop_kept_by: StopKeeper | None = None

    @property
    def key(self) -> str:
        """Return the market key of the order."""
        return market_key(self.venue, self.symbol)


def keeper_of(order: Order, instrument: Instrument | None) -> StopKeeper | None:
    """Return who is to hold an order's stop; None without one.

    Where the bot left it open the venue does, if the gateway sends the order and a stop can rest there; else the
    strategy does.
    """
    if order.stop_loss_price is None or order.stop_kept_by is not None:
        return order.stop_kept_by
    can_rest = order.route and instrument is not None and instrument.stop_orders
    return StopKeeper.VENUE if can_rest else StopKeeper.STRATEGY


@dataclass(frozen=True, kw_only=True, slots=True)
class Fee:
    """One fee of a fill: `amount` < 0 is a rebate; no `currency` means the market's settle currency."""

    amount: Decimal
    currency: str | None = None


def sum_by_currency(fees: Iterable[Fee]) -> tuple[Fee, ...]:
    """Return one fee per currency, without those of zero where there is another; a single fee stays as it is."""
    totals: dict[str | None, Decimal] = {}
    for fee in fees:
        totals[fee.currency] = totals.get(fee.currency, Decimal(0)) + fee.amount
    summed = tuple(Fee(amount=amount, currency=currency) for currency, amount in totals.items())
    return tuple(fee for fee in summed if fee.amount) or summed[:1]
