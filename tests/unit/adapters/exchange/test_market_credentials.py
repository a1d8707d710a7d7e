"""Where a venue's public data comes from: its own secret or its known address, never an account's key."""

import json
from typing import Any

import pytest

from riskgate.adapters.exchange.credentials import CredentialsSource, VenueCredentials
from riskgate.adapters.exchange.market_credentials import MarketCredentials, PricedCredentials
from riskgate.core.errors import GatewayError

ELSEWHERE = {"api": {"public": "https://a.example"}}


class Secrets:
    """Secrets by name, without a service."""

    def __init__(self, **texts: Any) -> None:
        self.texts = {f"stack/market/{name}": json.dumps(value) for name, value in texts.items()}
        self.asked: list[tuple[str, bool]] = []

    def find_text(self, secret_id: str, *, refresh: bool = False) -> str | None:
        self.asked.append((secret_id, refresh))
        return self.texts.get(secret_id)


def credentials(secrets: Secrets) -> MarketCredentials:
    return MarketCredentials(secrets, "binance", prefix="stack/market/")  # type: ignore[arg-type]


def always(**fields: Any) -> CredentialsSource:
    return lambda _refresh: VenueCredentials(**fields)


def test_credentials_when_the_venue_has_a_secret_then_its_settings() -> None:
    secrets = Secrets(binance={"sandbox": True, "urls": ELSEWHERE, "options": {"x": 1}}, kraken={"apiKey": "other"})
    found = credentials(secrets)(True)
    assert (found.keys, found.sandbox, found.urls, found.options) == ({}, True, ELSEWHERE, {"x": 1})
    assert secrets.asked == [("stack/market/binance", True)]


def test_credentials_when_a_venue_wants_a_key_for_public_data_then_that_of_its_own_secret() -> None:
    assert credentials(Secrets(binance={"apiKey": "reads-prices"}))(False).keys == {"apiKey": "reads-prices"}


def test_credentials_when_there_is_no_secret_then_the_venues_own_address_without_a_key() -> None:
    assert credentials(Secrets())(False) == VenueCredentials()


def test_credentials_when_the_secret_is_nonsense_then_an_error_and_never_the_default_place() -> None:
    with pytest.raises(GatewayError):
        credentials(Secrets(binance={"nonsense": 1}))(False)


@pytest.mark.parametrize("fields", [{"sandbox": True}, {"exchange": "kraken"}, {"urls": ELSEWHERE}])
def test_account_when_its_key_is_for_another_place_than_the_prices_then_refused(fields: dict[str, Any]) -> None:
    key = {"apiKey": "k"}
    for account, market in [(fields, {}), ({}, fields)]:
        source = PricedCredentials(always(keys=key, **account), always(**market), "binance")
        with pytest.raises(GatewayError) as caught:
            source(False)
        assert caught.value.code == "VENUE_AMBIGUOUS"


@pytest.mark.parametrize("fields", [{"sandbox": True}, {"exchange": "binance"}, {"urls": ELSEWHERE}, {}])
def test_account_when_its_key_is_for_the_same_place_then_it_is_used(fields: dict[str, Any]) -> None:
    source = PricedCredentials(always(keys={"apiKey": "k"}, **fields), always(**fields), "binance")
    assert source(False).keys == {"apiKey": "k"}
