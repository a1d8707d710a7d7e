"""An account's own hedging through the handler: off by default, proposals, placements, retries, the schedule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.hedge.app import lambda_handler
from tests.support.gateway import ACCOUNT_ID, BTC, BTC_SWAP, VENUE, Gateway
from tests.support.wire import COMMIT, Wire, pass_through, refuse_connection

EVENT = json.loads((Path(__file__).parents[3] / "events/hedge/run_policy.json").read_text())
POLICY: dict[str, Any] = {"net_delta_fraction_max": "0.01"}


def run(gateway: Gateway) -> Any:
    """Run the account's policy at once."""
    assert EVENT == {"account_id": ACCOUNT_ID}
    return lambda_handler(EVENT, gateway.context)  # type: ignore[arg-type]


def hold(gateway: Gateway) -> None:
    """Report inventory and a swap, both long."""
    held = [
        {"venue": VENUE, "symbol": symbol, "quantity": "0.05", "average_price": "50000"} for symbol in (BTC, BTC_SWAP)
    ]
    balances = [{"venue": VENUE, "asset": a, "total": t} for a, t in (("USDT", "97500"), ("BTC", "0.05"))]
    assert gateway.snapshot("100000", balances=balances, positions=held).status == 201


def adopt(gateway: Gateway, **policy: Any) -> None:
    """Put a policy in force."""
    assert gateway.limits(auto_hedge=POLICY | policy).status == 200
    gateway.refresh_quotes()


def entries(gateway: Gateway, event: str) -> list[Any]:
    """Return the audit entries of one kind."""
    found = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit", query={"limit": "100"}).body["entries"]
    return [entry for entry in found if entry["event"] == event]


def test_policy_when_the_account_has_none_then_off(gateway: Gateway) -> None:
    hold(gateway)
    assert run(gateway) == {"status": "off"}


def test_policy_when_changed_then_needs_a_second_factor(gateway: Gateway) -> None:
    assert gateway.limits(totp=False, auto_hedge=POLICY).status == 401
    adopt(gateway)
    stored = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/limits").body["limits"]["auto_hedge"]
    assert (stored["action"], stored["net_delta_fraction_max"]) == ("propose", "0.01")
    assert gateway.limits(totp=False, auto_hedge=None).status == 401


@pytest.mark.parametrize(
    "policy",
    [
        {"net_delta_fraction_max": None},
        {"action": "trade"},
        {"markets": ["binance"]},
        {"markets": [f"{VENUE}:{BTC}", f"{VENUE}:{BTC}"]},
        {"fraction": "0"},
        {"interval_minutes": 0},
        {"leverage": 2},
    ],
)
def test_policy_when_contradictory_then_refused(gateway: Gateway, policy: dict[str, Any]) -> None:
    assert gateway.limits(auto_hedge=POLICY | policy).status == 400


def test_policy_when_nothing_is_exceeded_then_idle(gateway: Gateway) -> None:
    hold(gateway)
    adopt(gateway, net_delta_fraction_max="0.5", var_fraction_max="0.5")
    result = run(gateway)
    assert (result["status"], result["unmeasured"]) == ("idle", ["var_fraction_max"])
    assert entries(gateway, "hedge_planned") == []


def test_policy_when_it_proposes_then_one_plan_per_interval_and_no_order(gateway: Gateway) -> None:
    hold(gateway)
    adopt(gateway)
    result = run(gateway)
    assert (result["status"], result["replayed"]) == ("planned", False)
    assert result["triggers"] == [{"name": "net_delta_fraction_max", "observed": "0.05", "limit": "0.01"}]
    gateway.advance(minutes=5)
    assert run(gateway)["replayed"] is True
    (entry,) = entries(gateway, "hedge_planned")
    assert entry["actor"] == "job:hedge"
    assert gateway.account()["open_orders"] == []
    gateway.advance(minutes=60)
    gateway.refresh_quotes()
    run(gateway)
    assert len(entries(gateway, "hedge_planned")) == 2


def test_policy_when_it_places_then_the_book_is_neutral_and_later_runs_place_nothing(gateway: Gateway) -> None:
    hold(gateway)
    adopt(gateway, action="place")
    result = run(gateway)
    assert (result["status"], result["hedge"]["delta_left"]) == ("placed", {"BTC": "0"})
    for _ in range(2):
        assert run(gateway)["replayed"] is True
    # In the next interval the orders still work: what they will do is not asked for again.
    gateway.advance(minutes=10)
    gateway.refresh_quotes()
    adopt(gateway, action="place", interval_minutes=1)
    assert run(gateway)["status"] == "nothing_to_do"
    assert len(gateway.account()["open_orders"]) == 2


def test_policy_when_a_run_breaks_off_then_the_next_finishes_it_though_nothing_is_exceeded(
    gateway: Gateway, wire: Wire
) -> None:
    hold(gateway)
    adopt(gateway, action="place")
    wire.then(COMMIT, pass_through, pass_through, *[refuse_connection] * 100)
    with pytest.raises(Exception, match="database"):
        run(gateway)
    wire.heal()
    (first,) = gateway.account()["open_orders"]
    gateway.fill(first["client_order_id"], "0.05", "49990")
    gateway.advance(minutes=2)
    gateway.refresh_quotes()
    assert run(gateway)["status"] == "placed"
    assert len(entries(gateway, "hedge_planned")) == 1
    (second,) = gateway.account()["open_orders"]
    assert second["client_order_id"] != first["client_order_id"]


def test_policy_when_prices_are_missing_then_unavailable_and_planned_once_they_are_back(gateway: Gateway) -> None:
    hold(gateway)
    adopt(gateway, markets=[f"{VENUE}:{BTC_SWAP}"])
    gateway.advance(minutes=6)
    assert run(gateway)["code"] == "QUOTE_STALE"
    gateway.refresh_quotes()
    assert run(gateway)["status"] == "planned"


def test_tick_when_it_comes_then_every_account_gets_a_message_that_runs_its_policy(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(gateway)
    adopt(gateway)
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="hedge-jobs")["QueueUrl"]
    monkeypatch.setenv("JOB_QUEUE_URL", url)
    assert lambda_handler({}, gateway.context) == {"accounts": 1}  # type: ignore[arg-type]
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    record: dict[str, Any] = {"messageId": message["MessageId"], "body": message["Body"], "eventSource": "aws:sqs"}
    record |= {"receiptHandle": message["ReceiptHandle"], "attributes": {}, "messageAttributes": {}}
    done = lambda_handler({"Records": [record]}, gateway.context)  # type: ignore[arg-type]
    assert done == {"batchItemFailures": []}
    assert len(entries(gateway, "hedge_planned")) == 1
