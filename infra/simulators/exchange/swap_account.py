"""USD-M futures account: /fapi balances, positions, leverage and modes."""

from .context import Context
from .errors import VenueError
from .instruments import Instrument
from .margin import MarginSummary, liquidation_price, margin_of_symbol, margin_summary
from .money import ZERO, fixed, plain
from .positions import Position
from .render import Json
from .state import SETTLEMENT_ASSET

#: What the answers on an account and on its balances repeat of an asset.
_TOTALS = (
    "initialMargin", "maintMargin", "walletBalance", "unrealizedProfit", "marginBalance", "positionInitialMargin",
    "openOrderInitialMargin", "crossWalletBalance", "crossUnPnl",
)  # fmt: skip
_BALANCE = (
    "asset", "crossWalletBalance", "crossUnPnl", "availableBalance", "maxWithdrawAmount", "marginAvailable",
    "updateTime",
)  # fmt: skip


def _summary(ctx: Context) -> MarginSummary:
    return margin_summary(ctx.venue.state, ctx.caller)


def _assets(ctx: Context, summary: MarginSummary) -> list[Json]:
    """Return wallet balances; margin is held in the settlement asset alone."""
    balances = {SETTLEMENT_ASSET: ZERO, **ctx.caller.futures.balances}
    assets: list[Json] = []
    for asset, amount in balances.items():
        wallet = ctx.distorted(asset, amount)
        used = asset == SETTLEMENT_ASSET
        unrealized = summary.unrealized_pnl if used else ZERO
        initial = summary.initial if used else ZERO
        available = max(wallet + unrealized - initial, ZERO)
        assets.append(
            {
                "asset": asset,
                "walletBalance": fixed(wallet),
                "unrealizedProfit": fixed(unrealized),
                "marginBalance": fixed(wallet + unrealized),
                "maintMargin": fixed(summary.maintenance if used else ZERO),
                "initialMargin": fixed(initial),
                "positionInitialMargin": fixed(summary.position_initial if used else ZERO),
                "openOrderInitialMargin": fixed(summary.order_initial if used else ZERO),
                "crossWalletBalance": fixed(wallet),
                "crossUnPnl": fixed(unrealized),
                "availableBalance": fixed(available),
                "maxWithdrawAmount": fixed(min(available, max(wallet, ZERO))),
                "marginAvailable": True,
                # ccxt takes an asset with time 0 for one that was never used.
                "updateTime": ctx.caller.updated_ms or 1,
            }
        )
    return assets


def _position_terms(ctx: Context, position: Position) -> Json:
    """Return what every answer says of a position."""
    instrument, state = position.instrument, ctx.venue.state
    margin = margin_of_symbol(state, ctx.caller, instrument)
    return {
        "symbol": instrument.symbol,
        "positionSide": "BOTH",
        "positionAmt": fixed(position.quantity, instrument.quantity_places),
        "entryPrice": fixed(position.entry_price),
        "isolatedMargin": "0",
        "isolatedWallet": "0",
        "notional": fixed(position.notional(state.mark(instrument))),
        "initialMargin": fixed(margin.initial),
        "positionInitialMargin": fixed(margin.position),
        "openOrderInitialMargin": fixed(margin.orders),
        "maintMargin": fixed(margin.maintenance),
        "updateTime": position.updated_ms,
    }


def _account_position(ctx: Context, position: Position) -> Json:
    instrument = position.instrument
    return _position_terms(ctx, position) | {
        "unrealizedProfit": fixed(position.unrealized_pnl(ctx.venue.state.mark(instrument))),
        "leverage": str(ctx.caller.futures.leverage_of(instrument.symbol)),
        "isolated": False,
    }


def _account_terms(ctx: Context) -> Json:
    """Return what both answers say of the whole account."""
    return {
        "feeTier": 0,
        "canTrade": ctx.key is not None and ctx.key.permissions.enable_futures,
        "canDeposit": True,
        "canWithdraw": True,
        "multiAssetsMargin": False,
        "updateTime": 0,
    }


def account(ctx: Context) -> Json:
    """GET /fapi/v2/account and /fapi/v3/account."""
    assets = _assets(ctx, _summary(ctx))
    settled = next(item for item in assets if item["asset"] == SETTLEMENT_ASSET)
    held = (position for position in ctx.caller.futures.positions.values() if position.quantity)
    return {
        **_account_terms(ctx),
        **{f"total{name[0].upper()}{name[1:]}": settled[name] for name in _TOTALS},
        "availableBalance": settled["availableBalance"],
        "maxWithdrawAmount": settled["maxWithdrawAmount"],
        "assets": assets,
        "positions": [_account_position(ctx, position) for position in held],
    }


def balance(ctx: Context) -> list[Json]:
    """GET /fapi/v2/balance and /fapi/v3/balance."""
    return [
        {
            "accountAlias": ctx.caller.account_id,
            "balance": item["walletBalance"],
            **{name: item[name] for name in _BALANCE},
        }
        for item in _assets(ctx, _summary(ctx))
    ]


