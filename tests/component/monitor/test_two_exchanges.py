"""An account at two exchanges that speak different protocols: worker, monitor and reconciliation agree with both books."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from riskgate.core.account.document import AccountState
from riskgate.core.instrument import MarketType
from tests.support.gateway import BTC, BTC_SWAP, VENUE
from tests.support.reconciled_account import Books
from tests.support.two_exchanges import BYBIT, USDC_SWAP, TwoExchanges
from tests.support.venue import ACCOUNT

STEPS = 20


def limits(two: TwoExchanges, **more: Any) -> None:
    """Let everything pass that is not asked about here."""
    names = ("var_fraction_max", "stress_loss_fraction_max", "correlation_max", "venue_equity_fraction_max")
    wide = dict.fromkeys(("daily_loss_fraction_max", "weekly_drawdown_fraction_max", "drawdown_fraction_max"), "0.9")
    wide |= dict.fromkeys(("asset_fraction_max", "sector_fraction_max", "open_risk_fraction_max"), "0.9")
    fields = dict.fromkeys(names) | wide | {"position_size_fraction_max": "0.5", "strategies_known_only": False}
    assert two.watch.routed.gateway.limits(**fields | more).status == 200


def assert_reconciled(two: TwoExchanges) -> None:
    """Fail where the gateway's orders, fills, positions or balances are not those of the exchanges."""
    books = Books(routed=two.watch.routed)
    books.pass_grace()
    report = books.reconcile()
    assert (report["complete"], report["found"], report["open"], report["repairs"]) == (True, 0, 0, []), report
    assert report["matched_fraction"] == "1"


def test_orders_when_sent_to_both_then_equity_is_the_sum_and_nothing_is_amiss(two: TwoExchanges) -> None:
    limits(two)
    assert two.read().equity == 100_000
    bought = two.submit(VENUE, side="buy", type="market", quantity="0.1", price=None, stop_loss_price="47000")
    sold = two.submit(BYBIT, side="sell", type="market", quantity="0.15", price=None, stop_loss_price="53000")
    rests = two.submit(BYBIT, side="buy", type="limit", quantity="0.1", price="48000", stop_loss_price="47000")
    assert [bought.status, sold.status, rests.status] == [201, 201, 201], [
        a.body["violations"] for a in (bought, sold, rests)
    ]
    two.price(Decimal(51000))
    state = two.read()

    # Bybit's answer to an order only acknowledges it: what became of it comes with the reading.
    routed = two.watch.routed
    statuses = [routed.status(answer.body["client_order_id"]) for answer in (bought, sold, rests)]
    assert statuses == ["filled", "filled", "submitted"]
    assert state.equity == two.worth()
    assert state.equity < 100_000
    assert state.venue_equity.keys() == {VENUE, BYBIT}
    positions = {p.symbol: p.quantity for p in state.positions.values()}
    assert positions == {BTC: Decimal("0.0999"), BTC_SWAP: Decimal("-0.15")}
    assert_reconciled(two)


def test_order_when_its_answer_is_lost_then_found_there_and_sent_once(two: TwoExchanges) -> None:
    two.read()
    two.bybit.control.post("faults", kind="drop_after_accept", path="/v5/order/create")

    answer = two.submit(BYBIT, side="buy", type="limit", quantity="0.1", price="48000", stop_loss_price="47000")

    name = answer.body["client_order_id"]
    assert two.watch.routed.status(name) == "submitted"
    [order] = two.bybit.orders()
    assert (order["open"], order["quantity"]) == (True, "0.1")
    answer = two.watch.routed.gateway.call("POST", f"/accounts/demo/orders/{name}/cancel")
    assert answer.status in {200, 202}, answer.text
    two.watch.routed.work_all()
    assert two.watch.routed.status(name) == "cancelled"
    assert [order["open"] for order in two.bybit.orders()] == [False]


def test_order_when_its_answer_is_lost_and_it_is_listed_late_then_never_called_refused(two: TwoExchanges) -> None:
    two.read()
    two.bybit.control.post("listing", lag_ms=40_000)
    two.bybit.control.post("faults", kind="drop_after_accept", path="/v5/order/create")

    answer = two.submit(BYBIT, side="buy", type="limit", quantity="0.1", price="48000", stop_loss_price="47000")

    # It is not listed when it is looked up, and a second sending is refused for its client id: neither means that it is not there.
    routed = two.watch.routed
    name = answer.body["client_order_id"]
    for _ in range(10):
        assert routed.status(name) in {"submitting", "unknown", "submitted"}, routed.status(name)
        routed.gateway.advance(seconds=10)
        routed.resolve(name)
        routed.work_all()
    assert routed.status(name) == "submitted"
    assert [order["open"] for order in two.bybit.orders()] == [True]


