"""Books that agree raise nothing, and what only one side knows yet is put right on the venue's final word."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.adapters.aws.lazy import forget
from riskgate.app.reconciliation import reconcile_account, repair_order
from riskgate.core.account.document import OrderStatus
from tests.support.reconciled_account import Books


def test_books_when_they_agree_then_nothing_is_raised(books: Books) -> None:
    resting, filled = books.rest(), books.filled()
    bought = books.settled(type="market", price=None, quantity="0.003")
    cancelled = books.rest(price="47500")
    books.routed.gateway.cancel(cancelled)
    books.routed.work_all()
    books.pass_grace()
    for _ in range(3):
        report = books.reconcile()
        assert (report["complete"], report["found"], report["open"], report["repairs"]) == (True, 0, 0, [])
        assert report["matched_fraction"] == "1"
        assert report["compared"] == 6
        books.routed.gateway.advance(minutes=5)
    view = books.view()
    assert (view["open"], view["closed"], view["money_at_issue"]) == ([], [], "0")
    assert view["last_run"]["run_id"] == report["run_id"]
    for name in (resting, filled, bought, cancelled):
        books.routed.assert_agrees(name)


@pytest.mark.parametrize("terms", [{"price": "47900"}, {"quantity": "0.005"}, {"quantity": "0.02"}])
def test_replaced_order_when_reconciled_then_nothing_is_raised(books: Books, terms: dict[str, str]) -> None:
    name = books.rest()
    answer = books.routed.gateway.on_order("PATCH", name, "", terms)
    assert answer.status == 200, answer.text
    books.routed.work_all()
    books.pass_grace()
    assert books.routed.record(name).revision == 1
    report = books.reconcile()
    assert (report["found"], report["open"], report["complete"]) == (0, 0, True)


def test_fill_when_nobody_recorded_it_then_recorded_once_with_the_job_as_actor(books: Books) -> None:
    name = books.rest()
    books.fill_at_venue(name)
    report = books.reconcile()
    assert report["repairs"] == [{"client_order_id": name, "fills": 1, "accepted_as": "", "closed_as": ""}]
    assert (report["found"], report["open"]) == (0, 0)
    assert books.routed.status(name) == "filled"
    books.routed.assert_agrees(name)
    (entry,) = books.routed.audit("fill_recorded")
    assert entry["actor"] == "job:reconcile"
    again = books.reconcile()
    assert (again["repairs"], again["open"]) == ([], 0)
    assert len(books.routed.audit("fill_recorded")) == 1


def test_order_when_it_ended_at_the_venue_then_closed_and_its_reservation_freed(books: Books) -> None:
    name = books.rest()
    books.cancel_at_venue(name)
    report = books.reconcile()
    assert report["repairs"] == [{"client_order_id": name, "fills": 0, "accepted_as": "", "closed_as": "cancelled"}]
    assert books.routed.status(name) == "cancelled"
    books.routed.assert_agrees(name)
    (entry,) = books.routed.audit("order_closed")
    assert (entry["actor"], entry["inputs"]["reason"]) == ("job:reconcile", "cancelled at the venue")
    assert books.reconcile()["repairs"] == []


def test_order_when_it_filled_in_part_and_then_ended_then_both_are_recorded(books: Books) -> None:
    name = books.rest(quantity="0.02")
    books.routed.simulator.control.post("book", symbol="BTCUSDT", level_notional="300", levels=1)
    books.fill_at_venue(name)
    (found,) = books.routed.venue_orders(name)
    assert 0 < Decimal(found["executed"]) < Decimal("0.02")
    books.cancel_at_venue(name)
    (repair,) = books.reconcile()["repairs"]
    assert (repair["fills"], repair["closed_as"]) == (1, "cancelled")
    books.routed.assert_agrees(name)


def test_order_when_in_doubt_and_at_the_venue_then_taken_over(books: Books) -> None:
    name = books.routed.approved()
    books.routed.fault("drop_after_accept")
    books.routed.fault("drop_before_accept", method="GET", count=None)
    assert books.routed.work() is False
    books.routed.simulator.control.delete("faults")
    assert books.routed.status(name) == "unknown"
    books.pass_grace()
    (repair,) = books.reconcile()["repairs"]
    assert repair["accepted_as"]
    assert books.routed.status(name) == "submitted"
    books.routed.assert_agrees(name)


@pytest.mark.parametrize("step", ["first_fill", "close", "run"])
def test_repair_when_the_run_dies_in_the_middle_then_the_next_one_finishes_and_nothing_is_doubled(
    books: Books, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    name = books.rest(quantity="0.02")
    books.routed.simulator.control.post("book", symbol="BTCUSDT", level_notional="300", levels=1)
    books.fill_at_venue(name)
    books.cancel_at_venue(name)
    real = {
        "first_fill": (repair_order, "record_venue_fill"),
        "close": (repair_order, "close"),
        "run": (reconcile_account, "commit_event"),
    }
    module, attribute = real[step]
    function = getattr(module, attribute)

    def die(*args: object, **named: object) -> object:
        if step == "first_fill":
            function(*args, **named)
        raise RuntimeError("the invocation dies")

    monkeypatch.setattr(module, attribute, die)
    with pytest.raises(RuntimeError, match="dies"):
        books.reconcile()
    monkeypatch.setattr(module, attribute, function)
    books.pass_grace()
    report = books.reconcile()
    assert (report["found"], report["open"]) == (0, 0)
    assert books.routed.status(name) == "cancelled"
    assert len(books.routed.audit("fill_recorded")) == 1
    assert len(books.routed.audit("order_closed")) == 1
    books.routed.assert_agrees(name)


def test_fill_when_it_is_listed_late_then_the_overlap_still_finds_it(books: Books) -> None:
    name = books.rest()
    books.reconcile()
    books.fill_at_venue(name)
    venue = books.routed.simulator.gateway.venue.account("alice")
    late = venue.trades.pop()
    books.routed.gateway.advance(minutes=5)
    report = books.reconcile()
    # The order counts more than the fills that are listed: it is told, and nothing is made up.
    assert report["open_by_kind"] == {"balance": 1, "filled_quantity": 1, "position": 1}
    assert report["repairs"] == []
    venue.trades.append(late)
    books.routed.gateway.advance(minutes=5)
    report = books.reconcile()
    assert [repair["fills"] for repair in report["repairs"]] == [1]
    assert report["open"] == 0
    assert [item["how"] for item in books.view()["closed"]] == ["self_cleared"] * 3
    assert books.routed.record(name).status is OrderStatus.FILLED


@pytest.mark.parametrize("path", ["/api/v3/account", "/api/v3/openOrders", "/api/v3/allOrders", "/api/v3/myTrades"])
def test_venue_when_it_does_not_answer_then_incomplete_and_nothing_raised_or_cleared(books: Books, path: str) -> None:
    resting = books.rest()
    books.place_around()
    books.reconcile()
    before = books.view()["open"]
    assert len(before) == 3
    books.cancel_at_venue(resting)
    books.routed.gateway.advance(minutes=5)
    books.routed.fault("drop_before_accept", method="GET", path=path, count=None)
    report = books.reconcile()
    assert report["complete"] is False
    assert report["venues"][0]["detail"].startswith("EXCHANGE_UNAVAILABLE")
    assert books.view()["open"] == before
    assert books.routed.status(resting) == "submitted"
    marks = books.routed.state().reconciliation.watermarks["binance"]
    books.routed.simulator.control.delete("faults")
    report = books.reconcile()
    assert report["complete"]
    assert report["repairs"][0]["closed_as"] == "cancelled"
    # The reading that failed moved no watermark: this one began where the last whole one ended.
    assert report["venues"][0]["since"] < marks[-1].read_at.isoformat()


def test_account_when_the_gateway_has_no_key_of_it_then_left_alone(books: Books) -> None:
    assert books.routed.gateway.register("keyless", venues=[{"venue": "binance", "market_type": "spot"}]).status == 201
    assert books.reconcile("keyless") == {"account_id": "keyless", "reason": "the account has no keys"}
    assert books.view("keyless")["last_run"] is None


def test_venue_when_the_key_is_revoked_then_incomplete(books: Books) -> None:
    books.routed.simulator.control.delete("keys", key="simulated-key")
    forget()
    report = books.reconcile()
    assert (report["complete"], report["open"]) == (False, 0)
