"""A breaker acts: what rests at the venues and would increase exposure is gone, exits still rest."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest

from functions.control_stream.app import lambda_handler
from riskgate.adapters.aws.clients import s3_client
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.app.alerts.announce_entry import announce_entry
from riskgate.app.alerts.watch_levels import watch_levels
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.safeguards.trip_breaker import trip_breaker
from riskgate.core.alerts.alerts import Alert
from riskgate.core.safeguards.events import BreakerTripped
from riskgate.runtime import wiring
from riskgate.schemas.log.audit_entry import read_entry
from tests.support.aws import LambdaContext
from tests.support.callers import BOT
from tests.support.gateway import ACCOUNT_ID, BTC, BTC_SWAP, ETH, VENUE, instrument_of
from tests.support.reconciled_account import BUCKET, Books
from tests.support.routed_account import VENUE_SECRET, RoutedAccount
from tests.support.streams import read_stream
from tests.support.venue import ACCOUNT

SWAP_VENUE = "binanceusdm"
DEADLINE_MS = 10_000
SWAP = {"symbol": BTC_SWAP, "venue": SWAP_VENUE}


@dataclass
class Stops:
    """An account with entries and an exit resting at two venues, and the stream of its log."""

    routed: RoutedAccount
    read: int = 0

    def rest(self, **changes: Any) -> str:
        """Bring an order to its venue, where it rests."""
        # Codes are good once: what was set up took longer than a quote lasts.
        self.routed.gateway.refresh_quotes()
        name = self.routed.approved(**changes)
        self.routed.work_all()
        assert self.routed.status(name) == "submitted"
        return name

    def records(self) -> list[dict[str, Any]]:
        """Return what is new in the log's stream and passes the source's filter."""
        found = read_stream(self.routed.gateway.aws.audit_table, self.read)
        self.read += len(found)
        return [record for record in found if record["dynamodb"]["NewImage"]["notices"]["N"] != "0"]

    def deliver(self) -> None:
        """Hand that to its function."""
        lambda_handler({"Records": self.records()}, LambdaContext())

    def carry_out(self) -> None:
        """Hand over what is new, and let the worker finish."""
        self.deliver()
        self.routed.work_all()

    def assert_gone(self, breaker: str, *entries: str) -> None:
        """Fail unless the entries were cancelled for a breaker, which is logged with its time and told."""
        found = self.cancelled()[-1]
        assert found["scope"] == "breaker"
        assert breaker in {
            row["name"] + (f" {row['key']}" if row["key"] else "") for row in self.routed.gateway.account()["breakers"]
        }
        assert {row["client_order_id"]: row["outcome"] for row in found["results"]} == dict.fromkeys(
            entries, "cancelled"
        )
        assert 0 <= found["duration_ms"] < DEADLINE_MS
        told = [alert for alert in self.alerts() if alert.kind == "open_orders_cancelled"]
        assert (told[-1].name, told[-1].subject) == ("breaker", found["key"])
        for name in entries:
            assert self.routed.record(name).reason == f"breaker tripped: {found['key']}"
            self.routed.assert_agrees(name)

    def alerts(self) -> list[Alert]:
        """Return every alert of the account's log."""
        rows = wiring.deps().store.list_audit(ACCOUNT_ID, after=0, limit=200)
        return [alert for row in rows for alert in announce_entry(read_entry(row.entry), [])]

    def cancelled(self) -> list[dict[str, Any]]:
        """Return what the log says of each pass."""
        return [entry["inputs"] for entry in self.routed.audit("open_orders_cancelled")]


@pytest.fixture
def stops(routed: RoutedAccount) -> Stops:
    """Give an account that holds spot bitcoin, at a spot and a swap venue."""
    gateway, control = routed.gateway, routed.simulator.control
    control.post(
        "accounts", account=ACCOUNT, balances={"spot": {"USDT": "50000", "BTC": "0"}, "swap": {"USDT": "50000"}}
    )
    venues = [
        {"venue": VENUE, "market_type": "spot", "secret_name": VENUE_SECRET},
        {"venue": SWAP_VENUE, "market_type": "swap", "secret_name": VENUE_SECRET},
    ]
    assert gateway.register(totp=True, venues=venues).status == 200
    rules = instrument_of(BTC_SWAP, venue=SWAP_VENUE)
    assert gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    balances = [{"venue": venue["venue"], "asset": "USDT", "total": "50000"} for venue in venues]
    gateway.reading("100000", balances=balances)
    gateway.quote(BTC_SWAP, venue=SWAP_VENUE)
    held = routed.approved(type="market", price=None, quantity="0.05")
    routed.work_all()
    assert routed.status(held) == "filled"
    stops = Stops(routed)
    stops.read = len(read_stream(gateway.aws.audit_table))
    return stops


