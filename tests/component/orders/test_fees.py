"""Fees as bots tell them: in the bought coin, in a third one, several, and rebates."""

from __future__ import annotations

from typing import Any

from tests.support.gateway import ETH, VENUE, Gateway


def sell_eth(gateway: Gateway, quantity: str) -> Any:
    return gateway.submit(symbol=ETH, side="sell", type="market", quantity=quantity, price=None, stop_loss_price=None)


def test_fee_when_in_the_bought_coin_then_no_more_can_be_sold_than_arrived_and_flat_after_that(
    gateway: Gateway,
) -> None:
    order = gateway.approved(symbol=ETH, quantity="1", price="3000", stop_loss_price="2950")
    answer = gateway.fill(order, "1", "3000", fee="0.001", fee_currency="ETH")
    assert (answer.body["position_quantity"], answer.body["fee"], answer.body["equity"]) == ("0.999", "3", "99997")

    assert sell_eth(gateway, "1").status == 422
    sold = sell_eth(gateway, "0.999")
    assert sold.status == 201, sold.text
    gateway.fill(sold.body["client_order_id"], "0.999", "3000")

    account = gateway.account()
    assert (account["positions"], account["exposure"]["open_positions"], account["equity"]) == ([], 0, "99997")


def test_fee_when_its_coin_has_no_rate_then_pending_in_every_answer_until_a_snapshot_prices_it(
    gateway: Gateway,
) -> None:
    order = gateway.approved(quantity="0.1")
    answer = gateway.fill(order, "0.1", fee="0.002", fee_currency="BNB")

    assert (answer.body["fee"], answer.body["pending_fees"], answer.body["equity"]) == (
        None,
        {"BNB": "0.002"},
        "100000",
    )
    assert gateway.account()["pending_fees"] == [{"venue": VENUE, "currency": "BNB", "amount": "0.002"}]
    assert gateway.on_order("GET", order).body["fees"] == {"BNB": "0.002"}

    gateway.advance(seconds=3)
    balances = [{"venue": VENUE, "asset": "USDT", "total": "95000"}, {"venue": VENUE, "asset": "BTC", "total": "0.1"}]
    position = {"venue": VENUE, "symbol": "BTC/USDT", "quantity": "0.1", "average_price": "50000"}
    read = gateway.snapshot("99998.8", balances=balances, positions=[position], rates={"BNB": "600"})
    assert read.status == 201, read.text
    account = gateway.account()
    assert (account["pending_fees"], account["equity"]) == ([], "99998.8")


def test_fee_when_its_coins_market_has_a_quote_then_charged_at_once(gateway: Gateway) -> None:
    quote = gateway.quote_of(ETH) | {"symbol": "BNB/USDT", "bid": "600", "ask": "600", "last": "600"}
    assert gateway.call("PUT", "/market/quotes", {"quotes": [quote]}).status == 200

    answer = gateway.fill(gateway.approved(quantity="0.1"), "0.1", fee="0.002", fee_currency="BNB")

    assert (answer.body["fee"], answer.body["equity"]) == ("1.2", "99998.8")
    assert "pending_fees" not in answer.body


def test_fees_when_several_then_all_are_booked_and_a_repetition_is_one(gateway: Gateway) -> None:
    order = gateway.approved(quantity="0.1")
    fees = [
        {"currency": "BTC", "amount": "0.0001"},
        {"currency": "USDT", "amount": "2"},
        {"currency": "GT", "amount": "0"},
    ]

    first = gateway.fill(order, "0.1", fees=fees, fill_id="t-1")
    again = gateway.fill(order, "0.1", fees=fees, fill_id="t-1")

    assert (first.status, again.status, again.text) == (201, 200, first.text)
    assert (first.body["fee"], first.body["position_quantity"], first.body["equity"]) == ("7", "0.0999", "99993")
    assert gateway.on_order("GET", order).body["fees"] == {"BTC": "0.0001", "USDT": "2"}


def test_fees_when_told_both_ways_then_400(gateway: Gateway) -> None:
    fees = [{"currency": "BTC", "amount": "0.0001"}]

    assert gateway.fill(gateway.approved(), "0.1", fee="1", fees=fees).status == 400


def test_rebate_when_reported_then_income(gateway: Gateway) -> None:
    """It was refused, and with it the fill."""
    order = gateway.approved(quantity="0.1")

    answer = gateway.fill(order, "0.1", fee="-0.4")

    assert (answer.status, answer.body["fee"], answer.body["equity"]) == (201, "-0.4", "100000.4")
    assert gateway.on_order("GET", order).body["fees"] == {"USDT": "-0.4"}


def test_rebate_when_it_was_booked_as_none_before_then_its_repetition_is_no_conflict(gateway: Gateway) -> None:
    """Earlier versions took a rebate for no fee; the venue lists the same fill on."""
    order = gateway.approved(quantity="0.1")
    first = gateway.fill(order, "0.1", fee="0", fee_currency="USDT", fill_id="t-1")

    again = gateway.fill(order, "0.1", fee="-0.4", fee_currency="USDT", fill_id="t-1")

    assert (again.status, again.text) == (200, first.text)


def test_answer_when_sized_in_quote_currency_then_tells_the_approved_quantity(gateway: Gateway) -> None:
    body = {"type": "market", "price": None, "quantity": None, "quote_quantity": "1000", "stop_loss_price": "49000"}

    checked = gateway.check(**body)
    decided = gateway.submit(**body)

    assert checked.body["quantity"] == decided.body["quantity"] == "0.01999"
    order = gateway.on_order("GET", decided.body["client_order_id"]).body
    assert order["quantity"] == order["decision"]["quantity"] == "0.01999"


def test_open_order_when_it_rests_then_its_prices_are_told(gateway: Gateway) -> None:
    gateway.approved(quantity="0.1", price="50000", stop_loss_price="49000")

    (row,) = gateway.account()["open_orders"]

    assert (row["price"], row["trigger_price"], row["stop_loss_price"], row["reduce_only"]) == (
        "50000",
        None,
        "49000",
        False,
    )
