"""What the venue lists: instruments with their filters, margin tiers and synthetic liquidity."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from .money import decimals_of

Market = Literal["spot", "swap"]

SPOT_ORDER_TYPES = (
    "LIMIT",
    "LIMIT_MAKER",
    "MARKET",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
)
SWAP_ORDER_TYPES = ("LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET")


@dataclass(frozen=True, kw_only=True, slots=True)
class MarginTier:
    """One bracket of a contract's notional: its top leverage and maintenance rate.

    `maintenance_amount` makes the maintenance margin continuous across brackets.
    """

    notional_floor: Decimal
    notional_cap: Decimal
    leverage_max: int
    maintenance_fraction: Decimal
    maintenance_amount: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class LiquidityProfile:
    """Shape of the synthetic book around the path's price.

    `spread_bps` lies between best bid and best ask, further levels follow every
    `level_gap_bps`; each level holds `level_notional` in the quote asset.
    """

    spread_bps: Decimal = Decimal(2)
    level_gap_bps: Decimal = Decimal(1)
    levels: int = 50
    level_notional: Decimal = Decimal(25_000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Instrument:
    """One listed pair or perpetual contract."""

    symbol: str
    market: Market
    base: str
    quote: str
    tick: Decimal
    step: Decimal
    notional_min: Decimal
    quantity_max: Decimal = Decimal(90_000_000)
    price_max: Decimal = Decimal(1_000_000)
    daily_turnover: Decimal
    tiers: tuple[MarginTier, ...] = ()
    liquidity: LiquidityProfile = field(default_factory=LiquidityProfile)

    @property
    def key(self) -> tuple[Market, str]:
        """Return what names the instrument on the venue."""
        return self.market, self.symbol

    @property
    def quantity_min(self) -> Decimal:
        """Return the smallest quantity, one step."""
        return self.step

    @property
    def price_min(self) -> Decimal:
        """Return the smallest price, one tick."""
        return self.tick

    @property
    def price_places(self) -> int:
        """Return the decimals of a price on the wire."""
        return 8 if self.market == "spot" else max(2, decimals_of(self.tick))

    @property
    def quantity_places(self) -> int:
        """Return the decimals of a quantity on the wire."""
        return 8 if self.market == "spot" else decimals_of(self.step)

    @property
    def quote_places(self) -> int:
        """Return the decimals of price x quantity on the wire: enough for any fill."""
        return 8 if self.market == "spot" else self.price_places + self.quantity_places


# asset: spot tick, spot step, swap tick, swap step, swap minimum notional, daily turnover (M quote).
# Ticks are fine enough for the lowest close on the path; a swap tick of None lists no contract.
_USDT_LISTINGS: dict[str, tuple[str, str, str | None, str, str, int]] = {
    "BTC": ("0.01", "0.00001", "0.1", "0.001", "100", 2000),
    "ETH": ("0.01", "0.0001", "0.01", "0.001", "20", 1000),
    "BNB": ("0.01", "0.001", "0.01", "0.01", "5", 300),
    "ADA": ("0.0001", "0.1", "0.0001", "1", "5", 150),
    "XRP": ("0.0001", "0.1", "0.0001", "0.1", "5", 200),
    "DOGE": ("0.000001", "1", "0.000001", "1", "5", 100),
    "LINK": ("0.001", "0.01", "0.001", "0.01", "5", 80),
    "LTC": ("0.01", "0.001", "0.01", "0.001", "5", 100),
    "SOL": ("0.001", "0.001", "0.001", "0.01", "5", 200),
    "MATIC": ("0.00001", "0.1", "0.00001", "1", "5", 80),
    "ALGO": ("0.0001", "1", "0.0001", "0.1", "5", 50),
    "AVAX": ("0.001", "0.01", "0.001", "1", "5", 60),
    "DOT": ("0.001", "0.01", "0.001", "0.1", "5", 60),
    "UNI": ("0.001", "0.01", "0.001", "1", "5", 40),
    "AAVE": ("0.01", "0.001", "0.01", "0.1", "5", 40),
    "LUNA": ("0.000001", "0.01", "0.000001", "1", "5", 100),
    "FTT": ("0.001", "0.01", None, "1", "5", 30),
    "USDC": ("0.0001", "1", None, "1", "5", 100),
}
# symbol: base, quote, tick, step, minimum notional, daily turnover, notional per synthetic level.
_CROSS_LISTINGS: dict[str, tuple[str, str, str, str, str, str, str]] = {
    "ETHBTC": ("ETH", "BTC", "0.00001", "0.001", "0.0001", "2000", "1"),
    "BNBBTC": ("BNB", "BTC", "0.000001", "0.01", "0.0001", "500", "1"),
}


def _tiers(leverage_max: int) -> tuple[MarginTier, ...]:
    """Build three brackets whose maintenance margin is continuous at the borders."""
    bounds = (Decimal(0), Decimal(50_000), Decimal(1_000_000), Decimal(100_000_000))
    rates = (Decimal("0.004"), Decimal("0.01"), Decimal("0.05"))
    leverages = (leverage_max, min(leverage_max, 50), 10)
    tiers: list[MarginTier] = []
    amount = Decimal(0)
    for index, rate in enumerate(rates):
        if index:
            amount += bounds[index] * (rate - rates[index - 1])
        tiers.append(
            MarginTier(
                notional_floor=bounds[index],
                notional_cap=bounds[index + 1],
                leverage_max=leverages[index],
                maintenance_fraction=rate,
                maintenance_amount=amount,
            )
        )
    return tuple(tiers)


def _usdt_instruments() -> Iterator[Instrument]:
    """Yield the pairs and perpetuals quoted in USDT."""
    for base, (tick, step, swap_tick, swap_step, swap_notional, turnover) in _USDT_LISTINGS.items():
        yield Instrument(
            symbol=f"{base}USDT",
            market="spot",
            base=base,
            quote="USDT",
            tick=Decimal(tick),
            step=Decimal(step),
            notional_min=Decimal(5),
            daily_turnover=Decimal(turnover) * 1_000_000,
        )
        if swap_tick is None:
            continue
        yield Instrument(
            symbol=f"{base}USDT",
            market="swap",
            base=base,
            quote="USDT",
            tick=Decimal(swap_tick),
            step=Decimal(swap_step),
            notional_min=Decimal(swap_notional),
            daily_turnover=Decimal(turnover) * 3_000_000,
            tiers=_tiers(125 if base in {"BTC", "ETH"} else 75),
        )


def default_instruments() -> dict[tuple[Market, str], Instrument]:
    """Build the venue's catalogue by (market, symbol), in listing order."""
    listed = {instrument.key: instrument for instrument in _usdt_instruments()}
    for symbol, (base, quote, tick, step, notional, turnover, level) in _CROSS_LISTINGS.items():
        instrument = Instrument(
            symbol=symbol,
            market="spot",
            base=base,
            quote=quote,
            tick=Decimal(tick),
            step=Decimal(step),
            notional_min=Decimal(notional),
            daily_turnover=Decimal(turnover),
            liquidity=LiquidityProfile(level_notional=Decimal(level)),
        )
        listed[instrument.key] = instrument
    return listed
