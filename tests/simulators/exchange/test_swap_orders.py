"""USD-M futures orders through unmodified ccxt."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.support.venue import Simulator

BTC = "BTC/USDT:USDT"
BEST_ASK, BEST_BID = Decimal(50005), Decimal(49995)


def test_market_order_when_sent_then_filled_and_position_opened(swap: Any, simulator: Simulator) -> None:
    order = swap.create_order(BTC, "market", "buy", "0.1")
    assert (order["status"], order["filled"], Decimal(order["average"])) == ("closed", "0.100", BEST_ASK)
    assert Decimal(order["cost"]) == Decimal("5000.5")
    position = swap.fetch_positions([BTC])[0]
    assert (position["side"], Decimal(position["contracts"]), Decimal(position["entryPrice"])) == (
        "long",
        Decimal("0.1"),
        BEST_ASK,
    )
    # Marked at the path's price of 50,000.
    assert Decimal(position["unrealizedPnl"]) == Decimal("-0.5")
    # Taker fee 0.05 % of 5000.5.
    assert simulator.account()["swap"]["USDT"] == "999997.49975"


def test_market_order_when_reversing_then_realizes_profit_and_flips(swap: Any, simulator: Simulator) -> None:
    swap.create_order(BTC, "market", "buy", "0.1")
    simulator.control.post("price", symbol="BTCUSDT", market="swap", price="60000")
    swap.create_order(BTC, "market", "sell", "0.3")
    trade = swap.fetch_my_trades(BTC)[-1]
    # 0.1 closed at the best bid of 59,994 against an entry of 50,005.
    assert Decimal(trade["info"]["realizedPnl"]) == Decimal("998.9")
    position = swap.fetch_positions()[0]
    assert (position["side"], Decimal(position["contracts"]), Decimal(position["entryPrice"])) == (
        "short",
        Decimal("0.2"),
        Decimal(59994),
    )


def test_balance_when_position_and_order_open_then_margin_is_used(swap: Any) -> None:
    swap.set_leverage(10, BTC)
    swap.create_order(BTC, "market", "buy", "0.1")
    swap.create_order(BTC, "limit", "buy", "0.2", "40000")
    balance = swap.fetch_balance()
    asset = balance["info"]["assets"][0]
    # Position 5,000 / 10, order 8,000 / 10.
    assert (asset["positionInitialMargin"], asset["openOrderInitialMargin"]) == ("500.00000000", "800.00000000")
    assert Decimal(balance["USDT"]["used"]) == 1300
    assert Decimal(asset["availableBalance"]) == Decimal(asset["marginBalance"]) - 1300
    assert Decimal(balance["USDT"]["total"]) == Decimal(asset["walletBalance"]) + Decimal("-0.5")


def test_limit_order_when_resting_then_round_trips_by_client_order_id(swap: Any, simulator: Simulator) -> None:
    swap.create_order(BTC, "limit", "sell", "0.010", "51000.5", {"newClientOrderId": "rest:1/a"})
    order = swap.fetch_order(None, BTC, {"clientOrderId": "rest:1/a"})
    assert (order["status"], order["price"], order["amount"], order["reduceOnly"]) == (
        "open",
        "51000.50",
        "0.010",
        False,
    )
    assert [item["id"] for item in swap.fetch_open_orders(BTC)] == [order["id"]]
    assert swap.cancel_order(None, BTC, {"origClientOrderId": "rest:1/a"})["status"] == "canceled"
    assert swap.fetch_open_orders(BTC) == []
    assert simulator.orders()[0]["status"] == "CANCELED"


@pytest.mark.parametrize(
    ("tif", "amount", "status", "filled"),
    [("IOC", "1", "expired", "0.499"), ("FOK", "0.4", "closed", "0.4"), ("GTC", "0.4", "closed", "0.4")],
)
def test_time_in_force_when_limit_at_best_ask_then_as_named(
    swap: Any, tif: str, amount: str, status: str, filled: str
) -> None:
    order = swap.create_order(BTC, "limit", "buy", amount, "50005", {"timeInForce": tif})
    assert (order["status"], Decimal(order["filled"])) == (status, Decimal(filled))


def test_fill_or_kill_when_depth_is_short_then_rejected_without_trace(native_swap: Any, simulator: Simulator) -> None:
    with pytest.raises(ccxt.OrderNotFillable):
        native_swap.create_order(BTC, "limit", "buy", "1", "50005", {"timeInForce": "FOK"})
    assert simulator.orders() == []


def test_post_only_when_crossing_then_rejected_without_trace(native_swap: Any, simulator: Simulator) -> None:
    with pytest.raises(ccxt.OrderNotFillable):
        native_swap.create_order(BTC, "limit", "buy", "0.1", "50005", {"postOnly": True})
    assert simulator.orders() == []


def test_post_only_when_passive_then_rests(swap: Any) -> None:
    order = swap.create_order(BTC, "limit", "buy", "0.1", "49990", {"postOnly": True})
    assert (order["status"], order["timeInForce"], order["postOnly"]) == ("open", "PO", True)


def test_reduce_only_when_flat_or_same_side_then_rejected(native_swap: Any, simulator: Simulator) -> None:
    with pytest.raises(ccxt.InvalidOrder):
        native_swap.create_order(BTC, "market", "sell", "0.1", None, {"reduceOnly": True})
    native_swap.create_order(BTC, "market", "sell", "0.1")
    with pytest.raises(ccxt.InvalidOrder):
        native_swap.create_order(BTC, "market", "sell", "0.1", None, {"reduceOnly": True})
    assert len(simulator.orders()) == 1


def test_reduce_only_when_larger_than_position_then_stops_at_zero(swap: Any, simulator: Simulator) -> None:
    swap.create_order(BTC, "market", "buy", "0.1")
    order = swap.create_order(BTC, "market", "sell", "0.4", None, {"reduceOnly": True})
    assert (order["status"], order["filled"]) == ("expired", "0.100")
    assert simulator.account()["positions"] == {}
    assert swap.fetch_positions() == []


def test_reduce_only_when_resting_and_position_closes_then_expires(swap: Any) -> None:
    swap.create_order(BTC, "market", "buy", "0.1")
    swap.create_order(BTC, "limit", "sell", "0.1", "52000", {"reduceOnly": True, "newClientOrderId": "tp"})
    swap.create_order(BTC, "market", "sell", "0.1")
    assert swap.fetch_order(None, BTC, {"clientOrderId": "tp"})["status"] == "expired"


def test_cancel_all_orders_when_open_or_not_then_succeeds(swap: Any, simulator: Simulator) -> None:
    for price in ("40000", "41000"):
        swap.create_order(BTC, "limit", "buy", "0.1", price)
    swap.cancel_all_orders(BTC)
    swap.cancel_all_orders(BTC)
    assert [order["status"] for order in simulator.orders()] == ["CANCELED", "CANCELED"]


def test_fetch_closed_orders_and_trades_when_filled_then_listed(swap: Any) -> None:
    since = swap.fetch_time()
    order = swap.create_order(BTC, "market", "buy", "0.1")
    swap.create_order(BTC, "limit", "buy", "0.1", "40000")
    assert [item["id"] for item in swap.fetch_closed_orders(BTC, since)] == [order["id"]]
    trades = swap.fetch_my_trades(BTC, since)
    assert [(trade["order"], trade["price"], trade["amount"], trade["takerOrMaker"]) for trade in trades] == [
        (order["id"], "50005.00", "0.100", "taker")
    ]
    assert trades[0]["fee"] == {"cost": "2.50025000", "currency": "USDT"}


def test_duplicate_client_order_id_when_open_then_rejected_under_both_urls(
    swap: Any, native_swap: Any, simulator: Simulator
) -> None:
    swap.create_order(BTC, "limit", "buy", "0.1", "40000", {"newClientOrderId": "dup"})
    # Under Binance's URLs ccxt knows the futures' own codes; under others it does not.
    with pytest.raises(ccxt.InvalidOrder, match="-4116"):
        native_swap.create_order(BTC, "limit", "buy", "0.1", "40000", {"newClientOrderId": "dup"})
    with pytest.raises(ccxt.ExchangeError, match="-4116"):
        swap.create_order(BTC, "limit", "buy", "0.1", "40000", {"newClientOrderId": "dup"})
    assert len(simulator.orders()) == 1


@pytest.mark.parametrize("client_order_id", ["a" * 37, "blank here", "emoji☃"])
def test_client_order_id_when_out_of_range_then_rejected(swap: Any, client_order_id: str) -> None:
    with pytest.raises(ccxt.BadRequest, match="-4015"):
        swap.create_order(BTC, "limit", "buy", "0.1", "40000", {"newClientOrderId": client_order_id})


def test_margin_when_insufficient_then_rejected_but_reducing_passes(native_swap: Any, simulator: Simulator) -> None:
    simulator.control.post("accounts", account="alice", balances={"swap": {"USDT": "1000"}})
    native_swap.create_order(BTC, "market", "buy", "0.3")
    with pytest.raises(ccxt.InsufficientFunds, match="-2019"):
        native_swap.create_order(BTC, "market", "buy", "0.3")
    simulator.control.post("price", symbol="BTCUSDT", market="swap", price="49000")
    assert native_swap.create_order(BTC, "market", "sell", "0.3")["status"] == "closed"


def test_edit_order_when_resting_then_amended_in_place(swap: Any) -> None:
    order = swap.create_order(BTC, "limit", "buy", "0.1", "40000", {"newClientOrderId": "v1"})
    edited = swap.edit_order(order["id"], BTC, "limit", "buy", "0.2", "41000")
    assert (edited["id"], edited["amount"], edited["price"]) == (order["id"], "0.200", "41000.00")
    with pytest.raises(ccxt.OrderNotFound):
        swap.edit_order("999", BTC, "limit", "buy", "0.2", "41000")


def test_edit_order_when_refused_then_old_terms_stay(native_swap: Any, simulator: Simulator) -> None:
    order = native_swap.create_order(BTC, "limit", "buy", "0.1", "40000", {"postOnly": True})
    for amount, price, error in (
        ("90000", "40000", ccxt.InsufficientFunds),
        ("0.1", "50005", ccxt.OrderNotFillable),
        ("0.1", "40000", ccxt.ExchangeError),
    ):
        with pytest.raises(error):
            native_swap.edit_order(order["id"], BTC, "limit", "buy", amount, price)
    kept = native_swap.fetch_order(order["id"], BTC)
    assert (kept["status"], kept["amount"], kept["price"]) == ("open", "0.100", "40000.00")
    simulator.control.post("price", symbol="BTCUSDT", market="swap", price="39000")
    assert native_swap.fetch_order(order["id"], BTC)["status"] == "closed"


def test_good_till_date_when_reached_then_expires(swap: Any, simulator: Simulator) -> None:
    swap.load_markets()
    good_till = swap.fetch_time() + 700_000
    swap.create_order(
        BTC,
        "limit",
        "buy",
        "0.1",
        "40000",
        {"timeInForce": "GTD", "goodTillDate": good_till, "newClientOrderId": "gtd"},
    )
    simulator.control.post("clock", advance_seconds=701)
    swap.load_time_difference()
    assert swap.fetch_order(None, BTC, {"clientOrderId": "gtd"})["status"] == "expired"


def test_order_when_ended_unfilled_days_ago_then_forgotten_by_queries(swap: Any, simulator: Simulator) -> None:
    swap.load_markets()
    swap.create_order(BTC, "limit", "buy", "0.1", "40000", {"newClientOrderId": "old"})
    swap.cancel_order(None, BTC, {"origClientOrderId": "old"})
    simulator.control.post("clock", advance_seconds=3 * 86_400 + 60)
    swap.load_time_difference()
    with pytest.raises(ccxt.OrderNotFound, match="-2013"):
        swap.fetch_order(None, BTC, {"clientOrderId": "old"})
    assert len(simulator.orders(client_order_id="old")) == 1


def test_liquidation_when_margin_is_exhausted_then_positions_are_closed_by_the_venue(
    swap: Any, simulator: Simulator
) -> None:
    simulator.control.post("accounts", account="alice", balances={"swap": {"USDT": "600"}})
    swap.create_order(BTC, "market", "buy", "0.2")
    # Within the price band of the market; it ends with the position.
    swap.create_order(BTC, "limit", "sell", "0.2", "52000", {"reduceOnly": True, "newClientOrderId": "tp"})
    liquidation = Decimal(swap.fetch_positions()[0]["info"]["liquidationPrice"])
    # 600 - 5.0005 fee covers 0.2 x (entry - P) + 0.4 % of the position's value.
    assert liquidation == pytest.approx(Decimal("47218.9"), abs=Decimal(1))
    simulator.control.post(
        "price", symbol="BTCUSDT", market="swap", price=str(liquidation.quantize(Decimal("0.1")) + 1)
    )
    assert simulator.account()["positions"] != {}
    simulator.control.post(
        "price", symbol="BTCUSDT", market="swap", price=str(liquidation.quantize(Decimal("0.1")) - 1)
    )
    assert simulator.account()["positions"] == {}
    closing = simulator.orders(source="liquidation")
    assert len(closing) == 1
    assert str(closing[0]["client_order_id"]).startswith("autoclose-")
    assert swap.fetch_order(None, BTC, {"clientOrderId": "tp"})["status"] == "expired"


def test_positions_when_account_method_used_then_same_figures(swap: Any) -> None:
    swap.create_order(BTC, "market", "sell", "0.1")
    risk = swap.fetch_positions([BTC])[0]
    account = swap.fetch_positions([BTC], {"method": "account"})[0]
    assert (account["side"], account["contracts"]) == ("short", risk["contracts"])
    assert account["unrealizedPnl"] == risk["unrealizedPnl"]
    assert Decimal(account["info"]["leverage"]) == 20


def test_account_settings_when_read_or_set_then_as_binance(swap: Any, native_swap: Any) -> None:
    assert swap.set_leverage(5, BTC)["leverage"] == 5
    assert swap.fetch_leverages([BTC])[BTC]["longLeverage"] == 5
    with pytest.raises(ccxt.BadRequest, match="-4028"):
        swap.fapiPrivatePostLeverage({"symbol": "BTCUSDT", "leverage": 126})
    with pytest.raises(ccxt.MarginModeAlreadySet):
        swap.set_margin_mode("cross", BTC)
    assert swap.fetch_position_mode(BTC)["hedged"] is False
    fee = swap.fetch_trading_fee(BTC)
    assert (fee["maker"], fee["taker"]) == ("0.0002", "0.0005")
    native_swap.create_order(BTC, "market", "buy", "10")
    native_swap.fapiPrivatePostLeverage({"symbol": "BTCUSDT", "leverage": 1})
    with pytest.raises(ccxt.OperationRejected, match="-4061"):
        swap.create_order(BTC, "market", "buy", "0.1", None, {"positionSide": "LONG"})