def _risk(ctx: Context, position: Position) -> Json:
    instrument, state = position.instrument, ctx.venue.state
    mark = state.mark(instrument)
    return _position_terms(ctx, position) | {
        "breakEvenPrice": fixed(position.entry_price),
        "markPrice": fixed(mark),
        "unRealizedProfit": fixed(position.unrealized_pnl(mark)),
        "liquidationPrice": fixed(liquidation_price(state, ctx.caller, instrument)),
        "adl": 0,
        "bidNotional": "0",
        "askNotional": "0",
        "marginAsset": instrument.quote,
    }


def position_risk(ctx: Context) -> list[Json]:
    """GET /fapi/v3/positionRisk: contracts with a position or open orders."""
    wanted = ctx.optional_instrument()
    futures = ctx.caller.futures
    symbols = {held.instrument.symbol for held in futures.positions.values() if held.quantity}
    symbols |= {order.instrument.symbol for order in ctx.caller.open_orders("swap")}
    instruments = [ctx.venue.state.instrument("swap", symbol) for symbol in sorted(symbols)]
    return [
        _risk(ctx, futures.position(instrument))
        for instrument in instruments
        if wanted is None or wanted.key == instrument.key
    ]


def set_leverage(ctx: Context) -> Json:
    """POST /fapi/v1/leverage."""
    instrument, leverage = ctx.instrument(), ctx.params.integer("leverage")
    futures, state = ctx.caller.futures, ctx.venue.state
    if leverage is None or not 1 <= leverage <= instrument.tiers[0].leverage_max:
        raise VenueError(-4028, f"Leverage {leverage} is not valid")
    before = futures.leverage_of(instrument.symbol)
    futures.leverage[instrument.symbol] = leverage
    summary = margin_summary(state, ctx.caller)
    if leverage < before and summary.initial > summary.balance:
        futures.leverage[instrument.symbol] = before
        raise VenueError(-2028, "Leverage is smaller than permitted: insufficient margin balance")
    return {"symbol": instrument.symbol, "leverage": leverage, "maxNotionalValue": _cap(instrument, leverage)}


def _cap(instrument: Instrument, leverage: int) -> str:
    """Return the largest position value that a leverage allows."""
    return plain([tier.notional_cap for tier in instrument.tiers if tier.leverage_max >= leverage][-1])


def set_margin_type(ctx: Context) -> Json:
    """POST /fapi/v1/marginType: cross margin is the only one."""
    ctx.instrument()
    if ctx.params.required("marginType") == "CROSSED":
        raise VenueError(-4046, "No need to change margin type.")
    raise VenueError(-1020, "This operation is not supported.")


def position_mode(ctx: Context) -> Json:
    """GET /fapi/v1/positionSide/dual."""
    return {"dualSidePosition": ctx.caller.futures.dual_side}


def set_position_mode(ctx: Context) -> Json:
    """POST /fapi/v1/positionSide/dual: refused while anything is open."""
    wanted, wallet = ctx.params.flag("dualSidePosition"), ctx.caller.futures
    if wanted is wallet.dual_side:
        raise VenueError(-4059, "No need to change position side.")
    if ctx.caller.open_orders("swap"):
        raise VenueError(-4067, "Position side cannot be changed if there exists open orders.")
    if any(position.quantity for position in wallet.positions.values()):
        raise VenueError(-4068, "Position side cannot be changed if there exists position.")
    wallet.dual_side = wanted
    return {"code": 200, "msg": "success"}


def asset_mode(ctx: Context) -> Json:
    """GET /fapi/v1/multiAssetsMargin: margin is held in one asset."""
    return {"multiAssetsMargin": _account_terms(ctx)["multiAssetsMargin"]}


def _brackets(instrument: Instrument) -> list[Json]:
    return [
        {
            "bracket": number,
            "initialLeverage": tier.leverage_max,
            "notionalCap": int(tier.notional_cap),
            "notionalFloor": int(tier.notional_floor),
            "maintMarginRatio": float(tier.maintenance_fraction),
            "cum": float(tier.maintenance_amount),
        }
        for number, tier in enumerate(instrument.tiers, start=1)
    ]


def leverage_brackets(ctx: Context) -> Json | list[Json]:
    """GET /fapi/v1/leverageBracket; ratios are JSON numbers there."""
    found: list[Json] = [{"symbol": item.symbol, "brackets": _brackets(item)} for item in ctx.instruments()]
    return found if ctx.optional_instrument() is None else found[0]


def commission_rate(ctx: Context) -> Json:
    """GET /fapi/v1/commissionRate."""
    fees = ctx.caller.fees
    return {
        "symbol": ctx.instrument().symbol,
        "makerCommissionRate": plain(fees.swap_maker),
        "takerCommissionRate": plain(fees.swap_taker),
    }


def account_config(ctx: Context) -> Json:
    """GET /fapi/v1/accountConfig."""
    return _account_terms(ctx) | {"dualSidePosition": ctx.caller.futures.dual_side, "tradeGroupId": -1}


def symbol_config(ctx: Context) -> list[Json]:
    """GET /fapi/v1/symbolConfig."""
    configs: list[Json] = []
    for item in ctx.instruments():
        leverage = ctx.caller.futures.leverage_of(item.symbol)
        terms = {"leverage": leverage, "maxNotionalValue": _cap(item, leverage)}
        configs.append({"symbol": item.symbol, "marginType": "CROSSED", "isAutoAddMargin": False} | terms)
    return configs
