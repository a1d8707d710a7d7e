"""What Bybit itself does to a position: its fills are of kinds that the list of trades leaves out, and they are found."""

from __future__ import annotations

from decimal import Decimal

from tests.support.reconciled_account import Books
from tests.support.two_exchanges import BYBIT, TwoExchanges


def test_liquidation_when_the_exchange_closes_a_position_then_its_fill_and_order_are_found(two: TwoExchanges) -> None:
    two.read()
    bought = two.submit(BYBIT, side="buy", type="market", quantity="0.1", price=None, stop_loss_price="47000")
    assert bought.status == 201, bought.text
    two.read()
    # Its money is gone from the wallet, and a fall closes the position.
    two.fund({"USDT": "150", "BTC": "0"})
    two.price(Decimal(48_000))
    two.price(Decimal(47_900))
    assert all(Decimal(row["quantity"]) == 0 for row in two.bybit.account()["positions"].values())
    books = Books(routed=two.watch.routed)
    books.pass_grace()

    report = books.reconcile()

    assert report["complete"], report
    (reading,) = [row for row in report["venues"] if row["venue"] == BYBIT]
    (rogue,) = [item for item in books.view()["open"] if item["kind"] == "rogue_order"]
    assert (rogue["theirs"]["side"], rogue["theirs"]["filled_quantity"]) == ("sell", "0.1")
    # Our own fill, and the exchange's.
    assert reading["trades"] == 2
