"""Fills of resting orders: each is picked up once, whenever and however often the venue lists it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.core.venues.model import VenueBalance, VenueTrade
from riskgate.schemas.messages.order import MessageKind, OrderMessage
from riskgate.schemas.messages.text import read_message
from tests.support.monitored_account import BTC, MARKET_ORDER, VENUE, Watch

RESTING = {"quantity": "0.1", "price": "48000"}
KEY = f"{VENUE}:{BTC}"


def fills(watch: Watch) -> list[str]:
    return [entry["inputs"]["fill_id"] for entry in watch.routed.audit("fill_recorded")]


def test_order_when_it_fills_while_it_rests_then_picked_up_once(watch: Watch) -> None:
    watch.recorded()
    order = watch.sent(**RESTING)
    assert watch.run()["fills"] == 0
    watch.price("47990")

    report = watch.run()

    assert (report["recorded"], report["fills"]) == (True, len(fills(watch)))
    assert report["fills"] > 0
    assert watch.routed.status(order) == "filled"
    watch.routed.assert_agrees(order)
    assert watch.run()["fills"] == 0
    assert len(set(fills(watch))) == report["fills"]
    state = watch.routed.state()
    assert state.positions[KEY].average_price == 48_000
    assert state.equity == watch.venue_value({"BTC": "47990"})


def test_order_when_it_fills_in_parts_then_each_part_once_and_the_rest_stays_reserved(watch: Watch) -> None:
    watch.recorded()
    watch.simulator.control.post("book", symbol="BTCUSDT", market="spot", level_notional="500")
    order = watch.sent(**RESTING)
    filled = []
    for price in ("47992", "47991"):
        watch.price(price)
        state = watch.recorded()
        filled.append(watch.routed.record(order).filled_quantity)
        watch.routed.assert_agrees(order)
        assert state.working_orders[order].quantity == Decimal("0.1") - filled[-1]
    assert 0 < filled[0] < filled[1] < Decimal("0.1")
    assert len(fills(watch)) == len(set(fills(watch))) > 1


def listing(change: Callable[[tuple[VenueTrade, ...]], tuple[VenueTrade, ...]]) -> Callable[..., Any]:
    """Return what lists trades as the venue does, changed on the way."""
    real = CcxtExchange.list_trades

    def list_trades(
        self: CcxtExchange, symbol: str | None, since: datetime, *, thorough: bool = False
    ) -> tuple[VenueTrade, ...]:
        return change(real(self, symbol, since, thorough=thorough))

    return list_trades


def test_trades_when_pages_repeat_them_and_are_in_no_order_then_each_counts_once(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.recorded()
    order = watch.sent(**RESTING)
    watch.price("47990")
    monkeypatch.setattr(CcxtExchange, "list_trades", listing(lambda trades: (*reversed(trades), *trades)))

    report = watch.run()

    assert report["fills"] == len(fills(watch)) == len(set(fills(watch)))
    assert watch.routed.record(order).filled_quantity == Decimal("0.1")


def test_trades_when_listed_late_then_no_reading_is_believed_until_they_are(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The balances hold a fill already that nobody recorded: believed, it would count twice a minute later."""
    before = watch.recorded()
    order = watch.sent(**RESTING)
    watch.price("47990")
    with monkeypatch.context() as late:
        late.setattr(CcxtExchange, "list_trades", listing(lambda _trades: ()))
        report = watch.run()
        assert (report["recorded"], report["fills"]) == (False, 0)
        assert "does not list yet" in report["reason"]
        assert watch.routed.state().equity_at == before.equity_at

    state = watch.recorded()

    assert watch.routed.status(order) == "filled"
    assert state.positions[KEY].quantity == Decimal("0.1") * Decimal("0.999")


