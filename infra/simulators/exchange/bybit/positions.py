"""Positions of contracts, their leverage and their mode."""

from decimal import Decimal

from infra.simulators.exchange.context import Context
from infra.simulators.exchange.instruments import Instrument
from infra.simulators.exchange.margin import liquidation_price, margin_of_symbol, margin_summary
from infra.simulators.exchange.money import ZERO, parse_decimal, plain
from infra.simulators.exchange.orders import Leg
from infra.simulators.exchange.positions import Position
from infra.simulators.exchange.render import Json

from .errors import Refusal, bad_parameter
from .pages import page
from .render import POSITION_INDEXES

_DEFAULT, _MAX = 20, 200
_ONE_WAY, _HEDGE = "0", "3"


def position_list(ctx: Context) -> Json:
    """GET /v5/position/list: what is held; of one symbol the flat positions too."""
    _require_linear(ctx)
    symbol, settle = ctx.params.text("symbol"), ctx.params.text("settleCoin")
    if symbol is not None:
        found = _positions_of(ctx, ctx.instrument())
    elif settle is not None or ctx.params.text("baseCoin") is not None:
        base = ctx.params.text("baseCoin")
        found = [
            position
            for position in ctx.caller.futures.positions.values()
            if position.quantity
            and settle in {None, position.instrument.quote}
            and base in {None, position.instrument.base}
        ]
    else:
        raise bad_parameter("Missing some parameters that must be filled in, symbol or settleCoin")
    order = {id(position): number for number, position in enumerate(found)}
    return page(
        ctx,
        found,
        lambda position: (position.updated_ms, order[id(position)]),
        lambda position: _row(ctx, position),
        default=_DEFAULT,
        most=_MAX,
    )


def set_leverage(ctx: Context) -> Json:
    """POST /v5/position/set-leverage: one leverage for both sides, as in cross margin."""
    _require_linear(ctx)
    instrument, futures = ctx.instrument(), ctx.caller.futures
    buy, sell = ctx.params.required("buyLeverage"), ctx.params.required("sellLeverage")
    value = parse_decimal(buy)
    if value is None or buy != sell or value != int(value):
        raise bad_parameter("buy leverage and sell leverage must be the same whole number")
    leverage, before = int(value), futures.leverage_of(instrument.symbol)
    if not 1 <= leverage <= instrument.tiers[0].leverage_max:
        raise Refusal(110013, "cannot set leverage due to risk limit")
    if leverage == before:
        raise Refusal(110043, "leverage not modified")
    futures.leverage[instrument.symbol] = leverage
    summary = margin_summary(ctx.venue.state, ctx.caller)
    if leverage < before and summary.initial > summary.balance:
        futures.leverage[instrument.symbol] = before
        raise Refusal(110044, "Available margin is insufficient")
    return {}


def switch_mode(ctx: Context) -> Json:
    """POST /v5/position/switch-mode: of one contract, or of all that settle in a coin, where nothing is open."""
    _require_linear(ctx)
    mode, coin = ctx.params.required("mode"), ctx.params.text("coin")
    if mode not in {_ONE_WAY, _HEDGE}:
        raise bad_parameter("params error: mode invalid")
    if ctx.params.text("symbol") is not None:
        chosen = [ctx.instrument()]
    elif coin is not None:
        chosen = [item for item in ctx.venue.state.listed("swap") if item.quote == coin]
    else:
        raise bad_parameter("Missing some parameters that must be filled in, symbol or coin")
    futures, symbols = ctx.caller.futures, {item.symbol for item in chosen}
    if all(futures.is_hedged(symbol) is (mode == _HEDGE) for symbol in symbols):
        raise Refusal(110025, "Position mode is not modified")
    if any(position.quantity for symbol in symbols for position in futures.legs(symbol)):
        raise Refusal(110024, "You have an existing position, so position mode cannot be switched")
    if any(order.instrument.symbol in symbols for order in ctx.caller.open_orders("swap")):
        raise Refusal(110028, "Open orders exist, so you cannot change position mode")
    futures.hedged = futures.hedged | symbols if mode == _HEDGE else futures.hedged - symbols
    return {}


def _require_linear(ctx: Context) -> None:
    if ctx.market != "swap":
        raise bad_parameter("params error: category invalid")


def _positions_of(ctx: Context, instrument: Instrument) -> list[Position]:
    futures = ctx.caller.futures
    legs = (Leg.LONG, Leg.SHORT) if futures.is_hedged(instrument.symbol) else (Leg.BOTH,)
    return [futures.position(instrument, leg) for leg in legs]


def _row(ctx: Context, position: Position) -> Json:
    instrument, state = position.instrument, ctx.venue.state
    mark, held = state.mark(instrument), position.quantity
    margin = margin_of_symbol(state, ctx.caller, instrument)
    share = _share(ctx, position)
    hedged = position.leg != Leg.BOTH
    return {
        "positionIdx": POSITION_INDEXES[Leg(position.leg)],
        "symbol": instrument.symbol,
        "side": ("Buy" if held > 0 else "Sell") if held else "",
        "size": plain(abs(held)),
        "avgPrice": plain(position.entry_price),
        "positionValue": plain(abs(position.entry_cost)),
        "leverage": str(ctx.caller.futures.leverage_of(instrument.symbol)),
        "markPrice": plain(mark),
        "liqPrice": "" if hedged or not held else plain(liquidation_price(state, ctx.caller, instrument)),
        "bustPrice": "",
        "unrealisedPnl": plain(position.unrealized_pnl(mark)),
        "curRealisedPnl": "0",
        "cumRealisedPnl": "0",
        "positionIM": plain(margin.position * share),
        "positionMM": plain(margin.maintenance * share),
        "positionBalance": "",
        "positionStatus": "Normal",
        "tradeMode": 0,
        "autoAddMargin": 0,
        "adlRankIndicator": 0,
        "isReduceOnly": False,
        "riskId": 1,
        "riskLimitValue": plain(instrument.tiers[0].notional_cap),
        "takeProfit": "",
        "stopLoss": "",
        "trailingStop": "0",
        "createdTime": str(position.updated_ms),
        "updatedTime": str(position.updated_ms),
        "seq": state.sequences.value,
    }


def _share(ctx: Context, position: Position) -> Decimal:
    """Return which part of a contract's margin is a leg's."""
    whole = sum((abs(leg.quantity) for leg in ctx.caller.futures.legs(position.instrument.symbol)), ZERO)
    return abs(position.quantity) / whole if whole else ZERO
