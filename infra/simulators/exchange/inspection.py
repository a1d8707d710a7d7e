"""What really happened at the venue, for assertions: accounts, orders, trades, requests."""

from .accounts import Account
from .gateway import Gateway
from .money import plain
from .orders import Order, Trade
from .render import Json


def order_record(order: Order) -> Json:
    """Return an order in full."""
    return {
        "order_id": order.order_id,
        "account": order.account_id,
        "market": order.instrument.market,
        "symbol": order.instrument.symbol,
        "client_order_id": order.client_order_id,
        "side": str(order.side),
        "type": order.type,
        "time_in_force": str(order.time_in_force),
        "status": str(order.status),
        "open": order.is_open,
        "quantity": plain(order.quantity),
        "price": plain(order.price),
        "executed": plain(order.executed),
        "quote_executed": plain(order.quote_executed),
        "reduce_only": order.reduce_only,
        "created_ms": order.created_ms,
        "updated_ms": order.updated_ms,
        "source": order.source,
    }


def _trade_record(trade: Trade) -> Json:
    return {
        "trade_id": trade.trade_id,
        "order_id": trade.order_id,
        "account": trade.account_id,
        "market": trade.instrument.market,
        "symbol": trade.instrument.symbol,
        "side": str(trade.side),
        "price": plain(trade.price),
        "quantity": plain(trade.quantity),
        "fee": plain(trade.fee),
        "fee_asset": trade.fee_asset,
        "is_maker": trade.is_maker,
        "realized_pnl": plain(trade.realized_pnl),
        "at_ms": trade.at_ms,
    }


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
    records = map(_trade_record, gateway.venue.state.trades)
    return [record for record in records if _matches(record, query)]


def list_requests(gateway: Gateway, query: Json) -> list[Json]:
    """GET /control/requests: requests as they arrived, dropped ones (`status` null) too."""
    records: list[Json] = [
        {
            "method": entry.method,
            "path": entry.path,
            "params": entry.params,
            "account": entry.account_id,
            "status": entry.status,
            "accepted": entry.accepted,
            "faults": entry.faults,
        }
        for entry in gateway.requests()
    ]
    return [record for record in records if _matches(record, query)]
