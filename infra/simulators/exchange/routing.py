"""Which handler serves which path, at what weight, and with which key permission."""

from . import exchange_info, market_data, spot_orders, swap_account, swap_orders, wallet, wallet_moves
from .protocol import Handler, Route

READ = "enable_reading"
TRADE_SPOT = "enable_spot_and_margin_trading"
TRADE_SWAP = "enable_futures"


def _spot(handler: Handler, weight: int = 1, permission: str | None = None) -> Route:
    return Route(handler, "spot", weight, permission)


def _swap(handler: Handler, weight: int = 1, permission: str | None = None) -> Route:
    return Route(handler, "swap", weight, permission)


_SPOT_ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/api/v3/ping"): _spot(market_data.ping),
    ("GET", "/api/v3/time"): _spot(market_data.server_time),
    ("GET", "/api/v3/exchangeInfo"): _spot(exchange_info.spot, 20),
    ("GET", "/api/v3/depth"): _spot(market_data.depth, 5),
    ("GET", "/api/v3/klines"): _spot(market_data.klines, 2),
    ("GET", "/api/v3/ticker/24hr"): _spot(market_data.day_tickers, 2),
    ("GET", "/api/v3/ticker/price"): _spot(market_data.price_tickers, 2),
    ("GET", "/api/v3/ticker/bookTicker"): _spot(market_data.book_tickers, 2),
    ("POST", "/api/v3/order"): _spot(spot_orders.place, 1, TRADE_SPOT),
    ("GET", "/api/v3/order"): _spot(spot_orders.query, 4, READ),
    ("DELETE", "/api/v3/order"): _spot(spot_orders.cancel, 1, TRADE_SPOT),
    ("POST", "/api/v3/order/cancelReplace"): _spot(spot_orders.cancel_replace, 1, TRADE_SPOT),
    ("GET", "/api/v3/openOrders"): _spot(spot_orders.open_orders, 6, READ),
    ("DELETE", "/api/v3/openOrders"): _spot(spot_orders.cancel_all, 1, TRADE_SPOT),
    ("GET", "/api/v3/allOrders"): _spot(spot_orders.all_orders, 20, READ),
    ("GET", "/api/v3/myTrades"): _spot(spot_orders.my_trades, 20, READ),
    ("GET", "/api/v3/account"): _spot(spot_orders.account, 20, READ),
}
_WALLET_ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/sapi/v1/system/status"): _spot(wallet.system_status),
    ("GET", "/sapi/v1/account/apiRestrictions"): _spot(wallet.api_restrictions, 1, READ),
    ("GET", "/sapi/v1/capital/config/getall"): _spot(wallet.coins, 10, READ),
    ("GET", "/sapi/v1/capital/deposit/hisrec"): _spot(wallet.deposits, 1, READ),
    ("GET", "/sapi/v1/capital/withdraw/history"): _spot(wallet.withdrawals, 1, READ),
    ("GET", "/sapi/v1/asset/tradeFee"): _spot(wallet.trade_fees, 1, READ),
    ("GET", "/sapi/v1/asset/transfer"): _spot(wallet_moves.asset_transfers, 1, READ),
    ("GET", "/sapi/v1/spot/delist-schedule"): _spot(wallet.delist_schedule, 100, READ),
    ("GET", "/sapi/v1/margin/allPairs"): _spot(wallet.no_margin_pairs, 1, READ),
    ("GET", "/sapi/v1/margin/isolated/allPairs"): _spot(wallet.no_margin_pairs, 10, READ),
}
_SWAP_PUBLIC_ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/dapi/v1/exchangeInfo"): _swap(exchange_info.coin_margined),
    ("GET", "/fapi/v1/ping"): _swap(market_data.ping),
    ("GET", "/fapi/v1/time"): _swap(market_data.server_time),
    ("GET", "/fapi/v1/exchangeInfo"): _swap(exchange_info.swap),
    ("GET", "/fapi/v1/depth"): _swap(market_data.depth, 5),
    ("GET", "/fapi/v1/klines"): _swap(market_data.klines, 5),
    ("GET", "/fapi/v1/markPriceKlines"): _swap(market_data.klines, 5),
    ("GET", "/fapi/v1/ticker/24hr"): _swap(market_data.day_tickers),
    ("GET", "/fapi/v1/ticker/price"): _swap(market_data.price_tickers),
    ("GET", "/fapi/v2/ticker/price"): _swap(market_data.price_tickers),
    ("GET", "/fapi/v1/ticker/bookTicker"): _swap(market_data.book_tickers, 2),
    ("GET", "/fapi/v1/premiumIndex"): _swap(market_data.premium_index),
}
_SWAP_SIGNED_ROUTES: dict[tuple[str, str], Route] = {
    ("POST", "/fapi/v1/order"): _swap(swap_orders.place, 1, TRADE_SWAP),
    ("PUT", "/fapi/v1/order"): _swap(swap_orders.amend, 1, TRADE_SWAP),
    ("GET", "/fapi/v1/order"): _swap(swap_orders.query, 1, READ),
    ("DELETE", "/fapi/v1/order"): _swap(swap_orders.cancel, 1, TRADE_SWAP),
    ("GET", "/fapi/v1/openOrder"): _swap(swap_orders.query_open, 1, READ),
    ("GET", "/fapi/v1/openOrders"): _swap(swap_orders.open_orders, 1, READ),
    ("DELETE", "/fapi/v1/allOpenOrders"): _swap(swap_orders.cancel_all, 1, TRADE_SWAP),
    ("GET", "/fapi/v1/allOrders"): _swap(swap_orders.all_orders, 5, READ),
    ("GET", "/fapi/v1/userTrades"): _swap(swap_orders.user_trades, 5, READ),
    ("POST", "/fapi/v1/algoOrder"): _swap(swap_orders.place_algo, 1, TRADE_SWAP),
    ("GET", "/fapi/v1/algoOrder"): _swap(swap_orders.query_algo, 1, READ),
    ("DELETE", "/fapi/v1/algoOrder"): _swap(swap_orders.cancel_algo, 1, TRADE_SWAP),
    ("GET", "/fapi/v1/openAlgoOrders"): _swap(swap_orders.open_algos, 1, READ),
    ("GET", "/fapi/v1/allAlgoOrders"): _swap(swap_orders.all_algos, 5, READ),
    ("DELETE", "/fapi/v1/algoOpenOrders"): _swap(swap_orders.cancel_all_algos, 1, TRADE_SWAP),
    ("GET", "/fapi/v1/income"): _swap(wallet_moves.income, 30, READ),
    ("GET", "/fapi/v2/account"): _swap(swap_account.account, 5, READ),
    ("GET", "/fapi/v3/account"): _swap(swap_account.account, 5, READ),
    ("GET", "/fapi/v2/balance"): _swap(swap_account.balance, 5, READ),
    ("GET", "/fapi/v3/balance"): _swap(swap_account.balance, 5, READ),
    ("GET", "/fapi/v3/positionRisk"): _swap(swap_account.position_risk, 5, READ),
    ("POST", "/fapi/v1/leverage"): _swap(swap_account.set_leverage, 1, TRADE_SWAP),
    ("POST", "/fapi/v1/marginType"): _swap(swap_account.set_margin_type, 1, TRADE_SWAP),
    ("GET", "/fapi/v1/positionSide/dual"): _swap(swap_account.position_mode, 30, READ),
    ("POST", "/fapi/v1/positionSide/dual"): _swap(swap_account.set_position_mode, 1, TRADE_SWAP),
    ("GET", "/fapi/v1/multiAssetsMargin"): _swap(swap_account.asset_mode, 30, READ),
    ("GET", "/fapi/v1/leverageBracket"): _swap(swap_account.leverage_brackets, 1, READ),
    ("GET", "/fapi/v1/commissionRate"): _swap(swap_account.commission_rate, 20, READ),
    ("GET", "/fapi/v1/accountConfig"): _swap(swap_account.account_config, 5, READ),
    ("GET", "/fapi/v1/symbolConfig"): _swap(swap_account.symbol_config, 5, READ),
}
ROUTES = _SPOT_ROUTES | _WALLET_ROUTES | _SWAP_PUBLIC_ROUTES | _SWAP_SIGNED_ROUTES
#: What a list of all markets weighs where one market's weighs less.
_WEIGHTS_OF_ALL = {
    "/api/v3/openOrders": 80,
    "/api/v3/ticker/24hr": 80,
    "/api/v3/ticker/bookTicker": 4,
    "/fapi/v1/openOrders": 40,
    "/fapi/v1/openAlgoOrders": 40,
    "/fapi/v1/ticker/24hr": 40,
    "/fapi/v1/ticker/bookTicker": 5,
}


def weigh(route: Route, method: str, path: str, query: str) -> int:
    """Return what a request weighs."""
    names = {pair.partition("=")[0] for pair in query.split("&")}
    is_of_all = method == "GET" and not {"symbol", "symbols"} & names
    return _WEIGHTS_OF_ALL.get(path, route.weight) if is_of_all else route.weight
