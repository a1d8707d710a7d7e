"""However the database fails, the answer comes before the function's timeout: with the longest of all random waits."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ConnectTimeoutError
from botocore.retries.standard import ExponentialBackoff

from riskgate.adapters.aws.retries import RetryQuota
from riskgate.app.ledger import commit_event
from riskgate.runtime.api.routes import ANSWER_SECONDS, WAITED_SHORTER_SECONDS
from riskgate.schemas.http.routes import ROUTES
from tests.component.ledger.test_faults_commit import CONFLICT
from tests.support.aws import LambdaContext
from tests.support.every_route import NO_DATABASE, call_route
from tests.support.gateway import Gateway
from tests.support.wire import (
    COMMIT,
    CONNECT_TIMEOUT_SECONDS,
    READ,
    Fault,
    Wire,
    answer_error,
    lose_request,
    refuse_connection,
)

#: Less than API Gateway waits for an answer, in template.yaml.
FUNCTION_TIMEOUT_SECONDS = 3.0


@pytest.fixture(autouse=True)
def _longest_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every random wait as long as it can be, before any client is made."""
    _, *others = ExponentialBackoff.__init__.__defaults__ or ()
    assert callable(others[0])
    monkeypatch.setattr(ExponentialBackoff.__init__, "__defaults__", (20, lambda: 1.0, *others[1:]))
    monkeypatch.setattr(RetryQuota.__init__, "__defaults__", (lambda: 1.0,))
    monkeypatch.setattr(commit_event, "_JITTER", SimpleNamespace(uniform=lambda _low, high: high))


def hang_connecting(wire: Wire, _operation: str, request: AWSPreparedRequest) -> None:
    """No connection comes about within the connect timeout."""
    wire.time.elapsed += CONNECT_TIMEOUT_SECONDS
    raise ConnectTimeoutError(endpoint_url=request.url)


FAULTS: dict[str, Fault] = {
    "hangs": lose_request,
    "connecting-hangs": hang_connecting,
    "refuses": refuse_connection,
    "throttles": answer_error(400, "ThrottlingException"),
    "fails": answer_error(500, "InternalServerError"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("operation", [READ, COMMIT, "*"])
def test_order_when_the_database_fails_for_good_then_503_in_time(
    gateway: Gateway, wire: Wire, operation: str, fault: Fault
) -> None:
    wire.always(operation, fault)
    answer = gateway.submit()
    assert answer.status == 503
    assert wire.time.elapsed < FUNCTION_TIMEOUT_SECONDS


def test_order_when_every_race_is_lost_then_503_in_time(gateway: Gateway, wire: Wire) -> None:
    wire.always(COMMIT, CONFLICT)
    assert gateway.submit().code == "CONTENTION"
    assert wire.time.elapsed < FUNCTION_TIMEOUT_SECONDS


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.usefixtures("phone")
def test_every_other_route_when_the_database_fails_for_good_then_503_in_time(
    gateway: Gateway, wire: Wire, fault: Fault
) -> None:
    wire.always("*", fault)
    for route in ROUTES:
        if route.operation_id not in NO_DATABASE:
            before = wire.time.elapsed
            assert call_route(gateway, route).status == 503, route.operation_id
            assert wire.time.elapsed - before < FUNCTION_TIMEOUT_SECONDS, route.operation_id
    before = wire.time.elapsed
    assert gateway.submit(account="nobody").status == 503
    assert wire.time.elapsed - before < FUNCTION_TIMEOUT_SECONDS


def test_order_of_an_unknown_account_when_every_race_is_lost_then_503_in_time(gateway: Gateway, wire: Wire) -> None:
    wire.always(COMMIT, CONFLICT)
    assert gateway.submit(account="nobody").code == "CONTENTION"
    assert wire.time.elapsed < FUNCTION_TIMEOUT_SECONDS


@pytest.mark.parametrize("call", ["order", "change", "cancel"])
def test_order_when_api_gateway_waits_no_longer_then_nothing_is_sent_and_503(
    gateway: Gateway, wire: Wire, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    placed = gateway.approved()
    before = len(wire.sent)
    left = int((WAITED_SHORTER_SECONDS + ANSWER_SECONDS) * 1000)
    monkeypatch.setattr(LambdaContext, "get_remaining_time_in_millis", lambda _: left)
    calls = {
        "order": gateway.submit,
        "change": lambda: gateway.on_order("PATCH", placed, body={"quantity": "0.01"}),
        "cancel": lambda: gateway.cancel(placed),
    }
    answer = calls[call]()
    assert (answer.status, answer.code) == (503, "UNAVAILABLE")
    assert len(wire.sent) == before


def test_kill_switch_when_api_gateway_waits_no_longer_then_set_all_the_same(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LambdaContext, "get_remaining_time_in_millis", lambda _: 0)
    assert gateway.kill().status == 200
    monkeypatch.undo()
    assert gateway.submit().code == "KILL_SWITCH_ENGAGED"
