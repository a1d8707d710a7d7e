"""What a hostile or careless sender tries with secrets that are right."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.adapters.aws.lazy import forget
from tests.component.webhooks.conftest import TEXT, TRADINGVIEW, Sender, sender_of
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE, Answer, instrument_of
from tests.support.routed_account import RoutedAccount
from tests.support.wire import Wire, interleave, lose_reply, refuse_connection

D = Decimal
BY_RISK = {"by": "risk_fraction", "value": "0.001"}


def decided(sender: Sender) -> list[str]:
    return [row["inputs"]["order"]["client_order_id"] for row in sender.audit() if row["event"] == "order_decided"]


def test_sender_when_it_claims_an_address_then_the_one_it_came_from_counts(sender: Sender) -> None:
    elsewhere = replace(TRADINGVIEW, source_ip="203.0.113.9")
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP"):
        claimed = f"for={TRADINGVIEW.source_ip}" if name == "Forwarded" else TRADINGVIEW.source_ip
        answer = sender.gateway.call(
            "POST", sender.created["path"], sender.body(), caller=elsewhere, headers=TEXT | {name: claimed}
        )
        assert answer.code == "SOURCE_NOT_PERMITTED", name
    assert not decided(sender)


def test_secret_when_it_comes_in_the_address_or_a_header_then_it_proves_nothing(sender: Sender) -> None:
    secret = sender.created["body_secret"]
    body = sender.body(secret=None)
    for more in ({"query": {"secret": secret}}, {"headers": TEXT | {"Authorization": f"Bearer {secret}"}}):
        sent: dict[str, Any] = {"headers": TEXT} | more
        answer = sender.gateway.call("POST", sender.created["path"], body, caller=TRADINGVIEW, **sent)
        assert answer.code == "WEBHOOK_REFUSED"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content-Type": "application/x-www-form-urlencoded"}, "UNSUPPORTED_MEDIA_TYPE"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, "UNSUPPORTED_MEDIA_TYPE"),
        ({"Content-Type": "text/plain; charset=utf-16"}, "UNSUPPORTED_MEDIA_TYPE"),
        (TEXT | {"Content-Encoding": "gzip"}, "CONTENT_ENCODING_UNSUPPORTED"),
    ],
)
def test_body_when_declared_as_something_else_then_not_read(sender: Sender, headers: dict[str, str], code: str) -> None:
    answer = sender.gateway.call("POST", sender.created["path"], sender.body(), caller=TRADINGVIEW, headers=headers)
    assert (answer.status, answer.code) == (415, code)


def test_reference_when_two_webhooks_of_an_account_send_it_then_the_second_is_a_conflict(sender: Sender) -> None:
    other = sender_of(sender.routed, name="other", strategy="trend")
    assert sender.post(client_ref="same").status == 201
    taken = other.post(client_ref="same")
    assert (taken.status, taken.code, taken.is_replay) == (409, "CLIENT_ORDER_ID_REUSED", False)
    assert decided(sender) == ["same"]


def test_reference_when_it_is_the_same_for_every_alert_then_the_second_is_no_repetition(sender: Sender) -> None:
    assert sender.post(client_ref="golden-cross").status == 201
    sender.gateway.advance(seconds=50)
    assert sender.post(client_ref="golden-cross").is_replay
    sender.gateway.advance(hours=3)
    later = sender.post(client_ref="golden-cross")
    assert (later.status, later.code) == (409, "CLIENT_ORDER_ID_REUSED")
    assert decided(sender) == ["golden-cross"]


@pytest.mark.parametrize("field", ["client_ref", "action", "position", "symbol", "time", "stop_loss_price"])
def test_placeholder_when_the_sender_did_not_fill_it_then_refused_by_name(sender: Sender, field: str) -> None:
    answer = sender.post(**{field: "{{strategy.order.id}}"})
    assert (answer.status, answer.code) == (400, "WEBHOOK_FIELD_INVALID"), answer.text
    assert field in answer.body["detail"]
    assert not decided(sender)


def test_text_when_it_looks_like_a_template_then_it_stays_text(routed: RoutedAccount) -> None:
    sender = sender_of(routed, fields={"client_ref": "{a}-{b}", "symbol": "{pair}"})
    body = sender.body(a="{secret}", b="%s${jndi:ldap://x}", pair="BTCUSDT")
    answer = sender.post(body)
    assert answer.status == 201, answer.text
    assert sender.created["body_secret"] not in answer.text
    assert answer.body["client_order_id"].startswith("_secret_-")


@pytest.mark.parametrize("stop", ["50010", "50011", "60000", "1000000"])
def test_size_when_by_risk_and_the_stop_is_no_stop_then_denied(routed: RoutedAccount, stop: str) -> None:
    sender = sender_of(routed, size=BY_RISK)
    answer = sender.post(stop_loss_price=stop)
    assert (answer.status, answer.code) == (422, "STOP_LOSS_WRONG_SIDE"), answer.text


def test_size_when_by_risk_and_the_stop_is_a_tick_away_then_limits_hold(routed: RoutedAccount) -> None:
    sender = sender_of(routed, size=BY_RISK)
    answer = sender.post(stop_loss_price="50009.99")
    assert answer.status == 422, answer.text
    assert "NOTIONAL_ABOVE_MAXIMUM" in {row["code"] for row in answer.body["violations"]}


@pytest.mark.parametrize("size", [BY_RISK, {"by": "equity_fraction", "value": "0.02"}])
def test_size_when_equity_is_stale_then_denied(routed: RoutedAccount, size: dict[str, str]) -> None:
    sender = sender_of(routed, size=size)
    sender.gateway.advance(minutes=6)
    sender.gateway.refresh_quotes()
    answer = sender.post()
    assert (answer.status, answer.code) == (422, "STATE_STALE"), answer.text


@pytest.mark.parametrize("quantity", ["１２", "1_000", "0x10", "1e3", "Infinity", "-1", "1,5", "1" * 40, True, [1], {}])
def test_figure_when_it_is_no_plain_number_then_400(routed: RoutedAccount, quantity: Any) -> None:
    sender = sender_of(routed, size={"by": "sender"})
    answer = sender.post(quantity=quantity)
    assert answer.status == 400, answer.text
    assert not decided(sender)


@pytest.mark.parametrize(
    "symbol", ["BTCUſDT", "btcuſdt", "ＢＴＣＵＳＤＴ", "BTC\u200bUSDT", "\u202eTDSUCTB", "ВТСUSDT"]
)
def test_symbol_when_its_letters_only_look_like_a_markets_then_it_names_none(sender: Sender, symbol: str) -> None:
    answer = sender.post(symbol=symbol)
    assert (answer.status, answer.code) == (422, "SYMBOL_UNKNOWN"), answer.text


def test_cancel_when_it_names_a_stop_that_the_gateway_keeps_then_refused_and_it_rests_on(sender: Sender) -> None:
    rules = instrument_of(BTC, stop_orders=True)
    assert sender.gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    assert sender.gateway.limits(stop_loss_required="at_venue").status == 200
    sender.gateway.refresh_quotes()
    assert sender.post(client_ref="in", stop_loss_price="49000").status == 201
    sender.routed.work_all()
    [stop] = sender.routed.state().working_orders
    assert stop.startswith("stop-")
    named = sender.post(client_ref="c1", action="cancel", order=stop)
    assert (named.status, named.code) == (403, "ORDER_OF_THE_GATEWAY"), named.text
    every = sender.post(client_ref="c2", action="cancel")
    assert (every.status, every.body["orders"]) == (200, [])
    sender.routed.work_all()
    assert sender.routed.status(stop) == "submitted"


def test_cancel_when_it_names_none_then_a_stop_that_protects_rests_on(sender: Sender) -> None:
    sender.post(client_ref="in")
    sender.routed.work_all()
    own = {"side": "sell", "type": "stop", "price": None, "trigger_price": "49000", "quantity": "0.009"}
    stop = sender.routed.approved(strategy="trend", stop_loss_price=None, **own)
    entry = sender.routed.approved(strategy="trend")
    sender.routed.work_all()
    every = sender.post(client_ref="c", action="cancel")
    assert [order["client_order_id"] for order in every.body["orders"]] == [entry]
    assert sender.post(client_ref="d", action="cancel", order=stop).body["look_at"] == [
        f"/accounts/{ACCOUNT_ID}/orders/{stop}"
    ]
    sender.routed.work_all()
    assert {sender.routed.status(name) for name in (stop, entry)} == {"cancelled"}
    assert sender.routed.state().positions[f"{VENUE}:{BTC}"].quantity > 0


def test_delivery_when_the_same_comes_twice_at_once_and_prices_move_between_then_one_order_and_one_answer(
    routed: RoutedAccount, wire: Wire
) -> None:
    sender = sender_of(routed, size={"by": "equity_fraction", "value": "0.02"})
    body = sender.body(client_ref="twin")
    first: list[Answer] = []

    def overtake() -> None:
        routed.gateway.quote(bid="49000", ask="49010", last="49000")
        first.append(sender.post(body))

    wire.then("TransactWriteItems", interleave(overtake))
    second = sender.post(body)
    assert ([answer.status for answer in first], second.status) == ([201], 200), second.text
    assert second.text == first[0].text
    routed.work_all()
    assert len(routed.venue_orders("twin")) == 1
    assert decided(sender) == ["twin"]


@pytest.mark.parametrize("fault", [lose_reply, refuse_connection])
def test_delivery_when_the_database_confirms_nothing_then_503_with_the_place_to_look_and_a_repetition_heals_it(
    sender: Sender, wire: Wire, fault: Any
) -> None:
    body = sender.body(client_ref="lost")

    def then_silence(wire: Wire, operation: str, request: Any) -> Any:
        wire.always("*", refuse_connection)
        return fault(wire, operation, request)

    wire.then("TransactWriteItems", then_silence)
    unknown = sender.post(body)
    wire.heal()
    assert unknown.status == 503, unknown.text
    assert (unknown.status, unknown.body["look_at"]) == (503, [f"/accounts/{ACCOUNT_ID}/orders/lost"]), unknown.text
    again = sender.post(body)
    assert again.status in {200, 201}, again.text
    sender.routed.work_all()
    assert len(sender.routed.venue_orders("lost")) == 1


def test_cancel_when_the_worker_cannot_be_told_then_503_with_the_place_to_look(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender.post(client_ref="r", type="limit", price="48000", stop_loss_price="47000")
    sender.routed.work_all()
    with monkeypatch.context() as broken:
        broken.setenv("ORDER_QUEUE_URL", f"{sender.routed.queue_url}.gone.fifo")
        forget()
        named = sender.post(client_ref="c", action="cancel", order="r")
        every = sender.post(client_ref="d", action="cancel")
    forget()
    assert (named.status, named.body["look_at"]) == (503, [f"/accounts/{ACCOUNT_ID}/orders/r"])
    assert (every.status, every.body["look_at"]) == (503, [f"/accounts/{ACCOUNT_ID}"])
