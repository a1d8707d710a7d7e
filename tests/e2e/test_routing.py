"""From the API over the queue to a venue and back: the deployed order worker against the simulated exchange."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import httpx
import pyotp
import pytest

from infra.local.settings import STACK_NAME
from infra.simulators.exchange.client import ccxt_urls
from tests.support.venue import KEY, SECRET, Simulator, real_time_venue, running

VENUE, SYMBOL = "simulated", "BTC/USDT"
POLLS_MAX = 1_800


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A venue on this machine with a flat price of 50,000."""
    with running(real_time_venue()) as simulator:
        yield simulator


@pytest.fixture
def admin(stack: dict[str, Any]) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {stack['tokens']['admin']}"}
    with httpx.Client(base_url=stack["api_url"], headers=headers, timeout=60) as client:
        yield client


@pytest.fixture
def account(stack: dict[str, Any], admin: httpx.Client, simulator: Simulator) -> str:
    """Open an account whose orders the gateway sends; its secret says which exchange the venue is."""
    name = f"routed-{secrets.token_hex(4)}"
    secret_name = f"{STACK_NAME}/exchange/{name}"
    client = boto3.client("secretsmanager", endpoint_url=stack["aws_endpoint_url"], region_name=stack["region"])
    place = {"exchange": "binance", "urls": ccxt_urls(simulator.url)}
    client.create_secret(Name=secret_name, SecretString=json.dumps(place | {"apiKey": KEY, "secret": SECRET}))
    market = f"{STACK_NAME}/market/{VENUE}"
    try:
        client.create_secret(Name=market, SecretString=json.dumps(place))
    except client.exceptions.ResourceExistsException:
        client.put_secret_value(SecretId=market, SecretString=json.dumps(place))
    venues = [{"venue": VENUE, "market_type": "spot", "secret_name": secret_name}]
    body = {"base_currency": "USDT", "venues": venues, "initial_equity": "100000"}
    assert admin.put(f"/accounts/{name}", json=body).status_code == 201
    rules = {"venue": VENUE, "symbol": SYMBOL, "market_type": "spot", "tick_size": "0.01", "step_size": "0.00001"}
    assert admin.put("/market/instruments", json={"instruments": [rules]}).status_code == 200
    return name


def submit(admin: httpx.Client, account: str, **terms: Any) -> str:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    quote = {"venue": VENUE, "symbol": SYMBOL, "at": now, "bid": "49990", "ask": "50010", "last": "50000"}
    quote["volume_24h"] = "100000"
    assert admin.put("/market/quotes", json={"quotes": [quote]}).status_code == 200
    order = {
        "client_order_id": f"order-{secrets.token_hex(4)}",
        "symbol": SYMBOL,
        "venue": VENUE,
        "strategy": "e2e",
        "side": "buy",
        "type": "limit",
        "quantity": "0.01",
        "price": "48000",
        "stop_loss_price": "47000",
        "route": True,
    }
    order = {name: value for name, value in (order | terms).items() if value is not None}
    answer = admin.post(f"/accounts/{account}/orders", json=order)
    assert answer.status_code == 201, answer.text
    return str(order["client_order_id"])


def wait_for(admin: httpx.Client, account: str, order: str, status: str) -> dict[str, Any]:
    """Return the order once it has a status."""
    found: dict[str, Any] = {}
    for _ in range(POLLS_MAX):
        found = admin.get(f"/accounts/{account}/orders/{order}").json()
        if found["status"] == status:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{order} is {found['status']}, not {status}")


