"""An operator's exit gets out: sized to what is held, split, tried again where its venue refuses, and told."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from riskgate.app.alerts.announce_entry import announce_entry
from riskgate.core.alerts.alerts import Alert
from riskgate.runtime import wiring
from riskgate.schemas.log.audit_entry import read_entry
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE, Answer, instrument_of
from tests.support.routed_account import RoutedAccount
from tests.support.streams import LogStream
from tests.support.venue import ACCOUNT

EXITS = f"/accounts/{ACCOUNT_ID}/exits"


@dataclass
class Leaver:
    """An account that holds what it bought, fees paid from it, and the stream of its log."""

    routed: RoutedAccount
    log: LogStream

    def exit_all(self, exit_id: str = "e1", **fields: Any) -> Answer:
        """Close everything, or look how far that is."""
        body = {"exit_id": exit_id, "reason": "drill", "scope": "all"} | fields
        return self.routed.gateway.call("POST", EXITS, body, headers=self.routed.gateway.next_totp())

    def work(self, rounds: int = 12) -> None:
        """Let worker and stream do all there is to do."""
        for _ in range(rounds):
            self.routed.work_all()
            self.log.pump()
            if not self.routed.waiting():
                return
        raise AssertionError("exits are followed for ever")

    def wallet(self, asset: str = "BTC") -> Decimal:
        """Return what the venue holds."""
        (found,) = [each for each in self.accounts() if each["account"] == ACCOUNT]
        held = found["spot"].get(asset, {})
        return sum((Decimal(held.get(part, "0")) for part in ("free", "locked")), Decimal(0))

    def accounts(self) -> list[dict[str, Any]]:
        """Return the venue's accounts."""
        found: Any = self.routed.simulator.control.get("accounts")
        return list(found)

    def set_wallet(self, btc: str) -> None:
        """Change what the venue holds behind the gateway's back."""
        amount = Decimal(btc) - self.wallet()
        kind = "deposit" if amount > 0 else "withdrawal"
        self.routed.simulator.control.post(
            "transfers", account=ACCOUNT, type=kind, market="spot", asset="BTC", amount=str(abs(amount))
        )

    def alerts(self, *kinds: str) -> list[Alert]:
        """Return the account's alerts of these kinds."""
        rows = wiring.deps().store.list_audit(ACCOUNT_ID, after=0, limit=300)
        return [alert for row in rows for alert in announce_entry(read_entry(row.entry), []) if alert.kind in kinds]

    def position(self) -> str:
        """Return what the gateway holds in bitcoin."""
        held = {row["symbol"]: row["quantity"] for row in self.routed.gateway.account()["positions"]}
        return str(held.get(BTC, "0"))


@pytest.fixture
def leaver(routed: RoutedAccount) -> Leaver:
    """Give an account that bought 0.05 bitcoin and paid the fee from it."""
    routed.simulator.control.post("accounts", account=ACCOUNT, balances={"spot": {"USDT": "100000", "BTC": "0"}})
    routed.gateway.reading("100000", balances=[{"venue": VENUE, "asset": "USDT", "total": "100000"}])
    entry = routed.approved(price="50500", stop_loss_price="49000", quantity="0.05")
    routed.work_all()
    assert routed.status(entry) == "filled"
    routed.gateway.refresh_quotes()
    leaver = Leaver(routed, LogStream(routed.gateway.aws.audit_table))
    assert leaver.wallet() == Decimal("0.04995")
    return leaver


def test_exit_when_the_fee_was_paid_in_what_was_bought_then_what_is_held_is_sold(leaver: Leaver) -> None:
    answer = leaver.exit_all()
    (leg,) = answer.body["legs"]
    assert (leg["quantity"], leg["decision"], leg["status"]) == ("0.04995", "approved", "approved")
    assert answer.body["complete"] is False, "nothing is filled yet"

    leaver.work()
    again = leaver.exit_all()

    assert again.body["complete"] is True
    (leg,) = again.body["legs"]
    assert (leg["status"], leg["filled_quantity"]) == ("filled", "0.04995")
    assert leaver.wallet() == 0


def test_exit_when_the_wallet_holds_less_than_the_books_then_the_next_order_sells_that(leaver: Leaver) -> None:
    leaver.set_wallet("0.03")
    leaver.exit_all()
    leaver.work()
    again = leaver.exit_all()

    assert [(leg["quantity"], leg["status"]) for leg in again.body["legs"]] == [
        ("0.04995", "rejected"),
        ("0.03", "filled"),
    ]
    assert again.body["complete"] is True
    assert leaver.wallet() == 0
    (alert,) = leaver.alerts("exit_interrupted", "exit_failed")
    assert (alert.kind, alert.severity) == ("exit_interrupted", "orange")


def test_exit_when_nothing_is_held_at_the_venue_then_it_is_flat_and_complete(leaver: Leaver) -> None:
    leaver.set_wallet("0")
    leaver.exit_all()
    leaver.work()

    again = leaver.exit_all()
    assert [leg["status"] for leg in again.body["legs"]] == ["rejected"]
    assert again.body["complete"] is True
    (ended,) = leaver.routed.audit("exit_ended")
    assert ended["inputs"]["outcome"] == "flat"
    assert leaver.alerts("exit_failed") == []


