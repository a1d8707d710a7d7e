"""What ccxt would do beside what it is asked for: nothing of it leaves, and two fees of a fill are both read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests

from riskgate.adapters.exchange.credentials import VenueCredentials, parse_credentials
from riskgate.core.errors import GatewayError, InvalidRequest, Transient
from riskgate.core.instrument import MarketType
from riskgate.core.order import Fee, OrderType
from riskgate.core.side import Side
from riskgate.core.venues.model import NewVenueOrder
from tests.unit.adapters.exchange.recorded import recorded_exchange

SYMBOL = "BTC/USDC:USDC"
KEY = VenueCredentials(keys={"walletAddress": f"0x{'1' * 40}", "privateKey": f"0x{'2' * 64}"})
META = [
    {"universe": [{"name": "BTC", "szDecimals": 5, "maxLeverage": 40}], "marginTables": []},
    [{"markPx": "50000", "midPx": "50000", "oraclePx": "50000", "funding": "0.00001", "openInterest": "1",
      "prevDayPx": "50000", "dayNtlVlm": "1", "premium": "0", "impactPxs": ["49999", "50001"]}],
]  # fmt: skip


KUCOIN_MODE = "GET /api/ua/v1/account/mode"
KUCOIN_PAIR = {
    "symbol": "BTC-USDT", "name": "BTC-USDT", "baseCurrency": "BTC", "quoteCurrency": "USDT", "baseMinSize": "0.001",
    "quoteMinSize": "0.1", "baseMaxSize": "1000", "quoteMaxSize": "99999999", "baseIncrement": "0.001",
    "quoteIncrement": "0.01", "priceIncrement": "0.1", "enableTrading": True,
}  # fmt: skip
KUCOIN_CONTRACT = {
    "symbol": "XBTUSDTM", "baseCurrency": "XBT", "quoteCurrency": "USDT", "settleCurrency": "USDT", "lotSize": 1,
    "tickSize": 0.1, "multiplier": 0.001, "isInverse": False, "status": "Open", "nextFundingRateTime": 1,
    "maxOrderQty": 1000, "maxPrice": 1000000, "makerFeeRate": 0, "takerFeeRate": 0,
}  # fmt: skip


def info(request: requests.PreparedRequest) -> Any:
    """Answer what is asked of Hyperliquid's open side."""
    asked = json.loads(request.body or b"{}")["type"]
    return {
        "metaAndAssetCtxs": META,
        "spotMetaAndAssetCtxs": [{"universe": [], "tokens": []}, []],
        "perpDexs": [None],
        "userAbstraction": "disabled",
    }[asked]


def test_hyperliquid_when_the_first_order_is_sent_then_one_signed_write_and_no_builder_in_it() -> None:
    resting = {"status": "ok", "response": {"type": "order", "data": {"statuses": [{"resting": {"oid": 77}}]}}}
    routes = {"POST /info": info, "POST /exchange": lambda _request: resting}
    exchange, session = recorded_exchange("hyperliquid", MarketType.SWAP, routes, credentials=KEY, only_proven=False)
    order = NewVenueOrder(
        client_order_id=exchange.client_order_id("a" * 32),
        symbol=SYMBOL,
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal("0.01"),
        limit_price=Decimal(40000),
    )
    assert exchange.create_order(order).exchange_order_id == "77"
    (written,) = [json.loads(r.body or b"{}") for r in session.requests if (r.url or "").endswith("/exchange")]
    assert written["action"]["type"] == "order"
    assert "builder" not in written["action"]


def test_secret_when_it_sets_a_builder_then_refused() -> None:
    with pytest.raises(GatewayError):
        parse_credentials(json.dumps({"apiKey": "k", "secret": "s", "options": {"approvedBuilderFee": True}}))


