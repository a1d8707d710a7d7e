"""Which handler serves which path, and with which key permission."""

from infra.simulators.exchange.protocol import Handler, Route

from . import account, assets, lists, market, orders, positions

READ = "enable_reading"
#: Of spot or of contracts, by the category.
TRADE = "trade"


def _public(handler: Handler) -> Route:
    return Route(handler, "spot")


def _signed(handler: Handler, permission: str = READ) -> Route:
    return Route(handler, "spot", 1, permission)


ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/v5/market/time"): _public(market.server_time),
    ("GET", "/v5/system/status"): _public(market.system_status),
    ("GET", "/v5/market/instruments-info"): _public(market.instruments_info),
    ("GET", "/v5/market/tickers"): _public(market.tickers),
    ("GET", "/v5/market/orderbook"): _public(market.orderbook),
    ("GET", "/v5/market/kline"): _public(market.kline),
    ("GET", "/v5/market/mark-price-kline"): _public(market.mark_kline),
    ("GET", "/v5/market/funding/history"): _public(market.funding_history),
    ("GET", "/v5/market/recent-trade"): _public(market.recent_trades),
    ("POST", "/v5/order/create"): _signed(orders.create, TRADE),
    ("POST", "/v5/order/amend"): _signed(orders.amend, TRADE),
    ("POST", "/v5/order/cancel"): _signed(orders.cancel, TRADE),
    ("POST", "/v5/order/cancel-all"): _signed(orders.cancel_all, TRADE),
    ("GET", "/v5/order/realtime"): _signed(lists.realtime),
    ("GET", "/v5/order/history"): _signed(lists.history),
    ("GET", "/v5/execution/list"): _signed(lists.executions),
    ("GET", "/v5/position/list"): _signed(positions.position_list),
    ("POST", "/v5/position/set-leverage"): _signed(positions.set_leverage, TRADE),
    ("POST", "/v5/position/switch-mode"): _signed(positions.switch_mode, TRADE),
    ("GET", "/v5/account/wallet-balance"): _signed(account.wallet_balance),
    ("GET", "/v5/account/info"): _signed(account.info),
    ("GET", "/v5/account/fee-rate"): _signed(account.fee_rate),
    ("GET", "/v5/account/transaction-log"): _signed(account.transaction_log),
    ("GET", "/v5/user/query-api"): _signed(account.query_api),
    ("GET", "/v5/asset/coin/query-info"): _signed(assets.coins),
    ("GET", "/v5/asset/deposit/query-record"): _signed(assets.deposits),
    ("GET", "/v5/asset/withdraw/query-record"): _signed(assets.withdrawals),
    ("GET", "/v5/asset/transfer/query-inter-transfer-list"): _signed(assets.inner_transfers),
}
#: Where categories that hold nothing here may be asked for.
ANY_CATEGORY: frozenset[Handler] = frozenset({market.instruments_info, market.tickers})
