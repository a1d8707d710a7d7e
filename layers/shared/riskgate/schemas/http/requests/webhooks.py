"""Bodies of the webhook routes that operators call."""

from datetime import datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, StringConstraints, WithJsonSchema

from riskgate.core.access.tokens import CIDRS_MAX
from riskgate.core.money import ZERO
from riskgate.core.webhooks.definition import (
    LIFETIME_DEFAULT,
    LIFETIME_MAX,
    SIGNATURE_HEADERS,
    TRADINGVIEW,
    TRADINGVIEW_ADDRESSES,
    Proof,
    Size,
    SizeBy,
    Webhook,
    WebhookAction,
)
from riskgate.core.webhooks.template import PLACEHOLDER_PATTERN
from riskgate.schemas.fields import (
    FROM_JSON,
    AccountId,
    DecimalRange,
    IntRange,
    Omittable,
    PositiveAmount,
    StrategyName,
    Symbol,
    VenueName,
)
from riskgate.schemas.http.requests.base import RequestModel
from riskgate.schemas.http.requests.rules import Rule, Spoken, absent, among, given

#: Most own words of a webhook, and most symbols it maps.
WORDS_MAX = 50
SYMBOLS_MAX = 200

_TEMPLATE_PATTERN = rf"^([^{{}}]|{PLACEHOLDER_PATTERN})*$"
_TOLD = [by for by in SizeBy if by is not SizeBy.SENDER]

_NUMBER = {"type": "number", "exclusiveMinimum": -(10**15), "exclusiveMaximum": 10**15}

type FieldName = Literal[
    "action", "symbol", "client_ref", "time", "secret", "position", "type", "quantity", "price", "trigger_price",
    "stop_loss_price", "take_profit_price", "order",
]  # fmt: skip
type Template = Annotated[str, StringConstraints(max_length=200, pattern=_TEMPLATE_PATTERN)]
#: A text, or what stands for one.
type Said = Annotated[
    Any, WithJsonSchema({"anyOf": [{"type": "string"}, _NUMBER, {"type": "boolean"}, {"type": "null"}]})
]
type Word = Annotated[str, StringConstraints(pattern="^[a-z0-9][a-z0-9 ._-]{0,31}$")]
type Spelling = Annotated[str, StringConstraints(pattern="^[!-~]{1,64}$")]
type HeaderName = Annotated[str, StringConstraints(pattern="^[A-Za-z][A-Za-z0-9-]{0,63}$")]
type StopFraction = Annotated[Decimal, DecimalRange(low=ZERO, high=Decimal("0.5"), zero_allowed=False)]


type Source = Annotated[str, StringConstraints(pattern="^[0-9a-z.:/]{3,43}$")]


def _is_network(text: str) -> bool:
    try:
        return text == TRADINGVIEW or bool(ip_network(text))
    except ValueError:
        return False


