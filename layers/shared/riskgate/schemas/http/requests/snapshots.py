"""Body of the snapshot route."""

from typing import Annotated, ClassVar

from pydantic import Field

from riskgate.core.account.document import POSITIONS_MAX, WORKING_ORDERS_MAX
from riskgate.core.money import ZERO
from riskgate.schemas.fields import (
    FROM_JSON,
    Amount,
    AssetCode,
    Identifier,
    Instant,
    NonNegativeAmount,
    Omittable,
    PositiveAmount,
    SignedQuantity,
    StrategyName,
    Symbol,
    VenueName,
)
from riskgate.schemas.http.requests.base import RequestModel

#: Most balances and conversion rates of a snapshot.
BALANCES_MAX = 500
RATES_MAX = 50


class BalanceRequest(RequestModel):
    """Units of one asset at one venue."""

    venue: VenueName
    asset: AssetCode
    total: Amount = Field(description="Negative when the asset is borrowed from the venue.")
    used: NonNegativeAmount = Field(ZERO, description="Locked by the venue for working orders.")


class PositionRequest(RequestModel):
    """Holding in one market."""

    venue: VenueName
    symbol: Symbol
    quantity: SignedQuantity = Field(description="Positive for long. In base units on spot, in contracts on swaps.")
    average_price: PositiveAmount
    mark_price: Omittable[PositiveAmount] = Field(None, description="Defaults to the stored quote's price.")
    stop_loss_price: Omittable[PositiveAmount] = None
    liquidation_price: Omittable[PositiveAmount] = Field(None, description="The venue's, for a swap.")
    strategy: Omittable[StrategyName] = None


class SnapshotRequest(RequestModel):
    """The account as its owner sees it, for accounts the gateway holds no keys of.

    Equity may be zero or negative: such a reading must reach the breakers, which confirm it.
    """

    # Two positions in one market are no contradiction: they are what hedge mode looks like, and refused as that.
    UNIQUE: ClassVar = {"balances": ("venue", "asset")}

    taken_at: Omittable[Instant] = Field(None, description="Defaults to the time of receipt.")
    equity: Amount = Field(
        description="In base currency, including unrealized profit and loss. Where only some venues of the account have"
        " a key it is that of the others alone, and what their balances are worth to half a percent."
    )
    balances: Annotated[tuple[BalanceRequest, ...], FROM_JSON] = Field(
        max_length=BALANCES_MAX, description="Coins in a spot wallet are positions, as large as it says."
    )
    positions: Annotated[tuple[PositionRequest, ...], FROM_JSON] = Field(
        max_length=POSITIONS_MAX,
        description="Of spot only what the balances do not tell: average prices, stops, strategies.",
    )
    rates: dict[AssetCode, PositiveAmount] = Field(
        default_factory=dict,
        max_length=RATES_MAX,
        description="Base currency per unit of each other currency, where no fresh quote tells.",
    )
    open_orders: Annotated[tuple[Identifier, ...], FROM_JSON] = Field(
        (),
        max_length=WORKING_ORDERS_MAX,
        description="Ids of the orders that rest at their venues: each listed is confirmed as placed.",
    )
