"""Bodies of the market routes: trading rules and quotes."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from riskgate.core.instrument import Instrument, MarketType, Quote
from riskgate.core.money import ONE, ZERO
from riskgate.schemas.fields import (
    FROM_JSON,
    AssetCode,
    Instant,
    NonNegativeAmount,
    Omittable,
    PositiveAmount,
    SectorName,
    Symbol,
    VenueName,
)
from riskgate.schemas.http.requests.base import RequestModel, contradiction, require_unique

#: Most instruments or quotes of one request.
MARKETS_MAX = 100


class InstrumentRequest(RequestModel):
    """Trading rules of one symbol at one venue; a bound left out does not exist there.

    The currencies follow from the symbol; where they are given they must say the same.
    """

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

    @model_validator(mode="after")
    def refuse_contradictions(self) -> Self:
        """Refuse a symbol that is not of the market type, other currencies than its own, and crossed bounds."""
        is_swap = self.market_type is MarketType.SWAP
        if (":" in self.symbol) != is_swap:
            expected = "must include its settle currency, such as BTC/USDT:USDT" if is_swap else "must be BASE/QUOTE"
            raise contradiction("symbol", f"of this market type {expected}")
        currencies = self._currencies()
        if is_swap and currencies["settle_currency"] == currencies["base_currency"]:
            raise contradiction("symbol", "must be a linear swap: an inverse one settles in its base currency")
        for name, currency in currencies.items():
            if getattr(self, name) not in {None, currency}:
                raise contradiction(name, "differs from the symbol's")
        if not is_swap and self.contract_size != ONE:
            raise contradiction("contract_size", "must be 1 for spot")
        for name in ("quantity", "market_quantity", "price", "notional"):
            low, high = getattr(self, f"{name}_min"), getattr(self, f"{name}_max")
            if low is not None and high is not None and low > high:
                raise contradiction(f"{name}_min", "is above the maximum")
        return self

    def _currencies(self) -> dict[str, str]:
        pair, _, settle = self.symbol.partition(":")
        base, quote = pair.split("/")
        return {"base_currency": base, "quote_currency": quote, "settle_currency": settle or quote}

    def to_instrument(self) -> Instrument:
        """Return the rules as the engine reads them."""
        return Instrument(**{**dict(self), **self._currencies()})


class InstrumentsRequest(RequestModel):
    """Trading rules to store; each replaces what is known of its market."""

    instruments: Annotated[tuple[InstrumentRequest, ...], FROM_JSON] = Field(min_length=1, max_length=MARKETS_MAX)

    @model_validator(mode="after")
    def require_distinct_markets(self) -> Self:
        """Refuse a market named twice."""
        require_unique("instruments", ((item.venue, item.symbol) for item in self.instruments))
        return self


class QuoteRequest(RequestModel):
    """Prices of one symbol at one venue."""

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

    @model_validator(mode="after")
    def refuse_contradictions(self) -> Self:
        """Refuse a quote without any price and a crossed one."""
        if self.bid is None and self.ask is None and self.last is None:
            raise contradiction("bid", "or ask or last is required")
        if self.bid is not None and self.ask is not None and self.bid > self.ask:
            raise contradiction("bid", "is above the ask")
        return self

    def to_quote(self) -> Quote:
        """Return the quote as the engine reads it."""
        return Quote(**dict(self))


class QuotesRequest(RequestModel):
    """Quotes to store."""

    quotes: Annotated[tuple[QuoteRequest, ...], FROM_JSON] = Field(min_length=1, max_length=MARKETS_MAX)

    @model_validator(mode="after")
    def require_distinct_markets(self) -> Self:
        """Refuse a market named twice."""
        require_unique("quotes", ((item.venue, item.symbol) for item in self.quotes))
        return self