def lose(stops: Stops, equity: str = "96000") -> None:
    held = {"venue": VENUE, "symbol": BTC, "quantity": "0.05", "average_price": "50000"}
    for _ in range(2):
        stops.routed.gateway.reading(equity, positions=[held])
        stops.routed.gateway.advance(seconds=2)


def fall(stops: Stops) -> None:
    """Let a decision find the loss: a quote far below what is held."""
    stops.routed.gateway.limits(daily_loss_fraction_max="0.001")
    stops.routed.gateway.quote(bid="46000", ask="46000")
    assert "DAILY_LOSS" in stops.routed.submit(price="46000", stop_loss_price="45000").violated


def fail(stops: Stops) -> None:
    """Let the venue refuse an order."""
    routed = stops.routed
    routed.gateway.limits(order_failures_max=1)
    routed.fault("error_before_accept", status=400, code=-2010)
    routed.approved(quantity="0.011")
    routed.work_all()


def stop_by_hand(stops: Stops) -> None:
    """Stop entries as the phone does, and close nothing."""
    event = BreakerTripped(name="MANUAL_STOP", reason="looks wrong")
    trip_breaker(Acting(deps=wiring.deps(), actor="phone", now=stops.routed.gateway.now), ACCOUNT_ID, event)


TRIPS: list[tuple[str, Callable[[Stops], None]]] = [
    ("DAILY_LOSS", lose),
    ("DAILY_LOSS", fall),
    ("WEEKLY_DRAWDOWN", lambda stops: lose(stops, "91000")),
    ("MAX_DRAWDOWN", lambda stops: lose(stops, "79000")),
    ("ORDER_FAILURE_RATE", fail),
    ("MANUAL_STOP", stop_by_hand),
]


@pytest.mark.parametrize(("breaker", "trip"), TRIPS)
def test_breaker_when_it_trips_then_entries_at_both_venues_are_gone_and_exits_rest(
    stops: Stops, breaker: str, trip: Callable[[Stops], None]
) -> None:
    entries = [stops.rest(), stops.rest(**SWAP)]
    leaving = stops.rest(side="sell", price="52000", stop_loss_price=None, quantity="0.04")

    trip(stops)
    stops.carry_out()

    stops.assert_gone(breaker, *entries)
    assert stops.routed.status(leaving) == "submitted"
    assert len([order for order in stops.routed.simulator.orders() if order["open"]]) == 1
    stops.routed.assert_agrees(leaving)


def test_heartbeat_when_it_is_missed_then_the_strategy_s_entries_are_gone_and_others_rest(stops: Stops) -> None:
    routed = stops.routed
    path = f"/accounts/{ACCOUNT_ID}/heartbeats/trend"
    assert routed.gateway.call("PUT", path, {"interval_seconds": 60}, caller=BOT).status == 200
    entries = [stops.rest(), stops.rest(**SWAP)]
    other = stops.rest(symbol=ETH, strategy="mean", price="2900", stop_loss_price="2800", quantity="0.1")
    routed.gateway.advance(seconds=61)

    # What the monitor does each minute.
    watch_levels(Acting(deps=wiring.deps(), actor="job:monitor", now=routed.gateway.now), ACCOUNT_ID)
    stops.carry_out()

    stops.assert_gone("HEARTBEAT_MISSED trend", *entries)
    assert routed.status(other) == "submitted"


