"""What the scripted Gate does not do: wallets of another kind, books whose rows are odd, terms that are not sent."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from riskgate.adapters.exchange_table import keeps_stops, list_unsupported
from riskgate.core.errors import GatewayError, InvalidRequest
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from riskgate.core.venues.model import NewVenueOrder, TransferKind
from tests.unit.adapters.exchange.recorded import recorded_exchange

SPOT, SWAP = MarketType.SPOT, MarketType.SWAP
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
PAIR = {
    "id": "BTC_USDT", "base": "BTC", "quote": "USDT", "fee": "0.2", "min_base_amount": "0.001", "min_quote_amount": "1",
    "amount_precision": 3, "precision": 1, "trade_status": "tradable",
}  # fmt: skip
CONTRACT = {
    "name": "BTC_USDT", "quanto_multiplier": "0.0001", "order_size_min": "1", "order_size_max": "1000000",
    "order_price_round": "0.1", "order_price_deviate": "0.5", "mark_price": "50000", "enable_decimal": False,
    "leverage_min": "1", "leverage_max": "100", "status": "trading",
}  # fmt: skip
ACCOUNT = {"currency": "USDT", "total": "100", "unrealised_pnl": "-20", "available": "70", "margin_mode": 0}


def opened(market_type: MarketType, routes: dict[str, Any]) -> tuple[Any, Any]:
    known = {
        "GET /api/v4/spot/currency_pairs": [PAIR],
        "GET /api/v4/margin/currency_pairs": [],
        "GET /api/v4/futures/usdt/contracts": [CONTRACT],
        "GET /api/v4/account/detail": {"user_id": 1, "key": {"mode": 1}},
    }
    return recorded_exchange("gate", market_type, known | routes, now=lambda: NOW, only_proven=False)


def test_spot_when_its_orders_are_told_then_a_buy_at_market_and_stops_are_denied_before_approval() -> None:
    assert set(list_unsupported("gate", SPOT)) == {"market_buy", "stop", "stop_limit", "GTD"}
    assert set(list_unsupported("gate", SWAP)) == {"stop", "stop_limit", "GTD"}
    assert not keeps_stops("gate", SPOT)
    assert not keeps_stops("gate", SWAP)


@pytest.mark.parametrize(
    ("market_type", "symbol", "fields"),
    [
        (SPOT, "BTC/USDT", {"type": OrderType.MARKET}),
        (SPOT, "BTC/USDT", {"type": OrderType.STOP, "side": Side.SELL, "trigger_price": Decimal(40000)}),
        (SWAP, "BTC/USDT:USDT", {"type": OrderType.STOP, "side": Side.SELL, "trigger_price": Decimal(40000)}),
    ],
)
def test_order_when_it_cannot_be_sent_as_it_is_then_a_no_and_nothing_leaves(
    market_type: MarketType, symbol: str, fields: dict[str, Any]
) -> None:
    exchange, session = opened(market_type, {})
    known: dict[str, Any] = {"side": Side.BUY, "quantity": Decimal(1), "symbol": symbol}
    order = NewVenueOrder(client_order_id=exchange.client_order_id("a" * 32), **(known | fields))
    with pytest.raises(InvalidRequest) as caught:
        exchange.create_order(order)
    assert caught.value.code == "ORDER_TYPE_UNSUPPORTED"
    assert {request.method for request in session.requests} == {"GET"}


@pytest.mark.parametrize("mode", [1, 2, 3, "x"])
def test_balances_when_the_futures_account_has_another_margin_mode_then_none_is_believed(mode: object) -> None:
    exchange, _ = opened(SWAP, {"GET /api/v4/futures/usdt/accounts": ACCOUNT | {"margin_mode": mode}})
    with pytest.raises(GatewayError):
        exchange.list_balances()


def test_balances_when_the_futures_account_is_classic_then_open_loss_is_in_them() -> None:
    exchange, _ = opened(SWAP, {"GET /api/v4/futures/usdt/accounts": ACCOUNT})
    (held,) = exchange.list_balances()
    assert (held.asset, held.total, held.free, held.used) == ("USDT", 80, 70, 10)


@pytest.mark.parametrize("mode", ["dual", "dual_plus"])
def test_setup_when_positions_are_split_then_hedged(mode: str) -> None:
    account = ACCOUNT | {"in_dual_mode": False, "position_mode": mode}
    exchange, _ = opened(SWAP, {"GET /api/v4/futures/usdt/accounts": account})
    assert exchange.get_account_setup().is_hedged is True


def test_transfers_when_a_row_of_the_book_is_odd_then_it_is_told_and_hides_no_other() -> None:
    row = {"time": 1772622000.5, "change": "-7.5", "balance": "1", "type": "dnw", "text": "", "contract": ""}
    rows = [row | {"time": "soon"}, row | {"change": "n/a"}, row]
    exchange, _ = opened(SWAP, {"GET /api/v4/futures/usdt/account_book": rows})
    (moved,) = exchange.list_transfers(datetime(2026, 3, 4, 10, tzinfo=UTC))
    assert (moved.kind, moved.amount, moved.asset) == (TransferKind.WITHDRAWAL, Decimal("7.5"), "USDT")
    assert moved.at == datetime(2026, 3, 4, 11, 0, 0, 500_000, tzinfo=UTC)
    assert {item.kind for item in exchange.take_unreadable()} == {"transfer"}


def test_open_orders_when_somebody_placed_triggers_by_hand_then_listed_over_their_pages() -> None:
    trigger = {
        "user": 10406147, "trigger": {"strategy_type": 0, "price_type": 0, "price": "45000", "rule": 2, "expiration": 0},
        "initial": {"contract": "BTC_USDT", "size": "-1", "price": "0", "tif": "ioc", "text": "web", "iceberg": "0",
                    "is_close": False, "is_reduce_only": True, "auto_size": ""},
        "trade_id": 0, "status": "open", "reason": "", "create_time": 1772622000, "finish_time": 1772622000,
        "is_stop_order": False, "me_order_id": 0, "order_type": "",
    }  # fmt: skip
    pages = {"0": [trigger | {"id": n} for n in range(1, 101)], "100": [trigger | {"id": 101}]}
    routes = {
        "GET /api/v4/futures/usdt/orders": [],
        "GET /api/v4/futures/usdt/price_orders": pages["0"],
        "GET /api/v4/futures/usdt/price_orders?offset=100": pages["100"],
    }
    exchange, _ = opened(SWAP, routes)
    found = exchange.list_open_orders()
    assert {item.exchange_order_id for item in found} == {str(n) for n in range(1, 102)}
    assert {(item.type, item.side, item.trigger_price) for item in found} == {
        (OrderType.STOP, Side.SELL, Decimal(45000))
    }
