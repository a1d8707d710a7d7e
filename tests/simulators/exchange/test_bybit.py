"""Bybit's protocol, driven by unmodified ccxt: one wallet, categories, pages, both position modes, errors."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from infra.simulators.exchange.bybit.limits import SecondLimiter
from infra.simulators.exchange.clock import wall_ms
from infra.simulators.exchange.errors import VenueError
from tests.support.venue import ACCOUNT, Simulator, running_bybit

SPOT, SWAP, USDC_SWAP = "BTC/USDT", "BTC/USDT:USDT", "BTC/USDC:USDC"
BOTH = [SPOT, SWAP]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with running_bybit() as built:
        yield built


@pytest.fixture
def bybit(simulator: Simulator) -> Any:
    return simulator.ccxt("bybit")


def place(bybit: Any, symbol: str = SWAP, kind: str = "limit", side: str = "buy", **more: Any) -> Any:
    quantity, price = more.pop("quantity", "0.1"), more.pop("price", "49000" if kind == "limit" else None)
    return bybit.create_order(symbol, kind, side, quantity, price, more)


def opened(bybit: Any, symbol: str = SWAP, **more: Any) -> list[Any]:
    return list(bybit.fetch_open_orders(symbol, None, 50, more))


def ended(bybit: Any, symbol: str, order_id: str) -> Any:
    [found] = [row for row in bybit.fetch_canceled_and_closed_orders(symbol, None, 50) if row["id"] == order_id]
    return found


def coin(bybit: Any, name: str = "USDT") -> dict[str, Decimal]:
    [account] = bybit.fetch_balance()["info"]["result"]["list"]
    row = next(row for row in account["coin"] if row["coin"] == name)
    return {key: Decimal(row[key]) for key in ("walletBalance", "equity", "unrealisedPnl", "locked", "totalPositionIM")}


def whole(bybit: Any) -> dict[str, str]:
    [account] = bybit.fetch_balance()["info"]["result"]["list"]
    return dict(account)


# --- market data


def test_markets_when_listed_then_spot_and_contracts_settled_in_two_coins(bybit: Any) -> None:
    markets = bybit.load_markets()
    assert {SPOT, SWAP, USDC_SWAP, "BTC/USDC", "ETH/USDC:USDC"} <= markets.keys()
    assert (markets[USDC_SWAP]["id"], markets[USDC_SWAP]["settle"]) == ("BTCPERP", "USDC")
    assert (markets[SWAP]["limits"]["cost"]["min"], markets[SWAP]["precision"]["amount"]) == ("5", "0.001")


@pytest.mark.parametrize("symbol", BOTH)
def test_prices_when_asked_for_then_of_the_book(bybit: Any, symbol: str) -> None:
    ticker = bybit.fetch_ticker(symbol)
    book = bybit.fetch_order_book(symbol, 10)
    assert (ticker["bid"], ticker["ask"], ticker["last"]) == (
        bybit.number_to_string(book["bids"][0][0]),
        bybit.number_to_string(book["asks"][0][0]),
        "50000",
    )
    assert len(book["bids"]) == len(book["asks"]) == 10
    candles = bybit.fetch_ohlcv(symbol, "1d", None, 5)
    assert [row[4] for row in candles] == ["50000"] * 5
    assert [row[0] for row in candles] == sorted(row[0] for row in candles)


def test_funding_when_paid_then_rate_and_payment_are_told(simulator: Simulator, bybit: Any) -> None:
    place(bybit, kind="market")
    simulator.control.post("funding-rate", symbol="BTCUSDT", rate="0.0002")
    simulator.control.post("funding", symbol="BTCUSDT", rate="0.0001")

    assert bybit.fetch_funding_rates([SWAP])[SWAP]["fundingRate"] == "0.0002"
    assert [row["fundingRate"] for row in bybit.fetch_funding_rate_history(SWAP)] == ["0.0001"]
    # Bybit: the fee of a payment that was made is above zero.
    assert [(row["symbol"], row["amount"]) for row in bybit.fetch_funding_history(SWAP)] == [(SWAP, "0.5")]


# --- the wallet


def test_wallet_when_a_swap_has_lost_then_equity_has_it_and_the_balance_not(simulator: Simulator, bybit: Any) -> None:
    before = coin(bybit)["walletBalance"]
    place(bybit, kind="market", quantity="1")
    simulator.control.post("price", symbol="BTCUSDT", market="swap", price="49000")

    now, account = coin(bybit), whole(bybit)

    fee = sum((Decimal(trade["fee"]) for trade in simulator.trades(account=ACCOUNT)), Decimal(0))
    entry = Decimal(simulator.account()["positions"]["BTCUSDT"]["entry_cost"])
    assert now["walletBalance"] == before - fee
    assert now["unrealisedPnl"] == 49000 - entry
    assert now["equity"] == now["walletBalance"] + now["unrealisedPnl"]
    assert Decimal(account["totalEquity"]) == now["equity"] + 10 * 50000
    assert Decimal(account["totalPerpUPL"]) == now["unrealisedPnl"]
    # A coin that is no dollar counts in part as margin.
    assert Decimal(account["totalMarginBalance"]) == now["equity"] + 10 * 50000 * Decimal("0.95")
    assert Decimal(account["totalInitialMargin"]) == Decimal(49000) / 20 == now["totalPositionIM"]


def test_wallet_when_spot_and_swap_trade_then_it_is_one(simulator: Simulator, bybit: Any) -> None:
    place(bybit, SPOT, "market", "sell", quantity="2")
    place(bybit, USDC_SWAP, "market", quantity="0.5")

    assert coin(bybit, "BTC")["walletBalance"] == 8
    # Nothing was paid in of USDC: the fee is owed, the rest of the wallet is margin.
    usdc = coin(bybit, "USDC")
    assert usdc["walletBalance"] < 0 < usdc["totalPositionIM"]
    assert coin(bybit)["walletBalance"] > 1_099_000
    assert simulator.account()["swap"] == {}


def test_spot_order_when_swaps_need_the_money_then_refused(simulator: Simulator, bybit: Any) -> None:
    simulator.control.post("accounts", account=ACCOUNT, balances={"spot": {"USDT": "10000", "BTC": "0"}})
    place(bybit, kind="market", quantity="3")

    with pytest.raises(ccxt.InsufficientFunds, match="170131"):
        place(bybit, SPOT, quantity="0.1", price="49000")
    assert place(bybit, SPOT, quantity="0.01", price="49000")["id"]
    assert coin(bybit)["locked"] == 490


# --- orders


@pytest.mark.parametrize("symbol", BOTH)
def test_order_when_it_rests_then_listed_locked_amended_and_cancelled(bybit: Any, symbol: str) -> None:
    answer = place(bybit, symbol, clientOrderId="rests")
    assert (answer["clientOrderId"], answer["status"], answer["amount"]) == ("rests", None, None)

    [order] = opened(bybit, symbol)
    assert (order["id"], order["status"], order["amount"], order["price"]) == (answer["id"], "open", "0.1", "49000")
    assert coin(bybit)["locked"] == (4900 if symbol == SPOT else 0)

    bybit.edit_order(answer["id"], symbol, "limit", "buy", "0.2", "48000")
    [order] = opened(bybit, symbol)
    assert (order["id"], order["amount"], order["price"]) == (answer["id"], "0.2", "48000")
    assert coin(bybit)["locked"] == (9600 if symbol == SPOT else 0)
    with pytest.raises(ccxt.BadRequest, match="remains unchanged"):
        bybit.edit_order(answer["id"], symbol, "limit", "buy", "0.2", "48000")

    bybit.cancel_order(answer["id"], symbol)
    assert opened(bybit, symbol) == []
    assert coin(bybit)["locked"] == 0
    assert ended(bybit, symbol, answer["id"])["status"] == "canceled"
    with pytest.raises(ccxt.OrderNotFound):
        bybit.cancel_order(answer["id"], symbol)


@pytest.mark.parametrize("symbol", BOTH)
def test_order_when_at_market_then_filled_with_fee_and_execution(bybit: Any, symbol: str) -> None:
    order_id = place(bybit, symbol, "market", clientOrderId="fills")["id"]

    order = ended(bybit, symbol, order_id)
    [trade] = bybit.fetch_my_trades(symbol)

    assert (order["status"], order["filled"], order["type"]) == ("closed", "0.1", "market")
    assert (trade["order"], trade["amount"], trade["takerOrMaker"]) == (order_id, "0.1", "taker")
    assert trade["fee"]["currency"] == ("BTC" if symbol == SPOT else "USDT")
    assert order["average"] == trade["price"]
    assert bybit.fetch_order_trades(order_id, symbol) == [trade]


def test_spot_market_buy_when_by_amount_of_quote_then_spent(bybit: Any) -> None:
    order_id = bybit.create_market_buy_order_with_cost(SPOT, "5000")["id"]
    order = ended(bybit, SPOT, order_id)
    assert order["status"] == "closed"
    assert 4990 < Decimal(order["cost"]) <= 5000


@pytest.mark.parametrize("symbol", BOTH)
@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"postOnly": True, "price": "50100"}, "EC_PostOnlyWillTakeLiquidity"),
        ({"timeInForce": "FOK", "price": "50010", "quantity": "9"}, "EC_NoImmediateQtyToFill"),
        ({"timeInForce": "IOC", "price": "49000"}, "EC_NoImmediateQtyToFill"),
    ],
)
def test_order_when_it_cannot_do_as_it_asks_then_accepted_and_ended(
    bybit: Any, symbol: str, more: dict[str, Any], reason: str
) -> None:
    order_id = place(bybit, symbol, **more)["id"]
    order = ended(bybit, symbol, order_id)
    assert (order["status"], order["filled"], order["info"]["rejectReason"]) == ("canceled", "0", reason)


@pytest.mark.parametrize("symbol", BOTH)
def test_stop_when_its_price_is_reached_then_filled_under_the_same_id(
    simulator: Simulator, bybit: Any, symbol: str
) -> None:
    direction = {} if symbol == SPOT else {"triggerDirection": "descending", "reduceOnly": True}
    if symbol == SWAP:
        place(bybit, kind="market")
    order_id = place(bybit, symbol, "market", "sell", triggerPrice="48000", **direction)["id"]

    [waiting] = opened(bybit, symbol, trigger=True)
    assert (waiting["id"], waiting["info"]["orderStatus"], waiting["triggerPrice"]) == (
        order_id,
        "Untriggered",
        "48000",
    )
    assert opened(bybit, symbol, orderFilter="Order") == []
    assert coin(bybit, "BTC")["locked"] == 0
    simulator.control.post("price", symbol="BTCUSDT", price="47900")

    order = ended(bybit, symbol, order_id)
    assert (order["status"], order["filled"], order["triggerPrice"]) == ("closed", "0.1", "48000")


def test_stop_when_the_price_is_there_already_or_no_side_is_told_then_refused(bybit: Any) -> None:
    with pytest.raises(ccxt.InvalidOrder, match="110093"):
        place(bybit, kind="market", side="sell", triggerPrice="51000", triggerDirection="descending")
    with pytest.raises(ccxt.InvalidOrder, match="110092"):
        place(bybit, kind="market", triggerPrice="49000", triggerDirection="ascending")
    with pytest.raises(ccxt.ArgumentsRequired):
        place(bybit, kind="market", triggerPrice="51000")


def test_stop_when_cancelled_or_unpaid_then_deactivated_or_rejected(simulator: Simulator, bybit: Any) -> None:
    gone = place(bybit, SPOT, "market", "sell", triggerPrice="48000")["id"]
    bybit.cancel_order(gone, SPOT, {"trigger": True})
    poor = place(bybit, SPOT, "market", "sell", quantity="11", triggerPrice="48000")["id"]
    simulator.control.post("price", symbol="BTCUSDT", price="47900")

    assert ended(bybit, SPOT, gone)["info"]["orderStatus"] == "Deactivated"
    assert ended(bybit, SPOT, poor)["status"] == "rejected"


# --- lists


def test_open_orders_when_many_then_pages_of_twenty_and_of_fifty_at_most(bybit: Any) -> None:
    for number in range(55):
        place(bybit, quantity="0.001", price=str(48000 + number), clientOrderId=f"o{number}")

    assert len(bybit.fetch_open_orders(SWAP)) == 20
    with pytest.raises(ccxt.BadRequest, match="limit"):
        bybit.fetch_open_orders(SWAP, None, 51)
    pages, cursor = [], None
    while True:
        page = bybit.fetch_open_orders(SWAP, None, 50, {} if cursor is None else {"cursor": cursor})
        pages.append(len(page))
        if not page:
            break
        cursor = next(row["info"]["nextPageCursor"] for row in page if row["info"].get("nextPageCursor"))
    assert pages == [50, 5, 0]
    # The newest come first: the oldest are on no first page, and are found by their ids.
    [found] = bybit.fetch_open_orders(SWAP, None, None, {"orderLinkId": "o0"})
    assert found["price"] == "48000"
    assert bybit.fetch_order(found["id"], SWAP, {"acknowledged": True})["clientOrderId"] == "o0"
    bybit.cancel_all_orders(SWAP)
    assert bybit.fetch_open_orders(SWAP) == []


def test_lists_when_no_settle_coin_is_named_then_refused_and_each_has_its_own(bybit: Any) -> None:
    place(bybit)
    place(bybit, USDC_SWAP)
    with pytest.raises(ccxt.BadRequest, match="settleCoin"):
        bybit.private_get_v5_order_realtime({"category": "linear"})
    assert [row["symbol"] for row in bybit.fetch_open_orders()] == [SWAP]
    assert [row["symbol"] for row in bybit.fetch_open_orders(params={"settleCoin": "USDC"})] == [USDC_SWAP]
    bybit.cancel_all_orders()
    assert [row["symbol"] for row in bybit.fetch_open_orders(params={"settleCoin": "USDC"})] == [USDC_SWAP]


def test_history_when_the_period_is_too_long_then_refused_and_unfilled_orders_are_forgotten_after_a_day(
    simulator: Simulator, bybit: Any
) -> None:
    filled, cancelled = place(bybit, kind="market")["id"], place(bybit)["id"]
    bybit.cancel_order(cancelled, SWAP)
    week = 7 * 86_400_000
    with pytest.raises(ccxt.BadRequest, match="7 days"):
        bybit.fetch_canceled_and_closed_orders(SWAP, 1, None, {"until": 2 + week})
    assert len(bybit.fetch_canceled_and_closed_orders(SWAP)) == 2
    simulator.control.post("clock", advance_seconds=90_000)
    bybit.load_time_difference()
    assert [row["id"] for row in bybit.fetch_canceled_and_closed_orders(SWAP)] == [filled]
    assert bybit.fetch_order(cancelled, SWAP, {"acknowledged": True})["status"] == "canceled"


def test_order_when_accepted_then_listed_only_later(simulator: Simulator, bybit: Any) -> None:
    simulator.control.post("listing", lag_ms=60_000)
    order_id = place(bybit, kind="market", clientOrderId="late")["id"]

    assert bybit.fetch_open_orders(SWAP, params={"orderLinkId": "late"}) == []
    assert bybit.fetch_canceled_and_closed_orders(SWAP) == bybit.fetch_my_trades(SWAP) == []
    with pytest.raises(ccxt.InvalidOrder, match="110072"):
        place(bybit, kind="market", clientOrderId="late")
    assert len(simulator.orders()) == 1

    simulator.control.post("clock", advance_seconds=61)
    bybit.load_time_difference()
    assert ended(bybit, SWAP, order_id)["status"] == "closed"
    assert len(bybit.fetch_my_trades(SWAP)) == 1


# --- positions


def test_positions_when_one_way_then_one_a_contract_and_a_sell_turns_it(bybit: Any) -> None:
    place(bybit, kind="market")
    place(bybit, USDC_SWAP, "market", "sell", quantity="0.2")
    place(bybit, kind="market", side="sell", quantity="0.3")

    [usdt], [usdc] = bybit.fetch_positions(), bybit.fetch_positions(params={"settleCoin": "USDC"})
    assert (usdt["symbol"], usdt["side"], usdt["contracts"], usdt["hedged"]) == (SWAP, "short", "0.2", False)
    assert (usdc["symbol"], usdc["side"], usdc["contracts"]) == (USDC_SWAP, "short", "0.2")
    [flat] = bybit.fetch_positions(["ETH/USDT:USDT"])
    assert (flat["contracts"], flat["side"]) == ("0", None)


def test_positions_when_in_hedge_mode_then_two_legs_that_do_not_meet(bybit: Any) -> None:
    with pytest.raises(ccxt.BadRequest, match="position idx"):
        place(bybit, kind="market", hedged=True)
    bybit.set_position_mode(True, SWAP)
    with pytest.raises(ccxt.NoChange):
        bybit.set_position_mode(True, SWAP)
    with pytest.raises(ccxt.BadRequest, match="position idx"):
        place(bybit, kind="market")

    place(bybit, kind="market", hedged=True, quantity="0.5")
    place(bybit, kind="market", side="sell", hedged=True, quantity="0.2")
    legs = {row["side"]: row["contracts"] for row in bybit.fetch_positions([SWAP])}
    assert legs == {"long": "0.5", "short": "0.2"}

    # A closing order takes no more than its leg holds, and opens nothing.
    place(bybit, kind="market", side="sell", hedged=True, reduceOnly=True, quantity="0.8")
    assert {row["side"]: row["contracts"] for row in bybit.fetch_positions([SWAP])} == {"long": "0", "short": "0.2"}
    with pytest.raises(ccxt.InvalidOrder, match="110017"):
        place(bybit, kind="market", side="sell", hedged=True, reduceOnly=True, quantity="0.1")
    with pytest.raises(ccxt.BadRequest, match="110024"):
        bybit.set_position_mode(False, SWAP)
    # Another contract has a mode of its own.
    place(bybit, "ETH/USDT:USDT", "market")
    with pytest.raises(ccxt.BadRequest, match="110024"):
        bybit.private_post_v5_position_switch_mode({"category": "linear", "coin": "USDT", "mode": 3})


def test_leverage_when_set_then_told_and_margin_follows(bybit: Any) -> None:
    place(bybit, kind="market", quantity="1")
    bybit.set_leverage(10, SWAP)
    [position] = bybit.fetch_positions([SWAP])
    assert (position["leverage"], position["initialMargin"]) == ("10", "5000")
    with pytest.raises(ccxt.BadRequest, match="110043"):
        bybit.set_leverage(10, SWAP)
    with pytest.raises(ccxt.BadRequest, match="110013"):
        bybit.set_leverage(500, SWAP)


def test_position_when_margin_is_gone_then_liquidated_apart_from_trades(simulator: Simulator, bybit: Any) -> None:
    simulator.control.post("accounts", account=ACCOUNT, balances={"spot": {"USDT": "3000", "BTC": "0"}})
    place(bybit, kind="market", quantity="1")
    simulator.control.post("price", symbol="BTCUSDT", price="47000")

    assert bybit.fetch_positions() == []
    assert {trade["side"] for trade in bybit.fetch_my_trades(SWAP)} == {"buy"}
    busted = bybit.fetch_my_trades(SWAP, params={"execType": "BustTrade"})
    assert {trade["side"] for trade in busted} == {"sell"}
    assert sum(Decimal(trade["amount"]) for trade in busted) == 1


# --- errors


def test_client_id_when_used_before_then_never_again(bybit: Any) -> None:
    for symbol, code in ((SPOT, "170141"), (SWAP, "110072")):
        place(bybit, symbol, "market", clientOrderId="once")
        with pytest.raises(ccxt.InvalidOrder, match=code):
            place(bybit, symbol, "market", clientOrderId="once")
    with pytest.raises(ccxt.BadRequest, match="orderLinkId"):
        place(bybit, clientOrderId="x" * 37)


@pytest.mark.parametrize(
    ("symbol", "more", "error", "code"),
    [
        (SPOT, {"quantity": "500"}, ccxt.InsufficientFunds, "170131"),
        (SWAP, {"quantity": "900"}, ccxt.InsufficientFunds, "110007"),
        (SPOT, {"quantity": "0.00001", "price": "40000"}, ccxt.InvalidOrder, "170140"),
        (SWAP, {"quantity": "0.001", "price": "4000", "side": "buy"}, ccxt.InvalidOrder, "110094"),
        (SWAP, {"price": "60000"}, ccxt.InvalidOrder, "110003"),
        (SWAP, {"reduceOnly": True}, ccxt.InvalidOrder, "110017"),
    ],
)
def test_order_when_refused_then_with_the_documented_code(
    simulator: Simulator, bybit: Any, symbol: str, more: dict[str, Any], error: type[Exception], code: str
) -> None:
    with pytest.raises(error, match=code):
        place(bybit, symbol, **more)
    assert simulator.orders() == []


@pytest.mark.parametrize(("symbol", "code"), [(SPOT, "170213"), (SWAP, "110001")])
def test_cancel_when_there_is_no_such_order_then_not_found(bybit: Any, symbol: str, code: str) -> None:
    with pytest.raises(ccxt.OrderNotFound, match=code):
        bybit.cancel_order("1234", symbol)


def test_key_when_unknown_wrong_or_without_the_right_then_its_code(simulator: Simulator, bybit: Any) -> None:
    with pytest.raises(ccxt.AuthenticationError, match="10003"):
        simulator.ccxt("bybit", key="unknown").fetch_positions()
    with pytest.raises(ccxt.AuthenticationError, match="10004"):
        simulator.ccxt("bybit", secret="wrong").fetch_positions()
    simulator.control.post("accounts", account=ACCOUNT, key="reader", secret="s", permissions={"enable_futures": False})
    with pytest.raises(ccxt.PermissionDenied, match="10005"):
        place(simulator.ccxt("bybit", key="reader", secret="s"))
    simulator.control.post(
        "accounts", account=ACCOUNT, key="far", secret="s", permissions={"ip_allow_list": ["1.1.1.1"]}
    )
    with pytest.raises(ccxt.PermissionDenied, match="10010"):
        simulator.ccxt("bybit", key="far", secret="s").fetch_positions()
    rights = bybit.private_get_v5_user_query_api()["result"]
    assert (rights["uta"], rights["ips"], rights["permissions"]["Spot"]) == (1, ["*"], ["SpotTrade"])


@pytest.mark.parametrize("skew_ms", [-6_000, 6_000])
def test_request_when_its_time_is_off_then_refused(simulator: Simulator, bybit: Any, skew_ms: int) -> None:
    bybit.load_markets()
    simulator.control.post("faults", kind="clock_skew", path="/v5/position/list", skew_ms=skew_ms)
    with pytest.raises(ccxt.InvalidNonce, match="10002"):
        bybit.fetch_positions()
    assert bybit.fetch_positions() == []


def test_limiter_when_a_key_asks_too_often_in_a_second_then_refused_until_the_window_has_moved_on() -> None:
    now = [10_000]
    limiter = SecondLimiter(lambda: now[0])
    assert [limiter.use("key", "/a")["X-Bapi-Limit-Status"] for _ in range(3)] == ["999", "998", "997"]
    limiter.set_limit(2)
    assert [limiter.use("key", "/a")["X-Bapi-Limit-Status"] for _ in range(2)] == ["1", "0"]
    with pytest.raises(VenueError, match="10006"):
        limiter.use("key", "/a")
    assert limiter.headers_of(10006, now[0])["X-Bapi-Limit-Reset-Timestamp"] == "11000"
    assert limiter.use("other", "/a")["X-Bapi-Limit-Status"] == limiter.use("key", "/b")["X-Bapi-Limit-Status"] == "1"
    now[0] += 1_000
    assert limiter.use("key", "/a")["X-Bapi-Limit"] == "2"


def test_requests_when_over_a_limit_then_refused_with_the_time_it_resets(simulator: Simulator, bybit: Any) -> None:
    bybit.load_markets()
    simulator.control.post("faults", kind="rate_limit", retry_after=1)
    with pytest.raises(ccxt.RateLimitExceeded, match="10006"):
        bybit.fetch_positions()
    headers = {name.lower(): value for name, value in bybit.last_response_headers.items()}
    assert headers["x-bapi-limit-status"] == "0"
    assert int(headers["x-bapi-limit-reset-timestamp"]) > wall_ms() - 60_000
    simulator.control.post("faults", kind="rate_limit", status=403)
    with pytest.raises(ccxt.RateLimitExceeded, match="10018"):
        bybit.fetch_positions()


@pytest.mark.parametrize(
    ("kind", "orders", "error"),
    [
        ("drop_before_accept", 0, ccxt.NetworkError),
        ("drop_after_accept", 1, ccxt.NetworkError),
        ("error_before_accept", 0, ccxt.BaseError),
        ("error_after_accept", 1, ccxt.BaseError),
    ],
)
def test_fault_when_injected_then_the_order_is_there_or_not(
    simulator: Simulator, bybit: Any, kind: str, orders: int, error: type[Exception]
) -> None:
    bybit.load_markets()
    simulator.control.post("faults", kind=kind, path="/v5/order/create")
    with pytest.raises(error):
        place(bybit, clientOrderId="lost")
    assert len(simulator.orders()) == len(opened(bybit)) == orders
    simulator.control.post("faults", kind="cut_listing", path="/v5/order/realtime", rows=0)
    assert opened(bybit) == []


def test_request_when_malformed_then_an_error_in_the_envelope(simulator: Simulator, bybit: Any) -> None:
    assert simulator.raw("GET", "/v5/unknown", secret=None)[:2][0] == 404
    assert simulator.raw("GET", "/v5/market/tickers", {"category": "other"}, secret=None)[1]["retCode"] == 10001
    assert simulator.raw("GET", "/v5/position/list", {"category": "linear"}, secret=None)[1]["retCode"] == 10001
    body: dict[str, Any] = {"category": "linear", "symbol": "NONE", "side": "Buy", "orderType": "Market", "qty": "1"}
    with pytest.raises(ccxt.BadRequest, match="symbol"):
        bybit.private_post_v5_order_create(body)
    for changes in (
        {"side": "Up"},
        {"timeInForce": "DAY"},
        {"qty": "-1"},
        {"takeProfit": "60000"},
        {"orderType": "Limit"},
    ):
        with pytest.raises(ccxt.BadRequest):
            bybit.private_post_v5_order_create(body | {"symbol": "BTCUSDT"} | changes)
    assert simulator.orders() == []


def test_money_when_it_moves_then_told_with_its_kind(simulator: Simulator, bybit: Any) -> None:
    simulator.control.post("transfers", account=ACCOUNT, type="deposit", asset="USDT", amount="500")
    simulator.control.post("transfers", account=ACCOUNT, type="withdrawal", asset="BTC", amount="1")
    place(bybit, SPOT, "market")

    [deposit], [withdrawal] = bybit.fetch_deposits(), bybit.fetch_withdrawals()
    assert (deposit["amount"], deposit["currency"], deposit["status"]) == ("500", "USDT", "ok")
    assert (withdrawal["amount"], withdrawal["currency"], withdrawal["status"]) == ("1", "BTC", "ok")
    kinds = [row["info"]["type"] for row in bybit.fetch_ledger()]
    assert sorted(kinds) == ["TRADE", "TRADE", "TRANSFER_IN", "TRANSFER_OUT"]
    # Each row tells what was there after it: back before the first of them is what there was at first.
    rows = [row["info"] for row in bybit.fetch_ledger() if row["currency"] == "USDT"]
    assert sum(Decimal(row["change"]) for row in rows) == coin(bybit)["walletBalance"] - 1_000_000
    assert {Decimal(row["cashBalance"]) for row in rows} == {1_000_500, coin(bybit)["walletBalance"]}
    assert coin(bybit)["walletBalance"] < 1_000_500
    fees = bybit.fetch_trading_fee(SPOT)
    assert (fees["maker"], fees["taker"]) == ("0.001", "0.001")
    assert bybit.fetch_status()["status"] == "ok"
    assert bybit.fetch_currencies()["BTC"]["id"] == "BTC"
