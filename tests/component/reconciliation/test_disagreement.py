"""Simulator and tables are made to disagree in every kind of break: each is found, once, and closed as it should be."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import pytest

from riskgate.core.account.document import OrderStatus
from tests.support.reconciled_account import Books
from tests.support.venue import ACCOUNT

MIXTURES = 200
#: Of these, so many in every run of the tests.
MIXTURES_QUICK = 5


def disagree_rogue(books: Books) -> list[str]:
    books.place_around(type="LIMIT", price="40000", quantity="0.01", timeInForce="GTC")
    return ["rogue_order"]


def disagree_missing(books: Books) -> list[str]:
    name = books.rest()
    # The venue forgets it, as one does that was restored from a copy.
    orders = books.routed.simulator.gateway.venue.state.orders
    (found,) = books.routed.venue_orders(name)
    order = orders[found["order_id"]]
    books.routed.simulator.control.delete("orders", order_id=found["order_id"])
    del orders[found["order_id"]]
    account = books.routed.simulator.gateway.venue.account(ACCOUNT)
    del account.orders[order.order_id]
    return ["missing_order"]


def disagree_status(books: Books) -> list[str]:
    name = books.rest()
    books.edit_record(name, status=OrderStatus.CANCELLED)
    return ["status"]


def disagree_filled(books: Books) -> list[str]:
    name = books.rest()
    # The account document stays as it is: only the order's own figures are ahead of the venue.
    books.edit_record(name, filled_quantity=Decimal("0.004"), filled_notional=Decimal(192))
    return ["filled_quantity"]


def disagree_average(books: Books) -> list[str]:
    name = books.filled()
    record = books.routed.record(name)
    books.edit_record(name, filled_notional=record.filled_notional + 1)
    return ["average_price"]


def disagree_fee(books: Books) -> list[str]:
    name = books.filled()
    books.edit_record(name, filled_fees={"BNB": Decimal(1)})
    return ["fee"]


def disagree_stale(books: Books) -> list[str]:
    name = books.rest()
    found = books.routed.record(name)
    books.cancel_at_venue(name)
    books.edit_record(name, status=OrderStatus.UNKNOWN, order_id="0" * 31 + "1", exchange_order_id=None,
                      updated_at=found.updated_at.replace(minute=0, hour=9))  # fmt: skip
    # What the venue has under the old id is nobody's then.
    return ["stale_order", "rogue_order"]


def disagree_duplicate(books: Books) -> list[str]:
    name = books.rest()
    (found,) = books.routed.venue_orders(name)
    books.cancel_at_venue(name)
    books.edit_record(name, status=OrderStatus.CANCELLED)
    books.place_around(
        type="LIMIT",
        price="40000",
        quantity="0.01",
        timeInForce="GTC",
        newClientOrderId=found["client_order_id"],
    )
    return ["duplicate_order"]


def disagree_position(books: Books) -> list[str]:
    books.filled(symbol="ETH/USDT", quantity="0.1", stop_loss_price="2900")
    books.routed.simulator.control.post("transfers", account=ACCOUNT, type="deposit", asset="ETH", amount="0.5")
    return ["position"]


def disagree_balance(books: Books) -> list[str]:
    books.routed.simulator.control.post("transfers", account=ACCOUNT, type="deposit", asset="BNB", amount="3")
    return ["balance"]


DISAGREEMENTS: dict[str, Callable[[Books], list[str]]] = {
    "rogue": disagree_rogue,
    "missing": disagree_missing,
    "status": disagree_status,
    "filled": disagree_filled,
    "average": disagree_average,
    "fee": disagree_fee,
    "stale": disagree_stale,
    "duplicate": disagree_duplicate,
    "position": disagree_position,
    "balance": disagree_balance,
}


@pytest.fixture
def edited(books: Books, monkeypatch: pytest.MonkeyPatch) -> Books:
    """Give books whose tables are edited by hand: the invariants of an unedited log do not hold for them."""
    monkeypatch.setattr("tests.support.fixtures.assert_invariants", lambda *_args, **_tables: None)
    return books


@pytest.mark.parametrize("name", DISAGREEMENTS)
def test_disagreement_when_of_one_kind_then_found_once_however_often_it_is_run(edited: Books, name: str) -> None:
    assert edited.reconcile()["open"] == 0
    expected = DISAGREEMENTS[name](edited)
    edited.pass_grace()
    report = edited.reconcile()
    assert edited.kinds() == sorted(expected)
    assert report["complete"]
    assert report["matched"] < report["compared"]
    first = edited.view()["open"]
    edited.routed.gateway.advance(minutes=5)
    edited.reconcile()
    again = edited.view()["open"]
    assert [item["break_id"] for item in again] == [item["break_id"] for item in first]
    assert [item["first_seen"] for item in again] == [item["first_seen"] for item in first]
    assert all(new["last_seen"] > old["last_seen"] for new, old in zip(again, first, strict=True))


@pytest.mark.parametrize(
    "seed",
    [*range(MIXTURES_QUICK), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(MIXTURES_QUICK, MIXTURES))],
)
def test_disagreements_when_mixed_at_random_then_each_is_found_and_counted(edited: Books, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    # Making many disagreements takes minutes, in which no snapshot comes.
    assert edited.routed.gateway.limits(state_max_age_seconds=3_600).status == 200
    names = draw.sample(sorted(DISAGREEMENTS), k=draw.randint(2, 7))
    expected = Counter(kind for name in names for kind in DISAGREEMENTS[name](edited))
    edited.pass_grace()
    report = edited.reconcile()
    assert Counter(report["open_by_kind"]) == expected
    assert Counter(item["kind"] for item in edited.view()["open"]) == expected
    first = {item["break_id"]: item["first_seen"] for item in edited.view()["open"]}
    edited.routed.gateway.advance(minutes=5)
    assert edited.reconcile()["open_by_kind"] == report["open_by_kind"]
    assert {item["break_id"]: item["first_seen"] for item in edited.view()["open"]} == first
