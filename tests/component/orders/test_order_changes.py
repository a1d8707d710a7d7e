"""Modify, cancel, look up and list orders."""

from __future__ import annotations

from tests.support.callers import BOT
from tests.support.gateway import ACCOUNT_ID, Gateway


def test_patch_when_it_fits_then_200_and_the_new_reservation(gateway: Gateway) -> None:
    order = gateway.approved(quantity="0.1", price="50000")
    answer = gateway.on_order("PATCH", order, body={"quantity": "0.2", "price": 49000, "stop_loss_price": "48500"})
    assert answer.status == 200
    assert answer.body["reserved"] == {"notional": "9800", "risk": "100"}
    stored = gateway.on_order("GET", order).body
    assert (stored["quantity"], stored["price"], stored["stop_loss_price"]) == ("0.2", "49000", "48500")
    assert gateway.account()["open_orders"][0]["reserved"]["notional"] == "9800"


def test_patch_when_denied_then_422_and_the_order_stays(gateway: Gateway) -> None:
    order = gateway.approved(quantity="0.1")
    before = gateway.account()["open_orders"]
    answer = gateway.on_order("PATCH", order, body={"quantity": "3"})
    assert (answer.status, answer.code) == (422, "NOTIONAL_ABOVE_MAXIMUM")
    assert gateway.account()["open_orders"] == before
    assert gateway.on_order("GET", order).body["quantity"] == "0.1"


def test_patch_when_partly_filled_then_the_quantity_is_the_whole_order(gateway: Gateway) -> None:
    order = gateway.approved(quantity="0.1")
    gateway.fill(order, "0.04")
    assert gateway.on_order("PATCH", order, body={"quantity": "0.06"}).status == 200
    assert gateway.account()["open_orders"][0]["quantity"] == "0.02"
    stored = gateway.on_order("GET", order).body
    assert (stored["quantity"], stored["filled_quantity"]) == ("0.06", "0.04")
    beyond = gateway.on_order("PATCH", order, body={"quantity": "0.04"})
    assert (beyond.status, beyond.code) == (409, "ORDER_FILLED_BEYOND")


def test_patch_when_many_times_then_the_order_counts_once_for_the_day(gateway: Gateway) -> None:
    order = gateway.approved()
    for price in ("49001", "49002", "49003"):
        assert gateway.on_order("PATCH", order, body={"price": price, "stop_loss_price": "48500"}).status == 200
    trades = next(row for row in gateway.account()["limits"] if row["name"] == "daily_trades_max")
    assert trades["value"] == "1"


def test_patch_when_the_order_is_finished_or_unknown_then_409_or_404(gateway: Gateway) -> None:
    order = gateway.approved()
    gateway.cancel(order)
    finished = gateway.on_order("PATCH", order, body={"quantity": "0.05"})
    assert (finished.status, finished.code) == (409, "ORDER_NOT_WORKING")
    unknown = gateway.on_order("PATCH", "nobody", body={"quantity": "0.05"})
    assert (unknown.status, unknown.code) == (404, "ORDER_NOT_FOUND")


def test_patch_when_the_approval_is_long_over_then_what_rests_can_still_be_changed(gateway: Gateway) -> None:
    order = gateway.approved()
    gateway.advance(minutes=16)
    gateway.refresh_quotes()
    gateway.snapshot("100000")

    answer = gateway.on_order("PATCH", order, body={"quantity": "0.05"})

    assert answer.status == 200, answer.text
    assert [row["quantity"] for row in gateway.account()["open_orders"]] == ["0.05"]


def test_cancel_when_sent_twice_then_200_both_times_and_nothing_reserved(gateway: Gateway) -> None:
    order = gateway.approved()
    first = gateway.cancel(order, {"reason": "changed my mind"})
    again = gateway.cancel(order, {"reason": "another"})
    assert (first.status, again.status) == (200, 200)
    assert first.body == again.body
    assert (first.body["status"], first.body["reason"]) == ("cancelled", "changed my mind")
    assert gateway.account()["exposure"]["gross"] == "0"


def test_cancel_when_without_a_body_then_200(gateway: Gateway) -> None:
    assert gateway.cancel(gateway.approved()).body["reason"] == "cancelled by the bot"


