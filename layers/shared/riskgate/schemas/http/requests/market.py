"""Bodies of the market routes: trading rules and quotes."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import Field

from riskgate.core.instrument import Instrument, MarketType, Quote
from riskgate.core.market.closes import JumpMeaning
from riskgate.core.money import ONE, ZERO
from riskgate.schemas.fields import (
    FROM_JSON,
    AssetCode,
    Instant,
    NonNegativeAmount,
    Omittable,
    PositiveAmount,
    Reason,
    SectorName,
    Symbol,
    VenueName,
)
from riskgate.schemas.http.requests.base import RequestModel
from riskgate.schemas.http.requests.rules import Rule, Schema, Spoken, Where, absent, among, like, unlike

#: Most instruments or quotes of one request.
MARKETS_MAX = 100


_CURRENCIES = ("base_currency", "quote_currency", "settle_currency")
_IS_SPOT = among("market_type", MarketType.SPOT)
_ONE: Schema = {"anyOf": [{"const": 1}, {"type": "string", "pattern": "^1(\\.0+)?$"}]}
_HAS_CONTRACTS = Where("contract_size", lambda value: value not in {None, ONE}, {"not": _ONE})


def _differs(name: str) -> Callable[[Any], bool]:
    return lambda rules: getattr(rules, name) not in {None, rules.currencies[name]}


def _is_crossed(name: str) -> Callable[[Any], bool]:
    def is_crossed(rules: object) -> bool:
        low, high = getattr(rules, f"{name}_min"), getattr(rules, f"{name}_max")
        return low is not None and high is not None and low > high

    return is_crossed


class InstrumentRequest(RequestModel):
    """Trading rules of one symbol at one venue; a bound left out does not exist there.

    The currencies follow from the symbol; where they are given they must say the same.
    """

    RULES = (
        Rule(
            "symbol",
            "of this market type must include its settle currency, such as BTC/USDT:USDT",
            (among("market_type", MarketType.SWAP), unlike("symbol", ":")),
        ),
        Rule("symbol", "of this market type must be BASE/QUOTE", (_IS_SPOT, like("symbol", ":"))),
        Rule(
            "symbol",
            "must be a linear swap: an inverse one settles in its base currency",
            (among("market_type", MarketType.SWAP), like("symbol", "^([^/]+)/[^:]+:\\1$")),
        ),
        Rule("contract_size", "must be 1 for spot", (_IS_SPOT, _HAS_CONTRACTS)),
    )
    SPOKEN = (
        *(Spoken(name, "differs from the symbol's", _differs(name)) for name in _CURRENCIES),
        *(
            Spoken(f"{name}_min", "is above the maximum", _is_crossed(name))
            for name in ("quantity", "market_quantity", "price", "notional")
        ),
    )

    venue: VenueName
    symbol: Symbol
    market_type: Annotated[MarketType, FROM_JSON]
    base_currency: Omittable[AssetCode] = None
    quote_currency: Omittable[AssetCode] = None
    settle_currency: Omittable[AssetCode] = None
    tick_size: NonNegativeAmount = Field(ZERO, description="Price step. 0 allows any price.")
    step_size: NonNegativeAmount = Field(ZERO, description="Quantity step. 0 allows any quantity.")
    quantity_min: Omittable[NonNegativeAmount] = None
    quantity_max: Omittable[PositiveAmount] = None
    market_quantity_min: Omittable[NonNegativeAmount] = Field(None, description="The least order at market.")
    market_quantity_max: Omittable[PositiveAmount] = Field(None, description="The largest order at market.")
    market_step_size: NonNegativeAmount = Field(ZERO, description="Quantity step of orders at market. 0 for no other.")
    price_min: Omittable[NonNegativeAmount] = None
    price_max: Omittable[PositiveAmount] = None
    notional_min: Omittable[NonNegativeAmount] = Field(None, description="In quote currency.")
    notional_max: Omittable[PositiveAmount] = Field(None, description="In quote currency.")
    contract_size: PositiveAmount = Field(ONE, description="Base units per contract. 1 for spot.")
    sector: Omittable[SectorName] = None
    active: bool = True
    stop_orders: bool = Field(False, description="Whether the gateway can keep a stop order there that only reduces.")

    @property
    def currencies(self) -> dict[str, str]:
        """Return the symbol's currencies by the names of their fields."""
        pair, _, settle = self.symbol.partition(":")
        base, quote = pair.split("/")
        return {"base_currency": base, "quote_currency": quote, "settle_currency": settle or quote}

    def to_instrument(self) -> Instrument:
        """Return the rules as the engine reads them."""
        return Instrument(**{**dict(self), **self.currencies})


class InstrumentsRequest(RequestModel):
    """Trading rules to store; each replaces what is known of its market."""

    UNIQUE: ClassVar = {"instruments": ("venue", "symbol")}

    instruments: Annotated[tuple[InstrumentRequest, ...], FROM_JSON] = Field(min_length=1, max_length=MARKETS_MAX)


class QuoteRequest(RequestModel):
    """Prices of one symbol at one venue."""

    RULES = (Rule("bid", "or ask or last is required", (absent("bid"), absent("ask"), absent("last"))),)
    SPOKEN = (
        Spoken("bid", "is above the ask", lambda quote: None not in {quote.bid, quote.ask} and quote.bid > quote.ask),
    )

    venue: VenueName
    symbol: Symbol
    at: Instant = Field(description="When the venue quoted these prices.")
    bid: Omittable[PositiveAmount] = None
    ask: Omittable[PositiveAmount] = None
    last: Omittable[PositiveAmount] = None
    volume_24h: Omittable[NonNegativeAmount] = Field(None, description="Base units over the last 24 hours.")
    bid_depth: Omittable[NonNegativeAmount] = Field(None, description="Base units resting near the best bid.")
    ask_depth: Omittable[NonNegativeAmount] = Field(None, description="Base units resting near the best ask.")
    bid_quantity: Omittable[NonNegativeAmount] = Field(None, description="Base units resting at the best bid.")
    ask_quantity: Omittable[NonNegativeAmount] = Field(None, description="Base units resting at the best ask.")

    def to_quote(self) -> Quote:
        """Return the quote as the engine reads it."""
        return Quote(**dict(self))


class QuotesRequest(RequestModel):
    """Quotes to store."""

    UNIQUE: ClassVar = {"quotes": ("venue", "symbol")}

    quotes: Annotated[tuple[QuoteRequest, ...], FROM_JSON] = Field(min_length=1, max_length=MARKETS_MAX)


class CloseJumpRequest(RequestModel):
    """What a jump of an asset's daily closes is."""

    asset: AssetCode
    day: Annotated[date, FROM_JSON] = Field(description="The UTC day on which the closes jump.")
    meaning: Annotated[JumpMeaning, FROM_JSON] = Field(
        description="`price`: it moved, and its returns count. `unit`: closes before that day are in another unit."
    )
    reason: Reason
