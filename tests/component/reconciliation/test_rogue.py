"""A bot that trades around the gateway is found within one run, and what follows from that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from functions.reconcile.app import lambda_handler
from tests.support.gateway import ACCOUNT_ID, BTC_SWAP
from tests.support.reconciled_account import SWAP_VENUE, Books, ReconcileContext, hold_swap

EVENTS = Path(__file__).resolve().parents[3] / "events/reconcile"


def sample(name: str) -> Any:
    return lambda_handler(json.loads((EVENTS / f"{name}.json").read_text()), ReconcileContext())


def limit(**fields: object) -> dict[str, object]:
    return {"type": "LIMIT", "price": "40000", "quantity": "0.01", "timeInForce": "GTC"} | fields


@pytest.mark.parametrize("how", ["filled", "resting", "cancelled"])
def test_bot_when_it_trades_around_the_gateway_then_found_in_one_run(books: Books, how: str) -> None:
    placed = books.place_around(**({} if how == "filled" else limit()))
    if how == "cancelled":
        # Its market is known from our own orders: what came and went there is listed as well.
        books.rest()
        books.routed.simulator.control.delete("orders", order_id=placed["order_id"])
    report = books.reconcile()
    assert report["open_by_kind"]["rogue_order"] == 1
    (rogue,) = [item for item in books.view()["open"] if item["kind"] == "rogue_order"]
    assert rogue["severity"] == "red"
    assert rogue["market"] == "binance:BTC/USDT"
    assert rogue["theirs"]["exchange_order_id"] == str(placed["order_id"])
    assert rogue["ours"]["reason"] == "the gateway knows no such order"
    assert rogue["money"] is not None


@pytest.mark.parametrize("then", ["cancelled", "filled"])
def test_stranger_when_resolved_then_it_opens_again_only_if_it_trades(books: Books, then: str) -> None:
    books.rest()
    placed = books.place_around(**limit())
    books.reconcile()
    (rogue,) = books.view()["open"]
    assert books.resolve(rogue["break_id"], "cancelled at the venue").status == 200
    if then == "cancelled":
        books.routed.simulator.control.delete("orders", order_id=placed["order_id"])
    else:
        books.routed.simulator.control.post("price", symbol="BTCUSDT", price="39000")
    kinds = books.reconcile()["open_by_kind"]
    assert ("rogue_order" in kinds) == (then == "filled")


def test_bot_when_it_trades_swaps_around_the_gateway_then_rogue_and_the_position_differs(swaps: Books) -> None:
    hold_swap(swaps)
    assert swaps.reconcile()["open"] == 0
    placed = swaps.place_around(market="swap", side="SELL", quantity="0.004")
    report = swaps.reconcile()
    # Its fee is gone from the wallet as well.
    assert report["open_by_kind"] == {"balance": 1, "position": 1, "rogue_order": 1}
    found = {item["kind"]: item for item in swaps.view()["open"]}
    rogue, position = found["rogue_order"], found["position"]
    assert rogue["theirs"]["exchange_order_id"] == str(placed["order_id"])
    assert (position["ours"]["quantity"], position["theirs"]["quantity"]) == ("0.01", "0.006")
    assert position["market"] == rogue["market"] == f"{SWAP_VENUE}:{BTC_SWAP}"


def test_bot_when_denied_and_it_sends_the_order_all_the_same_then_rogue(books: Books) -> None:
    gateway = books.routed.gateway
    denied = gateway.submit(quantity="100", price="50000")
    assert denied.status == 422
    name = denied.body["client_order_id"]
    books.place_around(**limit(newClientOrderId=name))
    assert books.reconcile()["open_by_kind"] == {"rogue_order": 1}
    (rogue,) = books.view()["open"]
    assert rogue["ours"] == {
        "reason": "the gateway denied this order",
        "client_order_id": name,
        "status": "denied",
    }


def test_bot_when_it_sends_what_was_approved_itself_then_agreed_and_what_is_more_is_rogue(books: Books) -> None:
    gateway = books.routed.gateway
    name = gateway.approved(quantity="0.01", price="48000", stop_loss_price="47000")
    books.place_around(**limit(newClientOrderId=name, price="48000"))
    assert books.reconcile()["open"] == 0
    name = gateway.approved(quantity="0.01", price="48000", stop_loss_price="47000")
    books.place_around(**limit(newClientOrderId=name, price="48000", quantity="0.03"))
    books.reconcile()
    (rogue,) = books.view()["open"]
    assert rogue["ours"]["reason"] == "a smaller quantity was approved"


def test_market_when_somebody_trades_around_us_then_it_only_reduces_until_the_break_is_closed(books: Books) -> None:
    books.filled()
    placed = books.place_around(**limit())
    books.reconcile()
    gateway = books.routed.gateway
    gateway.refresh_quotes()
    denied = gateway.submit()
    assert (denied.status, denied.code) == (422, "TRADING_REDUCING")
    assert gateway.submit(symbol="ETH/USDT", quantity="0.1", price="2990", stop_loss_price="2900").status == 201
    assert gateway.submit(side="sell", quantity="0.005", price="50500", stop_loss_price=None).status == 201
    books.routed.simulator.control.delete("orders", order_id=placed["order_id"])
    books.reconcile()
    (rogue,) = books.view()["open"]
    answer = books.resolve(rogue["break_id"], "order cancelled, key revoked")
    assert answer.status == 200, answer.text
    assert answer.body["closed"]["how"] == "resolved"
    assert (answer.body["open"], answer.body["breakers"]) == (0, [])
    gateway.refresh_quotes()
    assert gateway.submit().status == 201
    report = books.reconcile()
    assert (report["found"], report["open"]) == (1, 0)


@pytest.mark.parametrize("asked", [False, True])
def test_account_when_its_limits_ask_for_it_then_its_kill_switch_is_engaged(books: Books, asked: bool) -> None:
    gateway = books.routed.gateway
    assert gateway.limits(rogue_order_kill_switch=asked).status == 200
    books.place_around(**limit())
    books.reconcile()
    gateway.refresh_quotes()
    assert gateway.account()["trading_state"] == ("HALTED" if asked else "ACTIVE")
    if not asked:
        return
    assert gateway.submit(symbol="ETH/USDT", quantity="0.1", price="2990").code == "KILL_SWITCH_ENGAGED"
    books.routed.control.pump()
    books.routed.work_all()
    (entry,) = books.routed.audit("kill_switch_changed")
    assert entry["actor"] == "job:reconcile"
    # A person who releases it is not overruled by the same order.
    assert gateway.kill("account", ACCOUNT_ID, engaged=False).status == 200
    books.reconcile()
    gateway.refresh_quotes()
    assert gateway.account()["trading_state"] == "ACTIVE"


def test_resolution_when_without_a_code_or_of_no_break_then_refused(books: Books) -> None:
    books.place_around(**limit())
    books.reconcile()
    (rogue,) = books.view()["open"]
    path = f"/accounts/{ACCOUNT_ID}/reconciliation/{rogue['break_id']}/resolve"
    gateway = books.routed.gateway
    assert gateway.call("POST", path, {"reason": "x"}).status == 401
    assert books.resolve("0" * 16).code == "BREAK_NOT_FOUND"
    assert books.resolve("no-break").status == 404
    assert books.view()["open"] == [rogue]
    assert books.resolve(rogue["break_id"]).status == 200
    assert books.resolve(rogue["break_id"]).code == "BREAK_NOT_FOUND"


def test_sample_events_when_invoked_then_they_do_what_their_names_say(books: Books) -> None:
    assert {path.stem for path in EVENTS.glob("*.json")} == {"tick", "one_account", "batch"}
    assert sample("tick") == {"accounts": 1}
    assert sample("one_account")["complete"]
    # Its message is of another day.
    runs = books.routed.state().reconciliation.runs
    assert sample("batch") == {"batchItemFailures": []}
    assert books.routed.state().reconciliation.runs == runs


def test_tick_when_scheduled_then_each_account_gets_a_message_that_runs_it(books: Books) -> None:
    assert lambda_handler({"source": "aws.scheduler"}, ReconcileContext()) == {"accounts": 1}
    sqs = books.routed.sqs
    url = sqs.get_queue_url(QueueName="reconcile-jobs")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:reconcile-jobs",
        "awsRegion": "us-east-1",
    }
    assert lambda_handler({"Records": [record]}, ReconcileContext()) == {"batchItemFailures": []}
    assert books.view()["last_run"]["complete"]
    books.routed.gateway.advance(minutes=10)
    before = books.routed.state().reconciliation.runs
    lambda_handler({"Records": [record]}, ReconcileContext())
    assert books.routed.state().reconciliation.runs == before
