"""The store's requests as the real engine takes them: what an emulator in this process lets pass, it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from riskgate.app.account.record_transfer import record_transfer
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.close_order import close_order
from riskgate.app.orders.modify_order import Change, modify_order
from riskgate.app.orders.record_fill import Fill, record_order_fill
from riskgate.app.orders.submit_batch import submit_batch
from riskgate.app.orders.submit_order import DecisionNotActionable, submit_order
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import InvalidRequest, StateCorrupt
from tests.concurrency.instances import ACCOUNT_ID, NOW, UNLIMITED, Gateway, order

LATER = NOW + timedelta(minutes=16)
WIDE = replace(UNLIMITED, state_max_age_seconds=None, quote_max_age_seconds=None)


def fill(name: str, quantity: str, **changes: Decimal) -> Fill:
    amounts = {"quantity": Decimal(quantity), "price": Decimal(50_000)} | changes
    return Fill(fill_id=name, executed_at=NOW, **amounts)


@pytest.mark.parametrize("change", ["cancel", "fill", "modify"])
def test_order_when_changed_as_its_reservation_ends_then_no_item_is_written_twice(
    gateway: Gateway, change: str
) -> None:
    gateway.limit(WIDE)
    gateway.submit(order("ends"))
    late = Acting(deps=gateway.deps, actor="test", now=LATER)
    if change == "cancel":
        close_order(late, ACCOUNT_ID, "ends", OrderStatus.CANCELLED, "late")
    elif change == "fill":
        record_order_fill(late, ACCOUNT_ID, "ends", fill("f", "0.01"))
    else:
        # Only its bot knows whether it rests: it can still be changed.
        modify_order(late, ACCOUNT_ID, "ends", Change(quantity=Decimal("0.01")))


def test_reservations_when_fifty_are_over_then_they_stay_until_their_end_is_told(gateway: Gateway) -> None:
    gateway.limit(replace(WIDE, position_size_fraction_max=None, asset_fraction_max=None, sector_fraction_max=None))
    for start in range(0, 50, 10):
        legs = tuple(order(f"o-{n}", quantity="0.001") for n in range(start, start + 10))
        assert submit_batch(Acting(deps=gateway.deps, actor="test", now=NOW), ACCOUNT_ID, legs).approved
    for kept in (51, 52):
        submit_order(Acting(deps=gateway.deps, actor="test", now=LATER), order(f"next-{kept}", quantity="0.001"))
        stored = gateway.deps.store.read_chain(ACCOUNT_ID)
        assert stored is not None
        assert stored.state is not None
        assert len(stored.state.working_orders) == kept


def test_amounts_when_as_long_as_they_may_be_then_the_engine_stores_them(gateway: Gateway) -> None:
    largest = Decimal("999999999999999.999999999999")
    for n in range(3):
        record_transfer(Acting(deps=gateway.deps, actor="test", now=NOW), ACCOUNT_ID, f"t-{n}", largest, NOW)
    gateway.limit(replace(WIDE, price_collar_fraction_max=None))
    gateway.submit(order("long", quantity="0.02"))
    extreme = fill("f", "0.01999", price=largest, fee=largest)
    record_order_fill(Acting(deps=gateway.deps, actor="test", now=NOW), ACCOUNT_ID, "long", extreme)


def test_document_when_large_then_it_is_compressed_and_read_back(gateway: Gateway) -> None:
    gateway.limit(replace(WIDE, position_size_fraction_max=None, asset_fraction_max=None, sector_fraction_max=None))
    for start in range(0, 30, 10):
        legs = tuple(order(f"o-{n}", quantity="0.001") for n in range(start, start + 10))
        submit_batch(Acting(deps=gateway.deps, actor="test", now=NOW), ACCOUNT_ID, legs)
    key = {"pk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}, "sk": {"S": "STATE"}}
    item = gateway.clients[0].get_item(TableName=gateway.tables["state"], Key=key)["Item"]
    assert "B" in item["document"]
    stored = gateway.deps.store.read_chain(ACCOUNT_ID)
    assert stored is not None
    assert stored.state is not None
    assert len(stored.state.working_orders) == 30


def test_orders_when_listed_then_pages_follow_and_foreign_cursors_are_refused(gateway: Gateway) -> None:
    gateway.limit(WIDE)
    legs = tuple(order(f"o-{n}", quantity="0.001") for n in range(7))
    submit_batch(Acting(deps=gateway.deps, actor="test", now=NOW), ACCOUNT_ID, legs)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page, cursor = gateway.deps.store.list_orders(ACCOUNT_ID, limit=3, cursor=cursor)
        seen += [record.order.client_order_id for record in page]
        if cursor is None:
            break
    assert seen == [f"o-{n}" for n in range(7)]
    with pytest.raises(InvalidRequest):
        gateway.deps.store.list_orders(ACCOUNT_ID, limit=3, cursor="eA" * 2_000)


def test_audit_number_when_taken_then_the_account_stops(gateway: Gateway) -> None:
    key = {"account_id": {"S": ACCOUNT_ID}, "sequence": {"N": "2"}}
    gateway.clients[0].put_item(TableName=gateway.tables["audit"], Item=key)
    with pytest.raises(StateCorrupt) as stopped:
        submit_order(Acting(deps=gateway.deps, actor="test", now=NOW), order("stopped"))
    assert stopped.value.code == "AUDIT_CONFLICT"
    gateway.clients[0].delete_item(TableName=gateway.tables["audit"], Key=key)
    assert gateway.submit(order("stopped")).approved


def test_approval_when_replayed_after_its_reservation_ended_then_refused(gateway: Gateway) -> None:
    gateway.limit(WIDE)
    gateway.submit(order("once"))
    with pytest.raises(DecisionNotActionable):
        submit_order(Acting(deps=gateway.deps, actor="test", now=LATER), order("once"))
