"""Who comes through the front door: keys, signatures, windows, and what is never done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from riskgate.app.access.manage_keys import revoke_key
from riskgate.app.ledger.commit_event import Acting
from riskgate.core.access.keys import derive_secret
from riskgate.core.access.tokens import Scope
from riskgate.runtime import wiring
from tests.support.front_door import MASTER, MASTER_SECRET_ID, FrontDoor, signature
from tests.support.routed_account import RoutedAccount
from tests.support.wire import Wire

type Key = Any
ACCOUNT = "/api/v3/account"


@pytest.fixture
def key(door: FrontDoor) -> Key:
    """Give a key of the strategy `trend`."""
    return door.issue()


def read(door: FrontDoor, key: Key, text: str, **options: Any) -> tuple[int, int]:
    status, body = door.send("GET", ACCOUNT, query=text, **{"key_id": key[0].key_id, **options})
    return status, body.get("code", 0)


def stamp(door: FrontDoor, seconds: float = 0) -> str:
    return f"timestamp={int((door.gateway.now + timedelta(seconds=seconds)).timestamp() * 1000)}"


def test_read_when_signed_then_it_passes_in_any_order_and_encoding(door: FrontDoor, key: Key) -> None:
    secret = key[1]
    for text in (
        stamp(door),
        f"recvWindow=10000&{stamp(door)}",
        f"{stamp(door)}&omitZeroBalances=true",
        f"omitZeroBalances={quote('true')}&{stamp(door)}&recvWindow=5000",
    ):
        assert read(door, key, f"{text}&signature={signature(secret, text)}") == (200, 0)
        # The signature may come first, and in capitals.
        assert read(door, key, f"signature={signature(secret, text).upper()}&{text}") == (200, 0)


@pytest.mark.parametrize(
    ("seconds", "window", "code"),
    [(-4.9, "", 0), (-5.1, "", -1021), (0.9, "", 0), (1.1, "", -1021), (-59, "60000", 0), (0, "60001", -1131)],
)
def test_request_when_its_clock_is_off_then_the_window_decides(
    door: FrontDoor, key: Key, seconds: float, window: str, code: int
) -> None:
    text = stamp(door, seconds) + (f"&recvWindow={window}" if window else "")
    assert read(door, key, f"{text}&signature={signature(key[1], text)}")[1] == code


def test_request_when_something_is_wrong_with_it_then_the_venues_code(door: FrontDoor, key: Key) -> None:
    text = stamp(door)
    good = f"{text}&signature={signature(key[1], text)}"
    assert read(door, key, good, key_id=None) == (401, -2014)
    assert read(door, key, good, key_id="vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A") == (
        401,
        -2014,
    )
    assert read(door, key, good, key_id="rgk" + "a" * 23 + "b") == (401, -2015)
    assert read(door, key, text) == (400, -1102)
    assert read(door, key, f"{text}&signature={'0' * 64}") == (400, -1022)
    assert read(door, key, f"{text}&signature=%C3%A9") == (400, -1022)
    assert read(door, key, good + "&x=1") == (400, -1022)
    assert read(door, key, f"{good}&timestamp=1") == (400, -1101)
    assert read(door, key, "signature=" + "0" * 64) == (400, -1102)
    assert read(door, key, f"timestamp=now&signature={'0' * 64}") == (400, -1100)
    assert read(door, key, f"{good}&x=%ZZ") == (400, -1100)
    assert read(door, key, f"{good}&x=%FF%FE") == (400, -1100)
    assert read(door, key, f"{good}&x=" + "y" * 20_000) == (413, -1101)
    assert door.send("POST", "/api/v3/order", body="x" * 100_000, key_id=key[0].key_id)[0] == 413
    assert door.send("POST", "/api/v3/order", body="/w==", is_base64=True, key_id=key[0].key_id)[1]["code"] == -1100


def test_key_when_revoked_then_the_very_next_request_is_refused(door: FrontDoor, key: Key) -> None:
    assert door.call("GET", ACCOUNT, key)[0] == 200
    acting = Acting(deps=wiring.deps(), actor="aws:test", now=door.gateway.now)
    revoke_key(acting, key[0].key_id, keys=door.keys)
    status, body = door.call("GET", ACCOUNT, key)
    assert (status, body["code"]) == (401, -2015)


def test_key_when_over_or_from_elsewhere_or_without_the_scope_then_it_is_refused(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    short = door.issue(expires_at=door.gateway.now + timedelta(seconds=60))
    near = door.issue(cidrs=("198.51.100.0/24",))
    reader = door.issue(scopes=(Scope.ACCOUNTS_READ,))
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    assert door.call("GET", ACCOUNT, near)[1]["code"] == -2015
    assert door.call("GET", ACCOUNT, reader)[0] == 200
    assert door.call("POST", "/api/v3/order", reader, **order)[1]["code"] == -2015
    door.gateway.advance(seconds=61)
    assert door.call("GET", ACCOUNT, short)[1]["code"] == -2015
    assert door.send("GET", ACCOUNT, query=door.sign(key[1], {}), key_id=key[0].key_id, venue="kraken")[0] == 401
    assert routed.simulator.orders() == []


def test_bearer_token_when_it_names_a_key_then_the_authorizer_knows_none(door: FrontDoor, key: Key) -> None:
    assert wiring.deps().store is not None
    items = [
        item for item in door.gateway.aws.items(door.gateway.aws.control_table) if item["pk"]["S"] == "EXCHANGE_KEY"
    ]
    assert [item["sk"]["S"] for item in items] == [key[0].key_id]
    assert key[1] not in str(items)


def test_master_key_when_rotated_then_old_secrets_are_good_no_longer(door: FrontDoor, key: Key) -> None:
    assert door.call("GET", ACCOUNT, key)[0] == 200
    door.gateway.aws.secretsmanager.put_secret_value(SecretId=MASTER_SECRET_ID, SecretString="n" * 64)
    anew = (key[0], derive_secret("n" * 64, key[0].key_id))
    assert derive_secret(MASTER, key[0].key_id) == key[1]
    for _ in range(60):
        # Secrets are remembered; one that does not fit is tried against a fresh one within seconds.
        door.gateway.advance(seconds=10)
        if door.call("GET", ACCOUNT, anew)[0] == 200:
            break
    wiring.secrets().clear()
    assert door.call("GET", ACCOUNT, anew)[0] == 200
    assert door.call("GET", ACCOUNT, key)[1]["code"] == -1022


def test_market_data_when_asked_for_then_a_key_without_a_signature_is_enough_to_be_told_where(
    door: FrontDoor, key: Key
) -> None:
    status, body = door.send("GET", "/api/v3/ticker/price", query="symbol=BTCUSDT", key_id=key[0].key_id)
    assert (status, body["code"]) == (400, -1020)
    assert door.send("GET", "/api/v3/ticker/price", query="symbol=BTCUSDT")[1]["code"] == -2014


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sapi/v1/capital/withdraw/apply"),
        ("POST", "/sapi/v1/asset/transfer"),
        ("POST", "/sapi/v1/margin/borrow-repay"),
        ("GET", "/sapi/v1/sub-account/list"),
        ("PATCH", "/api/v3/order"),
        ("GET", "/api/v3/account/"),
        ("GET", "/api/v3//account"),
    ],
)
def test_call_when_it_is_not_on_the_list_then_it_is_refused_and_people_are_told_once_a_minute(
    door: FrontDoor, key: Key, method: str, path: str, routed: RoutedAccount
) -> None:
    routed.simulator.gateway.forget_requests()
    for _ in range(3):
        status, body = door.call(method, path, key, coin="USDT", amount="1")
        assert (status, body["code"]) == (403, -1002)
    entries = door.gateway.call("GET", "/accounts/gateway/audit", query={"limit": "100"})
    told = [entry for entry in entries.body["entries"] if entry["event"] == "front_door_call_refused"]
    assert [(row["inputs"]["key_id"], row["inputs"]["path"]) for row in told] == [(key[0].key_id, path)]
    assert routed.simulator.gateway.requests() == []


def test_stranger_when_it_asks_for_a_withdrawal_then_nothing_is_written(door: FrontDoor, key: Key, wire: Wire) -> None:
    wire.sent.clear()
    assert door.send("POST", "/sapi/v1/capital/withdraw/apply", body="coin=BTC")[0] == 401
    assert wire.operations() == []
    assert key[0].key_id


def test_polling_when_the_key_says_so_then_it_is_the_strategys_heartbeat(door: FrontDoor, wire: Wire) -> None:
    key = door.issue(heartbeat_seconds=60)
    assert door.call("GET", ACCOUNT, key)[0] == 200
    account = door.gateway.account()
    assert [beat["strategy"] for beat in account["heartbeats"]] == ["trend"]
    wire.sent.clear()
    for _ in range(3):
        assert door.call("GET", ACCOUNT, key)[0] == 200
    # Beats are told three times an interval, not with every call.
    assert "TransactWriteItems" not in wire.operations()
