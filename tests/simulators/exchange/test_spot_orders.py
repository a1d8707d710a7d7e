"""Spot orders through unmodified ccxt."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.support.venue import Simulator

BTC = "BTC/USDT"
# Flat path at 50,000, spread 2 bps: best bid 49,995, best ask 50,005, next levels 1 bp further.
BEST_ASK = Decimal(50005)


def test_market_buy_when_depth_suffices_then_filled_at_best_ask_with_fee_in_base(
    spot: Any, simulator: Simulator
) -> None:
    order = spot.create_order(BTC, "market", "buy", "0.1")
    assert (order["status"], order["filled"], order["remaining"]) == ("closed", "0.10000000", "0")
    assert Decimal(order["average"]) == BEST_ASK
    assert Decimal(order["cost"]) == Decimal("5000.5")
    assert order["fee"] == {"cost": "0.00010000", "currency": "BTC"}
    balances = simulator.account()["spot"]
    assert balances["USDT"] == {"free": "994999.5", "locked": "0"}
    assert balances["BTC"]["free"] == "10.0999"


def test_market_order_when_larger_than_level_then_walks_levels(spot: Any) -> None:
    # A level holds 25,000 USDT: 0.49995 BTC at the first, rounded down to the step.
    order = spot.create_order(BTC, "market", "buy", "0.6")
    prices = [trade["price"] for trade in order["trades"]]
    assert prices == ["50005.00000000", "50010.00000000"]
    assert [trade["amount"] for trade in order["trades"]] == ["0.49995000", "0.10005000"]


def test_market_order_when_book_is_exhausted_then_rest_expires(spot: Any, simulator: Simulator) -> None:
    simulator.control.post("book", symbol="BTCUSDT", market="spot", levels=2, level_notional="5000.5")
    order = spot.create_order(BTC, "market", "sell", "1")
    assert order["status"] == "expired"
    assert Decimal(order["filled"]) == Decimal("0.20005") == Decimal(1) - Decimal(order["remaining"])


def test_market_buy_by_cost_when_sent_then_spends_at_most_the_cost(spot: Any) -> None:
    order = spot.create_market_buy_order_with_cost(BTC, "1000")
    assert order["status"] == "closed"
    assert Decimal(order["cost"]) <= 1000 < Decimal(order["cost"]) + BEST_ASK * Decimal("0.00001")


def test_limit_order_when_below_market_then_rests_and_locks(spot: Any, simulator: Simulator) -> None:
    order = spot.create_order(BTC, "limit", "buy", "0.5", "40000", {"newClientOrderId": "rest-1"})
    assert (order["status"], order["clientOrderId"], order["price"]) == ("open", "rest-1", "40000.00000000")
    balance = spot.fetch_balance()
    assert balance["USDT"] == {"free": "980000.00000000", "used": "20000.00000000", "total": "1000000"}
    assert simulator.orders(open=True)[0]["client_order_id"] == "rest-1"


def test_limit_order_when_marketable_then_fills_at_better_price_and_unlocks(spot: Any, simulator: Simulator) -> None:
    order = spot.create_order(BTC, "limit", "buy", "0.1", "51000")
    assert (order["status"], Decimal(order["average"])) == ("closed", BEST_ASK)
    assert simulator.account()["spot"]["USDT"] == {"free": "994999.5", "locked": "0"}


def test_limit_order_when_partly_marketable_then_rest_stays_open(spot: Any, simulator: Simulator) -> None:
    order = spot.create_order(BTC, "limit", "buy", "1", "50005")
    assert (order["status"], order["filled"], order["remaining"]) == ("open", "0.49995000", "0.50005")
    assert simulator.orders()[0]["status"] == "PARTIALLY_FILLED"
    assert Decimal(simulator.account()["spot"]["USDT"]["locked"]) == Decimal("0.50005") * BEST_ASK


@pytest.mark.parametrize(
    ("tif", "amount", "status", "filled"),
    [
        ("IOC", "1", "expired", "0.49995"),
        ("FOK", "1", "expired", "0"),
        ("FOK", "0.4", "closed", "0.4"),
        ("GTC", "0.4", "closed", "0.4"),
    ],
)
def test_time_in_force_when_limit_at_best_ask_then_as_named(
    spot: Any, tif: str, amount: str, status: str, filled: str
) -> None:
    order = spot.create_order(BTC, "limit", "buy", amount, "50005", {"timeInForce": tif})
    assert (order["status"], Decimal(order["filled"]), order["timeInForce"]) == (status, Decimal(filled), tif)


def test_post_only_when_crossing_then_rejected_and_leaves_no_trace(native_spot: Any, simulator: Simulator) -> None:
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        native_spot.create_order(BTC, "limit", "buy", "0.1", "50005", {"postOnly": True})
    assert simulator.orders() == []
    assert simulator.account()["spot"]["USDT"] == {"free": "1000000", "locked": "0"}


def test_post_only_when_passive_then_rests_as_maker(spot: Any) -> None:
    order = spot.create_order(BTC, "limit", "buy", "0.1", "49990", {"postOnly": True})
    assert (order["status"], order["postOnly"], order["type"]) == ("open", True, "limit")


def test_resting_order_when_price_falls_through_then_filled_as_maker_at_own_price(
    spot: Any, simulator: Simulator
) -> None:
    spot.create_order(BTC, "limit", "buy", "0.1", "49000", {"newClientOrderId": "maker"})
    simulator.control.post("price", symbol="BTCUSDT", price="48000")
    order = spot.fetch_order(None, BTC, {"clientOrderId": "maker"})
    assert (order["status"], order["average"]) == ("closed", "49000")
    trade = spot.fetch_my_trades(BTC)[-1]
    assert (trade["takerOrMaker"], trade["price"], trade["fee"]) == (
        "maker",
        "49000.00000000",
        {"cost": "0.00010000", "currency": "BTC"},
    )


def test_resting_order_when_larger_than_depth_then_filled_in_parts_as_price_moves(
    spot: Any, simulator: Simulator
) -> None:
    simulator.control.post("book", symbol="BTCUSDT", market="spot", levels=1, level_notional="4800")
    spot.create_order(BTC, "limit", "buy", "0.3", "49000", {"newClientOrderId": "big"})
    filled = []
    for price in ("48000", "47999", "47998", "47997"):
        simulator.control.post("price", symbol="BTCUSDT", price=price)
        filled.append(spot.fetch_order(None, BTC, {"clientOrderId": "big"})["filled"])
    assert filled == ["0.09999000", "0.19998000", "0.29997000", "0.30000000"]


def test_stop_loss_when_price_reaches_stop_then_sells_at_market(spot: Any, simulator: Simulator) -> None:
    placed = spot.create_order(
        BTC, "market", "sell", "0.1", None, {"stopLossPrice": "45000", "newClientOrderId": "stop"}
    )
    assert (placed["status"], placed["triggerPrice"]) == ("open", "45000.00000000")
    assert simulator.account()["spot"]["BTC"] == {"free": "9.9", "locked": "0.1"}
    simulator.control.post("price", symbol="BTCUSDT", price="45000.01")
    assert spot.fetch_order(None, BTC, {"clientOrderId": "stop"})["status"] == "open"
    simulator.control.post("price", symbol="BTCUSDT", price="44000")
    order = spot.fetch_order(None, BTC, {"clientOrderId": "stop"})
    # A price set by hand is a gap: the stop fills at the new market, not at its stop price.
    assert (order["status"], Decimal(order["average"])) == ("closed", Decimal("43995.6"))


def test_stop_limit_when_triggered_then_rests_at_its_limit(spot: Any, simulator: Simulator) -> None:
    spot.create_order(BTC, "limit", "buy", "0.1", "50500", {"triggerPrice": "51000", "newClientOrderId": "sl"})
    simulator.control.post("price", symbol="BTCUSDT", price="52000")
    order = spot.fetch_order(None, BTC, {"clientOrderId": "sl"})
    assert (order["status"], order["filled"], order["info"]["isWorking"]) == ("open", "0.00000000", True)
    simulator.control.post("price", symbol="BTCUSDT", price="50000")
    assert spot.fetch_order(None, BTC, {"clientOrderId": "sl"})["status"] == "closed"


def test_take_profit_when_price_rises_then_sells(spot: Any, simulator: Simulator) -> None:
    spot.create_order(BTC, "market", "sell", "0.1", None, {"takeProfitPrice": "60000", "newClientOrderId": "tp"})
    simulator.control.post("price", symbol="BTCUSDT", price="60000")
    assert spot.fetch_order(None, BTC, {"clientOrderId": "tp"})["status"] == "closed"


def test_stop_when_it_would_fire_at_once_then_rejected(native_spot: Any) -> None:
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        native_spot.create_order(BTC, "market", "sell", "0.1", None, {"stopLossPrice": "51000"})


def test_cancel_order_when_open_then_unlocks_and_is_canceled(spot: Any, simulator: Simulator) -> None:
    spot.create_order(BTC, "limit", "sell", "1", "60000", {"newClientOrderId": "c-1"})
    assert spot.cancel_order(None, BTC, {"origClientOrderId": "c-1"})["status"] == "canceled"
    assert simulator.account()["spot"]["BTC"] == {"free": "10", "locked": "0"}
    assert spot.fetch_order(None, BTC, {"clientOrderId": "c-1"})["status"] == "canceled"


def test_cancel_order_when_by_exchange_id_then_canceled(spot: Any) -> None:
    order = spot.create_order(BTC, "limit", "sell", "1", "60000")
    assert spot.cancel_order(order["id"], BTC)["status"] == "canceled"


def test_cancel_order_when_already_done_then_order_not_found(spot: Any) -> None:
    order = spot.create_order(BTC, "market", "buy", "0.1")
    with pytest.raises(ccxt.OrderNotFound, match="-2011"):
        spot.cancel_order(order["id"], BTC)


def test_cancel_all_orders_when_several_open_then_only_that_symbol_is_cancelled(
    spot: Any, simulator: Simulator
) -> None:
    for price in ("60000", "61000"):
        spot.create_order(BTC, "limit", "sell", "1", price)
    spot.create_order("ETH/USDT", "limit", "buy", "1", "3000")
    assert [order["status"] for order in spot.cancel_all_orders(BTC)] == ["canceled", "canceled"]
    assert [order["symbol"] for order in simulator.orders(open=True)] == ["ETHUSDT"]


def test_cancel_all_orders_when_none_open_then_order_not_found(spot: Any) -> None:
    with pytest.raises(ccxt.OrderNotFound, match="-2011"):
        spot.cancel_all_orders(BTC)


def test_fetch_order_when_unknown_then_order_not_found(spot: Any) -> None:
    with pytest.raises(ccxt.OrderNotFound, match="-2013"):
        spot.fetch_order(None, BTC, {"clientOrderId": "never-sent"})


def test_fetch_open_and_closed_orders_when_mixed_then_each_in_its_list(spot: Any) -> None:
    filled = spot.create_order(BTC, "market", "buy", "0.1")
    resting = spot.create_order(BTC, "limit", "buy", "0.1", "40000")
    spot.options["fetchOpenOrders"]["warnWithoutSymbol"] = False
    assert [order["id"] for order in spot.fetch_open_orders()] == [resting["id"]]
    assert [order["id"] for order in spot.fetch_open_orders(BTC)] == [resting["id"]]
    assert spot.fetch_open_orders("ETH/USDT") == []
    assert [order["id"] for order in spot.fetch_closed_orders(BTC)] == [filled["id"]]


def test_fetch_my_trades_when_since_given_then_only_later_ones(spot: Any, simulator: Simulator) -> None:
    spot.load_markets()
    spot.create_order(BTC, "market", "buy", "0.1")
    simulator.control.post("clock", advance_seconds=60)
    spot.load_time_difference()
    since = spot.fetch_time()
    second = spot.create_order(BTC, "market", "sell", "0.2")
    trades = spot.fetch_my_trades(BTC, since)
    assert [(trade["order"], trade["side"], trade["amount"]) for trade in trades] == [
        (second["id"], "sell", "0.20000000")
    ]
    assert trades[0]["fee"] == {"cost": "9.99900000", "currency": "USDT"}
    assert len(spot.fetch_my_trades(BTC)) == 2


def test_duplicate_client_order_id_when_first_is_open_then_rejected(spot: Any, simulator: Simulator) -> None:
    spot.create_order(BTC, "limit", "buy", "0.1", "40000", {"newClientOrderId": "dup"})
    with pytest.raises(ccxt.InvalidOrder, match=r"-2010.*Duplicate order sent"):
        spot.create_order(BTC, "limit", "buy", "0.1", "40000", {"newClientOrderId": "dup"})
    assert len(simulator.orders(client_order_id="dup")) == 1


def test_duplicate_client_order_id_when_first_is_filled_then_accepted_again_as_on_binance(
    spot: Any, simulator: Simulator
) -> None:
    for _ in range(2):
        spot.create_order(BTC, "market", "buy", "0.1", None, {"newClientOrderId": "dup"})
    first, second = simulator.orders(client_order_id="dup")
    assert (first["status"], second["status"]) == ("FILLED", "FILLED")
    found = spot.fetch_order(None, BTC, {"clientOrderId": "dup"})
    assert found["id"] == str(second["order_id"])


def test_insufficient_balance_when_buying_too_much_then_rejected(spot: Any, simulator: Simulator) -> None:
    with pytest.raises(ccxt.InsufficientFunds):
        spot.create_order(BTC, "limit", "buy", "30", "40000")
    with pytest.raises(ccxt.InsufficientFunds):
        spot.create_order(BTC, "market", "sell", "10.00001")
    assert simulator.orders() == []
