"""The accounts to try the gateway with: registered through its own HTTP API, like any account."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

from infra.local.seed.tokens import PAPER_ACCOUNT_ID, format_seconds
from infra.local.serve_exchange import INITIAL_EQUITY
from infra.local.settings import LocalError

VENUE = "binance"
TIMEOUT_SECONDS = 120.0  # the first request starts its function

PAPER_ACCOUNT: Mapping[str, Any] = {
    "base_currency": "USDT",
    "venues": [{"venue": VENUE, "market_type": "spot"}],
    "sectors": {
        "BTC": "store-of-value",
        "LTC": "store-of-value",
        "ETH": "smart-contracts",
        "ADA": "smart-contracts",
        "XRP": "payments",
        "LINK": "oracles",
    },
    "initial_equity": "100000",
}

# Trading rules as the venue publishes them; prices to start with are only examples,
# a bot or the market data job puts newer ones.
INSTRUMENTS: tuple[Mapping[str, str], ...] = (
    {"symbol": "BTC/USDT", "tick_size": "0.01", "step_size": "0.00001", "price": "60000"},
    {"symbol": "ETH/USDT", "tick_size": "0.01", "step_size": "0.0001", "price": "3000"},
    {"symbol": "LTC/USDT", "tick_size": "0.01", "step_size": "0.001", "price": "80"},
    {"symbol": "ADA/USDT", "tick_size": "0.0001", "step_size": "0.1", "price": "0.5"},
    {"symbol": "XRP/USDT", "tick_size": "0.0001", "step_size": "0.1", "price": "0.6"},
    {"symbol": "LINK/USDT", "tick_size": "0.001", "step_size": "0.01", "price": "15"},
)
NOTIONAL_MIN = "5"
VOLUME_24H = "1000000"


DEMO_ACCOUNT: Mapping[str, Any] = {
    "base_currency": "USDT",
    "sectors": PAPER_ACCOUNT["sectors"],
    "initial_equity": INITIAL_EQUITY,
}


def ensure_keyed_account(api_url: str, admin_token: str, account_id: str, venues: Sequence[Mapping[str, Any]]) -> None:
    """Register an account that trades at simulated exchanges; its market data come from there."""
    headers = {"Authorization": f"Bearer {admin_token}"}
    with httpx.Client(headers=headers, timeout=TIMEOUT_SECONDS) as client:
        _put(client, f"{api_url}/accounts/{account_id}", {**DEMO_ACCOUNT, "venues": venues})


def ensure_paper_account(api_url: str, admin_token: str, now: datetime) -> None:
    """Register the account that reports its own fills, its instruments and fresh quotes; safe to repeat."""
    headers = {"Authorization": f"Bearer {admin_token}"}
    with httpx.Client(headers=headers, timeout=TIMEOUT_SECONDS) as client:
        _put(client, f"{api_url}/accounts/{PAPER_ACCOUNT_ID}", PAPER_ACCOUNT)
        _put(client, f"{api_url}/market/instruments", {"instruments": list(map(_instrument, INSTRUMENTS))})
        quotes = [_quote(instrument, now) for instrument in INSTRUMENTS]
        _put(client, f"{api_url}/market/quotes", {"quotes": quotes})


def _instrument(entry: Mapping[str, str]) -> dict[str, Any]:
    return {
        "venue": VENUE,
        "symbol": entry["symbol"],
        "market_type": "spot",
        "tick_size": entry["tick_size"],
        "step_size": entry["step_size"],
        "notional_min": NOTIONAL_MIN,
        "sector": PAPER_ACCOUNT["sectors"][entry["symbol"].split("/")[0]],
    }


def _quote(entry: Mapping[str, str], now: datetime) -> dict[str, str]:
    price = entry["price"]
    return {
        "venue": VENUE,
        "symbol": entry["symbol"],
        "at": format_seconds(now),
        "bid": price,
        "ask": price,
        "last": price,
        "volume_24h": VOLUME_24H,
    }


def _put(client: httpx.Client, url: str, body: Mapping[str, Any]) -> None:
    answer = client.put(url, json=body)
    if not answer.is_success:
        raise LocalError(f"PUT {url} was answered {answer.status_code}: {answer.text[:300]}")
