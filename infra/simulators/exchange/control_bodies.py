"""Bodies of control requests: what they hold, and which values are refused. Fields that are not known are ignored."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool

from .accounts import FeeSchedule
from .instruments import Market


def read_instant(value: object) -> int:
    """Return milliseconds from an ISO date or instant, in UTC unless it says otherwise, or from a number of them."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    instant = datetime.fromisoformat(str(value))
    return int((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp() * 1000)


type Text = Annotated[str, Field(min_length=1)]
type Instant = Annotated[int, BeforeValidator(read_instant)]
type Positive = Annotated[Decimal, Field(gt=0)]
type NotNegative = Annotated[Decimal, Field(ge=0)]


class Rights(BaseModel):
    """What a key may do, for the most part in the words of Binance's apiRestrictions."""

    model_config = ConfigDict(extra="forbid")

    enable_reading: StrictBool = True
    enable_spot_and_margin_trading: StrictBool = True
    enable_futures: StrictBool = True
    enable_withdrawals: StrictBool = False
    enable_internal_transfer: StrictBool = False
    permits_universal_transfer: StrictBool = False
    ip_allow_list: tuple[str, ...] = ()


class AccountBody(BaseModel):
    """An account to make or to change; a `key` comes with its `secret`, `dual_side_position` is hedge mode."""

    account: Text
    key: Text | None = None
    secret: Text | None = None
    permissions: Rights = Rights()
    fees: FeeSchedule | None = None
    balances: dict[Market, dict[str, Decimal]] = {}
    dual_side_position: StrictBool | None = None


class KeyBody(BaseModel):
    """A key to revoke."""

    key: Text


class TransferBody(BaseModel):
    """Money that moves: `type` deposit or withdrawal, or spot_to_swap, swap_to_spot."""

    account: Text
    type: Text
    asset: Text
    amount: Positive
    market: Market = "spot"


class FundingBody(BaseModel):
    """Funding of a contract: a rate above 0 is paid by longs to shorts."""

    symbol: Text
    rate: Decimal


class MarketBody(BaseModel):
    """A symbol at one market, or at both."""

    symbol: Text
    market: Market | None = None


class PriceBody(MarketBody):
    """A price to hold; null returns to the path."""

    price: Positive | None


class BookBody(MarketBody):
    """What is to change of the synthetic book."""

    spread_bps: NotNegative | None = None
    level_gap_bps: NotNegative | None = None
    levels: Annotated[int, Field(ge=0)] | None = None
    level_notional: NotNegative | None = None


class TradingBody(MarketBody):
    """Whether a market is open."""

    trading: bool = False


class ClockBody(BaseModel):
    """What the venue's clock is to do, in this order."""

    mode: Literal["frozen", "running", "wall"] | None = None
    now: Instant | None = None
    advance_seconds: Decimal = Decimal(0)


class StepBody(BaseModel):
    """How far to follow the path."""

    seconds: NotNegative = Decimal(0)


class ReplayBody(BaseModel):
    """Where the path starts again, and how fast it runs."""

    start: Instant
    speed: NotNegative = Decimal(1)
    align: bool = True


class ListingBody(BaseModel):
    """How long after it was accepted an order is listed."""

    lag_ms: Annotated[int, Field(ge=0)]


class RateLimitBody(BaseModel):
    """Weight per minute, or requests per second of a key to a path; null lifts the limit."""

    market: Market
    limit: int | None = None


class OrderBody(BaseModel):
    """An order for any account; all other fields are named as in the API."""

    model_config = ConfigDict(extra="allow")

    account: Text
    market: Market = "spot"


class CancelBody(BaseModel):
    """An order to cancel."""

    order_id: int
