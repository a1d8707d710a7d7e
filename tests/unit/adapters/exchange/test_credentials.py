"""A venue's secret: what is taken, what is refused, and that it is never shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from riskgate.adapters.exchange.credentials import parse_credentials
from riskgate.core.errors import GatewayError

CANARY = "canary-0123456789abcdef"


def parse(**fields: Any) -> Any:
    return parse_credentials(json.dumps(fields))


def test_secret_when_complete_then_every_part() -> None:
    read = parse(
        apiKey="k",
        secret="s",
        password="p",
        uid="u",
        exchange="okx",
        sandbox=True,
        urls={"api": {"rest": "https://x"}},
        options={"recvWindow": 1},
    )
    assert dict(read.keys) == {"apiKey": "k", "secret": "s", "password": "p", "uid": "u"}
    assert (read.exchange, read.sandbox, dict(read.options)) == ("okx", True, {"recvWindow": 1})


def test_secret_when_only_endpoint_then_no_keys() -> None:
    assert parse(urls={"api": "http://127.0.0.1:8080/api"}).keys == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"apiKey": 1},
        {"apiKey": ""},
        {"apiKey": None},
        {"sandbox": "yes"},
        {"exchange": 1},
        {"urls": []},
        {"options": "x"},
        {"verbose": True},
        {"session": "x"},
        {"options": {"createMarketBuyOrderRequiresPrice": False}},
        {"options": {"maxRetriesOnFailure": 3}},
        {"options": {"defaultType": "margin"}},
        {"options": {"test": True}},
        {"urls": {"api": {"public": "http://example.com/api"}}},
        {"urls": {"api": {"public": "http://127.0.0.1.example.com/"}}},
        {"urls": {"api": {"public": "http://127.0.0.1@example.com/"}}},
        {"urls": {"api": {"public": "ftp://127.0.0.1/"}}},
        {"urls": {"api": {"public": 1}}},
    ],
)
def test_secret_when_unusable_then_refused_without_its_content(fields: dict[str, Any]) -> None:
    with pytest.raises(GatewayError) as caught:
        parse(**{"secret": CANARY, **fields})
    assert caught.value.code == "SECRET_UNREADABLE"
    assert CANARY not in caught.value.detail


@pytest.mark.parametrize("text", [f'{{"apiKey": "{CANARY}"', f'"{CANARY}"', "", "[]", "null", "1"])
def test_secret_when_no_json_object_then_refused_without_its_content(text: str) -> None:
    with pytest.raises(GatewayError) as caught:
        parse_credentials(text)
    assert caught.value.code == "SECRET_UNREADABLE"
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None


def test_credentials_when_printed_then_keys_and_options_are_hidden() -> None:
    read = parse(apiKey=CANARY, secret=CANARY, options={"x": CANARY})
    assert CANARY not in repr(read)
    assert CANARY not in str(read)