def test_gate_when_a_fill_paid_in_points_then_read_with_both_fees() -> None:
    pair = {"id": "BTC_USDT", "base": "BTC", "quote": "USDT", "fee": "0.2", "min_base_amount": "0.001",
            "min_quote_amount": "1", "amount_precision": 3, "precision": 1, "trade_status": "tradable"}  # fmt: skip
    fill = {"id": "17", "create_time": "1772622000", "create_time_ms": "1772622000000.000000", "currency_pair": "BTC_USDT",
            "side": "buy", "role": "taker", "amount": "0.1", "price": "50000", "order_id": "5", "fee": "0",
            "fee_currency": "USDT", "point_fee": "0.4024", "gt_fee": "0", "text": "t-1"}  # fmt: skip
    routes = {
        "GET /api/v4/spot/currency_pairs": [pair],
        "GET /api/v4/margin/currency_pairs": [],
        "GET /api/v4/unified/accounts": {"label": "USER_NOT_FOUND", "message": "no"},
        "GET /api/v4/account/detail": {"user_id": 1, "key": {"mode": 1}},
        "GET /api/v4/spot/my_trades": [fill],
    }
    exchange, _ = recorded_exchange("gate", MarketType.SPOT, routes, now=lambda: datetime(2026, 3, 4, 12, tzinfo=UTC))
    (trade,) = exchange.list_trades("BTC/USDT", datetime(2026, 3, 4, 11, tzinfo=UTC))
    fees = {Fee(amount=trade.fee or Decimal(0), currency=trade.fee_currency), *trade.other_fees}
    assert Fee(amount=Decimal("0.4024"), currency="GATEPOINT") in fees


def test_gate_when_asked_then_no_partner_is_named() -> None:
    routes = {"GET /api/v4/spot/time": {"server_time": 1772622000000}}
    exchange, session = recorded_exchange("gate", MarketType.SPOT, routes)
    exchange.get_clock()
    (request,) = session.requests
    assert not [name for name in request.headers if "channel" in name.lower()]


def test_kucoin_when_a_signed_request_leaves_then_no_partner_is_named() -> None:
    routes = {"GET /api/v1/user/api-key": {"code": "200000", "data": {"permission": "General", "ipWhitelist": ""}}}
    exchange, session = recorded_exchange("kucoin", MarketType.SPOT, routes)
    exchange.get_key_permissions()
    (request,) = session.requests
    assert "KC-API-SIGN" in request.headers
    assert not [name for name in request.headers if "PARTNER" in name.upper()]


@pytest.mark.parametrize(
    ("venue", "market_type", "answers"),
    [
        ("kucoin", MarketType.SPOT, {"GET /api/v1/hf/accounts/opened": {"code": "200000", "data": False}}),
        ("kucoin", MarketType.SPOT, {KUCOIN_MODE: {"code": "200000", "data": {"selfAccountMode": "UNIFIED"}}}),
        ("kucoinfutures", MarketType.SWAP, {KUCOIN_MODE: {"code": "200000", "data": {}}}),
    ],
)
def test_kucoin_when_the_wallet_is_another_then_no_order_is_sent(
    venue: str, market_type: MarketType, answers: dict[str, Any]
) -> None:
    routes = {
        "GET /api/v2/symbols": {"code": "200000", "data": [KUCOIN_PAIR]},
        "GET /api/v1/contracts/active": {"code": "200000", "data": [KUCOIN_CONTRACT]},
        "GET /api/v2/position/getMarginMode": {"code": "200000", "data": {"marginMode": "CROSS"}},
        "GET /api/v1/hf/accounts/opened": {"code": "200000", "data": True},
        KUCOIN_MODE: {"code": "200000", "data": {"selfAccountMode": "CLASSIC"}},
        **answers,
    }
    exchange, session = recorded_exchange(venue, market_type, routes, only_proven=False)
    order = NewVenueOrder(
        client_order_id=exchange.client_order_id("a" * 32),
        symbol="BTC/USDT" if market_type is MarketType.SPOT else "BTC/USDT:USDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal(1),
        limit_price=Decimal(40000),
    )
    with pytest.raises(InvalidRequest) as caught:
        exchange.create_order(order)
    assert caught.value.code == "WALLET_UNSUPPORTED"
    assert {request.method for request in session.requests} == {"GET"}


@pytest.mark.parametrize("answer", [{"key": {"mode": 2}}, {"key": None}, {}])
def test_gate_when_the_account_is_unified_then_its_wallet_is_refused(answer: Any) -> None:
    exchange, _ = recorded_exchange("gate", MarketType.SWAP, {"GET /api/v4/account/detail": answer})
    with pytest.raises(InvalidRequest) as caught:
        exchange.list_balances()
    assert caught.value.code == "WALLET_UNSUPPORTED"


def test_gate_when_it_does_not_say_whose_wallet_it_is_then_no_other_is_read() -> None:
    routes = {"GET /api/v4/account/detail": (500, {"label": "SERVER_ERROR", "message": "error"})}
    exchange, session = recorded_exchange("gate", MarketType.SWAP, routes)
    with pytest.raises(Transient):
        exchange.list_balances()
    assert {request.url for request in session.requests if "accounts" in (request.url or "")} == set()
