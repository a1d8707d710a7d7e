"""Rows that nobody can read, as the monitor meets them: what is summed is not believed, all else goes on."""

from __future__ import annotations

from typing import Any

from tests.support.gateway import ACCOUNT_ID
from tests.support.monitored_account import Watch


def spoil(watch: Watch, path: str, where: str, equals: object, field: str) -> None:
    watch.routed.fault(
        "odd_row", method="GET", path=path, count=None, where=where, equals=str(equals), field=field, value="n/a"
    )


def heal(watch: Watch) -> None:
    watch.simulator.control.delete("faults")


def breaks(watch: Watch) -> list[dict[str, Any]]:
    answer = watch.routed.gateway.call("GET", f"/accounts/{ACCOUNT_ID}/reconciliation")
    return list(answer.body["open"])


def test_balance_when_unreadable_then_equity_stays_and_fills_are_picked_up(watch: Watch) -> None:
    before = watch.recorded()
    order = watch.sent(quantity="0.1", price="48000")
    watch.price("47990")
    spoil(watch, "/api/v3/account", "asset", "BTC", "free")

    report = watch.run()

    assert (report["recorded"], report["fills"] > 0) == (False, True)
    assert "EQUITY_INCOMPLETE" in report["reason"]
    assert watch.routed.status(order) == "filled"
    state = watch.routed.state()
    assert state.equity_at == before.equity_at
    heal(watch)
    assert watch.run()["recorded"]


def test_order_when_unreadable_then_fills_of_others_are_picked_up_and_equity_stays(watch: Watch) -> None:
    before = watch.recorded()
    odd, other = watch.sent(quantity="0.01", price="47500"), watch.sent(quantity="0.01", price="48000")
    (venue_order,) = watch.routed.venue_orders(odd)
    spoil(watch, "/api/v3/*rder*", "orderId", venue_order["order_id"], "origQty")
    watch.price("47990")

    report = watch.run()

    assert not report["recorded"]
    assert watch.routed.status(other) == "filled"
    assert watch.routed.status(odd) == "submitted"
    assert watch.routed.state().equity_at == before.equity_at


def test_transfer_when_unreadable_then_found_once_and_the_others_count(watch: Watch) -> None:
    watch.recorded()
    watch.move("deposit", "700")
    watch.move("deposit", "900")
    spoil(watch, "/sapi/v1/capital/deposit/hisrec", "amount", "700", "amount")

    for _ in range(12):
        watch.run()

    (row,) = breaks(watch)
    assert (row["kind"], row["theirs"]["list"]) == ("unreadable_row", "transfer")
    assert watch.routed.state().transferred == 900
    notices = [n for e in watch.routed.audit("rows_unreadable") for n in e["notices"]]
    assert [n["kind"] for n in notices] == ["reconciliation_break"]
