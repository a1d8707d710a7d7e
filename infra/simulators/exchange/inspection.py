"""What really happened at the venue, for assertions: accounts, orders, trades, requests."""

from dataclasses import asdict
from decimal import Decimal

from .accounts import Account
from .gateway import Gateway
from .money import plain
from .orders import Order, Trade
from .render import Json

_ORDER = (
    "order_id", "client_order_id", "side", "type", "time_in_force", "status", "quantity", "price", "executed",
    "quote_executed", "stop_price", "reduce_only", "created_ms", "updated_ms", "source",
)  # fmt: skip
_TRADE = (
    "trade_id", "order_id", "side", "price", "quantity", "fee", "fee_asset", "is_maker", "realized_pnl", "at_ms",
)  # fmt: skip


def _record(item: Order | Trade, names: tuple[str, ...]) -> Json:
    """Return an order or a trade with its account and market, and the fields named."""
    found: Json = {
        "account": item.account_id,
        "market": item.instrument.market,
        "symbol": item.instrument.symbol,
    }
    for name in names:
        value = getattr(item, name)
        found[name] = plain(value) if isinstance(value, Decimal) else value
    return found


def order_record(order: Order) -> Json:
    """Return an order in full."""
    return _record(order, _ORDER) | {"open": order.is_open}


def _account_record(account: Account) -> Json:
    return {
        "account": account.account_id,
        "keys": sorted(account.keys),
        "spot": {
            asset: {"free": plain(balance.free), "locked": plain(balance.locked)}
            for asset, balance in sorted(account.spot.balances.items())
        },
        "swap": {asset: plain(amount) for asset, amount in account.futures.balances.items()},
        "positions": {
            symbol: {
                "quantity": plain(position.quantity),
                "entry_cost": plain(position.entry_cost),
            }
            for symbol, position in account.futures.positions.items()
            if position.quantity
        },
        "open_orders": len(account.working),
    }


def list_accounts(gateway: Gateway, _body: Json) -> list[Json]:
    """GET /control/accounts: balances and positions, the house's too."""
    return [_account_record(account) for account in gateway.venue.state.accounts.values()]


def _matches(record: Json, query: Json) -> bool:
    """Tell whether a record has the values a query names."""
    return all(str(record.get(name)).lower() == str(value).lower() for name, value in query.items())


def list_orders(gateway: Gateway, query: Json) -> list[Json]:
    """GET /control/orders: every order ever accepted, filtered by any of its fields."""
    records = map(order_record, gateway.venue.state.orders.values())
    return [record for record in records if _matches(record, query)]


def list_trades(gateway: Gateway, query: Json) -> list[Json]:
    """GET /control/trades: every trade, filtered by any of its fields."""
    records = (_record(trade, _TRADE) for trade in gateway.venue.state.trades)
    return [record for record in records if _matches(record, query)]


def list_requests(gateway: Gateway, query: Json) -> list[Json]:
    """GET /control/requests: requests as they arrived, dropped ones (`status` null) too."""
    records = map(asdict, gateway.requests())
    return [record for record in records if _matches(record, query)]
