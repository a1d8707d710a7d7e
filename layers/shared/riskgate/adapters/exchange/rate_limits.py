"""What venues limit, by ccxt class: whose requests they count, over which time, and what their answers tell of it.

A request's cost is ccxt's: its `cost` times its `rateLimit` are the milliseconds of the venue's time that it takes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from riskgate.adapters.exchange.credentials import VenueCredentials
from riskgate.core.venues.budget import SECOND, Limit

_MINUTE = 60
#: A wait that a venue asks for is believed up to the longest ban that one is known to speak out.
_WAIT_SECONDS_MAX = 3 * 24 * 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueLimits:
    """What is known of a class's limits."""

    by_key: bool = False  # signed requests count for the key; all others, and public ones, for the address
    window_seconds: int = 5
    unit_ms: float | None = None  # what a cost of 1 takes, where that is not ccxt's `rateLimit`
    request_ms: float = 0  # by key: what each signed request takes of the address's time
    weight_us: int = 0  # what a weight of 1 takes in `X-MBX-USED-WEIGHT-1M`; 0 where there is no such header
    # By a section of ccxt's API that is counted apart, for the key: its seconds, and what a cost of 1 takes in ms.
    apart: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    order_codes: frozenset[str] = frozenset()  # refusals that count one account's new orders: nobody else's business


#: Too many orders of one account in ten seconds, or in a day.
_BINANCE_ORDERS = frozenset({"-1015"})
_BY_KEY = VenueLimits(by_key=True)
LIMITS: dict[str, VenueLimits] = {
    # Documented: 6000 of weight a minute for spot, 2400 for USD-M, 1200 for the American venue; for the address.
    "binance": VenueLimits(window_seconds=_MINUTE, weight_us=10_000, order_codes=_BINANCE_ORDERS),
    "binanceusdm": VenueLimits(window_seconds=_MINUTE, unit_ms=25, weight_us=25_000, order_codes=_BINANCE_ORDERS),
    "binanceus": VenueLimits(window_seconds=_MINUTE, weight_us=50_000, order_codes=_BINANCE_ORDERS),
    "hyperliquid": VenueLimits(window_seconds=_MINUTE),
    "bitget": _BY_KEY,
    "bybit": VenueLimits(by_key=True, request_ms=8.4),  # 600 requests in 5 s for the address
    "coinbase": _BY_KEY,
    "coinbaseexchange": _BY_KEY,
    "gate": _BY_KEY,
    # A counter that 15 calls fill and three quarters of a minute empty.
    "kraken": VenueLimits(by_key=True, window_seconds=_MINUTE),
    # Its history has a pool of its own: a hundred requests, which ten minutes fill again.
    "krakenfutures": VenueLimits(by_key=True, window_seconds=_MINUTE, apart={"history": (10 * _MINUTE, 6000)}),
    "kucoin": _BY_KEY,
    "kucoinfutures": _BY_KEY,
    "okx": _BY_KEY,
}
#: A class that is not known: all requests count for the address, which is never too generous.
_UNKNOWN = VenueLimits()
_KEY_NAMES = ("apiKey", "walletAddress", "uid", "login")


def limits_of(ccxt_id: str) -> VenueLimits:
    """Return what is known of a class's limits."""
    return LIMITS.get(ccxt_id, _UNKNOWN)


def name_limits(ccxt_id: str, credentials: VenueCredentials, address: str) -> tuple[Limit, Limit]:
    """Return the limits that public and signed requests count for; `address` is where they leave from."""
    known = limits_of(ccxt_id)
    window_us = known.window_seconds * SECOND
    place = ccxt_id
    if credentials.urls or credentials.sandbox:
        # A test endpoint limits by itself.
        place += f"@{_digest(json.dumps([credentials.urls, credentials.sandbox], sort_keys=True))}"
    public = Limit(f"address/{address}/{place}", window_us)
    key = next((credentials.keys[name] for name in _KEY_NAMES if name in credentials.keys), "")
    if not known.by_key or not key:
        return public, public
    return public, Limit(f"key/{place}/{_digest(key)}", window_us)


def name_apart(ccxt_id: str, signed: Limit) -> dict[str, Limit]:
    """Return the limits of sections that are counted apart; `signed` is what other signed requests count for."""
    return {
        section: Limit(f"{signed.name}/{section}", seconds * SECOND)
        for section, (seconds, _) in limits_of(ccxt_id).apart.items()
    }


def is_public(section: Any) -> bool:
    """Tell whether a section of ccxt's API, a text or a path of texts, is asked without a signature."""
    names = section if isinstance(section, list | tuple) else [section]
    return any("public" in str(name).lower() for name in names)


def find_wait(headers: Mapping[str, str], now_us: int) -> int | None:
    """Return for how many seconds a venue that refused wants nothing, None where it does not say."""
    told = str(headers.get("Retry-After", ""))
    if told.isascii() and told.isdigit():
        return min(int(told), _WAIT_SECONDS_MAX)
    # KuCoin counts milliseconds down.
    left = str(headers.get("gw-ratelimit-reset", ""))
    if left.isascii() and left.isdigit():
        return min(max(-(-int(left) // 1000), 1), _WAIT_SECONDS_MAX)
    # Gate names the instant, in seconds.
    reset = str(headers.get("X-Gate-RateLimit-Reset-Timestamp", ""))
    if reset.isascii() and reset.isdigit():
        return min(max(-(-(int(reset) * SECOND - now_us) // SECOND), 1), _WAIT_SECONDS_MAX)
    # Bybit names the instant, in milliseconds.
    reset = str(headers.get("X-Bapi-Limit-Reset-Timestamp", ""))
    if reset.isascii() and reset.isdigit():
        return min(max(-(-(int(reset) * 1000 - now_us) // SECOND), 1), _WAIT_SECONDS_MAX)
    return None


def find_used_us(headers: Mapping[str, str], known: VenueLimits) -> int | None:
    """Return how much of its time the venue itself counts since its minute began, None where it does not say."""
    used = str(headers.get("X-MBX-USED-WEIGHT-1M", ""))
    return int(used) * known.weight_us if known.weight_us and used.isascii() and used.isdigit() else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
