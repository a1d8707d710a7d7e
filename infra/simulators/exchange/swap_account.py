"""USD-M futures account: /fapi balances, positions, leverage and modes."""

from decimal import Decimal

from .context import Context
from .errors import VenueError
from .instruments import Instrument
from .margin import (
    SETTLEMENT_ASSET,
    MarginSummary,
    liquidation_price,
    margin_of_symbol,
    margin_summary,
)
from .money import ZERO, fixed, plain
from .positions import Position, tier_of
from .render import Json


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


def _account_position(ctx: Context, position: Position) -> Json:
    instrument, state = position.instrument, ctx.venue.state
    mark, margin = state.mark(instrument), margin_of_symbol(state, ctx.caller, instrument)
    return {
        "symbol": instrument.symbol,
        "positionSide": "BOTH",
        "positionAmt": fixed(position.quantity, instrument.quantity_places),
        "unrealizedProfit": fixed(position.unrealized_pnl(mark)),
        "isolatedMargin": "0",
        "isolatedWallet": "0",
        "notional": fixed(position.notional(mark)),
        "initialMargin": fixed(margin.initial),
        "positionInitialMargin": fixed(margin.position),
        "openOrderInitialMargin": fixed(margin.orders),
        "maintMargin": fixed(margin.maintenance),
        "leverage": str(ctx.caller.futures.leverage_of(instrument.symbol)),
        "entryPrice": fixed(position.entry_price),
        "isolated": False,
        "updateTime": position.updated_ms,
    }


def account(ctx: Context) -> Json:
    """GET /fapi/v2/account and /fapi/v3/account."""
    summary = _summary(ctx)
    assets = _assets(ctx, summary)
    settled = next(item for item in assets if item["asset"] == SETTLEMENT_ASSET)
    key = ctx.key
    return {
        "feeTier": 0,
        "canTrade": key is not None and key.permissions.enable_futures,
        "canDeposit": True,
        "canWithdraw": True,
        "multiAssetsMargin": False,
        "updateTime": 0,
        "totalInitialMargin": settled["initialMargin"],
        "totalMaintMargin": settled["maintMargin"],
        "totalWalletBalance": settled["walletBalance"],
        "totalUnrealizedProfit": settled["unrealizedProfit"],
        "totalMarginBalance": settled["marginBalance"],
        "totalPositionInitialMargin": settled["positionInitialMargin"],
        "totalOpenOrderInitialMargin": settled["openOrderInitialMargin"],
        "totalCrossWalletBalance": settled["crossWalletBalance"],
        "totalCrossUnPnl": settled["crossUnPnl"],
        "availableBalance": settled["availableBalance"],
        "maxWithdrawAmount": settled["maxWithdrawAmount"],
        "assets": assets,
        "positions": [
            _account_position(ctx, position) for position in ctx.caller.futures.positions.values() if position.quantity
        ],
    }


def balance(ctx: Context) -> list[Json]:
    """GET /fapi/v2/balance and /fapi/v3/balance."""
    return [
        {
            "accountAlias": ctx.caller.account_id,
            "asset": item["asset"],
            "balance": item["walletBalance"],
            "crossWalletBalance": item["crossWalletBalance"],
            "crossUnPnl": item["crossUnPnl"],
            "availableBalance": item["availableBalance"],
            "maxWithdrawAmount": item["maxWithdrawAmount"],
            "marginAvailable": True,
            "updateTime": item["updateTime"],
        }
        for item in _assets(ctx, _summary(ctx))
    ]