def test_exit_when_the_venue_goes_on_refusing_then_a_few_attempts_and_a_red_alert(leaver: Leaver) -> None:
    leaver.routed.fault("error_before_accept", status=400, code=-2010, count=None)
    leaver.exit_all()
    leaver.work()

    again = leaver.exit_all()
    assert [leg["status"] for leg in again.body["legs"]] == ["rejected"] * 4
    assert again.body["complete"] is False
    (alert,) = leaver.alerts("exit_failed")
    assert (alert.severity, alert.subject) == ("red", f"{VENUE}:{BTC}")
    assert alert.detail.startswith("0.04995 left, 4 attempts: ")
    assert leaver.position() != "0"
    leaver.work()
    assert len(leaver.routed.audit("exit_ended")) == 1


@pytest.mark.parametrize("bound", ["quantity_max", "market_quantity_max"])
def test_exit_when_it_is_too_large_for_one_order_then_split(leaver: Leaver, bound: str) -> None:
    rules = instrument_of(BTC, **{bound: "0.02"})
    assert leaver.routed.gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    answer = leaver.exit_all()
    assert [leg["quantity"] for leg in answer.body["legs"]] == ["0.02", "0.02", "0.00995"]
    leaver.work()

    again = leaver.exit_all()
    assert {leg["status"] for leg in again.body["legs"]} == {"filled"}
    assert again.body["complete"] is True
    assert leaver.wallet() == 0


def test_exit_when_one_piece_is_refused_then_the_rest_of_the_wallet_follows(leaver: Leaver) -> None:
    rules = instrument_of(BTC, quantity_max="0.02")
    assert leaver.routed.gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    leaver.set_wallet("0.03")
    leaver.exit_all()
    leaver.work()

    assert leaver.exit_all().body["complete"] is True
    assert leaver.wallet() == Decimal("0.00005"), "less than the venue trades"


def test_exit_when_it_was_never_sent_then_told_and_sent_anew(leaver: Leaver) -> None:
    (leg,) = leaver.exit_all().body["legs"]
    message = leaver.routed.receive()
    assert message is not None
    leaver.routed.gateway.advance(seconds=120)
    assert not leaver.routed.invoke(message)
    assert leaver.routed.status(leg["client_order_id"]) == "cancelled"
    leaver.routed.sqs.delete_message(QueueUrl=leaver.routed.queue_url, ReceiptHandle=message["ReceiptHandle"])

    leaver.log.pump()
    (alert,) = leaver.alerts("exit_interrupted")
    assert alert.detail == "cancelled: its approval expired before it was sent"
    leaver.work()
    assert leaver.exit_all().body["complete"] is True
    assert leaver.wallet() == 0


def test_exit_of_a_bot_when_it_was_never_sent_then_told_and_not_sent_anew(leaver: Leaver) -> None:
    name = leaver.routed.approved(
        side="sell", type="market", price=None, stop_loss_price=None, quantity="0.01", reduce_only=True
    )
    message = leaver.routed.receive()
    assert message is not None
    leaver.routed.gateway.advance(seconds=120)
    assert not leaver.routed.invoke(message)
    leaver.routed.sqs.delete_message(QueueUrl=leaver.routed.queue_url, ReceiptHandle=message["ReceiptHandle"])
    leaver.work()

    assert leaver.routed.status(name) == "cancelled"
    assert [alert.subject for alert in leaver.alerts("exit_interrupted")] == [name]
    assert leaver.wallet() == Decimal("0.04995")


def test_exit_when_the_stream_and_the_queue_tell_twice_then_one_order_follows(leaver: Leaver) -> None:
    leaver.set_wallet("0.03")
    before = leaver.log.position
    leaver.exit_all()
    leaver.work()
    leaver.log.position = before
    leaver.routed.gateway.advance(minutes=6)
    leaver.work()

    posted = [row for row in leaver.routed.requests("POST") if row["params"]["side"] == "SELL"]
    assert len(posted) == 2
    assert leaver.wallet() == 0


def test_exit_when_a_person_cancels_its_order_then_none_follows(leaver: Leaver) -> None:
    (leg,) = leaver.exit_all().body["legs"]
    assert leaver.routed.gateway.cancel(leg["client_order_id"]).status in {200, 202}
    leaver.work()

    assert leaver.routed.status(leg["client_order_id"]) == "cancelled"
    assert leaver.exit_all().body["complete"] is False
    assert leaver.alerts("exit_interrupted", "exit_failed") == []
    assert leaver.wallet() == Decimal("0.04995")


def test_kept_stop_when_it_is_replaced_or_vanishes_then_no_exit_is_followed_or_told(routed: RoutedAccount) -> None:
    rules = instrument_of(BTC, stop_orders=True)
    assert routed.gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    routed.gateway.refresh_quotes()
    routed.approved(price="50500", stop_loss_price="49000", quantity="0.05")
    routed.work_all()
    leaver = Leaver(routed, LogStream(routed.gateway.aws.audit_table))
    (stop,) = [order for order in routed.simulator.orders() if order["open"]]
    (name,) = [name for name in routed.state().working_orders if name.startswith("stop-")]
    routed.simulator.control.delete("orders", order_id=stop["order_id"])
    routed.resolve(name)
    leaver.work()
    assert routed.status(name) == "cancelled"
    routed.gateway.refresh_quotes()
    # An exit of a part takes the stop away and has another placed.
    routed.approved(side="sell", type="market", price=None, stop_loss_price=None, quantity="0.01")
    leaver.work()

    assert leaver.alerts("exit_interrupted", "exit_failed") == []
    assert not any(entry["inputs"].get("leaves_open") for entry in routed.audit("order_closed"))
