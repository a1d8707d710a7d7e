"""Bodies of the account routes: registration, snapshots, transfers."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from riskgate.core.account.document import PAPER_PREFIX, Venue
from riskgate.core.account.parts import AssetAlias
from riskgate.core.account.venue_groups import exchange_of
from riskgate.core.instrument import MarketType
from riskgate.schemas.fields import (
    FROM_JSON,
    AssetCode,
    DecimalRange,
    Identifier,
    Instant,
    Omittable,
    PositiveAmount,
    SecretName,
    SectorName,
    VenueName,
)
from riskgate.schemas.http.requests.base import RequestModel
from riskgate.schemas.http.requests.rules import Rule, Spoken, given

#: Most venues of an account, assets with a sector, balances and conversion rates.
VENUES_MAX = 10
SECTORS_MAX = 500
ALIASES_MAX = 100
BALANCES_MAX = 20

type FeeFraction = Annotated[Decimal, DecimalRange(low=Decimal(0), high=Decimal("0.05"))]
type Leverage = Annotated[Decimal, DecimalRange(low=Decimal(1), high=Decimal(125))]


class TransferKind(StrEnum):
    """Direction of a transfer: into the account or out of it."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"


class PaperRequest(RequestModel):
    """Money that does not exist, and what trading costs; read when the venue is first registered so."""

    balances: dict[AssetCode, PositiveAmount] = Field(min_length=1, max_length=BALANCES_MAX)
    maker_fee_fraction: FeeFraction = Decimal("0.001")
    taker_fee_fraction: FeeFraction = Decimal("0.001")
    leverage: Leverage = Field(Decimal(5), description="Of swap positions: their worth over their margin.")


class VenueRequest(RequestModel):
    """One exchange account behind the gateway's account."""

    RULES = (Rule("paper", "is not allowed beside secret_name", (given("paper"), given("secret_name"))),)

    venue: VenueName = Field(description="ccxt's id of the exchange.")
    market_type: Annotated[MarketType, FROM_JSON]
    secret_name: Omittable[SecretName] = Field(None, description="Secret with the API key. Required to route orders.")
    paper: Omittable[PaperRequest] = Field(
        None,
        description="Trade on paper: orders fill in the gateway against the quotes of the real venue. Needs no key.",
    )
    group: Omittable[VenueName] = Field(
        None,
        description=(
            "The exchange: what VENUE_CONCENTRATION counts as one. Left out: it follows from `venue`, "
            "so that `binance` and `binanceusdm` are one. Name it for a venue under a name of your own."
        ),
    )


class AliasRequest(RequestModel):
    """What the base of a swap is in truth."""

    asset: AssetCode
    multiplier: PositiveAmount = Field(description="Units of `asset` in one unit of the base: 1000 for `1000PEPE`.")


class AccountRequest(RequestModel):
    """Registration of an account."""

    UNIQUE: ClassVar = {"venues": ("venue",)}
    SPOKEN: ClassVar = (
        Spoken(
            "asset_aliases",
            "names an alias as the asset of one: an asset has one name in the end",
            lambda body: any(alias.asset in body.asset_aliases for alias in body.asset_aliases.values()),
        ),
        Spoken(
            "venues",
            "are partly on paper: money that does not exist would count as equity",
            lambda body: len({venue.paper is None for venue in body.venues}) > 1,
        ),
    )

    base_currency: AssetCode = Field(description="Currency of equity and of every limit in money.")
    venues: Annotated[tuple[VenueRequest, ...], FROM_JSON] = Field(min_length=1, max_length=VENUES_MAX)
    sectors: dict[AssetCode, SectorName] = Field(
        default_factory=dict, max_length=SECTORS_MAX, description="Sector of each asset. All others share one bucket."
    )
    initial_equity: PositiveAmount
    asset_aliases: dict[AssetCode, AliasRequest] = Field(
        default_factory=dict,
        max_length=ALIASES_MAX,
        description=(
            "By the base of swaps, which asset it is: `1000PEPE` is 1000 `PEPE`. Exposure, correlation and VaR then go "
            "by that asset. `alias_proposals` of the account names what looks like one."
        ),
    )

    def to_aliases(self) -> dict[str, AssetAlias]:
        """Return the aliases as the account document holds them."""
        return {name: AssetAlias(**dict(alias)) for name, alias in self.asset_aliases.items()}

    def to_venues(self, account_id: str) -> tuple[Venue, ...]:
        """Return the venues as the account document holds them: one on paper names its book in the place of a key."""
        return tuple(
            Venue(
                venue=item.venue,
                market_type=item.market_type,
                secret_name=item.secret_name if item.paper is None else f"{PAPER_PREFIX}{account_id}",
                group=item.group or exchange_of(item.venue),
            )
            for item in self.venues
        )


class TransferRequest(RequestModel):
    """Money moved into or out of the account: neither a gain nor a loss."""

    transfer_id: Identifier = Field(description="The idempotency key.")
    kind: Annotated[TransferKind, FROM_JSON]
    amount: PositiveAmount = Field(description="In base currency.")
    executed_at: Omittable[Instant] = Field(None, description="Defaults to the time of receipt.")

    def to_amount(self) -> Decimal:
        """Return the change of equity: greater than 0 for a deposit, less for a withdrawal."""
        return self.amount if self.kind is TransferKind.DEPOSIT else -self.amount
