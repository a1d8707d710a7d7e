"""A row that nobody can read hides nothing but itself, and a person is told of it once, in every kind of list."""

from __future__ import annotations

from typing import Any

from riskgate.adapters.aws.lazy import forget
from riskgate.core.account.document import OrderStatus
from tests.support.gateway import BTC_SWAP
from tests.support.reconciled_account import SWAP_VENUE, Books, hold_swap
from tests.support.venue import ACCOUNT

ORDERS = "/api/v3/*rders*"
TRADES = "/api/v3/myTrades"


def spoil(books: Books, path: str, where: str, equals: object, field: str) -> None:
    books.routed.fault(
        "odd_row", method="GET", path=path, count=None, where=where, equals=str(equals), field=field, value="n/a"
    )


def heal(books: Books) -> None:
    books.routed.simulator.control.delete("faults")


def told(books: Books) -> list[dict[str, Any]]:
    """Return what people were told of breaks, oldest first."""
    entries = books.routed.audit("reconciliation_run")
    return [n for entry in entries for n in entry["notices"] if n["kind"] == "reconciliation_break"]


def limit(**fields: object) -> dict[str, object]:
    return {"type": "LIMIT", "price": "40000", "quantity": "0.01", "timeInForce": "GTC"} | fields


def find(books: Books, kind: str = "unreadable_row") -> list[dict[str, Any]]:
    return [item for item in books.view()["open"] if item["kind"] == kind]


def test_open_order_when_unreadable_then_a_finding_and_the_others_are_read(books: Books) -> None:
    odd, other = (books.place_around(**limit(price=price)) for price in ("40000", "41000"))
    spoil(books, ORDERS, "orderId", odd["order_id"], "origQty")

    report = books.reconcile()

    assert report["complete"]
    assert report["open_by_kind"] == {"rogue_order": 1, "unreadable_row": 1}
    (row,) = find(books)
    assert row["severity"] == "orange"
    assert row["theirs"]["row"] == str(odd["order_id"])
    (rogue,) = find(books, "rogue_order")
    assert rogue["theirs"]["exchange_order_id"] == str(other["order_id"])
    assert [f"order {odd['order_id']}" in notice["detail"] for notice in told(books)] == [True]


def test_finding_when_seen_again_then_told_once_and_closed_by_a_person_alone(books: Books) -> None:
    odd = books.place_around(**limit())
    spoil(books, ORDERS, "orderId", odd["order_id"], "origQty")
    books.reconcile()
    (first,) = find(books)
    books.routed.gateway.advance(minutes=5)
    books.reconcile()
    (again,) = find(books)
    assert (again["break_id"], again["first_seen"]) == (first["break_id"], first["first_seen"])
    assert len(told(books)) == 1
    # It leaves the lists without anybody having understood it.
    books.routed.simulator.control.delete("orders", order_id=odd["order_id"])
    heal(books)
    books.reconcile()
    assert [item["break_id"] for item in find(books)] == [first["break_id"]]
    assert books.resolve(first["break_id"], "a bracket of mine, cancelled there").status == 200
    books.reconcile()
    assert find(books) == []


def test_finding_when_a_person_closed_it_then_not_told_again(books: Books) -> None:
    odd = books.place_around(**limit())
    spoil(books, ORDERS, "orderId", odd["order_id"], "origQty")
    books.reconcile()
    (row,) = find(books)
    assert books.resolve(row["break_id"], "mine").status == 200
    books.routed.gateway.advance(minutes=5)
    assert books.reconcile()["open"] == 0
    assert len(told(books)) == 1


def test_row_when_unreadable_in_one_answer_alone_then_no_finding(books: Books) -> None:
    odd = books.place_around(**limit())
    books.routed.fault(
        "odd_row", method="GET", path="/api/v3/openOrders", count=1, where="orderId", equals=str(odd["order_id"]),
        field="origQty", value="n/a",
    )  # fmt: skip
    books.reconcile()
    assert find(books) == []