def _risk(ctx: Context, position: Position, *, with_leverage: bool) -> Json:
    instrument, state = position.instrument, ctx.venue.state
    mark, margin = state.mark(instrument), margin_of_symbol(state, ctx.caller, instrument)
    notional = position.notional(mark)
    risk: Json = {
        "symbol": instrument.symbol,
        "positionSide": "BOTH",
        "positionAmt": fixed(position.quantity, instrument.quantity_places),
        "entryPrice": fixed(position.entry_price),
        "breakEvenPrice": fixed(position.entry_price),
        "markPrice": fixed(mark),
        "unRealizedProfit": fixed(position.unrealized_pnl(mark)),
        "liquidationPrice": fixed(liquidation_price(state, ctx.caller, instrument)),
        "isolatedMargin": "0",
        "notional": fixed(notional),
        "isolatedWallet": "0",
        "updateTime": position.updated_ms,
    }
    if with_leverage:
        return risk | {
            "leverage": str(ctx.caller.futures.leverage_of(instrument.symbol)),
            "maxNotionalValue": plain(tier_of(instrument, abs(notional)).notional_cap),
            "marginType": "cross",
            "isAutoAddMargin": "false",
        }
    return risk | {
        "initialMargin": fixed(margin.initial),
        "maintMargin": fixed(margin.maintenance),
        "positionInitialMargin": fixed(margin.position),
        "openOrderInitialMargin": fixed(margin.orders),
        "adl": 0,
        "bidNotional": "0",
        "askNotional": "0",
        "marginAsset": instrument.quote,
    }


def position_risk_v3(ctx: Context) -> list[Json]:
    """GET /fapi/v3/positionRisk: contracts with a position or open orders."""
    wanted = ctx.optional_instrument()
    futures = ctx.caller.futures
    symbols = {symbol for symbol, held in futures.positions.items() if held.quantity}
    symbols |= {order.instrument.symbol for order in ctx.caller.open_orders("swap")}
    instruments = [ctx.venue.state.instrument("swap", symbol) for symbol in sorted(symbols)]
    return [
        _risk(ctx, futures.position(instrument), with_leverage=False)
        for instrument in instruments
        if wanted is None or wanted.key == instrument.key
    ]


def position_risk_v2(ctx: Context) -> list[Json]:
    """GET /fapi/v2/positionRisk: every contract, flat ones too."""
    wanted = ctx.optional_instrument()
    instruments = ctx.venue.state.listed("swap") if wanted is None else [wanted]
    return [
        _risk(ctx, ctx.caller.futures.positions.get(item.symbol, Position(item)), with_leverage=True)
        for item in instruments
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
    caps = [tier.notional_cap for tier in instrument.tiers if tier.leverage_max >= leverage]
    return {
        "symbol": instrument.symbol,
        "leverage": leverage,
        "maxNotionalValue": plain(caps[-1]),
    }


def set_margin_type(ctx: Context) -> Json:
    """POST /fapi/v1/marginType: cross margin is the only one."""
    ctx.instrument()
    if ctx.params.required("marginType") == "CROSSED":
        raise VenueError(-4046, "No need to change margin type.")
    raise VenueError(-1020, "This operation is not supported.")


def position_mode(_ctx: Context) -> Json:
    """GET /fapi/v1/positionSide/dual."""
    return {"dualSidePosition": False}


def set_position_mode(ctx: Context) -> Json:
    """POST /fapi/v1/positionSide/dual: one-way mode is the only one."""
    if ctx.params.flag("dualSidePosition"):
        raise VenueError(-1020, "This operation is not supported.")
    raise VenueError(-4059, "No need to change position side.")


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
    wanted = ctx.optional_instrument()
    instruments = ctx.venue.state.listed("swap") if wanted is None else [wanted]
    found: list[Json] = [{"symbol": item.symbol, "brackets": _brackets(item)} for item in instruments]
    return found if wanted is None else found[0]


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
    key = ctx.key
    return {
        "feeTier": 0,
        "canTrade": key is not None and key.permissions.enable_futures,
        "canDeposit": True,
        "canWithdraw": True,
        "dualSidePosition": False,
        "multiAssetsMargin": False,
        "updateTime": 0,
        "tradeGroupId": -1,
    }


def symbol_config(ctx: Context) -> list[Json]:
    """GET /fapi/v1/symbolConfig."""
    wanted = ctx.optional_instrument()
    instruments = ctx.venue.state.listed("swap") if wanted is None else [wanted]
    configs: list[Json] = []
    for item in instruments:
        leverage = ctx.caller.futures.leverage_of(item.symbol)
        caps: list[Decimal] = [tier.notional_cap for tier in item.tiers if tier.leverage_max >= leverage]
        configs.append(
            {
                "symbol": item.symbol,
                "marginType": "CROSSED",
                "isAutoAddMargin": False,
                "leverage": leverage,
                "maxNotionalValue": plain(caps[-1]),
            }
        )
    return configs