class WebhookDelivery(RequestModel):
    """What a sender posts, as the shipped templates read it; a webhook with its own templates takes any shape.

    Figures are numbers or texts. What is left out, empty or `NaN` is none.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    client_ref: Said = Field(None, description="The sender's id for the signal: becomes the client_order_id.")
    time: Said = Field(None, description="When it was sent: RFC 3339 with a zone, or Unix seconds or milliseconds.")
    action: Said = Field(None, description="buy, sell, close or cancel, or a word that the webhook knows.")
    symbol: Said = Field(None, description="The market in any spelling: `BTCUSDT`, `BINANCE:BTCUSDT.P`, `BTC/USDT`.")
    secret: Said = Field(None, description="The body's secret, where secrets prove the sender.")
    position: Said = Field(None, description="`flat` closes, whatever the action is.")
    type: Said = Field(None, description="Left out: market.")
    quantity: Said = Field(None, description="Read where the sender tells the size.")
    price: Said = Field(None, description="The limit; of an order at market it is not read.")
    trigger_price: Said = None
    stop_loss_price: Said = None
    take_profit_price: Said = None
    order: Said = Field(None, description="The `client_ref` of the order that a cancel means; left out: all.")


class SizeRequest(RequestModel):
    """What an entry is sized by."""

    RULES = (
        Rule("value", "is required, unless the sender tells the size", (absent("value"), among("by", *_TOLD))),
        Rule("value", "is not allowed where the sender tells the size", (given("value"), among("by", SizeBy.SENDER))),
    )

    by: Annotated[SizeBy, FROM_JSON] = Field(
        description=(
            "`sender`: the body's quantity. `quantity`, `quote_quantity`: always the same. `equity_fraction`: worth "
            "this part of equity. `risk_fraction`: what it loses down to its stop is this part of equity."
        )
    )
    value: Omittable[PositiveAmount] = None


class WebhookRequest(RequestModel):
    """One webhook; what is left out is as shipped."""

    SPOKEN: ClassVar = (
        Spoken(
            "sources",
            "has an entry that is no network such as 203.0.113.0/24, without host bits",
            lambda body: not all(map(_is_network, body.sources)),
        ),
    )

    account: AccountId
    venue: VenueName
    strategy: StrategyName
    actions: Annotated[tuple[Annotated[WebhookAction, FROM_JSON], ...], FROM_JSON] = Field(
        tuple(WebhookAction), min_length=1, max_length=len(WebhookAction), description="All it may ask for."
    )
    proof: Annotated[Proof, FROM_JSON] = Field(
        Proof.SECRETS,
        description=(
            "`secrets`: one in the path and one in the body. `timed_signature`: a header `t=<seconds>,v1=<hex>` over "
            "`<t>.<body>`. `body_signature`: `sha256=<hex>` over the body."
        ),
    )
    signature_header: Omittable[HeaderName] = Field(None, description="Of a signature, where it is another.")
    size: SizeRequest
    stop_fraction: Omittable[StopFraction] = Field(
        None, description="Distance of the stop from the entry, where the body names none."
    )
    fields: dict[FieldName, Template] = Field(
        default_factory=dict,
        description="What of the body gives each field: `{order.side}` is the field `side` of the object `order`.",
    )
    words: dict[Word, Annotated[WebhookAction, FROM_JSON]] = Field(
        default_factory=dict, max_length=WORDS_MAX, description="The sender's own words for actions, in small letters."
    )
    symbols: dict[Spelling, Symbol] = Field(
        default_factory=dict, max_length=SYMBOLS_MAX, description="The gateway's symbol by the sender's spelling."
    )
    sources: Annotated[tuple[Source, ...], FROM_JSON] = Field(
        (), max_length=CIDRS_MAX, description="Networks it may come from, or `tradingview`. Left out: any."
    )
    age_seconds_max: Annotated[int, IntRange(5, 600)] = Field(
        60, description="A delivery whose time lies further back is refused."
    )
    days: Annotated[int, IntRange(1, LIFETIME_MAX.days)] = Field(
        LIFETIME_DEFAULT.days, description="How long it works."
    )

    def to_webhook(self, name: str, operator: str, now: datetime) -> Webhook:
        """Return the webhook without its secrets."""
        created_at = now.replace(microsecond=0)
        own: dict[str, Any] = {key: getattr(self, key) for key in ("venue", "strategy", "proof", "stop_fraction")}
        named = [TRADINGVIEW_ADDRESSES if source == TRADINGVIEW else (source,) for source in self.sources]
        networks = {str(ip_network(network)) for several in named for network in several}
        header = self.signature_header or SIGNATURE_HEADERS.get(self.proof, "")
        return Webhook(
            name=name,
            account_id=self.account,
            actions=tuple(dict.fromkeys(self.actions)),
            size=Size(by=self.size.by, value=self.size.value),
            operator=operator,
            created_at=created_at,
            expires_at=created_at + timedelta(days=self.days),
            age_seconds_max=self.age_seconds_max,
            fields={str(name): template for name, template in self.fields.items()},
            words=dict(self.words),
            symbols=dict(self.symbols),
            cidrs=tuple(sorted(networks)),
            signature_header=header if self.proof is not Proof.SECRETS else "",
            **own,
        )
