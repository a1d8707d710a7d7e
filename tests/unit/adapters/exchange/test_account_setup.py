"""How an account is set up at its venue: in hedge mode nothing of its positions is believed, and nothing is lost."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from riskgate.adapters.exchange.account_setup import to_positions
from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.core.errors import HedgeModeUnsupported, MarginModeUnsupported, VenueAnswerInvalid
from riskgate.core.instrument import MarketType
from riskgate.core.venues.model import AccountSetup
from tests.unit.adapters.exchange.recorded import recorded_exchange

SPOT, SWAP = MarketType.SPOT, MarketType.SWAP
LONG = {"symbol": "BTC/USDT:USDT", "side": "long", "contracts": "10"}
SHORT = {"symbol": "BTC/USDT:USDT", "side": "short", "contracts": "9"}
OTHER = {"symbol": "ETH/USDT:USDT", "side": "long", "contracts": "1"}
FLAT = {"symbol": "BTC/USDT:USDT", "side": None, "contracts": "0"}


def read(*rows: dict[str, Any], venue: str = "binance") -> dict[str, Decimal]:
    client = CcxtExchange(venue, SWAP)._client
    return {position.symbol: position.quantity for position in to_positions(client, rows)}


@pytest.mark.parametrize("rows", list(permutations([LONG, SHORT, OTHER])))
def test_positions_when_two_rows_are_of_one_market_then_refused_with_the_setting(rows: tuple[dict[str, Any]]) -> None:
    with pytest.raises(HedgeModeUnsupported, match=r"One-way Mode.*dualSidePosition=false") as refused:
        read(*rows)
    assert refused.value.code == "HEDGE_MODE_UNSUPPORTED"


def test_positions_when_two_rows_of_one_market_are_on_one_side_then_refused_as_well() -> None:
    with pytest.raises(HedgeModeUnsupported):
        read(LONG, LONG)


@pytest.mark.parametrize(
    "leg",
    [
        {"hedged": True},
        {"info": {"mode": "dual_long"}},
        {"info": {"mode": "dual_short"}},
        {"info": {"positionSide": "SHORT"}},
    ],
)
def test_position_when_it_is_one_leg_alone_then_refused(leg: dict[str, Any]) -> None:
    with pytest.raises(HedgeModeUnsupported):
        read(LONG | leg)


def test_positions_when_one_for_each_market_then_read_and_flat_rows_are_none() -> None:
    one_way = {"hedged": False, "info": {"mode": "single", "positionSide": "BOTH"}}

    assert read(FLAT, LONG | one_way, FLAT, OTHER) == {"BTC/USDT:USDT": 10, "ETH/USDT:USDT": 1}


@pytest.mark.parametrize("mode", ["isolated", None])
def test_positions_when_one_is_in_no_cross_margin_then_refused_where_orders_are(mode: str | None) -> None:
    with pytest.raises(MarginModeUnsupported, match="BTC/USDT:USDT is not in cross margin"):
        read(LONG | {"marginMode": mode}, OTHER | {"marginMode": "cross"}, venue="okx")
    # Elsewhere an order is in its market's mode.
    assert read(LONG | {"marginMode": mode}) == {"BTC/USDT:USDT": 10}


@pytest.mark.parametrize(
    ("venue", "words"),
    [("okx", "net_mode"), ("bybit", "switch-mode"), ("gate", "dual_mode=false"), ("hyperliquid", "one-way")],
)
def test_refusal_when_at_another_exchange_then_names_the_setting_there(venue: str, words: str) -> None:
    with pytest.raises(HedgeModeUnsupported, match=words):
        read(LONG, SHORT, venue=venue)


BINANCE_MODE, GATE_MODE = "GET /fapi/v1/positionSide/dual", "GET /api/v4/futures/usdt/accounts"
ANY_SETTING = "its setting of position mode: one-way, also called net or single"
OKX_CONFIG, BYBIT_KEY = "GET /api/v5/account/config", "GET /v5/user/query-api"


def ask(venue: str, market_type: MarketType, routes: dict[str, Any]) -> AccountSetup:
    exchange, _ = recorded_exchange(venue, market_type, routes)
    # Which markets there are does not matter here.
    exchange._client._link.current().markets = {"BTC/USDT:USDT": {}}
    return exchange.get_account_setup()


@pytest.mark.parametrize(
    ("venue", "route", "answer", "hedged"),
    [
        ("binance", BINANCE_MODE, {"dualSidePosition": True}, True),
        ("binance", BINANCE_MODE, {"dualSidePosition": False}, False),
        ("binance", BINANCE_MODE, {}, None),
        ("gate", GATE_MODE, {"in_dual_mode": True}, True),
        ("gate", GATE_MODE, {"in_dual_mode": "no"}, None),
        ("okx", OKX_CONFIG, {"code": "0", "data": [{"posMode": "long_short_mode", "uid": "44"}]}, True),
        ("okx", OKX_CONFIG, {"code": "0", "data": [{"posMode": "net_mode", "uid": "44"}]}, False),
        ("hyperliquid", "", {}, False),
        ("bybit", BYBIT_KEY, {"retCode": 0, "result": {"userID": 44}}, None),
    ],
)
def test_position_mode_when_the_venue_tells_it_then_known_and_else_open(
    venue: str, route: str, answer: Any, hedged: bool | None
) -> None:
    assert ask(venue, SWAP, {route: answer}).is_hedged is hedged


def test_position_mode_when_spot_then_nobody_is_asked() -> None:
    assert ask("binance", SPOT, {}) == AccountSetup(is_hedged=False, one_way_setting=ANY_SETTING)


@pytest.mark.parametrize("market_type", [SPOT, SWAP])
def test_wallet_when_one_holds_every_type_of_market_then_the_same_for_both(market_type: MarketType) -> None:
    config = {"code": "0", "data": [{"posMode": "net_mode", "uid": "44", "acctLv": "3"}]}

    assert ask("okx", market_type, {OKX_CONFIG: config}).wallet_id == "okx:44"
    key = {"retCode": 0, "result": {"userID": 24600000}}
    assert ask("bybit", market_type, {BYBIT_KEY: key}).wallet_id == "bybit:24600000"


@pytest.mark.parametrize("owner", [{}, {"userID": 0}, {"userID": True}, {"userID": None}])
def test_wallet_when_nothing_says_whose_it_is_then_refused(owner: dict[str, Any]) -> None:
    with pytest.raises(VenueAnswerInvalid, match="owner"):
        ask("bybit", SPOT, {BYBIT_KEY: {"retCode": 0, "result": owner}})
