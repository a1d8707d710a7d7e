"""exchangeInfo of both markets."""

from .context import Context
from .filters import (
    SPOT_MULTIPLIER_DOWN,
    SPOT_MULTIPLIER_UP,
    SWAP_MULTIPLIER_DOWN,
    SWAP_MULTIPLIER_UP,
)
from .instruments import SPOT_ORDER_TYPES, SWAP_ORDER_TYPES, Instrument
from .money import fixed, plain
from .orders import SelfTradePrevention
from .render import Json

# Perpetuals have this delivery date on Binance.
PERPETUAL_DELIVERY_MS = 4_133_404_800_000
ONBOARD_MS = 1_567_965_300_000
_MODES = [str(mode) for mode in SelfTradePrevention]


def _rate_limits(weight: int) -> list[Json]:
    return [
        {
            "rateLimitType": "REQUEST_WEIGHT",
            "interval": "MINUTE",
            "intervalNum": 1,
            "limit": weight,
        }
    ]


def _price_and_lot(instrument: Instrument) -> list[Json]:
    if instrument.market == "spot":
        price = quantity = 8
    else:
        price, quantity = instrument.price_places, instrument.quantity_places
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": fixed(instrument.price_min, price),
            "maxPrice": fixed(instrument.price_max, price),
            "tickSize": fixed(instrument.tick, price),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": fixed(instrument.quantity_min, quantity),
            "maxQty": fixed(instrument.quantity_max, quantity),
            "stepSize": fixed(instrument.step, quantity),
        },
    ]


def _status(ctx: Context, instrument: Instrument) -> str:
    return "BREAK" if ctx.venue.state.price(instrument) is None else "TRADING"


def _spot_symbol(ctx: Context, instrument: Instrument) -> Json:
    return {
        "symbol": instrument.symbol,
        "status": _status(ctx, instrument),
        "baseAsset": instrument.base,
        "baseAssetPrecision": 8,
        "quoteAsset": instrument.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": list(SPOT_ORDER_TYPES),
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": True,
        "amendAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": [
            *_price_and_lot(instrument),
            {
                "filterType": "PERCENT_PRICE_BY_SIDE",
                "bidMultiplierUp": plain(SPOT_MULTIPLIER_UP),
                "bidMultiplierDown": plain(SPOT_MULTIPLIER_DOWN),
                "askMultiplierUp": plain(SPOT_MULTIPLIER_UP),
                "askMultiplierDown": plain(SPOT_MULTIPLIER_DOWN),
                "avgPriceMins": 0,
            },
            {
                "filterType": "NOTIONAL",
                "minNotional": fixed(instrument.notional_min),
                "applyMinToMarket": True,
                "maxNotional": fixed(instrument.quantity_max * instrument.price_max),
                "applyMaxToMarket": False,
                "avgPriceMins": 0,
            },
        ],
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": _MODES,
    }


def spot(ctx: Context) -> Json:
    """GET /api/v3/exchangeInfo."""
    wanted = ctx.params.text("symbol")
    instruments = ctx.venue.state.listed("spot") if wanted is None else [ctx.instrument()]
    return {
        "timezone": "UTC",
        "serverTime": ctx.now_ms,
        "rateLimits": _rate_limits(6000),
        "exchangeFilters": [],
        "symbols": [_spot_symbol(ctx, instrument) for instrument in instruments],
    }


def _swap_symbol(ctx: Context, instrument: Instrument) -> Json:
    largest = instrument.tiers[0]
    return {
        "symbol": instrument.symbol,
        "pair": instrument.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": PERPETUAL_DELIVERY_MS,
        "onboardDate": ONBOARD_MS,
        "status": _status(ctx, instrument),
        "maintMarginPercent": plain(largest.maintenance_fraction * 100),
        "requiredMarginPercent": plain(largest.maintenance_fraction * 200),
        "baseAsset": instrument.base,
        "quoteAsset": instrument.quote,
        "marginAsset": instrument.quote,
        "pricePrecision": instrument.price_places,
        "quantityPrecision": instrument.quantity_places,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.000000",
        "marketTakeBound": "0.05",
        "orderTypes": list(SWAP_ORDER_TYPES),
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
        "filters": [
            *_price_and_lot(instrument),
            {"filterType": "MIN_NOTIONAL", "notional": plain(instrument.notional_min)},
            {
                "filterType": "PERCENT_PRICE",
                "multiplierUp": fixed(SWAP_MULTIPLIER_UP, 4),
                "multiplierDown": fixed(SWAP_MULTIPLIER_DOWN, 4),
                "multiplierDecimal": "4",
            },
        ],
    }


def swap(ctx: Context) -> Json:
    """GET /fapi/v1/exchangeInfo."""
    return {
        "timezone": "UTC",
        "serverTime": ctx.now_ms,
        "futuresType": "U_MARGINED",
        "rateLimits": _rate_limits(2400),
        "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "0"}],
        "symbols": [_swap_symbol(ctx, item) for item in ctx.venue.state.listed("swap")],
    }


def coin_margined(ctx: Context) -> Json:
    """GET /dapi/v1/exchangeInfo: no coin-margined contracts, but ccxt asks when loading markets."""
    return {
        "timezone": "UTC",
        "serverTime": ctx.now_ms,
        "rateLimits": _rate_limits(2400),
        "exchangeFilters": [],
        "symbols": [],
    }
