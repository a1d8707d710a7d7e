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
    Desk,
    WorkerContext,
    put_venue_secret,
    to_lambda_record,
)
from tests.support.wire import VirtualTime

SLOW_SECRET, SLOW_KEY = "riskgate/exchange/slow", "another-simulated-key"


def open_slow_account(desk: Desk) -> None:
    put_venue_secret(desk.gateway.aws, desk.simulator, SLOW_SECRET, SLOW_KEY)
    desk.simulator.control.post(
        "accounts",
        account="slow",
        key=SLOW_KEY,
        secret="simulated-secret",
        balances={"spot": {"USDT": "1000000"}},
    )
    desk.accounts["slow"] = SLOW_SECRET
    desk.open_accounts()


def test_account_when_its_venue_hangs_then_the_other_account_is_served_meanwhile(desk: Desk) -> None:
    open_slow_account(desk)
    hanging, released = threading.Event(), threading.Event()

    def hang(_seconds: float) -> None:
        hanging.set()
        released.wait(60)

    desk.simulator.gateway._sleep = hang
    desk.simulator.control.post("faults", kind="delay", method="POST", path="/api/v3/order", api_key=SLOW_KEY)
    slow_order = desk.approved("slow")
    slow_message = desk.receive()
    order = desk.approved()
    message = desk.receive()
    assert slow_message is not None
    assert message is not None

    def work_slowly() -> None:
        handle_record(SQSRecord(to_lambda_record(slow_message)), WorkerContext(aws_request_id="slow"))  # type: ignore[arg-type]

    worker = threading.Thread(target=work_slowly)
    worker.start()
    try:
        assert hanging.wait(60)
        assert desk.invoke(message) == []
        assert desk.status(order) == "submitted"
        assert desk.status(slow_order, "slow") == "submitting"
        assert worker.is_alive()
    finally:
        released.set()
        worker.join(60)
    assert desk.status(slow_order, "slow") == "submitted"
    desk.assert_agrees(order)
    desk.assert_agrees(slow_order, "slow")


def test_queue_when_one_accounts_messages_come_again_and_again_then_the_others_pass_it(desk: Desk) -> None:
    open_slow_account(desk)
    desk.simulator.control.post("faults", kind="drop_before_accept", api_key=SLOW_KEY, count=None)
    stuck = [desk.approved("slow", quantity=f"0.01{n}") for n in range(3)]
    orders = [desk.approved(quantity=f"0.01{n}") for n in range(3)]
    done = [desk.work() for _ in range(4)]
    assert sorted(map(str, done)) == ["False", "True", "True", "True"]
    assert {desk.status(order) for order in orders} == {"submitted"}
    assert desk.status(stuck[0], "slow") in {"unknown", "submitting"}
    assert [desk.status(order, "slow") for order in stuck[1:]] == ["approved", "approved"]
    assert set(desk.state("slow").working_orders) == set(stuck)


def test_invocation_when_the_venue_never_answers_then_it_ends_in_time_and_keeps_the_reservation(
    desk: Desk, virtual_time: VirtualTime
) -> None:
    first = desk.approved()
    desk.work_all()
    desk.fault("drop_before_accept", method="*", path="*", count=None)
    order = desk.approved(quantity="0.02")
    before = virtual_time.elapsed
    assert desk.work() is False
    assert 10 < virtual_time.elapsed - before < INVOCATION_SECONDS
    assert desk.status(order) == "unknown"
    assert order in desk.state().working_orders
    for _ in range(15):
        desk.work()
        desk.gateway.advance(seconds=61)
    assert desk.dead() == 1
    assert desk.status(order) == "unknown"
    assert set(desk.state(ACCOUNT_ID).working_orders) == {first, order}
    desk.simulator.control.delete("faults")


def test_worker_when_it_asked_a_venue_then_its_calls_and_faults_are_counted(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.approved()
    desk.fault("error_after_accept", status=500, code=-1000)
    capsys.readouterr()
    desk.work()

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
    told = {name: line[name] for line in lines if line.get("venue") == VENUE for name in line if name != "_aws"}
    assert told["VenueErrors"] == [1.0]
    assert told["VenueCalls"][0] > 1
