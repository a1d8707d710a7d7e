"""An account on paper: registered without a key, its orders filled in the gateway, read and stopped as any other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from functions.monitor.app import lambda_handler as monitor_handler
from tests.component.paper.conftest import ACCOUNT, PAPER, book_of
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE
from tests.support.routed_account import RoutedAccount, WorkerContext

D = Decimal


def market(dry: RoutedAccount, **changes: Any) -> str:
    return dry.approved(ACCOUNT, type="market", price=None, stop_loss_price="47000", quantity="0.1", **changes)


def test_order_when_the_account_is_on_paper_then_filled_at_the_quote_with_its_fee(dry: RoutedAccount) -> None:
    order = market(dry)
    dry.work_all()
    record = dry.record(order, ACCOUNT)
    assert (record.status.value, record.filled_quantity) == ("filled", D("0.1"))
    assert record.filled_notional == D("0.1") * D(50010)
    held = book_of(dry)
    assert held.balances == {"USDT": D(100000) - D(5001), "BTC": D("0.1") - D("0.0001")}
    assert dry.state(ACCOUNT).positions[f"{VENUE}:{BTC}"].quantity > 0


def test_limit_when_it_rests_then_filled_once_the_quote_comes_to_it(dry: RoutedAccount) -> None:
    order = dry.approved(ACCOUNT)
    dry.work_all()
    assert dry.status(order, ACCOUNT) == "submitted"
    dry.gateway.advance(seconds=60)
    dry.gateway.quote(bid="47900", ask="47950", last="47920")
    monitor_handler({"account_id": ACCOUNT}, WorkerContext())
    dry.work_all()
    record = dry.record(order, ACCOUNT)
    assert (record.status.value, record.filled_notional) == ("filled", D("0.01") * D(48000))


def test_order_when_worked_twice_under_one_id_then_placed_once(dry: RoutedAccount) -> None:
    order = market(dry)
    message = dry.receive()
    assert message is not None
    dry.invoke(message)
    dry.invoke(message)
    assert len(book_of(dry).orders) == 1
    assert dry.status(order, ACCOUNT) == "filled"


def test_order_when_cancelled_or_stopped_by_a_kill_switch_then_gone_from_the_paper_book(dry: RoutedAccount) -> None:
    first, second = dry.approved(ACCOUNT), dry.approved(ACCOUNT, price="48500", stop_loss_price="47500")
    dry.work_all()
    dry.gateway.call("POST", f"/accounts/{ACCOUNT}/orders/{first}/cancel")
    dry.work_all()
    dry.gateway.kill("account", ACCOUNT, cancel_open_orders=True)
    dry.control.pump()
    dry.work_all()
    assert {dry.status(name, ACCOUNT) for name in (first, second)} == {"cancelled"}
    assert book_of(dry).open_orders == ()


def test_account_when_monitored_then_its_equity_is_the_paper_books(dry: RoutedAccount) -> None:
    market(dry)
    dry.work_all()
    dry.gateway.advance(seconds=60)
    dry.gateway.refresh_quotes()
    done = monitor_handler({"account_id": ACCOUNT}, WorkerContext())
    assert done
    state = dry.state(ACCOUNT)
    assert abs(state.equity - D(100000)) < 20
    assert state.balances[VENUE]["BTC"].total == D("0.0999")


def test_registration_when_money_would_be_mixed_then_refused_and_a_code_is_needed_to_leave_paper(
    dry: RoutedAccount,
) -> None:
    live = {"venue": "kraken", "market_type": "spot", "secret_name": "riskgate/exchange/live"}
    assert dry.gateway.register(ACCOUNT, venues=[PAPER, live]).code == "VALIDATION_FAILED"
    assert dry.gateway.register(ACCOUNT, venues=[PAPER | {"secret_name": "x"}]).code == "VALIDATION_FAILED"
    assert dry.gateway.register(ACCOUNT, venues=[live | {"venue": VENUE}]).code == "TOTP_REQUIRED"
    assert dry.gateway.register(ACCOUNT_ID, venues=[PAPER]).code == "TOTP_REQUIRED"
    again = dry.gateway.register(ACCOUNT, venues=[PAPER | {"paper": {"balances": {"USDT": "5"}}}])
    assert again.status == 200
    assert book_of(dry).balances == {"USDT": D(100000)}
