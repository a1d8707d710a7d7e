"""A replay reads each document as the gateway did, so that what comes first there comes first again."""

from __future__ import annotations

from infra.riskctl.audit import replay_account
from riskgate.core.codes import DenyCode
from riskgate.runtime import wiring
from tests.support.gateway import ACCOUNT_ID, Gateway


def test_denial_when_it_names_one_of_two_orders_then_the_replay_names_the_same(gateway: Gateway) -> None:
    gateway.snapshot("100000", positions=[], balances=[{"venue": "binance", "asset": "BTC", "total": "2"}])
    gateway.quote()
    for name, price in (("later-in-the-alphabet", "50100"), ("earlier", "50200")):
        resting = gateway.order(client_order_id=name, side="sell", price=price, quantity="0.01", stop_loss_price=None)
        assert gateway.submit(resting).status in {201, 422}
        gateway.advance(seconds=1)
    crossing = gateway.submit(price="50300", quantity="0.01")
    assert DenyCode.SELF_MATCH in crossing.violated
    assert replay_account(wiring.deps().store, ACCOUNT_ID).findings == ()
