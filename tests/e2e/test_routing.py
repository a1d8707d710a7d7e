"""From the API over the queue to a venue and back: the deployed order worker against the simulated exchange."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from infra.local import first_jobs as jobs
from infra.local.settings import STACK_NAME, Settings
from infra.simulators.exchange.client import ccxt_urls
from tests.support.second_factor import with_code
from tests.support.venue import KEY, SECRET, Simulator, real_time_venue, running
from tests.support.waiting import wait_for

SYMBOL = "BTC/USDT"


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
def account(stack: dict[str, Any], admin: httpx.Client, simulator: Simulator, tmp_path: Path) -> str:
    """Open an account whose orders the gateway sends; its secret says which exchange the venue is.

    The venue has the account's name: what is known of another test's venue, which is gone, is not of this one. Its
    instruments are there before the first order: they say who keeps stops.
    """
    name = f"routed-{secrets.token_hex(4)}"
    # The schedule reads it at any moment: what the account begins with is what the venue has.
    simulator.control.post("accounts", account="alice", balances={"spot": {"USDT": "100000", "BTC": "0"}})
    secret_name = f"{STACK_NAME}/exchange/{name}"
    client = boto3.client("secretsmanager", endpoint_url=stack["aws_endpoint_url"], region_name=stack["region"])
    place = {"exchange": "binance", "urls": ccxt_urls(simulator.url)}
    client.create_secret(Name=secret_name, SecretString=json.dumps(place | {"apiKey": KEY, "secret": SECRET}))
    client.create_secret(Name=f"{STACK_NAME}/market/{name}", SecretString=json.dumps(place))
    venues = [{"venue": name, "market_type": "spot", "secret_name": secret_name}]
    body = {"base_currency": "USDT", "venues": venues, "initial_equity": "100000"}
    assert admin.put(f"/accounts/{name}", json=body).status_code == 201
    port = httpx.URL(stack["aws_endpoint_url"]).port
    assert port is not None
    settings = Settings(state_dir=tmp_path, port_base=port)
    jobs.run(settings, stack["functions"]["market_data"], {"task": "instruments", "at_once": True})
    return name


def submit(admin: httpx.Client, account: str, **terms: Any) -> str:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    quote = {"venue": account, "symbol": SYMBOL, "at": now, "bid": "49990", "ask": "50010", "last": "50000"}
    quote["volume_24h"] = "100000"
    assert admin.put("/market/quotes", json={"quotes": [quote]}).status_code == 200
    order = {
        "client_order_id": f"order-{secrets.token_hex(4)}",
        "symbol": SYMBOL,
        "venue": account,
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


def wait_until(admin: httpx.Client, account: str, order: str, status: str) -> dict[str, Any]:
    """Return the order once it has a status."""

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = admin.get(f"/accounts/{account}/orders/{order}").json()
        return found if found["status"] == status else None

    return wait_for(look)


@pytest.mark.smoke
def test_orders_when_routed_then_sent_filled_replaced_and_cancelled_at_the_venue(
    admin: httpx.Client, account: str, simulator: Simulator
) -> None:
    resting = submit(admin, account)
    wait_until(admin, account, resting, "submitted")
    taken = submit(admin, account, type="market", price=None, quantity="0.02")
    filled = wait_until(admin, account, taken, "filled")
    assert filled["filled_quantity"] == "0.02"
    assert admin.get(f"/accounts/{account}").json()["positions"][0]["quantity"] == "0.01998"
    changed = admin.patch(f"/accounts/{account}/orders/{resting}", json={"price": "48500"})
    assert changed.status_code == 200, changed.text
    wait_for(
        lambda: [order["price"] for order in simulator.orders(open=True, account="alice", side="BUY")] == ["48500"]
    )
    assert admin.post(f"/accounts/{account}/orders/{resting}/cancel").status_code == 202
    wait_until(admin, account, resting, "cancelled")
    sent = simulator.orders(account="alice", side="BUY")
    assert sorted(order["status"] for order in sent) == ["CANCELED", "CANCELED", "FILLED"]
    # What was bought, less its fee, has its stop at the venue; a reading in between finds more, and moves it.
    stops = wait_for(lambda: simulator.orders(account="alice", side="SELL"))
    assert {order["type"] for order in stops} == {"STOP_LOSS"}
    assert stops[0]["quantity"] == "0.01998"


def test_order_when_its_acknowledgement_is_lost_then_there_once(
    admin: httpx.Client, account: str, simulator: Simulator
) -> None:
    simulator.control.post("faults", kind="drop_after_accept", method="POST", path="/api/v3/order")
    order = submit(admin, account)
    wait_until(admin, account, order, "submitted")
    assert len(simulator.orders(account="alice")) == 1
    events = [entry["event"] for entry in admin.get(f"/accounts/{account}/audit").json()["entries"]]
    # The monitor's minute may come in between.
    assert [event for event in events if event.startswith("order_")] == [
        "order_decided",
        "order_submitting",
        "order_outcome_unknown",
        "order_accepted",
    ]


def engage(stack: dict[str, Any], admin: httpx.Client, account: str) -> None:
    """Engage the account's kill switch by the route, with a one-time code."""
    body = {"scope": "account", "key": account, "engaged": True, "reason": "drill", "cancel_open_orders": True}
    answer = with_code(stack["totp_secret"], lambda code: admin.put("/kill-switch", json=body, headers=code))
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
        wait_until(admin, account, order, "submitted")
    kill(stack, admin, account)
    for order in orders:
        wait_until(admin, account, order, "cancelled")
    assert simulator.orders(open=True, account="alice") == []

    def look() -> list[dict[str, Any]]:
        entries = admin.get(f"/accounts/{account}/audit", params={"limit": 100}).json()["entries"]
        return [entry for entry in entries if entry["event"] == "open_orders_cancelled"]

    found = wait_for(look)
    outcomes = {result["client_order_id"]: result["outcome"] for result in found[0]["inputs"]["results"]}
    assert outcomes == dict.fromkeys(orders, "cancelled")
    assert found[0]["inputs"]["duration_ms"] > 0
