"""Keys of the front door: what one may be for, its id, and its secret."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.access.keys import (
    HEARTBEAT_SECONDS_MAX,
    HEARTBEAT_SECONDS_MIN,
    KEY_RANDOM_BYTES,
    MASTER_LENGTH_MIN,
    NO_TOKEN,
    ExchangeKey,
    derive_secret,
    is_key_id,
    new_key,
)
from riskgate.core.access.tokens import Scope
from riskgate.core.errors import InvalidRequest
from tests.support.builders import DAY, NOW

MASTER = "m" * MASTER_LENGTH_MIN


def make_key(**changes: Any) -> ExchangeKey:
    arguments: dict[str, Any] = {
        "random_bytes": bytes(range(KEY_RANDOM_BYTES)),
        "account_id": "demo",
        "strategy": "trend",
        "venues": {"spot": "binance"},
        "operator": "alice",
        "created_at": NOW,
        "expires_at": NOW + 30 * DAY,
    }
    return new_key(**(arguments | changes))


def test_key_when_made_then_for_one_account_and_strategy_and_shows_no_more_than_its_own() -> None:
    key = make_key()
    assert (key.account_id, key.strategy, key.venues) == ("demo", "trend", {"spot": "binance"})
    assert key.grant.scopes == {Scope.ORDERS_WRITE, Scope.ACCOUNTS_READ}
    assert (key.grant.token_hash, key.grant.operator) == (NO_TOKEN, "alice")
    assert (key.grant.created_at, key.grant.expires_at) == (NOW, NOW + 30 * DAY)
    assert (key.shows_all, key.shows_budget) == (False, False)
    assert (key.default_stop_fraction, key.heartbeat_seconds) == (None, None)


def test_key_when_more_is_asked_then_it_has_it() -> None:
    key = make_key(
        venues={"spot": "binance", "swap": "binanceusdm"},
        scopes=(Scope.ACCOUNTS_READ,),
        cidrs=("10.0.0.0/8",),
        default_stop_fraction=Decimal("0.02"),
        heartbeat_seconds=60,
        shows_all=True,
        shows_budget=True,
    )
    assert key.venues == {"spot": "binance", "swap": "binanceusdm"}
    assert key.grant.scopes == {Scope.ACCOUNTS_READ}
    assert tuple(key.grant.cidrs) == ("10.0.0.0/8",)
    assert (key.default_stop_fraction, key.heartbeat_seconds) == (Decimal("0.02"), 60)
    assert (key.shows_all, key.shows_budget) == (True, True)


def test_key_id_when_made_then_it_has_the_form_of_one_and_others_do_not() -> None:
    key_id = make_key().key_id
    assert key_id.startswith("rgk")
    assert is_key_id(key_id)
    for text in ("", key_id[:-1], key_id + "a", "x" + key_id[1:], key_id.upper(), key_id[:-1] + "1", key_id + "\n"):
        assert not is_key_id(text), text


@pytest.mark.parametrize("count", [0, KEY_RANDOM_BYTES - 1, KEY_RANDOM_BYTES + 1])
def test_key_when_made_from_another_number_of_random_bytes_then_refused(count: int) -> None:
    with pytest.raises(ValueError, match="exactly 15"):
        make_key(random_bytes=bytes(count))


@pytest.mark.parametrize(
    "changes",
    [
        {"venues": {}},
        {"venues": {"margin": "binance"}},
        {"venues": {"spot": "binance", "margin": "binance"}},
        {"venues": {"spot": ""}},
        {"venues": {"spot": "Binance"}},
        {"venues": {"spot": "binance", "swap": "_x"}},
        {"venues": {"spot": "b" * 33}},
        {"scopes": (Scope.ORDERS_WRITE, Scope.MARKET_WRITE)},
        {"account_id": "*"},
        {"strategy": "*"},
        {"default_stop_fraction": Decimal(0)},
        {"default_stop_fraction": Decimal(1)},
        {"default_stop_fraction": Decimal("-0.01")},
        {"heartbeat_seconds": HEARTBEAT_SECONDS_MIN - 1},
        {"heartbeat_seconds": HEARTBEAT_SECONDS_MAX + 1},
    ],
    ids=str,
)
def test_key_when_it_is_for_what_no_key_is_for_then_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        make_key(**changes)
    assert caught.value.code == "TOKEN_REQUEST_INVALID"


@pytest.mark.parametrize(
    "changes",
    [
        {"venues": {"swap": "b" * 32}},
        {"default_stop_fraction": Decimal("0.000001")},
        {"default_stop_fraction": Decimal("0.999999")},
        {"heartbeat_seconds": HEARTBEAT_SECONDS_MIN},
        {"heartbeat_seconds": HEARTBEAT_SECONDS_MAX},
    ],
    ids=str,
)
def test_key_when_at_a_limit_then_made(changes: dict[str, Any]) -> None:
    [(name, value)] = changes.items()
    assert getattr(make_key(**changes), name) == value


def test_secret_when_derived_then_the_same_for_a_key_and_another_for_another() -> None:
    # Bots have it in their settings: another text for the same key would lock each of them out.
    assert derive_secret(MASTER, "rgkaaa") == "d3887efc43d812d5874dc550753381e5eb9f00f2d13f25c5ca9cb4f0c2b171da"
    assert (
        len({derive_secret(MASTER, "rgkaaa"), derive_secret(MASTER, "rgkaab"), derive_secret("n" * 32, "rgkaaa")}) == 3
    )


def test_secret_when_the_master_key_is_too_short_then_none() -> None:
    with pytest.raises(ValueError, match="too short"):
        derive_secret(MASTER[:-1], "rgkaaa")
