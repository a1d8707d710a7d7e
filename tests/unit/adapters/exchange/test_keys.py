"""What a key may do, as each venue tells it; silence is never taken for no."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from riskgate.adapters.exchange.key_permissions import PROBES
from riskgate.core.instrument import MarketType
from riskgate.core.venues.model import KeyPermissions
from tests.unit.adapters.exchange.recorded import recorded_exchange

SPOT, SWAP = MarketType.SPOT, MarketType.SWAP
ALL = ("can_trade", "can_withdraw", "can_transfer", "ip_restricted")
BINANCE = {
    "ipRestrict": True,
    "enableReading": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": False,
    "permitsUniversalTransfer": False,
    "enableFutures": False,
    "enableSpotAndMarginTrading": True,
}
BYBIT = {
    "retCode": 0,
    "result": {
        "readOnly": 0,
        "ips": ["192.0.2.1"],
        "permissions": {"Spot": ["SpotTrade"], "Wallet": ["AccountTransfer"], "ContractTrade": []},
    },
}
GATE = {
    "state": 1,
    "ip_whitelist": ["192.0.2.1"],
    "perms": [
        {"name": "spot", "read_only": False},
        {"name": "futures", "read_only": True},
        {"name": "wallet", "read_only": True},
    ],
}
ROUTES = {
    "gate": "GET /api/v4/account/main_keys",
    "binance": "GET /sapi/v1/account/apiRestrictions",
    "bybit": "GET /v5/user/query-api",
    "okx": "GET /api/v5/account/config",
    "kraken": "POST /0/private/GetApiKeyInfo",
    "kucoin": "GET /api/v1/user/api-key",
    "coinbase": "GET /api/v3/brokerage/key_permissions",
    "bitget": "GET /api/v2/spot/account/info",
}
#: Its key is a wallet's: tests/exchanges/test_hyperliquid.py.
APART = {"hyperliquid"}


def ask(venue: str, market_type: MarketType, answer: Any) -> KeyPermissions:
    return recorded_exchange(venue, market_type, {ROUTES[venue]: answer})[0].get_key_permissions()


@pytest.mark.parametrize(
    ("venue", "market_type", "answer", "expected"),
    [
        ("binance", SPOT, BINANCE, (True, False, False, True)),
        ("binance", SWAP, BINANCE, (False, False, False, True)),
        ("binance", SPOT, BINANCE | {"enableWithdrawals": True}, (True, True, False, True)),
        (
            "binance",
            SPOT,
            BINANCE | {"permitsUniversalTransfer": True, "ipRestrict": False},
            (True, False, True, False),
        ),
        ("binance", SPOT, {"enableInternalTransfer": True}, (None, None, True, None)),
        ("binance", SPOT, BINANCE | {"enableWithdrawals": "false"}, (True, None, False, True)),
        ("binance", SPOT, {}, (None, None, None, None)),
        ("bybit", SPOT, BYBIT, (True, False, True, True)),
        ("bybit", SWAP, BYBIT, (False, False, True, True)),
        (
            "bybit",
            SPOT,
            {
                "retCode": 0,
                "result": {"readOnly": 1, "ips": ["*"], "permissions": {"Spot": ["SpotTrade"], "Wallet": ["Withdraw"]}},
            },
            (False, True, False, False),
        ),
        ("bybit", SPOT, {"retCode": 0, "result": {}}, (None, None, None, None)),
        (
            "okx",
            SPOT,
            {"code": "0", "data": [{"perm": "read_only,trade", "ip": "192.0.2.1"}]},
            (True, False, None, True),
        ),
        ("okx", SPOT, {"code": "0", "data": [{"perm": "read_only,withdraw", "ip": ""}]}, (False, True, None, False)),
        ("okx", SPOT, {"code": "0", "data": [{}]}, (None, None, None, None)),
        (
            "kraken",
            SPOT,
            {"error": [], "result": {"permissions": ["query-funds", "modify-trades"], "ip_allowlist": []}},
            (True, False, None, False),
        ),
        (
            "kraken",
            SPOT,
            {"error": [], "result": {"permissions": ["withdraw-funds"], "ip_allowlist": ["192.0.2.1"]}},
            (False, True, None, True),
        ),
        ("kraken", SPOT, {"error": [], "result": {}}, (None, None, None, None)),
        (
            "kucoin",
            SPOT,
            {"code": "200000", "data": {"permission": "General,Spot", "ipWhitelist": "192.0.2.1"}},
            (True, False, False, True),
        ),
        (
            "kucoin",
            SPOT,
            {"code": "200000", "data": {"permission": "General, Withdrawal, Transfer", "ipWhitelist": ""}},
            (False, True, True, False),
        ),
        ("gate", SPOT, GATE, (True, False, False, True)),
        ("gate", SWAP, [GATE], (False, False, False, True)),
        (
            "gate",
            SPOT,
            GATE | {"perms": [{"name": "wallet", "read_only": False}], "ip_whitelist": []},
            (False, True, True, False),
        ),
        # Whose key is which is not told.
        ("gate", SPOT, [GATE, GATE], (None, None, None, None)),
        ("coinbase", SPOT, {"can_view": True, "can_trade": True, "can_transfer": False}, (True, False, False, None)),
        ("coinbase", SPOT, {"can_view": True, "can_trade": False, "can_transfer": True}, (False, True, True, None)),
        (
            "bitget",
            SPOT,
            {"code": "00000", "data": {"authorities": ["stor", "withdraw"], "ips": "192.0.2.1"}},
            (None, True, None, True),
        ),
        ("bitget", SPOT, {"code": "00000", "data": {"authorities": ["stor"], "ips": ""}}, (None, False, None, False)),
    ],
)
def test_permissions_when_told_then_read_and_the_rest_is_named_unchecked(
    venue: str, market_type: MarketType, answer: Any, expected: tuple[bool | None, ...]
) -> None:
    found = ask(venue, market_type, answer)
    assert (found.can_trade, found.can_withdraw, found.can_transfer, found.ip_restricted) == expected
    assert found.unchecked == tuple(name for name, value in zip(ALL, expected, strict=True) if value is None)


def test_permissions_when_venue_has_no_probe_then_everything_is_unchecked() -> None:
    exchange, session = recorded_exchange("bitfinex", SPOT, {})
    assert exchange.get_key_permissions() == KeyPermissions(unchecked=ALL)
    assert session.requests == []


def test_permissions_when_key_expires_then_when() -> None:
    found = ask("binance", SPOT, BINANCE | {"tradingAuthorityExpirationTime": 1_628_985_600_000})
    assert found.expires_at == datetime(2021, 8, 15, tzinfo=UTC)


def test_probes_when_compared_with_tests_then_each_venue_is_tested() -> None:
    assert {name.removesuffix("usdm").removesuffix("futures") for name in PROBES} == set(ROUTES) | APART
