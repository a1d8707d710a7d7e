"""Bodies of the order routes."""

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from riskgate.core.money import ZERO
from riskgate.core.order import Fee, Order, OrderType, StopKeeper, TimeInForce
from riskgate.core.side import Side
from riskgate.schemas.fields import (
    FROM_JSON,
    Amount,
    AssetCode,
    DecimalRange,
    Identifier,
    Instant,
    Omittable,
    PositiveAmount,
    Reason,
    StrategyName,
    Symbol,
    VenueName,
)
from riskgate.schemas.http.requests.base import RequestModel
from riskgate.schemas.http.requests.order_rules import BATCH_LEGS_MAX, ORDER_RULES, TAGS_MAX, TRAILING
from riskgate.schemas.http.requests.rules import Rule, given

#: Most fees of one fill.
FEES_MAX = 5

type TrailingFraction = Annotated[Decimal, DecimalRange(TRAILING.low, TRAILING.high, TRAILING.zero_allowed)]


class OrderRequest(RequestModel):
    """One order, as a bot sends it. Leave out what does not apply; null is refused."""

    RULES = ORDER_RULES
    # Compiled at once: this is the body that nobody should wait for.
    model_config = ConfigDict(defer_build=False)

    client_order_id: Identifier = Field(description="The bot's id for the order and its idempotency key.")
    symbol: Symbol
    venue: VenueName
    strategy: StrategyName
    side: Annotated[Side, FROM_JSON]
    type: Annotated[OrderType, FROM_JSON] = Field(description="`stop` is a stop-market order.")
    quantity: Omittable[PositiveAmount] = Field(
        None, description="In base units on spot, in contracts on swaps. Give this or `quote_quantity`."
    )
    quote_quantity: Omittable[PositiveAmount] = Field(
        None,
        description="In quote currency. Converted at the ask (buy) or bid (sell) and rounded down to the lot step.",
    )
    price: Omittable[PositiveAmount] = Field(None, description="Limit price. For `limit` and `stop_limit` only.")
    trigger_price: Omittable[PositiveAmount] = Field(None, description="For `stop` and `stop_limit` only.")
    stop_loss_price: Omittable[PositiveAmount] = Field(
        None,
        description="Where the position is closed. Bounds the order's risk. Without it the whole notional is at risk.",
    )
    take_profit_price: Omittable[PositiveAmount] = Field(
        None, description="Where the gateway takes the profit. Only beside a stop that the venue keeps, on swaps."
    )
    trailing_fraction: Omittable[TrailingFraction] = Field(
        None,
        description="The stop follows the best price since the entry at this distance. Only for a stop at the venue.",
    )
    stop_kept_by: Omittable[Annotated[StopKeeper, FROM_JSON]] = Field(
        None,
        description=(
            "`venue`: the gateway keeps a stop order there that only reduces. `strategy`: the bot watches the price. "
            "Left out: the venue for an order with `route` where it can, the strategy otherwise."
        ),
    )
    reduce_only: bool = False
    post_only: bool = False
    time_in_force: Annotated[TimeInForce, FROM_JSON] = TimeInForce.GTC
    expires_at: Omittable[Instant] = Field(None, description="For GTD only.")
    route: bool = Field(False, description="Send the approved order to the venue, too.")
    tags: Annotated[tuple[Identifier, ...], FROM_JSON] = Field((), max_length=TAGS_MAX)

    def to_order(self, account_id: str) -> Order:
        """Return the order as the engine takes it."""
        return Order(account_id=account_id, **dict(self))


class OrderPatch(RequestModel):
    """New terms of a working order; fields left out stay as they are."""

    EMPTY = "contains no field to change"

    quantity: Omittable[PositiveAmount] = Field(None, description="New total quantity, including what is filled.")
    price: Omittable[PositiveAmount] = None
    trigger_price: Omittable[PositiveAmount] = None
    stop_loss_price: Omittable[PositiveAmount] = None


class BatchRequest(RequestModel):
    """Orders decided together: all are approved or none."""

    UNIQUE: ClassVar = {"orders": ("client_order_id",)}

    orders: Annotated[tuple[OrderRequest, ...], FROM_JSON] = Field(min_length=1, max_length=BATCH_LEGS_MAX)


class FillFee(RequestModel):
    """One of several fees of a fill."""

    amount: Amount = Field(description="Less than 0 is a rebate.")
    currency: AssetCode


class FillRequest(RequestModel):
    """An execution of an order, reported by whoever placed it."""

    RULES = tuple(
        Rule("fees", f"is not allowed beside {name}", (given("fees"), given(name))) for name in ("fee", "fee_currency")
    )

    fill_id: Identifier = Field(description="The venue's trade id. It is the idempotency key.")
    quantity: PositiveAmount = Field(description="In base units on spot, in contracts on swaps.")
    price: PositiveAmount
    fee: Omittable[Amount] = Field(
        None, description="Cost in `fee_currency`, 0 where left out; less than 0 is a rebate."
    )
    fee_currency: Omittable[AssetCode] = Field(None, description="Defaults to the market's settle currency.")
    fees: Omittable[Annotated[tuple[FillFee, ...], FROM_JSON]] = Field(
        None, min_length=1, max_length=FEES_MAX, description="Instead of `fee`, where one fill paid several."
    )
    executed_at: Instant

    def list_fees(self) -> tuple[Fee, ...]:
        """Return the fees, however they were told."""
        if self.fees:
            return tuple(Fee(amount=fee.amount, currency=fee.currency) for fee in self.fees)
        return (Fee(amount=self.fee if self.fee is not None else ZERO, currency=self.fee_currency),)


class StopRequest(RequestModel):
    """Where a position's stop is to be."""

    stop_loss_price: PositiveAmount
    take_profit_price: Omittable[PositiveAmount] = Field(None, description="Left out, it stays as it is.")
    stop_kept_by: Omittable[Annotated[StopKeeper, FROM_JSON]] = Field(
        None, description="Left out, whoever holds the stop now; for a first one the venue, where it can."
    )


class PlacedRequest(RequestModel):
    """What a bot knows of an order that it placed; the whole body may be left out."""

    exchange_order_id: Omittable[Identifier] = Field(None, description="The venue's own id of the order, for the log.")


class CancelRequest(RequestModel):
    """Why an order is cancelled; the whole body may be left out."""

    reason: Omittable[Reason] = None