def test_break_when_it_restricts_a_market_then_that_market_s_entries_are_gone(
    stops: Stops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOB_QUEUE_URL", stops.routed.sqs.create_queue(QueueName="reconcile-jobs")["QueueUrl"])
    monkeypatch.setenv("STATEMENT_BUCKET", BUCKET)
    s3_client().create_bucket(Bucket=BUCKET)
    entry, other = stops.rest(), stops.rest(**SWAP)
    books = Books(routed=stops.routed)
    books.place_around()
    books.pass_grace()
    books.reconcile()
    stops.carry_out()

    stops.assert_gone(f"RECONCILIATION_BREAK {VENUE}:{BTC}", entry)
    assert stops.routed.status(other) == "submitted"


def test_breaker_when_a_person_wants_it_to_leave_orders_then_they_rest(stops: Stops) -> None:
    answer = stops.routed.gateway.limits(breaker_actions={"DAILY_LOSS": "leave"})
    assert answer.status == 200, answer.text
    entry = stops.rest()
    lose(stops)
    stops.carry_out()
    assert stops.routed.status(entry) == "submitted"

    stop_by_hand(stops)
    stops.carry_out()
    stops.assert_gone("MANUAL_STOP", entry)


def test_breaker_when_a_hedge_rests_then_it_stays_and_more_of_it_passes_until_the_delta_is_gone(stops: Stops) -> None:
    routed = stops.routed
    hedge = stops.rest(**SWAP, side="sell", price="52000", stop_loss_price=None, quantity="0.03")
    stop_by_hand(stops)
    stops.carry_out()
    assert routed.status(hedge) == "submitted"

    routed.gateway.quote(BTC_SWAP, venue=SWAP_VENUE)
    more = {**SWAP, "side": "sell", "type": "market", "price": None, "stop_loss_price": None}
    sent = routed.approved(**more, quantity="0.015")
    routed.work_all()
    assert routed.status(sent) == "filled"
    assert routed.submit(**more, quantity="0.01").code == "TRADING_REDUCING"


@pytest.mark.parametrize("totp", [True, False])
def test_action_when_changed_then_only_with_a_code_and_by_a_known_name(stops: Stops, totp: bool) -> None:
    gateway = stops.routed.gateway
    assert gateway.limits(breaker_actions={"DAILY_LOS": "leave"}).status == 400
    assert gateway.limits(breaker_actions={"DAILY_LOSS": "nothing"}).status == 400
    assert gateway.limits(totp=totp, breaker_actions={"DAILY_LOSS": "leave"}).status == (200 if totp else 401)


def test_breaker_when_the_bot_placed_an_order_itself_then_told_and_listed_what_to_cancel(stops: Stops) -> None:
    gateway = stops.routed.gateway
    own = stops.routed.approved(route=None)
    leaving = stops.routed.approved(route=None, side="sell", price="51000", stop_loss_price=None)
    assert gateway.account()["left_to_cancel"] == []
    lose(stops)
    assert gateway.account()["left_to_cancel"] == [own]
    stops.carry_out()

    [found] = stops.cancelled()
    assert (found["results"], found["left_to_cancel"]) == ([], [own])
    [alert] = [alert for alert in stops.alerts() if alert.kind == "orders_left_to_cancel"]
    assert (alert.severity, alert.subject, alert.detail) == ("orange", "DAILY_LOSS", own)
    assert gateway.cancel(own).status == 200
    assert gateway.account()["left_to_cancel"] == []
    assert stops.routed.status(leaving) == "approved"


def test_stream_when_it_tells_of_a_trip_twice_then_one_pass_is_logged(stops: Stops) -> None:
    entry = stops.rest()
    lose(stops)
    read = stops.read
    stops.carry_out()
    stops.read = read
    stops.routed.gateway.advance(minutes=6)
    stops.carry_out()
    stops.assert_gone("DAILY_LOSS", entry)
    assert len(stops.cancelled()) == 1


def test_breaker_when_a_person_cleared_it_before_the_worker_came_then_orders_rest(stops: Stops) -> None:
    entry = stops.rest()
    stop_by_hand(stops)
    path = f"/accounts/{ACCOUNT_ID}/breakers/MANUAL_STOP/reset"
    stops.deliver()
    answer = stops.routed.gateway.call("POST", path, {"reason": "fine"}, headers=stops.routed.gateway.next_totp())
    assert answer.status == 200
    stops.routed.work_all()
    assert stops.routed.status(entry) == "submitted"
    assert stops.cancelled() == []


def test_entry_when_its_account_cannot_be_read_then_put_aside_and_the_next_is_handled(
    stops: Stops, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = stops.routed.sqs.create_queue(QueueName="stream-dead")["QueueUrl"]
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", letters)
    entry = stops.rest()
    lose(stops)
    [record] = stops.records()
    stranger = deepcopy(record)
    image = stranger["dynamodb"]["NewImage"]
    image["entry"] = {
        "S": unpack(image["entry"]).decode().replace(f'"account_id":"{ACCOUNT_ID}', '"account_id":"nobody')
    }
    lambda_handler({"Records": [stranger, record]}, LambdaContext())
    stops.routed.work_all()
    stops.assert_gone("DAILY_LOSS", entry)
    assert len(stops.routed.sqs.receive_message(QueueUrl=letters)["Messages"]) == 1
