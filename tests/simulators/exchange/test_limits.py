"""Request weight: counted, refused with 429, banned with 418."""

from __future__ import annotations

import ccxt
import pytest

from infra.simulators.exchange.errors import VenueError
from infra.simulators.exchange.limits import BAN_AFTER_REFUSALS, WeightLimiter
from tests.support.venue import Simulator


class Wall:
    """A wall clock that stands until moved."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000_020_000

    def __call__(self) -> int:
        return self.now_ms


def test_limiter_when_without_limit_then_only_counts() -> None:
    limiter = WeightLimiter(Wall())
    assert [limiter.use("spot", 20) for _ in range(3)] == [20, 40, 60]
    assert limiter.use("swap", 5) == 5


def test_limiter_when_over_limit_then_429_until_the_minute_ends() -> None:
    wall = Wall()
    limiter = WeightLimiter(wall)
    limiter.set_limit("spot", 100)
    assert limiter.use("spot", 100) == 100
    with pytest.raises(VenueError) as caught:
        limiter.use("spot", 1)
    left = 60 - wall.now_ms % 60_000 // 1000
    assert (caught.value.status, caught.value.code, caught.value.retry_after) == (429, -1003, left)
    assert limiter.use("swap", 1) == 1
    wall.now_ms += left * 1000
    assert limiter.use("spot", 7) == 7


def test_limiter_when_caller_goes_on_after_429_then_banned() -> None:
    wall = Wall()
    limiter = WeightLimiter(wall)
    limiter.set_limit("spot", 1)
    limiter.use("spot", 1)
    statuses = []
    for _ in range(BAN_AFTER_REFUSALS + 1):
        with pytest.raises(VenueError) as caught:
            limiter.use("spot", 1)
        statuses.append(caught.value.status)
    assert statuses == [429] * BAN_AFTER_REFUSALS + [418]
    # A new minute does not end the ban; its own time does.
    wall.now_ms += 60_000
    with pytest.raises(VenueError) as caught:
        limiter.use("spot", 1)
    assert (caught.value.status, caught.value.retry_after) == (418, 60)
    wall.now_ms += 60_000
    assert limiter.use("spot", 1) == 1


def test_limiter_when_one_address_is_banned_then_another_is_served() -> None:
    limiter = WeightLimiter(Wall())
    limiter.set_limit("spot", 1)
    for _ in range(BAN_AFTER_REFUSALS + 2):
        with pytest.raises(VenueError):
            limiter.use("spot", 2, "127.0.0.1")
    assert limiter.use("spot", 1, "127.0.0.2") == 1
    limiter.set_limit("spot", None)
    assert limiter.use("spot", 1, "127.0.0.1") > 1


def test_request_when_over_limit_then_ccxt_sees_ddos_protection_and_retry_after(simulator: Simulator) -> None:
    simulator.control.post("rate_limit", market="spot", limit=20)
    status, _, headers = simulator.raw("GET", "/api/v3/account")
    assert (status, headers["X-MBX-USED-WEIGHT-1M"]) == (200, "20")
    status, body, headers = simulator.raw("GET", "/api/v3/account")
    assert (status, body["code"]) == (429, -1003)
    assert 1 <= int(headers["Retry-After"]) <= 60
    with pytest.raises(ccxt.DDoSProtection):
        simulator.ccxt("binance").publicGetTime()
    simulator.control.post("rate_limit", market="spot", limit=None)
    assert simulator.ccxt("binance").publicGetTime()["serverTime"]
