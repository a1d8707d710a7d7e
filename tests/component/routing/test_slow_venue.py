"""A venue that answers late or not at all keeps nobody else waiting."""

from __future__ import annotations

import json
import threading

import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from riskgate.runtime.jobs.order_worker import handle_record
from tests.support.gateway import ACCOUNT_ID, VENUE
from tests.support.routed_account import (
    INVOCATION_SECONDS,
    RoutedAccount,
    WorkerContext,
    put_venue_secret,
    to_lambda_record,
)
from tests.support.wire import VirtualTime

SLOW_SECRET, SLOW_KEY = "riskgate/exchange/slow", "another-simulated-key"


def open_slow_account(routed: RoutedAccount) -> None:
    put_venue_secret(routed.gateway.aws, routed.simulator, SLOW_SECRET, SLOW_KEY)
    routed.simulator.control.post(
        "accounts",
        account="slow",
        key=SLOW_KEY,
        secret="simulated-secret",
        balances={"spot": {"USDT": "1000000"}},
    )
    routed.accounts["slow"] = SLOW_SECRET
    routed.open_accounts()


def test_account_when_its_venue_hangs_then_the_other_account_is_served_meanwhile(routed: RoutedAccount) -> None:
    open_slow_account(routed)
    hanging, released = threading.Event(), threading.Event()

    def hang(_seconds: float) -> None:
        hanging.set()
        released.wait(60)

    routed.simulator.gateway._sleep = hang
    routed.simulator.control.post("faults", kind="delay", method="POST", path="/api/v3/order", api_key=SLOW_KEY)
    slow_order = routed.approved("slow")
    slow_message = routed.receive()
    order = routed.approved()
    message = routed.receive()
    assert slow_message is not None
    assert message is not None

    def work_slowly() -> None:
        handle_record(SQSRecord(to_lambda_record(slow_message)), WorkerContext(aws_request_id="slow"))  # type: ignore[arg-type]

    worker = threading.Thread(target=work_slowly)
    worker.start()
    try:
        assert hanging.wait(60)
        assert routed.invoke(message) == []
        assert routed.status(order) == "submitted"
        assert routed.status(slow_order, "slow") == "submitting"
        assert worker.is_alive()
    finally:
        released.set()
        worker.join(60)
    assert routed.status(slow_order, "slow") == "submitted"
    routed.assert_agrees(order)
    routed.assert_agrees(slow_order, "slow")


def test_queue_when_one_accounts_messages_come_again_and_again_then_the_others_pass_it(routed: RoutedAccount) -> None:
    open_slow_account(routed)
    routed.simulator.control.post("faults", kind="drop_before_accept", api_key=SLOW_KEY, count=None)
    stuck = [routed.approved("slow", quantity=f"0.01{n}") for n in range(3)]
    orders = [routed.approved(quantity=f"0.01{n}") for n in range(3)]
    done = [routed.work() for _ in range(4)]
    assert sorted(map(str, done)) == ["False", "True", "True", "True"]
    assert {routed.status(order) for order in orders} == {"submitted"}
    assert routed.status(stuck[0], "slow") in {"unknown", "submitting"}
    assert [routed.status(order, "slow") for order in stuck[1:]] == ["approved", "approved"]
    assert set(routed.state("slow").working_orders) == set(stuck)


def test_invocation_when_the_venue_never_answers_then_it_ends_in_time_and_keeps_the_reservation(
    routed: RoutedAccount, virtual_time: VirtualTime
) -> None:
    first = routed.approved()
    routed.work_all()
    routed.fault("drop_before_accept", method="*", path="*", count=None)
    order = routed.approved(quantity="0.02")
    before = virtual_time.elapsed
    assert routed.work() is False
    assert 10 < virtual_time.elapsed - before < INVOCATION_SECONDS
    assert routed.status(order) == "unknown"
    assert order in routed.state().working_orders
    for _ in range(15):
        routed.work()
        routed.gateway.advance(seconds=61)
    assert routed.dead() == 1
    assert routed.status(order) == "unknown"
    assert set(routed.state(ACCOUNT_ID).working_orders) == {first, order}
    routed.simulator.control.delete("faults")


def test_worker_when_it_asked_a_venue_then_its_calls_and_faults_are_counted(
    routed: RoutedAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    routed.approved()
    routed.fault("error_after_accept", status=500, code=-1000)
    capsys.readouterr()
    routed.work()

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
    told = {name: line[name] for line in lines if line.get("venue") == VENUE for name in line if name != "_aws"}
    assert told["VenueErrors"] == [1.0]
    assert told["VenueCalls"][0] > 1
