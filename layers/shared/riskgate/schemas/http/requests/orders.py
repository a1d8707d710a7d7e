"""Bodies of the order routes."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from riskgate.core.money import ZERO
from riskgate.core.order import Order, OrderType, StopKeeper, TimeInForce
from riskgate.core.side import Side
from riskgate.schemas.fields import (
    FROM_JSON,
    AssetCode,
    DecimalRange,
    Identifier,
    Instant,
    NonNegativeAmount,
    Omittable,
    PositiveAmount,
    Reason,
    StrategyName,
    Symbol,
    VenueName,
)
from riskgate.schemas.http.requests.base import RequestModel, contradiction, require_unique

#: Most legs of a batch and most tags of an order.
BATCH_LEGS_MAX = 10
TAGS_MAX = 10

type TrailingFraction = Annotated[Decimal, DecimalRange(low=ZERO, high=Decimal("0.5"), zero_allowed=False)]


class OrderRequest(RequestModel):
    """One order, as a bot sends it. Leave out what does not apply; null is refused."""

    # Compiled at once: this is the body that nobody should wait for.
    model_config = ConfigDict(defer_build=False)

    client_order_id: Identifier = Field(description="The bot's id for the order and its idempotency key.")
    symbol: Symbol
    venue: VenueName
    strategy: StrategyName
    side: Annotated[Side, FROM_JSON]
    type: Annotated[OrderType, FROM_JSON] = Field(description="`stop` is a stop-market order.")
    quantity: Omittable[PositiveAmount] = Field(None, description="In base units. Give this or `quote_quantity`.")
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

    @model_validator(mode="after")
    def refuse_contradictions(self) -> Self:
        """Refuse fields that do not go together; what depends on the market or the clock is the engine's."""
        for field, message in _list_contradictions(self):
            raise contradiction(field, message)
        return self

    def to_order(self, account_id: str) -> Order:
        """Return the order as the engine takes it."""
        return Order(account_id=account_id, **dict(self))


def _list_contradictions(order: OrderRequest) -> list[tuple[str, str]]:
    kind, gtd = order.type, order.time_in_force is TimeInForce.GTD
    takes = not kind.has_limit_price or order.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}
    rules = (
        (
            (order.quantity is None) == (order.quote_quantity is None),
            "quantity",
            "give either quantity or quote_quantity",
        ),
        (kind.has_limit_price and order.price is None, "price", "is required for this order type"),
        (not kind.has_limit_price and order.price is not None, "price", "is not allowed for this order type"),
        (kind.has_trigger_price and order.trigger_price is None, "trigger_price", "is required for this order type"),
        (
            not kind.has_trigger_price and order.trigger_price is not None,
            "trigger_price",
            "is not allowed for this order type",
        ),
        (gtd and order.expires_at is None, "expires_at", "is required for GTD"),
        (not gtd and order.expires_at is not None, "expires_at", "is allowed for GTD only"),
        (order.post_only and takes, "post_only", "is not allowed for an order that may take liquidity"),
        *_list_stop_contradictions(order),
    )
    return [(field, message) for broken, field, message in rules if broken]


def _list_stop_contradictions(order: OrderRequest) -> tuple[tuple[bool, str, str], ...]:
    unstopped, own = order.stop_loss_price is None, order.stop_kept_by is StopKeeper.STRATEGY or not order.route
    return (
        (unstopped and order.stop_kept_by is not None, "stop_kept_by", "needs a stop_loss_price"),
        (
            not order.route and order.stop_kept_by is StopKeeper.VENUE,
            "stop_kept_by",
            "is venue only where the gateway sends the order: set route",
        ),
        *(
            (value is not None and (unstopped or own), name, "needs a stop_loss_price that the venue keeps")
            for name, value in (
                ("take_profit_price", order.take_profit_price),
                ("trailing_fraction", order.trailing_fraction),
            )
        ),
    )


class OrderPatch(RequestModel):
    """New terms of a working order; fields left out stay as they are."""

    quantity: Omittable[PositiveAmount] = Field(None, description="New total quantity, including what is filled.")
    price: Omittable[PositiveAmount] = None
    trigger_price: Omittable[PositiveAmount] = None
    stop_loss_price: Omittable[PositiveAmount] = None

    @model_validator(mode="after")
    def require_a_change(self) -> Self:
        """Refuse a patch that changes nothing."""
        if not self.model_fields_set:
            raise contradiction("", "contains no field to change")
        return self


class BatchRequest(RequestModel):
    """Orders decided together: all are approved or none."""

    orders: Annotated[tuple[OrderRequest, ...], FROM_JSON] = Field(min_length=1, max_length=BATCH_LEGS_MAX)

    @model_validator(mode="after")
    def require_distinct_orders(self) -> Self:
        """Refuse two legs under one client_order_id."""
        require_unique("orders", (order.client_order_id for order in self.orders))
        return self


class FillRequest(RequestModel):
    """An execution of an order, reported by whoever placed it."""

    fill_id: Identifier = Field(description="The venue's trade id. It is the idempotency key.")
    quantity: PositiveAmount = Field(description="In base units.")
    price: PositiveAmount
    fee: NonNegativeAmount = Field(ZERO, description="Cost in `fee_currency`. Report a rebate as 0.")
    fee_currency: Omittable[AssetCode] = Field(None, description="Defaults to the market's settle currency.")
    executed_at: Instant


class StopRequest(RequestModel):
    """Where a position's stop is to be."""

    stop_loss_price: PositiveAmount
    take_profit_price: Omittable[PositiveAmount] = Field(None, description="Left out, it stays as it is.")
    stop_kept_by: Omittable[Annotated[StopKeeper, FROM_JSON]] = Field(
        None, description="Left out, whoever holds the stop now; for a first one the venue, where it can."
    )


class CancelRequest(RequestModel):
    """Why an order is cancelled; the whole body may be left out."""

    reason: Omittable[Reason] = None
