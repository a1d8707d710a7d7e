"""New terms of a routed order: never two orders at the venue, never less reserved than may fill."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from riskgate.app.routing import replace_order, send_order
from riskgate.core.errors import Transient
from riskgate.runtime import wiring
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE, Answer
from tests.support.market_data_job import metric_values
from tests.support.routed_account import RoutedAccount


def modify(routed: RoutedAccount, order: str, **terms: Any) -> Answer:
    return routed.gateway.on_order("PATCH", order, body=terms)


def reserved(routed: RoutedAccount, order: str) -> Decimal:
    working = routed.state().working_orders[order]
    return working.increasing_quantity * working.unit_notional


def test_modify_when_the_order_waits_then_sent_once_on_its_new_terms(routed: RoutedAccount) -> None:
    order = routed.approved(quantity="0.01", price="48000")
    assert modify(routed, order, price="48100", quantity="0.02").status == 200
    routed.work_all()
    [sent] = routed.venue_orders(order)
    assert (sent["status"], sent["price"], sent["quantity"]) == ("NEW", "48100", "0.02")
    assert len(routed.requests("POST")) == 1
    assert routed.status(order) == "submitted"
    routed.assert_agrees(order)


@pytest.mark.parametrize(("quantity", "price"), [("0.02", "48100"), ("0.005", "48500"), ("0.01", "47500")])
def test_modify_when_the_order_is_at_the_venue_then_replaced_there_and_the_larger_reserved_until_then(
    routed: RoutedAccount, quantity: str, price: str
) -> None:
    order = routed.approved(quantity="0.01", price="48000")
    routed.work_all()
    assert modify(routed, order, quantity=quantity, price=price).status == 200
    old, new = Decimal(480), Decimal(quantity) * Decimal(price)
    assert reserved(routed, order) == max(old, new)
    stored = routed.gateway.on_order("GET", order).body
    assert (stored["quantity"], stored["price"]) == ("0.01", "48000")
    routed.work_all()
    assert reserved(routed, order) == new
    first, second = routed.venue_orders(order)
    assert (first["status"], second["status"]) == ("CANCELED", "NEW")
    assert (second["quantity"], second["price"]) == (quantity, price)
    stored = routed.gateway.on_order("GET", order).body
    assert (stored["status"], stored["quantity"], stored["price"]) == ("submitted", quantity, price)
    routed.assert_agrees(order)


def test_modify_when_denied_then_the_order_stays_at_the_venue_as_it_is(routed: RoutedAccount) -> None:
    order = routed.approved()
    routed.work_all()
    answer = modify(routed, order, quantity="3")
    assert (answer.status, answer.code) == (422, "NOTIONAL_ABOVE_MAXIMUM")
    routed.work_all()
    assert [sent["status"] for sent in routed.venue_orders(order)] == ["NEW"]
    routed.assert_agrees(order)


def test_modify_when_another_is_under_way_then_409(routed: RoutedAccount) -> None:
    order = routed.approved()
    routed.work_all()
    assert modify(routed, order, price="48100").status == 200
    answer = modify(routed, order, price="48200")
    assert (answer.status, answer.code) == (409, "MODIFICATION_PENDING")
    routed.work_all()
    assert modify(routed, order, price="48200").status == 200
    routed.work_all()
    assert [sent["price"] for sent in routed.venue_orders(order) if sent["open"]] == ["48200"]
    assert len(routed.venue_orders(order)) == 3
    routed.assert_agrees(order)


def test_modify_when_the_worker_was_not_told_then_the_same_request_again_tells_it(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = routed.approved(quantity="0.01", price="48000")
    routed.work_all()

    def fail() -> Any:
        raise Transient("the queue did not answer")

    with monkeypatch.context() as broken:
        broken.setattr(wiring, "queue", fail)
        assert modify(routed, order, price="48100").status == 503
        assert modify(routed, order, price="48100").status == 503, "nobody was told yet"
    again = modify(routed, order, price="48100")
    assert (again.status, again.code) == (409, "MODIFICATION_PENDING")
    routed.work_all()
    assert [sent["price"] for sent in routed.venue_orders(order) if sent["open"]] == ["48100"]
    routed.assert_agrees(order)


def test_modify_when_the_order_fills_before_then_only_the_rest_is_sent(routed: RoutedAccount) -> None:
    order = routed.approved(quantity="0.01", price="48000")
    routed.work_all()
    assert modify(routed, order, quantity="0.03").status == 200
    # The old order fills before the worker gets to it.
    routed.simulator.control.post("price", symbol="BTCUSDT", market="spot", price="47900")
    routed.simulator.control.post("price", symbol="BTCUSDT", market="spot", price="50000")
    routed.work_all()
    first, second = routed.venue_orders(order)
    assert (first["status"], second["status"], second["quantity"]) == ("FILLED", "NEW", "0.02")
    record = routed.record(order)
    assert (record.status.value, record.filled_quantity) == ("partially_filled", Decimal("0.01"))
    assert routed.state().working_orders[order].quantity == Decimal("0.02")
    routed.assert_agrees(order)


def test_modify_when_the_order_filled_beyond_the_new_quantity_then_it_ends(routed: RoutedAccount) -> None:
    order = routed.approved(quantity="0.03", price="48000")
    routed.work_all()
    assert modify(routed, order, quantity="0.01").status == 200
    routed.simulator.control.post("price", symbol="BTCUSDT", market="spot", price="47900")
    routed.work_all()
    record = routed.record(order)
    assert (record.status.value, record.filled_quantity) == ("filled", Decimal("0.03"))
    assert len(routed.venue_orders(order)) == 1
    routed.assert_agrees(order)


def test_modify_when_a_kill_switch_is_engaged_before_the_worker_then_the_order_keeps_its_terms(
    routed: RoutedAccount,
) -> None:
    order = routed.approved(quantity="0.01")
    routed.work_all()
    assert modify(routed, order, quantity="0.02").status == 200
    routed.gateway.put_flag("GLOBAL")
    routed.work_all()
    assert [sent["status"] for sent in routed.venue_orders(order)] == ["NEW"]
    record = routed.record(order)
    assert (record.quantity, record.next_terms) == (Decimal("0.01"), None)
    assert record.reason.startswith("not modified: kill switch engaged")
    assert reserved(routed, order) == 480
    routed.assert_agrees(order)


def test_modify_when_the_order_is_cancelled_next_then_cancelled(routed: RoutedAccount) -> None:
    order = routed.approved()
    routed.work_all()
    modify(routed, order, price="48100")
    assert routed.gateway.cancel(order).status == 202
    routed.work_all()
    assert routed.status(order) == "cancelled"
    assert [sent["status"] for sent in routed.venue_orders(order)] == ["CANCELED", "CANCELED"]
    routed.assert_agrees(order)


FAULTS: list[tuple[str, str, dict[str, Any]]] = [
    (method, kind, fields)
    for method in ("POST", "DELETE")
    for kind, fields in (
        ("drop_before_accept", {}),
        ("drop_after_accept", {}),
        ("error_after_accept", {"status": 500, "code": -1000}),
        ("rate_limit", {"status": 429}),
    )
]


@pytest.mark.parametrize(("method", "kind", "fields"), FAULTS)
def test_modify_when_the_venue_fails_then_one_order_on_the_new_terms(
    routed: RoutedAccount, method: str, kind: str, fields: dict[str, Any]
) -> None:
    order = routed.approved(quantity="0.01")
    routed.work_all()
    assert modify(routed, order, quantity="0.02").status == 200
    routed.fault(kind, method=method, **fields)
    routed.work_all()
    assert [(sent["quantity"], sent["open"]) for sent in routed.venue_orders(order)] == [
        ("0.01", False),
        ("0.02", True),
    ]
    assert routed.record(order).quantity == Decimal("0.02")
    routed.assert_agrees(order)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_modify_when_the_venue_wants_no_more_requests_then_counted(
    routed: RoutedAccount, method: str, capsys: pytest.CaptureFixture[str]
) -> None:
    order = routed.approved(quantity="0.01")
    routed.work_all()
    assert modify(routed, order, quantity="0.02").status == 200
    routed.fault("rate_limit", method=method, status=429)
    capsys.readouterr()
    routed.work_all()
    assert sum(metric_values(capsys.readouterr().out, "OrdersHeldByVenue")) >= 1


class WorkerKilled(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (replace_order, "cancel_at_venue"),
        (replace_order, "settle_order"),
        (replace_order, "claim_replacement"),
        (send_order, "to_venue_order"),
        (send_order, "settle_order"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_modify_when_the_worker_dies_on_the_way_then_one_order_on_the_new_terms(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    order = routed.approved(quantity="0.01")
    routed.work_all()
    assert modify(routed, order, quantity="0.02").status == 200
    message = routed.receive()
    assert message is not None

    def die(*_: Any, **__: Any) -> Any:
        raise WorkerKilled

    with monkeypatch.context() as dying:
        dying.setattr(module, name, die)
        with pytest.raises(WorkerKilled):
            routed.invoke(message)
    routed.gateway.advance(seconds=20)
    assert routed.invoke(message) == []
    assert [(sent["quantity"], sent["open"]) for sent in routed.venue_orders(order)] == [
        ("0.01", False),
        ("0.02", True),
    ]
    routed.assert_agrees(order)


def test_modify_when_the_order_is_in_doubt_then_replaced_once_it_is_known(routed: RoutedAccount) -> None:
    order = routed.approved(quantity="0.01")
    routed.fault("drop_before_accept")
    routed.fault("drop_before_accept", method="GET", count=None)
    assert routed.work() is False
    assert routed.status(order) == "unknown"
    assert modify(routed, order, quantity="0.02").status == 200
    routed.simulator.control.delete("faults")
    routed.work_all()
    assert [sent["quantity"] for sent in routed.venue_orders(order) if sent["open"]] == ["0.02"]
    assert routed.record(order).quantity == Decimal("0.02")
    routed.assert_agrees(order)


def test_modify_when_both_terms_are_reserved_then_another_order_cannot_take_the_difference(
    routed: RoutedAccount,
) -> None:
    tight = routed.gateway.limits(totp=False, asset_fraction_max="0.01")
    assert tight.status == 200, tight.text
    routed.gateway.refresh_quotes()
    order = routed.approved(quantity="0.02")
    routed.work_all()
    assert modify(routed, order, quantity="0.005").status == 200
    # Until the venue has the smaller order, the larger one may still fill there.
    assert routed.submit(quantity="0.01").status == 422
    routed.work_all()
    assert routed.submit(quantity="0.01").status == 201
    assert routed.state().exposure.gross == Decimal(720)
    assert f"{VENUE}:{BTC}" not in routed.state().positions
    assert routed.gateway.account(ACCOUNT_ID)["exposure"]["gross"] == "720"
