"""Spot orders that are replaced, meet other orders, or pay fees in another asset."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

from tests.support.venue import Simulator

BTC = "BTC/USDT"


def test_edit_order_when_resting_then_cancelled_and_replaced(spot: Any, simulator: Simulator) -> None:
    order = spot.create_order(BTC, "limit", "buy", "0.1", "40000", {"newClientOrderId": "v1"})
    edited = spot.edit_order(order["id"], BTC, "limit", "buy", "0.2", "41000", {"newClientOrderId": "v2"})
    assert (edited["clientOrderId"], edited["amount"], edited["price"]) == ("v2", "0.20000000", "41000.00000000")
    assert [(item["client_order_id"], item["status"]) for item in simulator.orders()] == [
        ("v1", "CANCELED"),
        ("v2", "NEW"),
    ]


def test_edit_order_when_old_one_is_done_then_nothing_is_placed(spot: Any, simulator: Simulator) -> None:
    order = spot.create_order(BTC, "market", "buy", "0.1")
    with pytest.raises(ccxt.ExchangeError, match="-2022"):
        spot.edit_order(order["id"], BTC, "limit", "buy", "0.2", "41000")
    assert len(simulator.orders()) == 1


def test_edit_order_when_new_one_is_refused_then_old_one_stays_cancelled(simulator: Simulator) -> None:
    _, placed, _ = simulator.raw(
        "POST",
        "/api/v3/order",
        {
            "symbol": "BTCUSDT",
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": "0.1",
            "price": "40000",
        },
    )
    status, body, _ = simulator.raw(
        "POST",
        "/api/v3/order/cancelReplace",
        {
            "symbol": "BTCUSDT",
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": "900",
            "price": "40000",
            "cancelReplaceMode": "STOP_ON_FAILURE",
            "cancelOrderId": placed["orderId"],
        },
    )
    assert (status, body["code"], body["data"]["cancelResult"], body["data"]["newOrderResult"]) == (
        409,
        -2021,
        "SUCCESS",
        "FAILURE",
    )
    assert body["data"]["newOrderResponse"]["code"] == -2010
    assert [item["status"] for item in simulator.orders()] == ["CANCELED"]


def test_orders_when_two_accounts_meet_then_both_sides_are_filled_by_time_priority(
    spot: Any, simulator: Simulator
) -> None:
    simulator.control.post("accounts", account="bob", balances={"spot": {"BTC": "1"}})
    simulator.control.post("book", symbol="BTCUSDT", market="spot", levels=0)
    early = spot.create_order(BTC, "limit", "buy", "0.1", "49000", {"newClientOrderId": "early"})
    late = spot.create_order(BTC, "limit", "buy", "0.1", "49000", {"newClientOrderId": "late"})
    simulator.control.post(
        "orders",
        account="bob",
        market="spot",
        symbol="BTCUSDT",
        side="SELL",
        type="LIMIT",
        timeInForce="GTC",
        quantity="0.15",
        price="48000",
    )
    assert spot.fetch_order(early["id"], BTC)["status"] == "closed"
    assert spot.fetch_order(late["id"], BTC)["filled"] == "0.05000000"
    sold = simulator.trades(account="bob")
    assert [(trade["price"], trade["quantity"], trade["is_maker"]) for trade in sold] == [
        ("49000", "0.1", False),
        ("49000", "0.05", False),
    ]


def test_self_trade_when_own_orders_cross_then_maker_expires_and_nothing_trades(
    spot: Any, simulator: Simulator
) -> None:
    simulator.control.post("book", symbol="BTCUSDT", market="spot", levels=0)
    spot.create_order(BTC, "limit", "sell", "0.1", "49000", {"newClientOrderId": "own"})
    taker = spot.create_order(BTC, "limit", "buy", "0.1", "49000")
    assert (taker["status"], taker["filled"]) == ("open", "0.00000000")
    assert spot.fetch_order(None, BTC, {"clientOrderId": "own"})["status"] == "expired"
    assert simulator.trades() == []


@pytest.mark.parametrize(
    ("mode", "maker", "taker", "trades"),
    [
        ("NONE", "FILLED", "FILLED", 2),
        ("EXPIRE_TAKER", "NEW", "EXPIRED_IN_MATCH", 0),
        ("EXPIRE_BOTH", "EXPIRED_IN_MATCH", "EXPIRED_IN_MATCH", 0),
    ],
)
def test_self_trade_prevention_when_mode_given_then_as_named(
    spot: Any, simulator: Simulator, mode: str, maker: str, taker: str, trades: int
) -> None:
    simulator.control.post("book", symbol="BTCUSDT", market="spot", levels=0)
    spot.create_order(BTC, "limit", "sell", "0.1", "49000")
    spot.create_order(BTC, "limit", "buy", "0.1", "49000", {"selfTradePrevention": mode.lower()})
    assert [order["status"] for order in simulator.orders()] == [maker, taker]
    assert len(simulator.trades()) == trades
    assert simulator.account()["spot"]["BTC"]["free"] == (
        "9.9" if maker == "NEW" else "10" if mode != "NONE" else "9.9999"
    )


def test_fees_when_burning_bnb_then_paid_in_bnb_at_discount(spot: Any, simulator: Simulator) -> None:
    simulator.control.post("accounts", account="alice", balances={"spot": {"BNB": "1"}}, fees={"burn_bnb": True})
    order = spot.create_order(BTC, "market", "buy", "0.1")
    # 5000.5 USDT x 0.1 % x 75 % at 500 USDT per BNB.
    assert order["fee"] == {"cost": "0.00750075", "currency": "BNB"}
    assert simulator.account()["spot"]["BNB"]["free"] == "0.99249925"
    simulator.control.post("accounts", account="alice", balances={"spot": {"BNB": "0.001"}})
    assert spot.create_order(BTC, "market", "buy", "0.1")["fee"]["currency"] == "BTC"