@pytest.mark.smoke
def test_orders_when_routed_then_sent_filled_replaced_and_cancelled_at_the_venue(
    admin: httpx.Client, account: str, simulator: Simulator
) -> None:
    resting = submit(admin, account)
    wait_for(admin, account, resting, "submitted")
    taken = submit(admin, account, type="market", price=None, quantity="0.02")
    filled = wait_for(admin, account, taken, "filled")
    assert filled["filled_quantity"] == "0.02"
    assert admin.get(f"/accounts/{account}").json()["positions"][0]["quantity"] == "0.01998"
    changed = admin.patch(f"/accounts/{account}/orders/{resting}", json={"price": "48500"})
    assert changed.status_code == 200, changed.text
    for _ in range(POLLS_MAX):
        if [order["price"] for order in simulator.orders(open=True, account="alice", side="BUY")] == ["48500"]:
            break
        time.sleep(0.1)
    assert admin.post(f"/accounts/{account}/orders/{resting}/cancel").status_code == 202
    wait_for(admin, account, resting, "cancelled")
    sent = simulator.orders(account="alice", side="BUY")
    assert sorted(order["status"] for order in sent) == ["CANCELED", "CANCELED", "FILLED"]
    # What was bought, less its fee, has its stop at the venue; a reading in between finds more, and moves it.
    stops: list[dict[str, Any]] = []
    for _ in range(POLLS_MAX):
        if stops := simulator.orders(account="alice", side="SELL"):
            break
        time.sleep(0.1)
    assert {order["type"] for order in stops} == {"STOP_LOSS"}
    assert stops[0]["quantity"] == "0.01998"


def test_order_when_its_acknowledgement_is_lost_then_there_once(
    admin: httpx.Client, account: str, simulator: Simulator
) -> None:
    simulator.control.post("faults", kind="drop_after_accept", method="POST", path="/api/v3/order")
    order = submit(admin, account)
    wait_for(admin, account, order, "submitted")
    assert len(simulator.orders(account="alice")) == 1
    events = [entry["event"] for entry in admin.get(f"/accounts/{account}/audit").json()["entries"]]
    assert events == [
        "account_registered",
        "order_decided",
        "order_submitting",
        "order_outcome_unknown",
        "order_accepted",
    ]


def engage(stack: dict[str, Any], admin: httpx.Client, account: str) -> None:
    """Engage the account's kill switch by the route, with a one-time code."""
    body = {"scope": "account", "key": account, "engaged": True, "reason": "drill", "cancel_open_orders": True}
    for _ in range(POLLS_MAX):
        code = pyotp.TOTP(stack["totp_secret"]).at(datetime.now(UTC), counter_offset=secrets.randbelow(3) - 1)
        answer = admin.put("/kill-switch", json=body, headers={"X-TOTP": code})
        if answer.json().get("code") != "TOTP_REPLAYED":
            break
        time.sleep(1)
    assert answer.status_code == 200, answer.text


def edit(stack: dict[str, Any], _admin: httpx.Client, account: str) -> None:
    """Write the account's flag into the table, as a person would in the console."""
    boto3.client("dynamodb", endpoint_url=stack["aws_endpoint_url"], region_name=stack["region"]).update_item(
        TableName=stack["tables"]["control"],
        Key={"pk": {"S": "KILL_SWITCH"}, "sk": {"S": f"ACCOUNT#{account}"}},
        UpdateExpression="SET engaged = :on, cancel_open_orders = :on",
        ExpressionAttributeValues={":on": {"BOOL": True}},
    )


@pytest.mark.parametrize("kill", [pytest.param(engage, marks=pytest.mark.smoke), edit])
def test_kill_when_it_cancels_then_the_venue_has_no_open_order_and_the_log_says_how(
    stack: dict[str, Any],
    admin: httpx.Client,
    account: str,
    simulator: Simulator,
    kill: Callable[[dict[str, Any], httpx.Client, str], None],
) -> None:
    orders = [submit(admin, account, quantity=f"0.01{n}") for n in range(3)]
    for order in orders:
        wait_for(admin, account, order, "submitted")
    kill(stack, admin, account)
    for order in orders:
        wait_for(admin, account, order, "cancelled")
    assert simulator.orders(open=True, account="alice") == []
    for _ in range(POLLS_MAX):
        entries = admin.get(f"/accounts/{account}/audit", params={"limit": 100}).json()["entries"]
        found = [entry for entry in entries if entry["event"] == "open_orders_cancelled"]
        if found:
            break
        time.sleep(0.1)
    outcomes = {result["client_order_id"]: result["outcome"] for result in found[0]["inputs"]["results"]}
    assert outcomes == dict.fromkeys(orders, "cancelled")
    assert found[0]["inputs"]["duration_ms"] > 0
