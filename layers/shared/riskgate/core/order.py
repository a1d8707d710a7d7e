"""What a bot asks for: an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from riskgate.core.instrument import market_key
from riskgate.core.side import Side


class OrderType(StrEnum):
    """How an order is executed; `stop` is a stop-market order."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"

    @property
    def has_limit_price(self) -> bool:
        """Tell whether the order names its own worst price."""
        return self in {OrderType.LIMIT, OrderType.STOP_LIMIT}

    @property
    def has_trigger_price(self) -> bool:
        """Tell whether the order waits for a trigger."""
        return self in {OrderType.STOP, OrderType.STOP_LIMIT}


class TimeInForce(StrEnum):
    """How long an order works."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTD = "GTD"


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One order as a bot sends it, in base-asset units and quote-currency prices.

    Exactly one of `quantity` and `quote_quantity` is given; `quote_quantity` is converted at the
    ask (buy) or bid (sell) and rounded down to the lot step before any check. `operator_exit` marks
    an exit that a person vouched for with a one-time code; no bot can ask for one.
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

    @property
    def key(self) -> str:
        """Return the market key of the order."""
        return market_key(self.venue, self.symbol)