def test_order_when_cancelled_before_it_is_listed_then_cancelled_and_so_called(two: TwoExchanges) -> None:
    two.read()
    two.bybit.control.post("listing", lag_ms=40_000)
    answer = two.submit(BYBIT, side="buy", type="limit", quantity="0.1", price="48000", stop_loss_price="47000")
    routed, name = two.watch.routed, answer.body["client_order_id"]

    assert routed.gateway.call("POST", f"/accounts/demo/orders/{name}/cancel").status == 202
    seen = set()
    for _ in range(10):
        routed.work_all()
        seen.add(routed.status(name))
        routed.gateway.advance(seconds=10)
        routed.resolve(name)

    assert routed.status(name) == "cancelled", seen
    assert [order["open"] for order in two.bybit.orders()] == [False]


def test_account_when_it_is_in_hedge_mode_there_then_refused(two: TwoExchanges) -> None:
    two.read()
    exchange = two.bybit.ccxt("bybit")
    exchange.set_position_mode(True, BTC_SWAP)
    exchange.create_order(BTC_SWAP, "market", "buy", "0.1", None, {"hedged": True})

    report = two.watch.run()

    assert "HEDGE_MODE_UNSUPPORTED" in str(report)
    assert "POST /v5/position/switch-mode" in str(report)
    assert BYBIT not in {p.venue for p in two.watch.routed.state().positions.values()}


def test_figures_when_anything_happens_at_both_then_they_are_those_of_the_books(two: TwoExchanges) -> None:
    limits(two, daily_trades_max=1000)
    dice, done = random.Random(7), dict.fromkeys(("approved", "by hand", "moved"), 0)  # noqa: S311 - no secret
    money = Decimal(0)
    for _ in range(STEPS):
        act = dice.choice(["order", "order", "order", "hand", "hand", "money", "price"])
        if act == "order":
            done["approved"] += _order(two, dice)
        elif act == "hand":
            symbol = dice.choice(["BTCUSDT", "BTCPERP"])
            two.trade_at_bybit(dice.choice(["BUY", "SELL"]), "0.02", symbol)
            done["by hand"] += 1
        elif act == "money":
            kind = dice.choice(["deposit", "withdrawal"])
            fields = {"account": ACCOUNT, "type": kind, "asset": "USDT", "amount": str(dice.randint(100, 900))}
            dice.choice([two.binance, two.bybit]).control.post("transfers", **fields)
            done["moved"] += 1
            money += Decimal(str(fields["amount"])) * (1 if kind == "deposit" else -1)
        else:
            moved = two.bitcoin * (1 + Decimal(dice.randint(-50, 50)) / 10_000)
            two.price(moved.quantize(Decimal("0.1")))
        state = two.read()
        _assert_same(two, state)
        assert state.transferred == money
    assert min(done.values()) > 1, done
    books = Books(routed=two.watch.routed)
    books.pass_grace()
    report = books.reconcile()
    # What was done by hand is told, and nothing else is amiss.
    assert report["complete"], report
    assert books.kinds() == ["rogue_order"] * done["by hand"], report


def _order(two: TwoExchanges, dice: random.Random) -> bool:
    price = two.bitcoin
    side, kind = dice.choice(["buy", "sell"]), dice.choice(["market", "limit"])
    away, stop = (Decimal("1.002"), Decimal("0.9")) if side == "buy" else (Decimal("0.998"), Decimal("1.1"))
    answer = two.submit(
        dice.choice([VENUE, BYBIT]),
        side=side,
        type=kind,
        quantity=str((Decimal(dice.choice([400, 1500, 3000])) / price).quantize(Decimal("0.001"))),
        price=str((price * away).quantize(Decimal("0.1"))) if kind == "limit" else None,
        stop_loss_price=str((price * stop).quantize(Decimal("0.1"))),
    )
    assert answer.status in {201, 422}, answer.text
    return answer.status == 201


def _assert_same(two: TwoExchanges, state: AccountState) -> None:
    """Fail where equity, a holding or a position is not what the exchanges' books say, to the last unit."""
    assert state.equity == two.worth()
    theirs = two.bybit.account()
    names = {"BTCUSDT": BTC_SWAP, "BTCPERP": USDC_SWAP}
    held = {names[symbol]: Decimal(row["quantity"]) for symbol, row in theirs["positions"].items()}
    assert {p.symbol: p.quantity for p in state.positions.values() if p.market_type is MarketType.SWAP} == held
    spot = two.binance.account()["spot"]
    for coin, row in spot.items():
        total = Decimal(row["free"]) + Decimal(row["locked"])
        assert (state.balances[VENUE][coin].total if coin in state.balances[VENUE] else 0) == total
