"""Cancels: at once while an order waits, at its venue once it left, and all that a kill switch covers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.gateway import ACCOUNT_ID, BTC, VENUE
from tests.support.routed_account import ORDER_PATH, RoutedAccount, put_venue_secret


def test_cancel_when_the_order_waits_then_at_once_and_it_is_never_sent(routed: RoutedAccount) -> None:
    order = routed.approved()
    answer = routed.gateway.cancel(order)
    assert (answer.status, answer.body["status"]) == (200, "cancelled")
    routed.work_all()
    assert routed.requests("POST") == []
    routed.assert_agrees(order)


def test_cancel_when_the_order_is_at_the_venue_then_202_and_the_worker_cancels_it_there(routed: RoutedAccount) -> None:
    order = routed.approved()
    routed.work_all()
    answer = routed.gateway.cancel(order, {"reason": "changed my mind"})
    assert (answer.status, answer.body["status"]) == (202, "submitted")
    routed.work_all()
    record = routed.record(order)
    assert (record.status.value, record.reason) == ("cancelled", "changed my mind")
    assert [sent["status"] for sent in routed.venue_orders(order)] == ["CANCELED"]
    [closed] = routed.audit("order_closed")
    assert closed["actor"] == "token:adminadmin01 via order_worker"
    again = routed.gateway.cancel(order)
    assert (again.status, again.body["status"]) == (200, "cancelled")
    routed.assert_agrees(order)


@pytest.mark.parametrize("name", ["GLOBAL", f"ACCOUNT#{ACCOUNT_ID}"])
def test_cancel_when_a_kill_switch_is_engaged_then_it_passes(routed: RoutedAccount, name: str) -> None:
    order = routed.approved()
    routed.work_all()
    routed.gateway.put_flag(name)
    assert routed.gateway.cancel(order).status == 202
    routed.work_all()
    assert routed.status(order) == "cancelled"
    routed.assert_agrees(order)


def test_cancel_when_the_order_filled_meanwhile_then_filled_with_its_fills(routed: RoutedAccount) -> None:
    order = routed.approved()
    routed.work_all()
    routed.simulator.control.post("price", symbol="BTCUSDT", market="spot", price="47900")
    assert routed.gateway.cancel(order).status == 202
    routed.work_all()
    assert routed.status(order) == "filled"
    assert routed.state().positions[f"{VENUE}:{BTC}"].quantity == Decimal("0.00999")
    routed.assert_agrees(order)


FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("drop_before_accept", {}),
    ("drop_after_accept", {}),
    ("delay", {"seconds": "1.2", "when": "after_accept"}),
    ("error_after_accept", {"status": 500, "code": -1000}),
    ("error_before_accept", {"status": 503, "code": -1001, "count": 3}),
    ("rate_limit", {"status": 429}),
]


@pytest.mark.parametrize(("kind", "fields"), FAULTS)
def test_cancel_when_it_fails_then_repeated_until_the_venue_has_ended_it(
    routed: RoutedAccount, kind: str, fields: dict[str, Any]
) -> None:
    order = routed.approved()
    routed.work_all()
    routed.fault(kind, method="DELETE", **fields)
    routed.gateway.cancel(order)
    routed.work_all()
    assert routed.status(order) == "cancelled"
    routed.assert_agrees(order)


@pytest.mark.parametrize("arrived", [True, False])
def test_cancel_when_the_order_is_in_doubt_then_looked_up_first(routed: RoutedAccount, arrived: bool) -> None:
    order = routed.approved()
    routed.fault("drop_after_accept" if arrived else "drop_before_accept")
    routed.fault("drop_before_accept", method="GET", count=None)
    assert routed.work() is False
    assert routed.status(order) == "unknown"
    assert routed.gateway.cancel(order).status == 202
    routed.simulator.control.delete("faults")
    routed.work_all()
    # A cancel has a lane of its own: what never arrived is not sent any more.
    assert routed.status(order) == "cancelled"
    assert [sent["status"] for sent in routed.venue_orders(order)] == (["CANCELED"] if arrived else [])
    routed.assert_agrees(order)


def test_fill_when_a_bot_reports_it_for_a_routed_order_then_422(routed: RoutedAccount) -> None:
    order = routed.approved()
    routed.work_all()
    answer = routed.gateway.fill(order, "0.01", "48000")
    assert (answer.status, answer.code) == (422, "ORDER_ROUTED")
    assert routed.record(order).filled_quantity == 0


def outcomes(entry: dict[str, Any]) -> dict[str, str]:
    return {result["client_order_id"]: result["outcome"] for result in entry["inputs"]["results"]}


@pytest.mark.parametrize(
    ("scope", "key"),
    [("global", None), ("account", ACCOUNT_ID), ("venue", VENUE), ("strategy", "trend"), ("symbol", BTC)],
)
def test_kill_when_it_cancels_then_each_covered_order_is_ended_and_its_outcome_logged(
    routed: RoutedAccount, scope: str, key: str | None
) -> None:
    covered = [routed.approved(quantity=f"0.01{n}") for n in range(3)]
    routed.work_all()
    other = routed.approved(symbol="ETH/USDT", strategy="mean", price="2900", stop_loss_price="2800", quantity="0.1")
    routed.work_all()
    flagged_at = routed.gateway.now
    assert routed.gateway.kill(scope, key, cancel_open_orders=True).status == 200
    routed.work_all()
    spared = scope in {"strategy", "symbol"}
    for order in covered:
        assert routed.status(order) == "cancelled"
        assert routed.record(order).reason.startswith(f"kill switch engaged: {scope}")
        routed.assert_agrees(order)
    assert routed.status(other) == ("submitted" if spared else "cancelled")
    [entry] = routed.audit("open_orders_cancelled")
    expected = dict.fromkeys(covered if spared else [*covered, other], "cancelled")
    assert outcomes(entry) == expected
    assert entry["inputs"]["remaining"] == 0
    assert entry["inputs"]["duration_ms"] >= 0
    assert entry["inputs"]["flag_at"] > flagged_at.isoformat()
    assert entry["actor"] == "token:adminadmin01 via order_worker"


def test_kill_when_orders_wait_and_rest_then_none_is_sent_and_those_at_the_venue_are_cancelled(
    routed: RoutedAccount,
) -> None:
    resting = routed.approved(quantity="0.02")
    routed.work_all()
    waiting = [routed.approved(quantity=f"0.01{n}") for n in range(3)]
    routed.gateway.kill(cancel_open_orders=True)
    routed.work_all()
    assert len(routed.requests("POST")) == 1
    assert {routed.status(order) for order in [resting, *waiting]} == {"cancelled"}
    for order in [resting, *waiting]:
        routed.assert_agrees(order)


def test_kill_when_it_cancels_and_the_venue_stumbles_then_repeated_and_each_pass_logged(routed: RoutedAccount) -> None:
    orders = [routed.approved(quantity=f"0.01{n}") for n in range(3)]
    routed.work_all()
    # Every request about the first order fails for a while.
    routed.fault("error_before_accept", method="DELETE", status=503, code=-1001, count=4)
    routed.fault("drop_before_accept", method="GET", count=4)
    routed.gateway.kill(cancel_open_orders=True)
    routed.work_all()
    entries = routed.audit("open_orders_cancelled")
    first = outcomes(entries[0])
    assert first[orders[0]] == "unknown"
    assert outcomes(entries[-1])[orders[0]] == "cancelled"
    assert dict.fromkeys(orders[1:], "cancelled").items() <= {**first, **outcomes(entries[-1])}.items()
    assert entries[-1]["inputs"]["duration_ms"] >= 1000
    for order in orders:
        assert routed.status(order) == "cancelled"
        routed.assert_agrees(order)


def test_kill_when_it_cancels_what_filled_meanwhile_then_already_done(routed: RoutedAccount) -> None:
    order = routed.approved()
    routed.work_all()
    routed.simulator.control.post("price", symbol="BTCUSDT", market="spot", price="47900")
    routed.gateway.kill(cancel_open_orders=True)
    routed.work_all()
    [entry] = routed.audit("open_orders_cancelled")
    assert outcomes(entry) == {order: "already_done"}
    assert routed.status(order) == "filled"
    routed.assert_agrees(order)


def test_kill_when_the_venue_refuses_to_cancel_then_failed_and_given_up_in_the_end(routed: RoutedAccount) -> None:
    order = routed.approved()
    routed.work_all()
    # A definite no: the key may not trade any more.
    routed.simulator.control.post(
        "accounts",
        account="alice",
        key="simulated-key",
        secret="simulated-secret",
        permissions={"enable_spot_and_margin_trading": False},
    )
    routed.gateway.kill(cancel_open_orders=True)
    for _ in range(14):
        routed.work()
        routed.gateway.advance(seconds=61)
    assert routed.dead() == 1
    entries = routed.audit("open_orders_cancelled")
    assert len(entries) == 10
    assert {outcomes(entry)[order] for entry in entries} == {"failed"}
    assert routed.status(order) == "submitted"
    routed.assert_agrees(order)


def test_kill_when_it_is_not_to_cancel_or_released_then_no_order_is_touched(routed: RoutedAccount) -> None:
    order = routed.approved()
    routed.work_all()
    routed.gateway.kill()
    routed.gateway.kill(engaged=False, cancel_open_orders=True)
    routed.work_all()
    assert routed.requests("DELETE", ORDER_PATH) == []
    assert routed.status(order) == "submitted"
    routed.assert_agrees(order)


def test_kill_when_orders_of_two_accounts_rest_then_both_are_cancelled(routed: RoutedAccount) -> None:
    routed.accounts["second"] = "riskgate/exchange/second"
    put_venue_secret(routed.gateway.aws, routed.simulator, routed.accounts["second"])
    routed.open_accounts()
    orders = {account: routed.approved(account) for account in routed.accounts}
    routed.work_all()
    routed.gateway.kill(cancel_open_orders=True)
    routed.work_all()
    progress = routed.gateway.call("GET", "/kill-switch").body["kill_switches"][0]["progress"]
    assert (progress["complete"], progress["accounts_to_note"], progress["accounts_noted"]) == (True, 2, 2)
    assert (progress["cancels_sent"], progress["cancels_confirmed"]) == (2, 2)
    for account, order in orders.items():
        assert routed.status(order, account) == "cancelled"
        [entry] = routed.audit("open_orders_cancelled", account)
        assert outcomes(entry) == {order: "cancelled"}


def test_kill_when_trading_was_released_again_then_later_orders_are_not_cancelled(routed: RoutedAccount) -> None:
    before = routed.approved()
    routed.work_all()
    routed.gateway.kill(cancel_open_orders=True)
    routed.gateway.kill(engaged=False)
    routed.gateway.refresh_quotes()
    after = routed.approved(quantity="0.02")
    routed.work_all()
    assert (routed.status(before), routed.status(after)) == ("cancelled", "submitted")
