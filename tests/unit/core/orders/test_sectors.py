"""Sectors of working orders: whatever an instrument is classified as meanwhile, the totals are those of the book."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.core.account.document import AccountState, OrderStatus
from riskgate.core.account.exposure import compute_exposure
from riskgate.core.ledger.apply import apply_event
from riskgate.core.orders.events import OrderClosed
from riskgate.schemas.codec import decode, encode
from tests.support.builders import NOW, approve, build_account, build_instrument, build_limits, build_order


def stored(state: AccountState) -> AccountState:
    """Return an account as the next decision reads it: its orders by the order of their ids."""
    return decode(encode(state), AccountState)


def approved(state: AccountState, name: str, sector: str | None) -> AccountState:
    order, instrument = build_order(1, client_order_id=name), build_instrument(sector=sector)
    return stored(approve(state, order, instrument=instrument))


@pytest.mark.parametrize("names", [("z", "b", "c"), ("a", "b", "c"), ("b", "z", "a")])
@pytest.mark.parametrize("first", [None, "old"])
def test_totals_when_an_instrument_is_classified_while_orders_work_then_those_of_the_book(
    names: tuple[str, ...], first: str | None
) -> None:
    state = build_account()
    for name, sector in zip(names, (first, "new", "new"), strict=True):
        state = approved(state, name, sector)
        assert (
            state.exposure.by_sector == compute_exposure(state).by_sector == {sector or "unknown": state.exposure.gross}
        )

    for name in names:
        closed = OrderClosed(client_order_id=name, status=OrderStatus.CANCELLED)
        state = stored(apply_event(state.account_id, state, build_limits(), closed, NOW).state)
        assert all(amount > 0 for amount in state.exposure.by_sector.values())

    assert state.exposure.by_sector == {}
    assert state.exposure.gross == Decimal(0)
