"""A part of an exchange is down: what it does not say is not taken for nothing, and what it does say goes on counting."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.gateway import BTC_SWAP
from tests.support.reconciled_account import Books
from tests.support.two_exchanges import BYBIT, USDC_SWAP, TwoExchanges

POSITIONS, HISTORY, RESTING = "/v5/position/list", "/v5/order/history", "/v5/order/realtime"


def break_down(two: TwoExchanges, path: str, *, skip: int = 0) -> None:
    two.bybit.control.post("faults", kind="error_before_accept", path=path, count=None, skip=skip)


def held(two: TwoExchanges) -> dict[str, Decimal]:
    return {p.symbol: p.quantity for p in two.watch.routed.state().positions.values() if p.venue == BYBIT}


@pytest.mark.parametrize("skip", [0, 1], ids=["all settle coins", "the second settle coin"])
def test_positions_when_a_settle_coin_is_not_answered_then_nothing_is_flat(two: TwoExchanges, skip: int) -> None:
    two.trade_at_bybit("BUY", "0.1")
    two.trade_at_bybit("BUY", "0.2", "BTCPERP")
    before = two.read()
    assert held(two) == {BTC_SWAP: Decimal("0.1"), USDC_SWAP: Decimal("0.2")}
    break_down(two, POSITIONS, skip=skip)

    report = two.watch.run()

    assert not report["recorded"]
    assert held(two) == {BTC_SWAP: Decimal("0.1"), USDC_SWAP: Decimal("0.2")}
    assert two.watch.routed.state().equity == before.equity
    books = Books(routed=two.watch.routed)
    assert not books.reconcile()["complete"]
    assert "position" not in books.kinds()


@pytest.mark.parametrize("path", [HISTORY, RESTING, "/v5/execution/list"])
def test_orders_when_one_list_is_not_answered_then_none_of_ours_is_missing(two: TwoExchanges, path: str) -> None:
    two.read()
    answer = two.submit(BYBIT, side="buy", type="limit", quantity="0.1", price="48000", stop_loss_price="47000")
    name = answer.body["client_order_id"]
    books = Books(routed=two.watch.routed)
    books.pass_grace()
    break_down(two, path)

    report = books.reconcile()

    assert not report["complete"]
    assert (report["open"], report["repairs"]) == (0, [])
    assert two.watch.routed.status(name) == "submitted"
    two.bybit.control.delete("faults")
    assert books.reconcile()["complete"]
    assert books.kinds() == []


def test_order_when_no_orders_are_taken_and_reads_are_then_never_there_twice_and_its_end_is_known(
    two: TwoExchanges,
) -> None:
    two.read()
    break_down(two, "/v5/order/create")

    answer = two.submit(BYBIT, side="buy", type="limit", quantity="0.1", price="48000", stop_loss_price="47000")

    name, routed = answer.body["client_order_id"], two.watch.routed
    assert two.bybit.orders() == []
    assert two.read().equity == 100_000
    two.bybit.control.delete("faults")
    for _ in range(10):
        routed.gateway.advance(seconds=15)
        routed.resolve(name)
        routed.work_all()
    status = routed.status(name)
    assert status in {"submitted", "cancelled"}
    assert [order["open"] for order in two.bybit.orders()] == [True] * (status == "submitted")
