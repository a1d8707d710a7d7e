"""Where a venue's public data comes from: what all secrets agree on, and never with a key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from riskgate.adapters.exchange.market_credentials import MarketCredentials
from riskgate.core.errors import GatewayError, Transient

REAL = {"apiKey": "a-key", "secret": "a-secret", "uid": "7"}
TESTNET = {"apiKey": "b-key", "secret": "b-secret", "sandbox": True}


class Secrets:
    """Secrets by name, without a service."""

    def __init__(self, **texts: Any) -> None:
        self.texts = {name: json.dumps(value) for name, value in texts.items()}
        self.refreshed: list[bool] = []

    def get_text(self, secret_id: str, *, refresh: bool = False) -> str:
        self.refreshed.append(refresh)
        if secret_id not in self.texts:
            raise Transient("the secrets are not readable")
        return self.texts[secret_id]


def credentials(secrets: Secrets, *names: str) -> MarketCredentials:
    return MarketCredentials(secrets, "binance", names)  # type: ignore[arg-type]


def test_credentials_when_read_then_without_a_key_and_with_the_settings() -> None:
    secrets = Secrets(a=TESTNET | {"urls": {"api": {"public": "https://a.example"}}, "options": {"x": 1}})
    found = credentials(secrets, "a")(True)
    assert (found.keys, found.sandbox, found.options) == ({}, True, {"x": 1})
    assert found.urls == {"api": {"public": "https://a.example"}}
    assert secrets.refreshed == [True]


def test_credentials_when_secrets_hold_other_keys_for_the_same_place_then_they_agree() -> None:
    secrets = Secrets(a=REAL, b=REAL | {"apiKey": "other", "exchange": "binance"}, c={})
    assert credentials(secrets, "a", "b", "c")(False).keys == {}


@pytest.mark.parametrize(
    "other", [TESTNET, REAL | {"exchange": "kraken"}, REAL | {"urls": {"api": {"public": "https://b.example"}}}]
)
def test_credentials_when_secrets_name_other_places_then_refused(other: dict[str, Any]) -> None:
    with pytest.raises(GatewayError) as caught:
        credentials(Secrets(a=REAL, b=other), "a", "b")(False)
    assert caught.value.code == "VENUE_AMBIGUOUS"


def test_credentials_when_one_secret_is_not_readable_then_left_out() -> None:
    secrets = Secrets(b={"nonsense": 1}, c=TESTNET)
    assert credentials(secrets, "missing", "b", "c")(False).sandbox is True


def test_credentials_when_no_secret_is_readable_then_an_error_and_never_the_default_place() -> None:
    with pytest.raises(Transient):
        credentials(Secrets(), "missing")(False)
    with pytest.raises(GatewayError):
        credentials(Secrets())(False)
