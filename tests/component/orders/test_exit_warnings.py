"""What an exit was let out in spite of stands in its answer, in every form the answer comes in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.gateway import ACCOUNT_ID, BTC, VENUE, Gateway, instrument_of

EXIT: dict[str, Any] = {
    "side": "sell",
    "type": "market",
    "price": None,
    "stop_loss_price": None,
    "quantity": "0.1",
    "reduce_only": True,
}


@pytest.fixture
def holding(gateway: Gateway) -> Gateway:
    """Hold 0.1 bitcoin."""
    gateway.fill(gateway.approved(quantity="0.1"), "0.1")
    return gateway


def close_market(gateway: Gateway) -> None:
    rules = instrument_of(BTC, active=False)
    assert gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200


def age_quote(gateway: Gateway) -> None:
    gateway.advance(seconds=299)
    gateway.reading("100000", positions=[held()])
    gateway.advance(seconds=10)


def widen_book(gateway: Gateway) -> None:
    assert gateway.quote(bid="30000", ask="50000").status == 200


def held() -> dict[str, str]:
    return {"venue": VENUE, "symbol": BTC, "quantity": "0.1", "average_price": "50000"}


REASONS = [(close_market, "exits only"), (age_quote, "quote"), (widen_book, "nothing holds to a price")]


@pytest.mark.parametrize(("happen", "words"), REASONS)
def test_exit_when_the_market_is_not_as_it_should_be_then_passes_with_the_reason_in_every_answer(
    holding: Gateway, happen: Any, words: str
) -> None:
    happen(holding)
    checked = holding.check(**EXIT)
    order = holding.order(**EXIT)
    answer = holding.submit(order)

    assert answer.status == 201, answer.text
    assert any(words in warning for warning in answer.body["warnings"]), answer.body["warnings"]
    assert checked.body["warnings"] == answer.body["warnings"]
    assert holding.submit(order).body["warnings"] == answer.body["warnings"], "a replay says the same"
    shown = holding.on_order("GET", order["client_order_id"])
    assert shown.body["decision"]["warnings"] == answer.body["warnings"]
    logged = holding.call("GET", f"/accounts/{ACCOUNT_ID}/audit", query={"limit": "100"}).body["entries"]
    assert logged[-1]["answer"]["warnings"] == answer.body["warnings"]


@pytest.mark.parametrize(("happen", "words"), REASONS)
def test_operators_exit_when_the_market_is_not_as_it_should_be_then_its_order_says_so(
    holding: Gateway, happen: Any, words: str
) -> None:
    happen(holding)
    body = {"exit_id": "e1", "reason": "drill", "scope": "all"}
    answer = holding.call("POST", f"/accounts/{ACCOUNT_ID}/exits", body, headers=holding.next_totp())

    (leg,) = answer.body["legs"]
    assert leg["decision"] == "approved"
    shown = holding.on_order("GET", leg["client_order_id"]).body["decision"]
    assert any(words in warning for warning in shown["warnings"]), shown["warnings"]


def test_order_when_nothing_stood_back_then_no_warnings_at_all(holding: Gateway) -> None:
    holding.refresh_quotes()

    assert "warnings" not in holding.submit(**EXIT).body
    assert "warnings" not in holding.submit(quantity="0.01").body


def test_limit_exit_when_far_from_a_fresh_quote_then_denied_and_without_warning(holding: Gateway) -> None:
    holding.refresh_quotes()
    far = holding.submit(**EXIT | {"type": "limit", "price": "30000"})

    assert (far.status, far.code) == (422, "PRICE_COLLAR")
    assert "warnings" not in far.body


def test_batch_when_one_leg_is_such_an_exit_then_that_leg_carries_the_reason(holding: Gateway) -> None:
    close_market(holding)
    body = {"orders": [holding.order(**EXIT)]}
    answer = holding.call("POST", f"/accounts/{ACCOUNT_ID}/orders/batch", body)

    assert answer.status == 201, answer.text
    (leg,) = answer.body["legs"]
    assert any("exits only" in warning for warning in leg["warnings"])
