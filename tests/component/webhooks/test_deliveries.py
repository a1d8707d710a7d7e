"""What a delivery comes to: the same decision as a posted order, sent by the same worker."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import boto3
import pytest

from riskgate.app.ledger.denial_budget import DenialBudget
from riskgate.runtime import wiring
from tests.component.webhooks.conftest import TEXT, TRADINGVIEW, Sender, sender_of
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE
from tests.support.routed_account import RoutedAccount

D = Decimal
DONE = {"request_served", "venue_called", "order_message_done"}


def test_delivery_when_it_buys_then_approved_sent_and_traced(sender: Sender) -> None:
    answer = sender.post(client_ref="tv_2026-03-04T12:00:00Z_Long")
    assert answer.status == 201, answer.text
    order = answer.body["client_order_id"]
    assert order == "tv_2026-03-04T12:00:00Z_Long"
    [decided] = [entry for entry in sender.audit() if entry["event"] == "order_decided"]
    assert decided["actor"] == "webhook:tv"
    message: Any = boto3.client("sqs").receive_message(QueueUrl=sender.routed.queue_url, VisibilityTimeout=0)[
        "Messages"
    ]
    assert answer.headers["X-Correlation-Id"] in message[0]["Body"]
    sender.routed.work_all()
    assert sender.routed.status(order) == "filled"
    [sent] = sender.routed.venue_orders(order)
    assert sent["quantity"] == "0.01"
    sender.routed.assert_agrees(order)


def test_delivery_when_it_is_carried_out_then_one_id_from_the_sender_to_the_fill(
    sender: Sender, log_output: io.StringIO
) -> None:
    log_output.seek(0)
    log_output.truncate()
    trace_id = "alert-7"
    sent = TEXT | {"X-Correlation-Id": trace_id}
    sender.gateway.call(
        "POST", sender.created["path"], sender.body(client_ref="traced"), caller=TRADINGVIEW, headers=sent
    )
    message = sender.routed.receive()
    assert message is not None
    assert message["MessageAttributes"]["trace_id"]["StringValue"] == trace_id
    assert not sender.routed.invoke(message)
    assert sender.gateway.on_order("GET", "traced").body["trace_id"] == trace_id
    entries = [entry for entry in sender.audit() if entry["trace_id"] == trace_id]
    events = [entry["event"] for entry in entries]
    assert events[:2] == ["order_decided", "order_submitting"]
    assert "fill_recorded" in events
    text = log_output.getvalue()
    lines = [line for line in map(json.loads, text.splitlines()) if line.get("trace_id") == trace_id]
    done = {line["action"]: line["client_ref"] for line in lines if line["message"] in DONE}
    assert {"postWebhook", "create_order", "submit"} <= done.keys()
    assert set(done.values()) == {"traced"}
    assert sender.created["body_secret"] not in text
    assert sender.created["path"].rpartition("/")[2] not in text


def test_delivery_when_it_decides_then_as_the_posted_order_does(sender: Sender) -> None:
    over = {"quantity": "1", "stop_loss_price": "49000", "client_ref": "big"}
    webhook = sender_of(sender.routed, name="own-size", size={"by": "sender"})
    ours = webhook.post(**over)
    posted = sender.routed.submit(
        type="market", price=None, quantity="1", stop_loss_price="49000", client_order_id="posted"
    )
    assert (ours.status, posted.status) == (422, 422)
    own = {"client_order_id", "order_id", "instance", "audit_sequence", "state_version", "decided_at"}
    assert {k: v for k, v in ours.body.items() if k not in own} == {
        k: v for k, v in posted.body.items() if k not in own
    }


def test_delivery_when_sent_again_then_the_first_answer_and_one_order(sender: Sender) -> None:
    body = sender.body(client_ref="again")
    first, second = sender.post(body), sender.post(body)
    assert (first.status, second.status, second.is_replay) == (201, 200, True)
    assert first.text == second.text
    sender.routed.work_all()
    assert sender.post(body).is_replay
    assert len(sender.routed.venue_orders("again")) == 1


def test_delivery_when_equity_moved_before_the_retry_then_still_the_first_answer(routed: RoutedAccount) -> None:
    sender = sender_of(routed, size={"by": "equity_fraction", "value": "0.02"})
    body = sender.body(client_ref="sized")
    first = sender.post(body)
    routed.gateway.quote(bid="40000", ask="40010", last="40000")
    second = sender.post(body)
    assert (first.status, second.status) == (201, 200), second.text
    assert first.text == second.text


def test_delivery_when_another_takes_its_id_then_conflict(sender: Sender) -> None:
    assert sender.post(client_ref="taken").status == 201
    other = sender.post(client_ref="taken", action="sell")
    assert (other.status, other.code) == (409, "CLIENT_ORDER_ID_REUSED")


def test_size_when_by_equity_then_that_part_of_it_down_to_the_lot(routed: RoutedAccount) -> None:
    sender = sender_of(routed, size={"by": "equity_fraction", "value": "0.02"})
    answer = sender.post(client_ref="x")
    equity, ask = routed.state().equity, D(50010)
    assert answer.status == 201, answer.text
    assert D(routed.record("x").order.quantity or 0) == equity * D("0.02") / ask // D("0.00001") * D("0.00001")


def test_size_when_by_risk_then_the_stop_bounds_the_loss(routed: RoutedAccount) -> None:
    sender = sender_of(routed, size={"by": "risk_fraction", "value": "0.001"})
    assert sender.post(client_ref="risky", stop_loss_price="48010").status == 201
    quantity = D(routed.record("risky").order.quantity or 0)
    budget = routed.state().equity * D("0.001")
    assert budget - 2000 * D("0.00001") < quantity * 2000 <= budget
    without = sender.post(client_ref="bare", stop_loss_price=None)
    assert (without.status, without.code) == (422, "STOP_MISSING")


def test_stop_when_the_body_has_none_then_at_the_operators_distance_on_the_grid(routed: RoutedAccount) -> None:
    sender = sender_of(routed, stop_fraction="0.02", size={"by": "risk_fraction", "value": "0.001"})
    assert sender.post(client_ref="stopped", stop_loss_price="NaN").status == 201
    order = routed.record("stopped").order
    assert order.stop_loss_price == D("49009.8")


def test_limit_when_off_the_grid_then_away_from_the_market(sender: Sender) -> None:
    assert sender.post(client_ref="l", type="limit", price="48000.126", stop_loss_price="47000.001").status == 201
    order = sender.routed.record("l").order
    assert (order.price, order.stop_loss_price) == (D("48000.12"), D("47000.01"))


def test_close_when_the_strategy_holds_then_its_part_reduce_only_and_nothing_twice(sender: Sender) -> None:
    sender.post(client_ref="in", quantity="0.01")
    sender.routed.work_all()
    sender.routed.gateway.refresh_quotes()
    body = sender.body(client_ref="out", action="sell", position="flat")
    answer = sender.post(body)
    assert answer.status == 201, answer.text
    closing = sender.routed.record("out").order
    assert (closing.side.value, closing.reduce_only, closing.type.value) == ("sell", True, "market")
    sender.routed.work_all()
    held = sender.routed.state().positions
    assert not held or held[f"{VENUE}:{BTC}"].quantity < D("0.0001")
    assert sender.post(body).is_replay
    nothing = sender_of(sender.routed, name="other", strategy="other").post(client_ref="none", action="close")
    assert (nothing.status, nothing.code) == (422, "NOTHING_TO_CLOSE")


def test_cancel_when_orders_rest_then_202_with_where_to_look_and_gone(sender: Sender) -> None:
    for name in ("r1", "r2"):
        assert sender.post(client_ref=name, type="limit", price="48000", stop_loss_price="47000").status == 201
    sender.routed.work_all()
    named = sender.post(client_ref="c1", action="cancel", order="r1")
    assert named.status == 202, named.text
    assert named.body["look_at"] == [f"/accounts/{ACCOUNT_ID}/orders/r1"]
    every = sender.post(client_ref="c2", action="cancel")
    assert {order["client_order_id"] for order in every.body["orders"]} == {"r1", "r2"}
    sender.routed.work_all()
    assert {sender.routed.status(name) for name in ("r1", "r2")} == {"cancelled"}


def test_cancel_when_it_is_another_strategys_then_403(sender: Sender) -> None:
    other = sender.routed.approved(strategy="other")
    answer = sender.post(client_ref="c", action="cancel", order=other)
    assert (answer.status, answer.code) == (403, "STRATEGY_NOT_PERMITTED")
    assert sender.routed.status(other) == "approved"


def test_delivery_when_a_kill_switch_is_engaged_then_denied(sender: Sender) -> None:
    sender.routed.gateway.kill()
    answer = sender.post()
    assert (answer.status, answer.code) == (422, "KILL_SWITCH_ENGAGED")


def test_delivery_when_its_budget_of_denials_is_spent_then_told_as_lost(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sender.routed.gateway.kill()
    deps = replace(wiring.deps(), denials=DenialBudget(burst=1))
    monkeypatch.setattr(wiring, "deps", cache(lambda: deps))
    assert sender.post().status == 422
    capsys.readouterr()
    assert sender.post(client_ref="one_more").code == "DENIAL_BUDGET_SPENT"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    counted = {name: value for line in lines for name, value in line.items()}
    assert (counted["WebhooksUnusable"], counted["DenialsOverBudget"]) == ([1.0], [1.0])


def test_symbol_when_spelled_in_any_way_then_the_market(routed: RoutedAccount) -> None:
    sender = sender_of(routed, symbols={"XBT": BTC})
    for number, symbol in enumerate(["BTCUSDT", "BINANCE:BTCUSDT", "BTC-USDT", "btcusdt", "BTC/USDT", "XBT"]):
        assert sender.post(client_ref=f"s{number}", symbol=symbol).status == 201, symbol
        assert routed.record(f"s{number}").order.symbol == BTC


def test_symbol_when_it_names_no_market_then_nothing_is_decided(sender: Sender) -> None:
    for symbol in ["NONEUSDT", "", "💥", "BTC/USDT/USDT"]:
        answer = sender.post(symbol=symbol)
        assert answer.code in {"SYMBOL_UNKNOWN", "WEBHOOK_FIELD_MISSING"}, answer.text
    assert not [entry for entry in sender.audit() if entry["event"] == "order_decided"]


def test_body_when_the_sender_has_its_own_shape_then_the_templates_read_it(routed: RoutedAccount) -> None:
    sender = sender_of(
        routed,
        fields={
            "secret": "{auth.key}",
            "client_ref": "bot_{trade.no}",
            "time": "{trade.ts}",
            "action": "{trade.what}",
            "symbol": "{trade.market.0}{trade.market.1}",
            "stop_loss_price": "{levels.stop}",
            "type": "market",
        },
        words={"go long": "buy"},
    )
    trade = {"no": 7, "ts": int(routed.gateway.now.timestamp() * 1000), "what": "GO LONG", "market": ["BTC", "USDT"]}
    answer = sender.post({"auth": {"key": sender.created["body_secret"]}, "trade": trade, "levels": {"stop": 49000.5}})
    assert answer.status == 201, answer.text
    assert routed.record("bot_7").order.stop_loss_price == D("49000.5")
