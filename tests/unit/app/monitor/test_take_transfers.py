"""Which transfers the last snapshot shows already: told by how the holding changed, never by the clock alone."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.app.monitor.run import HalfReading
from riskgate.app.monitor.take_transfers import Moved, find_late, to_moves
from riskgate.core.venues.model import TransferKind, TransferStatus, VenueTransfer
from tests.support.builders import HOUR, MINUTE, NOW, SECOND
from tests.support.hypothesis_profiles import QUICK

PLACE = ("binance", "USDT")
RATES = {"USDT": Decimal(1)}


def moved(amount: Decimal | int, **changes: object) -> Moved:
    fields = {"key": "t", "venue": "binance", "asset": "USDT", "amount": Decimal(amount), "at": NOW - HOUR}
    return Moved(**fields | changes)  # type: ignore[arg-type]


def late(change: Decimal | int, *listed: Moved, equity: int = 10_000) -> set[tuple[str, str]]:
    return find_late(listed, {PLACE: Decimal(change)}, RATES, settled_before=NOW - 2 * MINUTE, equity=Decimal(equity))


@pytest.mark.parametrize(
    ("change", "amount", "is_late"),
    [(500, 500, False), (0, 500, True), (-500, -500, False), (0, -500, True), (490, 500, False), (-3, 500, True)],
)
def test_transfer_when_the_holding_changed_by_it_then_fresh_and_else_late(
    change: int, amount: int, *, is_late: bool
) -> None:
    assert late(change, moved(amount)) == ({PLACE} if is_late else set())


def test_transfers_when_several_are_listed_then_their_sum_is_compared() -> None:
    assert late(300, moved(500), moved(-200, key="u")) == set()


@pytest.mark.parametrize("change", [0, 250, 1000])
def test_transfer_when_young_and_the_balance_tells_otherwise_then_waited_for(change: int) -> None:
    with pytest.raises(HalfReading):
        late(change, moved(500, at=NOW - MINUTE))


def test_transfer_when_young_and_the_balance_agrees_then_taken_at_once() -> None:
    assert late(500, moved(500, at=NOW + SECOND)) == set()


amounts = st.integers(-(10**9), 10**9).filter(bool).map(lambda cents: Decimal(cents) / 100)


@QUICK
@given(amount=amounts, noise=st.integers(-49, 49))
def test_transfer_when_the_holding_also_moved_by_less_than_half_of_it_then_told_right(
    amount: Decimal, noise: int
) -> None:
    other = amount * noise / 100

    assert late(amount + other, moved(amount)) == set()
    assert late(other, moved(amount)) == {PLACE}


def transfer(kind: TransferKind, status: TransferStatus, **changes: object) -> VenueTransfer:
    fields = {"transfer_id": "7", "kind": kind, "asset": "USDT", "amount": Decimal(10), "status": status, "at": NOW}
    return VenueTransfer(**fields | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "status", "moves"),
    [
        ("deposit", "ok", [("binance:deposit:7", 10)]),
        ("deposit", "pending", []),
        ("deposit", "failed", []),
        ("withdrawal", "ok", [("binance:withdrawal:7", -10)]),
        ("withdrawal", "pending", [("binance:withdrawal:7", -10)]),
        ("withdrawal", "failed", [("binance:withdrawal:7:returned", 10)]),
        ("withdrawal", "cancelled", [("binance:withdrawal:7:returned", 10)]),
    ],
)
def test_transfer_when_on_its_way_then_a_withdrawal_counts_and_a_deposit_does_not_yet(
    kind: str, status: str, moves: list[tuple[str, int]]
) -> None:
    found = to_moves("binance", transfer(TransferKind(kind), TransferStatus(status)))

    assert [(item.key, item.amount) for item in found] == moves


@pytest.mark.parametrize(("currency", "amount"), [("USDT", "-10.5"), (None, "-10.5"), ("BNB", "-10")])
def test_withdrawal_when_it_costs_a_fee_then_that_leaves_too(currency: str | None, amount: str) -> None:
    sent = transfer(TransferKind.WITHDRAWAL, TransferStatus.OK, fee=Decimal("0.5"), fee_currency=currency)

    assert [item.amount for item in to_moves("binance", sent)] == [Decimal(amount)]
