"""Lanes of the order queue: what waits for what, and that a cancel and a submit in different lanes agree."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from riskgate.app.routing import replace_order as replacing
from riskgate.schemas.messages.order import MessageKind, OrderMessage
from riskgate.schemas.messages.text import read_message, write_message
from tests.component.routing.test_exits import exit_all
from tests.support.builders import NOW
from tests.support.gateway import ACCOUNT_ID
from tests.support.routed_account import RoutedAccount


def build_message(kind: MessageKind, **fields: Any) -> OrderMessage:
    return OrderMessage(kind=kind, account_id=ACCOUNT_ID, sent_at=NOW, actor="bot", **fields)


def test_lane_when_it_is_of_one_market_then_orders_and_changes_share_it() -> None:
    market = {"venue": "binance", "symbol": "BTC/USDT"}
    first = build_message(MessageKind.SUBMIT, client_order_id="a", **market)
    assert first.lane == build_message(MessageKind.MODIFY, client_order_id="a", **market).lane
    assert first.lane == build_message(MessageKind.SUBMIT, client_order_id="b", **market).lane


def test_lane_when_anything_else_differs_then_nobody_waits() -> None:
    btc, eth = {"venue": "binance", "symbol": "BTC/USDT"}, {"venue": "binance", "symbol": "ETH/USDT"}
    messages = [
        build_message(MessageKind.SUBMIT, client_order_id="a", **btc),
        build_message(MessageKind.SUBMIT, client_order_id="a", **eth),
        build_message(MessageKind.SUBMIT, client_order_id="a", **btc | {"venue": "bybit"}),
        build_message(MessageKind.SUBMIT, client_order_id="x", is_exit=True, **btc),
        build_message(MessageKind.SUBMIT, client_order_id="y", is_exit=True, **btc),
        build_message(MessageKind.CANCEL, client_order_id="a"),
        build_message(MessageKind.CANCEL_MATCHING, scope="account", key=ACCOUNT_ID, venue="binance"),
        build_message(MessageKind.CANCEL_MATCHING, scope="account", key=ACCOUNT_ID, venue="bybit"),
        build_message(MessageKind.RESOLVE, client_order_id="a"),
        build_message(MessageKind.RESOLVE, client_order_id="b"),
    ]
    for one, other in combinations(messages, 2):
        assert one.lane != other.lane
    assert all(len(message.lane) <= 128 for message in messages)


def test_message_when_written_before_lanes_then_it_is_read() -> None:
    text = write_message(build_message(MessageKind.SUBMIT, client_order_id="a", order_id="b"))
    old = text.replace(',"symbol":"","venue":""', "").replace('"is_exit":false,', "")
    assert old != text
    assert read_message(old, OrderMessage) == read_message(text, OrderMessage)


def test_exit_when_another_order_is_looked_up_then_it_leaves_at_once(routed: RoutedAccount) -> None:
    entry = routed.approved(price="50500", stop_loss_price="49000", quantity="0.05")
    routed.work_all()
    assert routed.status(entry) == "filled"
    routed.gateway.refresh_quotes()
    doubtful = routed.approved()
    routed.fault("drop_after_accept", method="POST")
    routed.fault("error_before_accept", method="GET", status=503, code=-1000, count=60)
    assert routed.work() is False
    assert routed.status(doubtful) == "unknown"

    (leg,) = exit_all(routed).body["legs"]
    # Whether or not the message of the order in doubt is being worked on, the exit's is handed out beside it.
    messages = {
        read_message(message["Body"], OrderMessage).client_order_id: message for message in iter(routed.receive, None)
    }
    assert routed.invoke(messages[leg["client_order_id"]]) == []
    assert routed.status(leg["client_order_id"]) == "filled"
    assert routed.status(doubtful) == "unknown"


def test_cancel_when_it_comes_before_the_submit_then_nothing_is_sent(routed: RoutedAccount) -> None:
    order = routed.approved()
    submit = routed.receive()
    assert submit is not None
    path = f"/accounts/{ACCOUNT_ID}/orders/{order}/cancel"
    assert routed.gateway.call("POST", path, {"reason": "changed my mind"}).status in {200, 202}
    assert routed.invoke(submit) == []
    assert (routed.status(order), routed.requests("POST")) == ("cancelled", [])


def test_cancel_when_it_comes_while_a_change_is_under_way_then_the_new_terms_do_not_stay(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = routed.approved()
    routed.work_all()
    path = f"/accounts/{ACCOUNT_ID}/orders/{order}"
    assert routed.gateway.call("PATCH", path, {"price": "47900"}).status == 200
    change = routed.receive()
    assert change is not None
    assert routed.gateway.call("POST", f"{path}/cancel", {"reason": "out"}).status == 202
    cancel = routed.receive()
    assert cancel is not None, "the cancel waits behind the change"
    send_claimed = replacing.send_claimed

    def cancel_first(*arguments: Any) -> Any:
        # Claimed on the new terms and not sent yet: the cancel must not end it and leave.
        routed.gateway.advance(seconds=1)
        routed.invoke(cancel)
        return send_claimed(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(replacing, "send_claimed", cancel_first)
        routed.invoke(change)
    routed.gateway.advance(seconds=timedelta(minutes=4).total_seconds())
    routed.work_all()
    routed.assert_agrees(order)
    assert routed.status(order) == "cancelled"
