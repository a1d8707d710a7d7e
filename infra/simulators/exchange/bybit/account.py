"""The unified account: wallet, fees, what the key may do, and what has moved the wallet."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from zlib import crc32

from infra.simulators.exchange.context import Context
from infra.simulators.exchange.margin import margin_of_symbol, margin_summary, unrealized_pnl
from infra.simulators.exchange.money import ZERO, plain
from infra.simulators.exchange.orders import Trade
from infra.simulators.exchange.positions import SymbolMargin
from infra.simulators.exchange.render import Json

from .errors import bad_parameter
from .ids import number_to_id
from .pages import Place, page, period

_LOG_DEFAULT, _LOG_MAX = 20, 50
_UNIFIED_STATUS = 5
_INCOMING = frozenset({"deposit", "move_in"})


def wallet_balance(ctx: Context) -> Json:
    """GET /v5/account/wallet-balance: totals in USD, and each coin with the profit and loss of what it settles."""
    if ctx.params.required("accountType") != "UNIFIED":
        raise bad_parameter("accountType only support UNIFIED.")
    named = ctx.params.text("coin")
    wanted = None if named is None else set(named.split(","))
    coins = [coin for coin in _assets(ctx) if wanted is None or coin in wanted]
    state, caller = ctx.venue.state, ctx.caller
    summary = margin_summary(state, caller)
    held = {coin: ctx.distorted(coin, caller.spot.of(coin).total) for coin in _assets(ctx)}
    paid_in = sum((amount * state.dollars(coin) for coin, amount in held.items()), ZERO)
    account: Json = {
        "accountType": "UNIFIED",
        "accountLTV": "",
        "accountIMRate": _rate(summary.initial, summary.balance),
        "accountMMRate": _rate(summary.maintenance, summary.balance),
        "totalEquity": plain(paid_in + summary.unrealized_pnl),
        "totalWalletBalance": plain(paid_in),
        "totalMarginBalance": plain(summary.balance),
        "totalAvailableBalance": plain(summary.available),
        "totalPerpUPL": plain(summary.unrealized_pnl),
        "totalInitialMargin": plain(summary.initial),
        "totalMaintenanceMargin": plain(summary.maintenance),
        "coin": [_coin(ctx, coin, held[coin]) for coin in coins],
    }
    return {"list": [account]}


def _rate(margin: Decimal, balance: Decimal) -> str:
    return plain((margin / balance).quantize(Decimal("0.0001"))) if balance > 0 else ""


def _assets(ctx: Context) -> list[str]:
    """Return the coins that the account holds or owes, or whose contracts it has a position in."""
    settled = {p.instrument.quote for p in ctx.caller.futures.positions.values() if p.quantity}
    return sorted({asset for asset, held in ctx.caller.spot.balances.items() if held.total} | settled)


def _coin(ctx: Context, asset: str, held: Decimal) -> Json:
    state, caller = ctx.venue.state, ctx.caller
    margin = SymbolMargin(position=ZERO, orders=ZERO, maintenance=ZERO)
    open_profit = ZERO
    for instrument in state.listed("swap"):
        if instrument.quote == asset:
            margin += margin_of_symbol(state, caller, instrument)
            open_profit += unrealized_pnl(state, caller, instrument)
    equity = held + open_profit
    return {
        "coin": asset,
        "equity": plain(equity),
        "usdValue": plain(equity * state.dollars(asset)),
        "walletBalance": plain(held),
        "locked": plain(caller.spot.of(asset).locked),
        "unrealisedPnl": plain(open_profit),
        "cumRealisedPnl": "0",
        "totalOrderIM": plain(margin.orders),
        "totalPositionIM": plain(margin.position),
        "totalPositionMM": plain(margin.maintenance),
        "borrowAmount": "0",
        "accruedInterest": "0",
        "availableToWithdraw": "",
        "availableToBorrow": "",
        "bonus": "0",
        "spotHedgingQty": "0",
        "marginCollateral": True,
        "collateralSwitch": True,
    }


def info(ctx: Context) -> Json:
    """GET /v5/account/info."""
    return {
        "unifiedMarginStatus": _UNIFIED_STATUS,
        "marginMode": "REGULAR_MARGIN",
        "isMasterTrader": False,
        "spotHedgingStatus": "OFF",
        "dcpStatus": "OFF",
        "timeWindow": 0,
        "smpGroup": 0,
        "updatedTime": str(ctx.caller.updated_ms),
    }


def query_api(ctx: Context) -> Json:
    """GET /v5/user/query-api: what the calling key may do; the owner's number follows from the account's name."""
    key = ctx.key
    if key is None:
        return {}
    rights = key.permissions
    trades = rights.enable_futures or rights.enable_spot_and_margin_trading
    moves = (rights.enable_internal_transfer, "AccountTransfer"), (rights.enable_withdrawals, "Withdraw")
    return {
        "id": str(crc32(key.key.encode())),
        "note": "",
        "apiKey": key.key,
        "readOnly": 0 if trades else 1,
        "secret": "",
        "permissions": {
            "ContractTrade": ["Order", "Position"] if rights.enable_futures else [],
            "Spot": ["SpotTrade"] if rights.enable_spot_and_margin_trading else [],
            "Wallet": [word for allowed, word in moves if allowed],
            "Options": [],
            "Derivatives": ["DerivativesTrade"] if rights.enable_futures else [],
            "Exchange": [],
            "NFT": [],
        },
        "ips": list(rights.ip_allow_list) or ["*"],
        "type": 1,
        "deadlineDay": 90,
        "createdAt": datetime.fromtimestamp(key.created_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "unified": 0,
        "uta": 1,
        "userID": crc32(ctx.caller.account_id.encode()),
        "isMaster": True,
    }


def fee_rate(ctx: Context) -> Json:
    """GET /v5/account/fee-rate."""
    fees = ctx.caller.fees
    maker, taker = (plain(fees.rate(ctx.market, is_maker=is_maker)) for is_maker in (True, False))
    rows = [{"symbol": i.symbol, "makerFeeRate": maker, "takerFeeRate": taker} for i in ctx.instruments()]
    return {"category": ctx.params.text("category"), "list": rows}


def transaction_log(ctx: Context) -> Json:
    """GET /v5/account/transaction-log: trades, funding and transfers of the wallet."""
    start, end = period(ctx)
    kind, coin = ctx.params.text("type"), ctx.params.text("currency")
    rows = [
        (place, row)
        for place, row in _with_balances(ctx)
        if start <= place[0] <= end and kind in {None, row["type"]} and coin in {None, row["currency"]}
    ]
    return page(ctx, rows, lambda item: item[0], lambda item: item[1], default=_LOG_DEFAULT, most=_LOG_MAX)


def _with_balances(ctx: Context) -> Iterator[tuple[Place, Json]]:
    """Yield the log, newest first, with what the wallet held of the coin after each row."""
    held = {coin: balance.total for coin, balance in ctx.caller.spot.balances.items()}
    for place, row in sorted(_log(ctx), key=lambda item: item[0], reverse=True):
        coin = str(row["currency"])
        yield place, row | {"cashBalance": plain(held.get(coin, ZERO))}
        held[coin] = held.get(coin, ZERO) - Decimal(str(row["change"]))


def _log(ctx: Context) -> Iterator[tuple[Place, Json]]:
    for trade in ctx.caller.trades:
        spot = trade.instrument.market == "spot"
        for asset, amount in _moved(trade) if spot else ((trade.instrument.quote, trade.realized_pnl),):
            fee = trade.fee if asset == trade.fee_asset else ZERO
            row = _log_row(trade.trade_id, "TRADE", asset, amount - fee, trade.at_ms, fee=fee, flow=amount)
            yield (trade.at_ms, trade.trade_id), row | {"symbol": trade.instrument.symbol}
    for payment in ctx.caller.funding:
        row = _log_row(payment.payment_id, "SETTLEMENT", payment.asset, payment.amount, payment.at_ms)
        yield (payment.at_ms, payment.payment_id), row | {"symbol": payment.symbol, "funding": plain(payment.amount)}
    for number, moved in enumerate(ctx.caller.transfers):
        incoming = moved.kind in _INCOMING
        amount = moved.amount if incoming else -moved.amount
        kind = "TRANSFER_IN" if incoming else "TRANSFER_OUT"
        yield (moved.at_ms, number), _log_row(number, kind, moved.asset, amount, moved.at_ms, flow=amount)


def _moved(trade: Trade) -> tuple[tuple[str, Decimal], tuple[str, Decimal]]:
    """Return what a spot fill moves of both coins, before its fee."""
    sign = trade.side.sign
    return (trade.instrument.base, sign * trade.quantity), (trade.instrument.quote, -sign * trade.quote_quantity)


def _log_row(
    number: int, kind: str, asset: str, change: Decimal, at_ms: int, *, fee: Decimal = ZERO, flow: Decimal = ZERO
) -> Json:
    return {
        "id": number_to_id(number, "swap"),
        "symbol": "",
        "type": kind,
        "currency": asset,
        "change": plain(change),
        "cashFlow": plain(flow),
        "fee": plain(fee),
        "funding": "",
        "transactionTime": str(at_ms),
    }
