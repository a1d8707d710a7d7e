"""An approved order reaches its venue exactly once, whatever goes wrong on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from riskgate.adapters.aws.lazy import forget
from riskgate.app.routing import claim_order, send_order
from riskgate.core.account.document import OrderStatus
from tests.support.gateway import ACCOUNT_ID, Gateway
from tests.support.routed_account import RoutedAccount


def test_order_when_approved_and_worked_then_at_the_venue_and_submitted(routed: RoutedAccount) -> None:
    order = routed.approved()
    assert routed.status(order) == "approved"
    assert routed.work() is True
    [sent] = routed.venue_orders(order)
    assert (sent["status"], sent["quantity"], sent["price"]) == ("NEW", "0.01", "48000")
    record = routed.record(order)
    assert (record.status.value, record.exchange_order_id) == ("submitted", str(sent["order_id"]))
    events = [entry["event"] for entry in routed.gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit").body["entries"]]
    assert events[-3:] == ["order_decided", "order_submitting", "order_accepted"]
    routed.assert_agrees(order)


def test_order_when_the_venue_has_no_key_then_422_and_nothing_reserved(gateway: Gateway) -> None:
    answer = gateway.submit(route=True)
    assert (answer.status, answer.code) == (422, "ROUTING_UNAVAILABLE")
    assert gateway.account()["open_orders"] == []


def test_order_when_replayed_while_it_waits_then_sent_once(routed: RoutedAccount) -> None:
    body = routed.gateway.order(price="48000", stop_loss_price="47000", quantity="0.01", route=True)
    assert routed.gateway.submit(body).status == 201
    assert routed.gateway.submit(body).is_replay
    routed.work_all()
    assert routed.gateway.submit(body).is_replay
    routed.work_all()
    assert len(routed.venue_orders(body["client_order_id"])) == 1
    routed.assert_agrees(body["client_order_id"])


def test_order_when_the_queue_was_down_then_503_and_the_replay_sends_it(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = routed.gateway.order(price="48000", stop_loss_price="47000", quantity="0.01", route=True)
    with monkeypatch.context() as broken:
        broken.setenv("ORDER_QUEUE_URL", f"{routed.queue_url}.gone.fifo")
        forget()
        lost = routed.gateway.submit(body)
    forget()
    assert (lost.status, lost.code) == (503, "UNAVAILABLE")
    assert routed.waiting() == 0
    assert routed.status(body["client_order_id"]) == "approved"
    assert routed.gateway.submit(body).is_replay
    routed.work_all()
    routed.assert_agrees(body["client_order_id"])
    assert routed.status(body["client_order_id"]) == "submitted"


IMMEDIATE: list[tuple[dict[str, Any], str, str, str]] = [
    ({"type": "market", "price": None}, "filled", "0.01", "0.00999"),
    ({"price": "50200", "time_in_force": "IOC", "stop_loss_price": "49000"}, "filled", "0.01", "0.00999"),
    ({"price": "48000", "time_in_force": "IOC"}, "cancelled", "0", "0"),
    ({"price": "48000", "time_in_force": "FOK"}, "cancelled", "0", "0"),
    ({"price": "50200", "post_only": True, "stop_loss_price": "49000"}, "rejected", "0", "0"),
]


@pytest.mark.parametrize(("terms", "status", "filled", "held"), IMMEDIATE)
def test_order_when_it_ends_at_once_then_its_fills_and_end_are_recorded(
    routed: RoutedAccount, terms: dict[str, Any], status: str, filled: str, held: str
) -> None:
    order = routed.approved(**terms)
    assert routed.work() is True
    record = routed.record(order)
    assert (record.status.value, record.filled_quantity) == (status, Decimal(filled)), record.reason
    position = routed.state().positions.get("binance:BTC/USDT")
    assert (position.quantity if position is not None else 0) == Decimal(held)
    told = routed.gateway.on_order("GET", order).body
    assert (told["exchange_order_id"], told["filled_quantity"]) == (record.exchange_order_id, filled)
    assert routed.state().working_orders == {}
    routed.assert_agrees(order)


def test_fill_when_the_venue_reports_it_then_slippage_in_bps_and_fee_are_in_the_log(routed: RoutedAccount) -> None:
    routed.simulator.control.post("book", symbol="BTCUSDT", market="spot", level_notional="300", level_gap_bps="5")
    order = routed.approved(type="market", price=None)
    routed.work()
    fills = routed.audit("fill_recorded")
    assert len(fills) > 1
    assert all(Decimal(fill["answer"]["slippage_bps"]) != 0 for fill in fills)
    assert len(routed.state().slippage) == len(fills)
    trades = routed.simulator.trades(account="alice")
    assert {fill["inputs"]["fill_id"] for fill in fills} == {str(trade["trade_id"]) for trade in trades}
    assert all(fill["inputs"]["decision_price"] == str(routed.record(order).decision_price) for fill in fills)
    routed.assert_agrees(order)


#: kind of fault, fields, whether the venue has carried the order out all the same.
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("drop_before_accept", {}),
    ("drop_after_accept", {}),
    ("delay", {"seconds": "1.2", "when": "before_accept"}),
    ("delay", {"seconds": "1.2", "when": "after_accept"}),
    ("error_before_accept", {"status": 500, "code": -1000}),
    ("error_before_accept", {"status": 503, "code": -1001}),
    ("error_after_accept", {"status": 500, "code": -1000}),
    ("error_after_accept", {"status": 503, "code": -1007}),
    ("error_after_accept", {"status": 502, "raw_body": "<html>Bad Gateway</html>"}),
    ("rate_limit", {"status": 429}),
    ("rate_limit", {"status": 418, "retry_after": 3}),
]


@pytest.mark.parametrize(("kind", "fields"), FAULTS)
def test_order_when_its_send_fails_then_the_venue_has_it_once_and_we_agree(
    routed: RoutedAccount, kind: str, fields: dict[str, Any]
) -> None:
    first = routed.approved()
    routed.work_all()
    routed.fault(kind, **fields)
    order = routed.approved(quantity="0.02")
    routed.work_all()
    assert routed.status(order) == "submitted"
    assert [sent["status"] for sent in routed.venue_orders(order)] == ["NEW"]
    for name in (first, order):
        routed.assert_agrees(name)


@pytest.mark.parametrize(("kind", "fields"), FAULTS)
def test_market_order_when_its_send_fails_then_it_fills_once(
    routed: RoutedAccount, kind: str, fields: dict[str, Any]
) -> None:
    # A filled order's client id is free again at the venue: a blind repetition would buy twice.
    routed.fault(kind, **fields)
    order = routed.approved(type="market", price=None)
    routed.work_all()
    assert routed.status(order) == "filled"
    assert len(routed.venue_orders(order)) == 1
    assert routed.state().positions["binance:BTC/USDT"].quantity == Decimal("0.00999")
    routed.assert_agrees(order)


def test_order_when_the_venue_refuses_it_then_rejected_and_its_reservation_freed(routed: RoutedAccount) -> None:
    routed.simulator.control.post("trading", symbol="BTCUSDT", market="spot", trading=False)
    order = routed.approved()
    routed.work_all()
    record = routed.record(order)
    assert record.status is OrderStatus.REJECTED
    assert record.reason
    told = routed.gateway.on_order("GET", order).body
    assert (told["status"], told["reason"], told["fees"]) == ("rejected", record.reason, {})
    [refused] = routed.gateway.account()["rejected_orders"]
    assert (refused["client_order_id"], refused["reason"], refused["quantity"]) == (order, record.reason, "0.01")
    assert routed.state().working_orders == {}
    assert routed.gateway.account()["exposure"]["gross"] == "0"
    routed.assert_agrees(order)


def test_message_when_delivered_twice_then_sent_once(routed: RoutedAccount) -> None:
    order = routed.approved()
    message = routed.receive()
    assert message is not None
    assert routed.invoke(message) == []
    assert routed.invoke(message) == []
    assert len(routed.requests("POST")) == 1
    assert len(routed.venue_orders(order)) == 1
    routed.assert_agrees(order)


class WorkerKilled(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("order_type", ["limit", "market"])
@pytest.mark.parametrize("step", ["send", "settle"])
def test_order_when_the_worker_dies_between_claim_send_and_record_then_looked_up_and_there_once(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch, step: str, order_type: str
) -> None:
    order = routed.approved(type=order_type, price="48000" if order_type == "limit" else None)
    message = routed.receive()
    assert message is not None

    def die(*_: Any, **__: Any) -> Any:
        raise WorkerKilled

    with monkeypatch.context() as dying:
        # Before the send: the claim stands, the venue has nothing. After it: the venue has what nobody recorded.
        dying.setattr(send_order, "to_venue_order" if step == "send" else "settle_order", die)
        with pytest.raises(WorkerKilled):
            routed.invoke(message)
    assert routed.status(order) == "submitting"
    routed.gateway.advance(seconds=30)
    assert routed.invoke(message) == []
    assert len(routed.venue_orders(order)) == 1
    assert routed.status(order) == ("submitted" if order_type == "limit" else "filled")
    routed.assert_agrees(order)


def test_order_when_the_worker_dies_after_the_claim_and_the_approval_runs_out_then_cancelled_and_never_sent(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = routed.approved()
    message = routed.receive()
    assert message is not None

    def die(*_: Any, **__: Any) -> Any:
        raise WorkerKilled

    with monkeypatch.context() as dying:
        dying.setattr(send_order, "to_venue_order", die)
        with pytest.raises(WorkerKilled):
            routed.invoke(message)
    routed.gateway.advance(seconds=180)
    assert routed.invoke(message) == []
    assert (routed.status(order), routed.venue_orders(order)) == ("cancelled", [])
    assert routed.state().working_orders == {}
    routed.assert_agrees(order)


@pytest.mark.parametrize("order_type", ["limit", "market"])
def test_order_when_two_workers_hold_its_message_then_one_sends_it(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch, order_type: str
) -> None:
    order = routed.approved(type=order_type, price="48000" if order_type == "limit" else None)
    message = routed.receive()
    assert message is not None
    send = send_order.to_venue_order
    raced: list[list[str]] = []

    def race(*arguments: Any) -> Any:
        monkeypatch.setattr(send_order, "to_venue_order", send)
        # The first has claimed and not sent yet: to the second the order is in doubt, and absent.
        raced.append(routed.invoke(message))
        return send(*arguments)

    monkeypatch.setattr(send_order, "to_venue_order", race)
    assert routed.invoke(message) == [message["MessageId"]]
    assert routed.invoke(message) == []
    assert raced == [[]]
    assert len(routed.requests("POST")) == 1
    assert len(routed.venue_orders(order)) == 1
    routed.assert_agrees(order)


def test_claim_when_its_confirmation_is_lost_then_the_same_worker_sends(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = routed.approved()
    commit = claim_order.commit_event
    calls = []

    def lose_reply(acting: Any, request: Any, plan: Any) -> Any:
        calls.append(request)
        commit(acting, request, plan)
        return commit(acting, request, lambda snapshot, _: plan(snapshot, True))

    monkeypatch.setattr(claim_order, "commit_event", lose_reply)
    assert routed.work() is True
    assert calls
    assert len(routed.audit("order_submitting")) == 1
    assert len(routed.venue_orders(order)) == 1
    routed.assert_agrees(order)
