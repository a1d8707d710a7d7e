"""Bodies of the account routes: registration, snapshots, transfers."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from riskgate.core.account import POSITIONS_MAX, Venue
from riskgate.core.model import MarketType
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
    SecretName,
    SectorName,
    SignedQuantity,
    StrategyName,
    Symbol,
    VenueName,
)
from riskgate.schemas.requests.base import RequestModel, require_unique

#: Most venues of an account, assets with a sector, balances and conversion rates.
VENUES_MAX = 10
SECTORS_MAX = 500
BALANCES_MAX = 500
RATES_MAX = 200


class TransferKind(StrEnum):
    """Direction of a transfer: into the account or out of it."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"


class VenueRequest(RequestModel):
    """One exchange account behind the gateway's account."""

    venue: VenueName = Field(description="ccxt's id of the exchange.")
    market_type: Annotated[MarketType, FROM_JSON]
    secret_name: Omittable[SecretName] = Field(None, description="Secret with the API key; needed to route orders.")


class AccountRequest(RequestModel):
    """Registration of an account."""

    base_currency: AssetCode = Field(description="Currency of equity and of every limit in money.")
    venues: Annotated[tuple[VenueRequest, ...], FROM_JSON] = Field(min_length=1, max_length=VENUES_MAX)
    sectors: dict[AssetCode, SectorName] = Field(
        default_factory=dict, max_length=SECTORS_MAX, description="Sector of each asset; others share one bucket."
    )
    initial_equity: PositiveAmount

    @model_validator(mode="after")
    def require_distinct_venues(self) -> Self:
        """Refuse a venue named twice."""
        require_unique("venues", (item.venue for item in self.venues))
        return self

    def to_venues(self) -> tuple[Venue, ...]:
        """Return the venues as the account document holds them."""
        return tuple(Venue(**dict(item)) for item in self.venues)


class BalanceRequest(RequestModel):
    """Units of one asset at one venue."""

    venue: VenueName
    asset: AssetCode
    total: Amount = Field(description="Negative where the venue lent the asset.")
    used: NonNegativeAmount = Field(ZERO, description="Held by the venue for working orders.")


class PositionRequest(RequestModel):
    """Holding in one market."""

    venue: VenueName
    symbol: Symbol
    quantity: SignedQuantity = Field(description="Greater than 0 is long; contracts on a swap.")
    average_price: PositiveAmount
    mark_price: Omittable[PositiveAmount] = Field(None, description="The stored quote's price when left out.")
    stop_loss_price: Omittable[PositiveAmount] = None
    strategy: Omittable[StrategyName] = None


class SnapshotRequest(RequestModel):
    """The account as its owner sees it, for accounts the gateway holds no keys of.

    Equity may be zero or negative: such a reading must reach the breakers, which confirm it.
    """

    taken_at: Omittable[Instant] = Field(None, description="Time of receipt when left out.")
    equity: Amount = Field(description="In base currency, unrealised profit and loss included.")
    balances: Annotated[tuple[BalanceRequest, ...], FROM_JSON] = Field(max_length=BALANCES_MAX)
    positions: Annotated[tuple[PositionRequest, ...], FROM_JSON] = Field(max_length=POSITIONS_MAX)
    rates: dict[AssetCode, PositiveAmount] = Field(
        default_factory=dict, max_length=RATES_MAX, description="Base currency per unit of each other currency."
    )

    @model_validator(mode="after")
    def require_distinct_holdings(self) -> Self:
        """Refuse two balances of one asset or two positions in one market at the same venue."""
        require_unique("balances", ((item.venue, item.asset) for item in self.balances))
        require_unique("positions", ((item.venue, item.symbol) for item in self.positions))
        return self


class TransferRequest(RequestModel):
    """Money moved into or out of the account: neither a gain nor a loss."""

    transfer_id: Identifier = Field(description="The idempotency key.")
    kind: Annotated[TransferKind, FROM_JSON]
    amount: PositiveAmount = Field(description="In base currency.")
    executed_at: Omittable[Instant] = Field(None, description="Time of receipt when left out.")

    def to_amount(self) -> Decimal:
        """Return the change of equity: greater than 0 for a deposit, less for a withdrawal."""
        return self.amount if self.kind is TransferKind.DEPOSIT else -self.amount
