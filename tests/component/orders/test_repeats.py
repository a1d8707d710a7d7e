"""The same order again: a mistake within two seconds, unless the first was cancelled or is another strategy's."""

from __future__ import annotations

from tests.support.gateway import ETH, Gateway

QUOTE = {"symbol": ETH, "quantity": "0.1", "price": "2990", "stop_loss_price": "2900", "strategy": "maker"}


def test_quote_when_placed_again_after_its_cancel_then_no_duplicate(gateway: Gateway) -> None:
    gateway.refresh_quotes()
    first = gateway.approved(**QUOTE)
    assert gateway.submit(**QUOTE).violated == {"DUPLICATE_ORDER"}
    assert gateway.cancel(first).status == 200
    gateway.advance(seconds=0.6)

    again = gateway.submit(**QUOTE)
    assert again.status == 201, again.text
    # The one that rests now is guarded as the first was.
    assert gateway.submit(**QUOTE).violated == {"DUPLICATE_ORDER"}


def test_order_when_another_strategy_asks_for_the_same_then_no_duplicate(gateway: Gateway) -> None:
    gateway.refresh_quotes()
    gateway.approved(**QUOTE)
    gateway.advance(seconds=0.6)

    assert gateway.submit(**QUOTE | {"strategy": "trend"}).status == 201
    assert gateway.check(**QUOTE).violated == {"DUPLICATE_ORDER"}
