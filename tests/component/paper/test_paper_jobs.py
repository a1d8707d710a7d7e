"""An account on paper under everything that looks after an account: worker, monitor, reconciliation, exits, stops."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from functions.monitor.app import lambda_handler as monitor_handler
from riskgate.adapters.exchange.paper import PaperExchange
from riskgate.core.venues.model import NewVenueOrder, VenueOrder
from tests.component.paper.conftest import ACCOUNT, book_of, quote_swap
from tests.support.gateway import BTC, BTC_SWAP, VENUE, Gateway, instrument_of
from tests.support.reconciled_account import SWAP_VENUE, Books
from tests.support.routed_account import RoutedAccount, WorkerContext

D = Decimal
SPOT_KEY, SWAP_KEY = f"{VENUE}:{BTC}", f"{SWAP_VENUE}:{BTC_SWAP}"
MARKET: dict[str, Any] = {"type": "market", "price": None}
SWAP: dict[str, Any] = {"venue": SWAP_VENUE, "symbol": BTC_SWAP, "stop_kept_by": "strategy"}


def buy(dry: RoutedAccount, quantity: str = "0.1", **changes: Any) -> str:
    order = dry.approved(ACCOUNT, **MARKET | {"stop_loss_price": "49000", "quantity": quantity} | changes)
    dry.work_all()
    assert dry.status(order, ACCOUNT) == "filled"
    return order


def monitor(dry: RoutedAccount, **sides: str) -> None:
    """Let a minute pass, with another price where one is given, and what the monitor asks for be carried out."""
    dry.gateway.advance(seconds=60)
    dry.gateway.refresh_quotes()
    if sides:
        dry.gateway.quote(**sides)
    assert monitor_handler({"account_id": ACCOUNT}, WorkerContext())
    dry.work_all()


def exit_all(gateway: Gateway, **fields: Any) -> Mapping[str, Any]:
    body = {"exit_id": "out", "reason": "drill", "scope": "all"} | fields
    answer = gateway.call("POST", f"/accounts/{ACCOUNT}/exits", body, headers=gateway.next_totp())
    assert answer.status == 201, answer.text
    return answer.body


def reconcile(books: Books) -> dict[str, Any]:
    """Let the moment of grace pass, look at the venue as the monitor does, and reconcile."""
    books.pass_grace()
    monitor(books.routed)
    books.pass_grace()
    return books.reconcile(ACCOUNT)


def keep_stops(gateway: Gateway) -> None:
    rules = instrument_of(BTC, stop_orders=True)
    assert gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    gateway.refresh_quotes()


def test_reconciliation_when_an_account_on_paper_has_traded_then_nothing_is_found(books: Books) -> None:
    dry = books.routed
    buy(dry)
    sold = dry.approved(ACCOUNT, **MARKET, side="sell", quantity="0.03", stop_loss_price=None)
    resting, gone = dry.approved(ACCOUNT), dry.approved(ACCOUNT, price="47500")
    dry.work_all()
    dry.gateway.call("POST", f"/accounts/{ACCOUNT}/orders/{gone}/cancel")
    dry.work_all()
    report = reconcile(books)
    assert [dry.status(name, ACCOUNT) for name in (sold, resting, gone)] == ["filled", "submitted", "cancelled"]
    assert books.kinds(ACCOUNT) == [], report
    run = books.view(ACCOUNT)["last_run"]
    assert (run["complete"], run["matched"]) == (True, run["compared"]), run
    assert run["compared"] > 0


@pytest.mark.parametrize("with_stop", [False, True])
def test_exit_when_all_is_to_go_then_positions_and_orders_are_gone(dry: RoutedAccount, with_stop: bool) -> None:
    if with_stop:
        keep_stops(dry.gateway)
    buy(dry)
    entry = dry.approved(ACCOUNT)
    dry.work_all()
    dry.gateway.advance(seconds=30)
    dry.gateway.refresh_quotes()
    exit_all(dry.gateway, stop_entries=True, cancel_open_orders=True)
    dry.control.pump()
    dry.work_all()
    monitor(dry)
    view = dry.gateway.call("GET", f"/accounts/{ACCOUNT}/exits/out").body
    assert view["complete"], view
    assert dry.status(entry, ACCOUNT) == "cancelled"
    book = book_of(dry)
    assert book.open_orders == ()
    assert book.balances["BTC"] < D("0.00001")
    state = dry.state(ACCOUNT)
    assert not state.working_orders
    assert SPOT_KEY not in state.positions


def test_stop_when_the_gateway_keeps_it_then_it_rests_on_paper_fires_and_leaves_nothing(dry: RoutedAccount) -> None:
    keep_stops(dry.gateway)
    buy(dry)
    (stop,) = book_of(dry).open_orders
    assert (stop.terms.trigger_price, stop.terms.quantity, stop.is_waiting) == (D(49000), D("0.0999"), True)
    monitor(dry)
    assert [order.exchange_order_id for order in book_of(dry).open_orders] == [stop.exchange_order_id]
    monitor(dry, bid="48900", ask="48910", last="48905")
    monitor(dry, bid="48900", ask="48910", last="48905")
    book = book_of(dry)
    assert (book.open_orders, book.balances["BTC"]) == ((), D(0))
    assert SPOT_KEY not in dry.state(ACCOUNT).positions
    assert [trade.price for trade in book.trades[-1:]] == [D(48900)]


def test_stop_when_the_bot_moves_it_then_the_one_on_paper_moves(dry: RoutedAccount) -> None:
    keep_stops(dry.gateway)
    buy(dry)
    path = f"/accounts/{ACCOUNT}/positions/{quote(SPOT_KEY, safe='')}/stop"
    answer = dry.gateway.call("PUT", path, {"stop_loss_price": "49500"})
    assert answer.status == 200, answer.text
    dry.work_all()
    monitor(dry)
    (stop,) = book_of(dry).open_orders
    assert stop.terms.trigger_price == D(49500)


def test_swaps_when_traded_on_paper_then_fees_margin_and_equity_are_the_books_and_reconciliation_agrees(
    swaps: Books,
) -> None:
    dry = swaps.routed
    buy(dry, **SWAP)
    book = book_of(dry, SWAP_VENUE)
    fee = D("0.1") * D(50010) * D("0.0005")
    assert book.balances == {"USDT": D(100000) - fee}
    assert {name: held.quantity for name, held in book.positions.items()} == {BTC_SWAP: D("0.1")}
    dry.gateway.advance(seconds=60)
    quote_swap(dry.gateway, 51000)
    assert monitor_handler({"account_id": ACCOUNT}, WorkerContext())
    state = dry.state(ACCOUNT)
    assert state.equity == D(100000) - fee + D("0.1") * (D(51005) - D(50010))
    short = dry.approved(ACCOUNT, **MARKET | SWAP, side="sell", quantity="0.15", stop_loss_price="52000")
    dry.work_all()
    assert dry.status(short, ACCOUNT) == "filled"
    assert book_of(dry, SWAP_VENUE).positions[BTC_SWAP].quantity == D("-0.05")
    swaps.pass_grace()
    quote_swap(dry.gateway, 51000)
    assert monitor_handler({"account_id": ACCOUNT}, WorkerContext())
    swaps.pass_grace()
    quote_swap(dry.gateway, 51000)
    report = swaps.reconcile(ACCOUNT)
    assert swaps.kinds(ACCOUNT) == [], report
    exit_all(dry.gateway)
    quote_swap(dry.gateway, 51000)
    dry.work_all()
    assert book_of(dry, SWAP_VENUE).positions == {}


class Crash(BaseException):
    """The process ends: nothing after it runs."""


@pytest.mark.parametrize("by", ["message", "resolve"])
def test_order_when_the_worker_crashes_after_the_fill_then_it_is_found_once(
    books: Books, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    dry = books.routed
    order = dry.approved(ACCOUNT, **MARKET, stop_loss_price="49000", quantity="0.1")
    create = PaperExchange.create_order

    def crash(exchange: PaperExchange, terms: NewVenueOrder) -> VenueOrder:
        create(exchange, terms)
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(PaperExchange, "create_order", crash)
        with pytest.raises(Crash):
            dry.work()
    assert dry.status(order, ACCOUNT) == "submitting"
    if by == "resolve":
        dry.sqs.purge_queue(QueueUrl=dry.queue_url)
        monitor(dry)
        dry.gateway.advance(seconds=61)
        dry.gateway.refresh_quotes()
        dry.resolve(account=ACCOUNT)
    else:
        dry.gateway.advance(seconds=400)
        dry.gateway.refresh_quotes()
    dry.work_all()
    record = dry.record(order, ACCOUNT)
    assert (record.status.value, record.filled_quantity) == ("filled", D("0.1"))
    assert len(book_of(dry).orders) == len(book_of(dry).trades) == 1
    assert [row["inputs"]["quantity"] for row in dry.audit("fill_recorded", ACCOUNT)] == ["0.1"]
    reconcile(books)
    assert books.kinds(ACCOUNT) == []
