"""What the scripted KuCoin does not do: answers that leave something open, and what is made of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.errors import GatewayError, InvalidRequest, VenueAnswerInvalid
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType, TimeInForce
from riskgate.core.side import Side
from riskgate.core.venues.model import NewVenueOrder
from tests.unit.adapters.exchange.recorded import recorded_exchange

SPOT, SWAP = MarketType.SPOT, MarketType.SWAP
PAIR = {
    "symbol": "BTC-USDT", "name": "BTC-USDT", "baseCurrency": "BTC", "quoteCurrency": "USDT", "baseMinSize": "0.001",
    "quoteMinSize": "0.1", "baseMaxSize": "1000", "quoteMaxSize": "99999999", "baseIncrement": "0.001",
    "quoteIncrement": "0.01", "priceIncrement": "0.1", "enableTrading": True,
}  # fmt: skip
CONTRACT = {
    "symbol": "XBTUSDTM", "baseCurrency": "XBT", "quoteCurrency": "USDT", "settleCurrency": "USDT", "lotSize": 1,
    "tickSize": 0.1, "multiplier": 0.001, "isInverse": False, "status": "Open", "nextFundingRateTime": 1,
    "maxOrderQty": 1000, "maxPrice": 1000000, "makerFeeRate": 0, "takerFeeRate": 0,
}  # fmt: skip


def ok(data: Any) -> dict[str, Any]:
    return {"code": "200000", "data": data}


def opened(market_type: MarketType, **routes: Any) -> tuple[Any, Any]:
    known = {
        "GET /api/v2/symbols": ok([PAIR]),
        "GET /api/v1/contracts/active": ok([CONTRACT]),
        "GET /api/v1/hf/accounts/opened": ok(True),
        "GET /api/ua/v1/account/mode": ok({"selfAccountMode": "CLASSIC"}),
    }
    known |= {name.replace("_", " ", 1): answer for name, answer in routes.items()}
    name = "kucoin" if market_type is SPOT else "kucoinfutures"
    return recorded_exchange(name, market_type, known, only_proven=False)


def order(exchange: Any, market_type: MarketType, **fields: Any) -> NewVenueOrder:
    known: dict[str, Any] = {
        "client_order_id": exchange.client_order_id("a" * 32),
        "symbol": "BTC/USDT" if market_type is SPOT else "BTC/USDT:USDT",
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "quantity": Decimal(1),
        "limit_price": Decimal(40000),
    }
    return NewVenueOrder(**(known | fields))


@pytest.mark.parametrize("answer", [ok({}), ok({"marginMode": "PORTFOLIO"}), ok(None)])
def test_order_when_the_margin_mode_is_not_told_then_a_no_and_nothing_leaves(answer: Any) -> None:
    exchange, session = opened(SWAP, **{"GET_/api/v2/position/getMarginMode": answer})
    with pytest.raises(InvalidRequest):
        exchange.create_order(order(exchange, SWAP))
    assert {request.method for request in session.requests} == {"GET"}


@pytest.mark.parametrize("answer", [ok({}), ok({"symbols": ["NEW-USDT"]}), ok({"symbols": None})])
def test_open_orders_when_their_markets_are_not_known_then_no_list_is_taken_for_whole(answer: Any) -> None:
    exchange, _ = opened(SPOT, **{"GET_/api/v1/hf/orders/active/symbols": answer})
    with pytest.raises(VenueAnswerInvalid):
        exchange.list_open_orders()


@pytest.mark.parametrize("page", [{"items": []}, {"items": [], "totalPage": "2"}])
def test_open_orders_when_the_number_of_pages_is_not_told_then_no_list_is_taken_for_whole(page: Any) -> None:
    exchange, _ = opened(SWAP, **{"GET_/api/v1/orders": ok(page)})
    with pytest.raises(VenueAnswerInvalid):
        exchange.list_open_orders()


def test_order_when_it_ends_within_a_second_then_a_no() -> None:
    exchange, session = opened(SPOT)
    soon = datetime.now(UTC) + timedelta(milliseconds=300)
    with pytest.raises(InvalidRequest):
        exchange.create_order(order(exchange, SPOT, time_in_force=TimeInForce.GTD, expires_at=soon))
    assert {request.method for request in session.requests} == {"GET"}


@pytest.mark.parametrize(
    "rows",
    [
        [{"currency": "USDT", "type": "trade", "balance": "5", "available": "5", "holds": "0"}] * 2,
        "none",
    ],
)
def test_balances_when_a_coin_is_twice_in_the_spot_wallet_then_nothing_is_summed(rows: Any) -> None:
    exchange, _ = opened(SPOT, **{"GET_/api/v1/accounts": ok(rows)})
    with pytest.raises(GatewayError):
        exchange.list_balances()


@pytest.mark.parametrize("name", ["trade", "trade_hf"])
def test_balances_when_the_spot_wallet_has_either_name_then_read_and_the_funding_wallet_is_not(name: str) -> None:
    rows = [
        {"currency": "USDT", "type": name, "balance": "5", "available": "4", "holds": "1"},
        {"currency": "USDT", "type": "main", "balance": "77", "available": "77", "holds": "0"},
    ]
    exchange, _ = opened(SPOT, **{"GET_/api/v1/accounts": ok(rows)})
    (held,) = exchange.list_balances()
    assert (held.asset, held.total, held.free, held.used) == ("USDT", 5, 4, 1)