def test_order_of_ours_when_unreadable_then_others_are_repaired_and_it_is_not_called_missing(books: Books) -> None:
    odd, filled = books.settled(price="47500"), books.rest(price="48000")
    (venue_order,) = books.routed.venue_orders(odd)
    spoil(books, "/api/v3/*rder*", "orderId", venue_order["order_id"], "origQty")
    books.fill_at_venue(filled)

    report = books.reconcile()

    assert report["complete"], report
    assert [repair["client_order_id"] for repair in report["repairs"]] == [filled]
    assert books.routed.status(filled) == "filled"
    assert books.kinds() == ["unreadable_row"]
    assert books.routed.status(odd) == "submitted"


def test_trade_when_unreadable_then_a_finding_and_the_others_count(books: Books) -> None:
    first, second = books.rest(price="48000"), books.rest(price="47900")
    books.fill_at_venue(first)
    books.fill_at_venue(second)
    (venue_order,) = books.routed.venue_orders(first)
    spoil(books, TRADES, "orderId", venue_order["order_id"], "qty")

    report = books.reconcile()

    assert report["complete"], report
    assert second in [repair["client_order_id"] for repair in report["repairs"]]
    assert books.routed.status(second) == "filled"
    assert "unreadable_row" in books.kinds()
    assert OrderStatus(books.routed.status(first)) is not OrderStatus.FILLED


def test_balance_when_unreadable_then_a_finding_and_other_coins_are_compared(books: Books) -> None:
    books.filled(symbol="ETH/USDT", quantity="0.1", stop_loss_price="2900")
    assert books.reconcile()["open"] == 0
    books.routed.simulator.control.post("transfers", account=ACCOUNT, type="deposit", asset="BNB", amount="3")
    spoil(books, "/api/v3/account", "asset", "ETH", "free")

    report = books.reconcile()

    assert report["complete"], report
    assert books.kinds() == ["balance", "unreadable_row"]
    (row,) = find(books)
    assert "ETH" in row["subject"]


def test_position_when_unreadable_then_a_finding_and_not_taken_for_flat(swaps: Books) -> None:
    hold_swap(swaps)
    assert swaps.reconcile()["open"] == 0
    swaps.place_around(market="swap", symbol="ETHUSDT", side="SELL", quantity="0.1")
    spoil(swaps, "/fapi/v3/positionRisk", "symbol", "BTCUSDT", "positionAmt")

    report = swaps.reconcile()

    assert report["complete"], report
    kinds = swaps.kinds()
    assert "unreadable_row" in kinds
    # The other market's disagreement is seen; what cannot be read is neither flat nor different.
    assert [item["market"] for item in find(swaps, "position")] == [f"{SWAP_VENUE}:ETH/USDT:USDT"]


def test_market_when_its_rules_are_unreadable_then_a_finding_where_it_is_held_and_the_rest_is_read(
    swaps: Books,
) -> None:
    hold_swap(swaps)
    spoil(swaps, "/fapi/v1/exchangeInfo", "symbol", "BTCUSDT", "pricePrecision")
    forget()
    swaps.place_around(market="swap", symbol="ETHUSDT", side="SELL", quantity="0.1")

    report = swaps.reconcile()

    assert report["complete"], report
    rows = find(swaps)
    assert any(BTC_SWAP in row["subject"] for row in rows), rows
    assert [item["market"] for item in find(swaps, "position")] == [f"{SWAP_VENUE}:ETH/USDT:USDT"]


def test_rows_when_all_are_unreadable_then_few_findings_and_room_for_graver_ones(books: Books) -> None:
    for number in range(30):
        books.place_around(**limit(price=str(40_000 + number), quantity="0.001"))
    books.routed.fault(
        "odd_row", method="GET", path=ORDERS, count=None, where="symbol", equals="BTCUSDT", field="origQty",
        value="n/a",
    )  # fmt: skip
    report = books.reconcile()
    assert report["complete"], report
    assert 1 < report["open"] <= 12
    assert any("more" in row["subject"] for row in find(books))