def test_cancel_when_the_gateway_is_halted_or_the_account_reducing_then_it_passes(gateway: Gateway) -> None:
    first, second = gateway.approved(), gateway.approved(quantity="0.05")
    gateway.put_flag("GLOBAL")
    assert gateway.cancel(first).status == 200
    gateway.limits(totp=False, daily_loss_fraction_max="0.01")
    gateway.snapshot("98000")
    assert gateway.account()["trading_state"] == "HALTED"
    assert gateway.cancel(second).status == 200


def test_cancel_when_more_than_the_order_rate_then_never_throttled(gateway: Gateway) -> None:
    gateway.limits(order_rate_max=100, order_notional_fraction_max="0.01")
    orders = [gateway.approved(quantity=f"0.001{n:02}") for n in range(15)]
    gateway.limits(totp=False, order_rate_max=1)
    assert {gateway.cancel(order).status for order in orders} == {200}


def test_cancel_when_the_approval_is_long_over_then_200(gateway: Gateway) -> None:
    order = gateway.approved()
    gateway.advance(minutes=16)
    answer = gateway.cancel(order)
    assert answer.status == 200, answer.text
    assert answer.body["status"] == "cancelled"
    assert gateway.account()["open_orders"] == []


def test_cancel_when_denied_filled_or_unknown_then_as_it_was_or_404(gateway: Gateway) -> None:
    denied = gateway.submit(quantity="3").body["client_order_id"]
    filled = gateway.approved()
    gateway.fill(filled, "0.1")
    assert gateway.cancel(denied).body["status"] == "denied"
    assert gateway.cancel(filled).body["status"] == "filled"
    assert gateway.cancel("nobody").status == 404


def test_order_when_looked_up_then_as_stored_with_its_decision(gateway: Gateway) -> None:
    decided = gateway.submit(client_order_id="look", tags=["a", "b"], time_in_force="IOC")
    stored = gateway.on_order("GET", "look").body
    assert stored["decision"] == decided.body
    assert (stored["status"], stored["tags"], stored["time_in_force"]) == ("approved", ["a", "b"], "IOC")
    assert gateway.on_order("GET", "nobody").code == "ORDER_NOT_FOUND"


def test_order_when_a_bot_placed_it_and_told_nothing_then_it_stays_reserved(gateway: Gateway) -> None:
    """Six limit buys of 9 % each rested, a quarter of an hour apart, and all filled: 55 % under a limit of 10 %."""
    order = gateway.approved(quantity="0.18", stop_loss_price="49900")
    gateway.advance(hours=2)
    gateway.refresh_quotes()
    gateway.snapshot("100000")

    assert gateway.on_order("GET", order).body["status"] == "approved"
    assert "POSITION_SIZE" in gateway.submit(quantity="0.18", stop_loss_price="49900").violated

    gateway.cancel(order)
    assert gateway.submit(quantity="0.18", stop_loss_price="49900").status == 201


def test_orders_when_listed_page_by_page_then_each_once_in_order(gateway: Gateway) -> None:
    gateway.limits(order_rate_max=100)
    names = [gateway.approved(client_order_id=f"n-{n}", quantity=f"0.00{n + 1}") for n in range(5)]
    seen: list[str] = []
    query = {"limit": "2"}
    for _ in range(4):
        page = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/orders", query=query, caller=BOT)
        assert page.status == 200
        seen += [order["client_order_id"] for order in page.body["orders"]]
        if page.body["next_cursor"] is None:
            break
        query["cursor"] = page.body["next_cursor"]
    assert seen == names


def test_orders_when_the_cursor_or_limit_is_not_ours_then_400(gateway: Gateway) -> None:
    path = f"/accounts/{ACCOUNT_ID}/orders"
    for cursor in ("!", "AA", "é", "", "YQ==\n", "eA" * 2000, "Li4vLi4v"):
        answer = gateway.call("GET", path, query={"cursor": cursor})
        assert (answer.status, answer.code) == (400, "CURSOR_INVALID"), (cursor, answer.text)
    for limit in ("0", "101", "-1", "1.0", "١", "", "1e2", "9" * 5000):
        answer = gateway.call("GET", path, query={"limit": limit})
        assert (answer.status, answer.code) == (400, "QUERY_INVALID"), limit
