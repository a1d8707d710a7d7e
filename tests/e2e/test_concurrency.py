"""Racing clients, raw flags and hostile bodies against the deployed stack."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest

from tests.support.invariants import find_violations
from tests.support.second_factor import with_code
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ORDERS, ROOM, CLIENTS = 50, 10, 8
RETRIES_MAX = 100
VENUE, SYMBOL = "race", "BTC/USDT"


@pytest.fixture
def admin(stack: dict[str, Any]) -> Iterator[httpx.Client]:
    """Give a client with the administrator's token."""
    headers = {"Authorization": f"Bearer {stack['tokens']['admin']}"}
    with httpx.Client(base_url=stack["api_url"], headers=headers, timeout=300) as client:
        yield client


@pytest.fixture
def account(admin: httpx.Client) -> str:
    """Open an account of 100,000 with the shipped limits."""
    name = f"race-{secrets.token_hex(4)}"
    venues = [{"venue": VENUE, "market_type": "spot"}]
    body = {"base_currency": "USDT", "venues": venues, "initial_equity": "100000"}
    assert admin.put(f"/accounts/{name}", json=body).status_code == 201
    rules = {"venue": VENUE, "symbol": SYMBOL, "market_type": "spot", "tick_size": "0.01", "step_size": "0.001"}
    assert admin.put("/market/instruments", json={"instruments": [rules]}).status_code == 200
    put_quote(admin)
    return name


@pytest.fixture
def roomy_account(admin: httpx.Client, account: str, stack: dict[str, Any]) -> str:
    """Leave the position limit alone, with room for exactly ten orders of 1 %; it may take the next one-time code."""
    wide = {
        "duplicate_window_seconds": None,
        "order_rate_max": None,
        "daily_trades_max": None,
        "open_risk_fraction_max": None,
        "quote_max_age_seconds": 3600,
    }
    answer = with_code(
        stack["totp_secret"], lambda code: admin.put(f"/accounts/{account}/limits", json=wide, headers=code)
    )
    assert answer.status_code == 200, answer.text
    put_quote(admin)
    return account


def put_quote(admin: httpx.Client) -> None:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    quote = {"venue": VENUE, "symbol": SYMBOL, "at": now, "bid": "10000", "ask": "10000", "volume_24h": "10000"}
    assert admin.put("/market/quotes", json={"quotes": [quote]}).status_code == 200


def order(name: str, quantity: str = "0.1") -> dict[str, Any]:
    return {
        "client_order_id": name,
        "symbol": SYMBOL,
        "venue": VENUE,
        "strategy": "race",
        "side": "buy",
        "type": "limit",
        "quantity": quantity,
        "price": "10000",
    }


def submit(admin: httpx.Client, account: str, name: str, quantity: str = "0.1") -> httpx.Response:
    """Submit as a bot does: again with the same id while the gateway does not answer clearly."""
    for _ in range(RETRIES_MAX):
        answer = admin.post(f"/accounts/{account}/orders", json=order(name, quantity))
        if answer.status_code not in {502, 503, 504}:
            return answer
    raise AssertionError(f"{name} never got an answer")


def test_orders_when_fifty_race_for_room_for_ten_then_exactly_ten_are_approved(
    admin: httpx.Client, roomy_account: str, stack: dict[str, Any]
) -> None:
    account = roomy_account
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(lambda n: submit(admin, account, f"race-{n}"), range(ORDERS)))
    statuses = Counter("approved" if a.status_code in {200, 201} else a.json()["code"] for a in answers)
    assert statuses == {"approved": ROOM, "POSITION_SIZE": ORDERS - ROOM}
    state = admin.get(f"/accounts/{account}").json()
    assert state["exposure"]["gross"] == "10000"
    assert len(state["open_orders"]) == ROOM
    assert_invariants_of(account, stack)


def assert_invariants_of(account: str, stack: dict[str, Any]) -> None:
    found = [line for line in find_violations(dynamodb_of(stack), **stack["tables"]) if account in line]
    assert not found, "\n".join(found)


def dynamodb_of(stack: dict[str, Any]) -> DynamoDBClient:
    return boto3.client(
        "dynamodb",
        endpoint_url=stack["aws_endpoint_url"],
        region_name=stack["region"],
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def test_order_when_fifty_clients_send_the_same_then_one_decision_and_the_rest_replays(
    admin: httpx.Client, account: str, stack: dict[str, Any]
) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(lambda _: submit(admin, account, "same"), range(ORDERS)))
    assert {answer.text for answer in answers} == {answers[0].text}
    statuses = Counter(answer.status_code for answer in answers)
    # The first answer may be lost on the way; whoever asks again then gets a replay, too.
    assert set(statuses) <= {200, 201}
    assert statuses[201] <= 1
    replays = [answer for answer in answers if answer.status_code == 200]
    assert {answer.headers.get("Idempotent-Replayed") for answer in replays} == {"true"}
    assert_invariants_of(account, stack)


def approve(admin: httpx.Client, account: str, **changes: str) -> str:
    """Return the name of an approved order: after a release by an edit the table's stream tells the guards first."""

    def ask() -> str:
        name = f"asked-{secrets.token_hex(4)}"
        return name if submit(admin, account, name, **changes).status_code == 201 else ""

    return wait_for(ask)


@pytest.mark.parametrize("name", ["GLOBAL", "ACCOUNT#{account}", f"VENUE#{VENUE}", "STRATEGY#race", f"SYMBOL#{SYMBOL}"])
def test_kill_switch_when_edited_in_the_table_then_the_very_next_order_obeys(
    admin: httpx.Client, account: str, stack: dict[str, Any], name: str
) -> None:
    key = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": name.format(account=account)}}
    table, dynamodb = stack["tables"]["control"], dynamodb_of(stack)

    def flip(value: dict[str, Any]) -> None:
        """Do as `aws dynamodb update-item` does."""
        dynamodb.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET engaged = :value",
            ExpressionAttributeValues={":value": value},
        )

    before = approve(admin, account)
    try:
        flip({"BOOL": True})
        engaged = submit(admin, account, "engaged")
        repeated = submit(admin, account, before)
        flip({"S": "false"})
        mistyped = submit(admin, account, "mistyped")
    finally:
        flip({"BOOL": False})
    assert (engaged.status_code, engaged.json()["code"]) == (422, "KILL_SWITCH_ENGAGED")
    assert (repeated.status_code, repeated.json()["code"]) == (409, "DECISION_NOT_ACTIONABLE")
    assert (mistyped.status_code, mistyped.json()["code"]) == (422, "KILL_SWITCH_UNREADABLE")
    approve(admin, account, quantity="0.2")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"client_order_id": "' + b"x" * 1_000_000 + b'"}', 413),
        (b'{"quantity": NaN}', 400),
        (b'{"quantity": 1e400}', 400),
        (b'{"quantity": 1, "quantity": 2}', 400),
        (b'{"quantity": ' + b"9" * 40 + b"}", 400),
        (b"", 400),
    ],
    ids=["1-mb", "nan", "1e400", "duplicate-key", "40-digits", "no-body"],
)
def test_body_when_hostile_then_problem_json(admin: httpx.Client, content: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    answer = admin.post("/accounts/demo/orders", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert json.loads(answer.text)["code"]


def test_number_when_sent_as_json_number_then_kept_exactly(admin: httpx.Client, account: str) -> None:
    body = json.dumps(order("exact")).replace('"0.1"', "0.1")
    put_quote(admin)
    answer = admin.post(f"/accounts/{account}/orders", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201, answer.text
    assert admin.get(f"/accounts/{account}/orders/exact").json()["quantity"] == "0.1"