def test_trades_when_older_than_the_last_known_fill_by_hours_then_found_all_the_same(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.recorded()
    assert watch.routed.gateway.limits(state_max_age_seconds=None).status == 200
    order = watch.sent(**RESTING)
    watch.price("47990")
    with monkeypatch.context() as late:
        late.setattr(CcxtExchange, "list_trades", listing(lambda _trades: ()))
        watch.run()
    watch.price("50000")
    watch.routed.gateway.advance(hours=2)
    watch.sent(quantity="0.01", **MARKET_ORDER)

    assert watch.recorded().filled_at is not None
    assert watch.routed.status(order) == "filled"


def test_fill_when_it_comes_between_balances_and_orders_then_the_account_is_read_again(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.recorded()
    order = watch.sent(**RESTING)
    real = CcxtExchange.list_balances
    reads = []

    def list_balances(self: CcxtExchange) -> tuple[VenueBalance, ...]:
        found = real(self)
        reads.append(found)
        if len(reads) == 1:
            watch.price("47990")
        return found

    monkeypatch.setattr(CcxtExchange, "list_balances", list_balances)

    state = watch.recorded()

    assert len(reads) == 2
    assert watch.routed.status(order) == "filled"
    assert state.balances[VENUE]["BTC"].total == state.positions[KEY].quantity == Decimal("0.0999")
    assert state.equity == watch.venue_value({"BTC": "47990"})


def test_order_when_sent_and_filled_while_the_account_is_read_then_counted_once(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.recorded()
    real = CcxtExchange.list_quotes
    orders: list[str] = []

    def list_quotes(self: CcxtExchange, symbols: Any) -> Any:
        if not orders:
            orders.append(watch.sent(quantity="0.1", **MARKET_ORDER))
        return real(self, symbols)

    watch.fund(spot={"USDT": "90000", "ETH": "2.5"})
    monkeypatch.setattr(CcxtExchange, "list_quotes", list_quotes)

    state = watch.recorded()

    assert orders
    assert state.positions[KEY].quantity == Decimal("0.0999")
    assert state.equity == watch.venue_value()


def test_order_when_cancelled_by_hand_at_the_venue_then_handed_over_and_its_reservation_freed(watch: Watch) -> None:
    watch.recorded()
    order = watch.sent(**RESTING)
    (resting,) = watch.routed.venue_orders(order)
    watch.simulator.control.call("DELETE", "orders", order_id=resting["order_id"])

    report = watch.run()

    assert report["recorded"]
    assert watch.routed.status(order) == "submitted", "the order worker ends it"
    watch.again()
    assert watch.routed.waiting() == 1, "two runs of one minute ask once"
    watch.routed.work_all()
    assert watch.routed.status(order) == "cancelled"
    watch.routed.assert_agrees(order)
    assert watch.routed.state().exposure.gross == 0


def test_order_when_overdue_then_the_worker_is_asked_to_look_after_it(watch: Watch) -> None:
    watch.recorded()
    order = watch.approved(**RESTING)
    watch.routed.sqs.purge_queue(QueueUrl=watch.routed.queue_url)
    watch.run()
    watch.run()
    message = watch.routed.receive()
    assert message is not None
    asked = read_message(message["Body"], OrderMessage)
    assert (asked.kind, asked.client_order_id, asked.actor) == (MessageKind.RESOLVE, order, "job:monitor")
    watch.routed.invoke(message)
    watch.routed.sqs.delete_message(QueueUrl=watch.routed.queue_url, ReceiptHandle=message["ReceiptHandle"])
    assert watch.routed.status(order) == "cancelled"


def test_reservation_when_a_bot_placed_the_order_then_no_run_releases_it(watch: Watch) -> None:
    watch.recorded()
    watch.routed.gateway.refresh_quotes()
    order = watch.routed.approved(quantity="0.1", route=None)
    watch.routed.gateway.advance(seconds=900)

    state = watch.recorded()

    assert order in state.working_orders
    assert state.exposure.gross > 0
    assert watch.routed.status(order) == "approved"


def test_run_when_repeated_at_once_then_nothing_changes_but_the_time(watch: Watch) -> None:
    watch.sent(**RESTING)
    watch.price("47990")
    first = watch.run()
    second = watch.again()

    assert (second["fills"], second["transfers"], second["equity"]) == (0, 0, first["equity"])
    assert len(fills(watch)) == len(set(fills(watch)))


def test_venue_when_nothing_rests_there_then_no_orders_are_asked_for(watch: Watch) -> None:
    watch.recorded()
    watch.simulator.control.delete("requests")
    watch.recorded()

    paths = {request["path"] for request in watch.routed.requests("GET", "/api/v3/openOrders")}
    assert paths == set()
    assert watch.routed.requests("GET", "/api/v3/myTrades") == []
