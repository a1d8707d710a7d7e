"""The transaction fails in every way it can: what is answered, and that a decision is made exactly once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.app.ledger.commit_event import ATTEMPTS_MAX, Acting, Deps
from riskgate.app.orders.submit_order import submit_order
from riskgate.app.safeguards.set_kill_switch import set_kill_switch
from riskgate.core.kill_switch import KillSwitch
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.orders import OrderRequest
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE, Gateway
from tests.support.wire import (
    COMMIT,
    READ,
    Fault,
    Wire,
    answer_error,
    cancel_transaction,
    interleave,
    lose_reply,
    lose_request,
    pass_through,
    refuse_connection,
)

pytestmark = pytest.mark.usefixtures("each_client")

CONFLICT = cancel_transaction("TransactionConflict", "None", "None")
THROTTLED_ACTION = cancel_transaction("ThrottlingError", "None", "None")
SDK_SENDS = 2


@pytest.fixture
def other(gateway: Gateway) -> Deps:
    """Another instance of the gateway, with its own connection."""
    aws = gateway.aws
    tables = {"state_table": aws.state_table, "control_table": aws.control_table, "audit_table": aws.audit_table}
    return Deps(store=DynamoStore(aws.dynamodb, **tables))


def place(gateway: Gateway, other: Deps, body: dict[str, Any]) -> Callable[[], object]:
    """Return the action of another instance that decides an order."""
    order = parse_request(OrderRequest, body).to_order(ACCOUNT_ID)
    return lambda: submit_order(Acting(deps=other, actor="token:other", now=gateway.now), order)


def audit_events(gateway: Gateway) -> list[str]:
    entries = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit").body["entries"]
    return [entry["event"] for entry in entries]


def test_reply_lost_when_a_send_is_left_then_the_same_token_and_201(gateway: Gateway, wire: Wire) -> None:
    wire.then(COMMIT, lose_reply)
    answer = gateway.submit()
    assert (answer.status, answer.is_replay) == (201, False)
    assert wire.operations() == [READ, COMMIT, COMMIT]
    first, second = (sent.body["ClientRequestToken"] for sent in wire.sent[1:])
    assert first == second
    assert audit_events(gateway) == ["account_registered", "order_decided"]


@pytest.mark.parametrize("quantity", ["0.1", "3"], ids=["approved", "denied"])
def test_reply_lost_when_no_send_is_left_then_it_is_looked_up(gateway: Gateway, wire: Wire, quantity: str) -> None:
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    answer = gateway.submit(quantity=quantity)
    assert (answer.status, answer.is_replay) == (201 if quantity == "0.1" else 422, False)
    assert wire.is_exhausted
    assert wire.operations() == [READ, *[COMMIT] * SDK_SENDS, READ]
    assert audit_events(gateway) == ["account_registered", "order_decided"]


def test_reply_lost_when_it_cannot_be_looked_up_then_503_and_the_retry_finds_it(gateway: Gateway, wire: Wire) -> None:
    order = gateway.order()
    wire.then(READ, pass_through)
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    wire.always(READ, refuse_connection)
    answer = gateway.submit(order)
    assert (answer.status, answer.code) == (503, "OUTCOME_UNKNOWN"), (
        "it was written: nobody may be told that it was not"
    )
    assert answer.headers["Retry-After"] == "1"
    wire.heal()
    again = gateway.submit(order)
    assert (again.status, again.is_replay) == (200, True)


def test_reply_lost_when_a_kill_switch_came_meanwhile_then_the_approval_is_not_repeated(
    gateway: Gateway, wire: Wire, other: Deps
) -> None:
    flag = KillSwitch(scope="global", key="", engaged=True, reason="drill")
    kill = interleave(
        lambda: set_kill_switch(
            Acting(deps=other, actor="token:other", now=gateway.now), flag, cancel_open_orders=False
        )
    )
    wire.then(READ, pass_through, kill)
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    order = gateway.order()
    answer = gateway.submit(order)
    assert (answer.status, answer.code) == (409, "DECISION_NOT_ACTIONABLE")
    assert gateway.submit(order).status == 409


def test_request_lost_when_a_send_is_left_then_201(gateway: Gateway, wire: Wire) -> None:
    wire.then(COMMIT, lose_request)
    assert gateway.submit().status == 201
    assert audit_events(gateway) == ["account_registered", "order_decided"]


def test_conflict_when_three_times_then_201_at_the_fourth_attempt(
    gateway: Gateway, wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.then(COMMIT, *[CONFLICT] * 3)
    answer = gateway.submit()
    assert (answer.status, answer.body["state_version"]) == (201, 2)
    assert wire.operations() == [READ, COMMIT] * 4
    assert len(wire.time.sleeps) == 3
    assert len({sent.body["ClientRequestToken"] for sent in wire.sent if sent.operation == COMMIT}) == 4
    assert '"CommitAttempts":[2.0,3.0,4.0]' in capsys.readouterr().out


def test_conflict_when_forever_then_503_contention_and_no_row(gateway: Gateway, wire: Wire) -> None:
    order = gateway.order()
    wire.always(COMMIT, CONFLICT)
    answer = gateway.submit(order)
    assert (answer.status, answer.code) == (503, "CONTENTION")
    assert answer.headers["Retry-After"] == "1"
    assert len(wire.operations()) <= 2 * ATTEMPTS_MAX
    wire.heal()
    assert gateway.on_order("GET", order["client_order_id"]).status == 404
    assert gateway.submit(order).status == 201


def test_race_when_another_order_was_first_then_decided_again_on_what_is_left(
    gateway: Gateway, wire: Wire, other: Deps
) -> None:
    gateway.limits(totp=False, position_size_fraction_max="0.05")
    wire.then(COMMIT, interleave(place(gateway, other, gateway.order())))
    wire.sent.clear()
    answer = gateway.submit(quantity="0.09")
    assert (answer.status, answer.code) == (422, "POSITION_SIZE")
    assert wire.operations() == [READ, COMMIT, READ, COMMIT]


def test_race_when_the_same_order_was_first_then_a_replay(gateway: Gateway, wire: Wire, other: Deps) -> None:
    order = gateway.order()
    wire.then(COMMIT, interleave(place(gateway, other, order)))
    answer = gateway.submit(order)
    assert (answer.status, answer.is_replay) == (200, True)
    assert audit_events(gateway) == ["account_registered", "order_decided"]


def test_race_when_the_id_went_to_another_order_first_then_409(gateway: Gateway, wire: Wire, other: Deps) -> None:
    order = gateway.order()
    wire.then(COMMIT, interleave(place(gateway, other, order | {"quantity": "0.05"})))
    assert gateway.submit(order).code == "CLIENT_ORDER_ID_REUSED"


def test_race_when_the_kill_switch_was_first_then_denied(gateway: Gateway, wire: Wire, other: Deps) -> None:
    for scope, key in (("global", ""), ("account", ACCOUNT_ID), ("strategy", "trend")):
        on, off = (KillSwitch(scope=scope, key=key, engaged=engaged, reason="drill") for engaged in (True, False))

        def engage(flag: KillSwitch = on) -> object:
            return set_kill_switch(
                Acting(deps=other, actor="token:other", now=gateway.now), flag, cancel_open_orders=False
            )

        wire.then(COMMIT, interleave(engage))
        answer = gateway.submit()
        assert (answer.status, answer.code) == (422, "KILL_SWITCH_ENGAGED")
        set_kill_switch(Acting(deps=other, actor="token:other", now=gateway.now), off, cancel_open_orders=False)


FLAG_ITEMS = ["GLOBAL", f"ACCOUNT#{ACCOUNT_ID}", f"VENUE#{VENUE}", "STRATEGY#trend", f"SYMBOL#{BTC}"]


@pytest.mark.parametrize("item", FLAG_ITEMS)
@pytest.mark.parametrize("value", [{"BOOL": True}, {"S": "false"}])
def test_race_when_there_is_no_guard_and_a_flag_was_edited_after_it_was_read_then_denied(
    gateway: Gateway, wire: Wire, item: str, value: dict[str, Any]
) -> None:
    gateway.lose_guard()
    wire.then(COMMIT, interleave(lambda: gateway.put_flag(item, value)))
    assert gateway.submit().code in {"KILL_SWITCH_ENGAGED", "KILL_SWITCH_UNREADABLE"}
    gateway.put_flag(item, {"BOOL": False})
    orders = [gateway.order(quantity=f"0.00{n}") for n in (1, 2)]
    wire.then(COMMIT, interleave(lambda: gateway.put_flag(item, value)))
    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders/batch", {"orders": orders})
    assert (answer.status, answer.body["decision"]) == (422, "denied")
    gateway.put_flag(item, {"BOOL": False})
    order = gateway.approved(quantity="0.01")
    wire.then(COMMIT, interleave(lambda: gateway.put_flag(item, value)))
    assert gateway.on_order("PATCH", order, body={"quantity": "0.02"}).status == 422


def test_race_when_there_is_no_guard_and_the_global_flag_was_deleted_after_it_was_read_then_denied(
    gateway: Gateway, wire: Wire
) -> None:
    gateway.lose_guard()
    key = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "GLOBAL"}}
    delete = interleave(lambda: gateway.aws.dynamodb.delete_item(TableName=gateway.aws.control_table, Key=key))
    wire.then(COMMIT, delete)
    assert gateway.submit().code == "KILL_SWITCH_UNREADABLE"


def test_race_when_the_limits_were_tightened_first_then_decided_on_the_new_ones(
    gateway: Gateway, wire: Wire, other: Deps
) -> None:
    from riskgate.app.account.change_limits import change_limits  # noqa: PLC0415
    from riskgate.core.limits import Limits  # noqa: PLC0415

    def tighten() -> object:
        limits = Limits(daily_trades_max=1, order_rate_max=1, stop_loss_required=True)
        return change_limits(
            Acting(deps=other, actor="token:other", now=gateway.now), ACCOUNT_ID, limits, expected_version=1
        )

    wire.then(COMMIT, interleave(tighten))
    answer = gateway.submit(stop_loss_price=None, quantity="0.01")
    assert (answer.status, answer.code, answer.body["limits_version"]) == (422, "STOP_LOSS_REQUIRED", 2)


@pytest.mark.parametrize("operation", [READ, COMMIT])
@pytest.mark.parametrize(
    "fault",
    [
        answer_error(400, "ThrottlingException"),
        answer_error(400, "ProvisionedThroughputExceededException"),
        answer_error(400, "RequestLimitExceeded"),
        answer_error(500, "InternalServerError"),
        answer_error(503, "ServiceUnavailable"),
    ],
    ids=["throttling", "throughput", "request-limit", "500", "503"],
)
def test_refusal_when_it_passes_then_201_and_when_it_lasts_503(
    gateway: Gateway, wire: Wire, operation: str, fault: Fault
) -> None:
    wire.then(operation, fault, fault)
    assert gateway.submit().status == 201
    wire.always(operation, fault)
    order = gateway.order(quantity="0.05")
    answer = gateway.submit(order)
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "1"
    wire.heal()
    assert gateway.submit(order).status == 201


def test_transaction_when_one_action_is_throttled_then_retried(gateway: Gateway, wire: Wire) -> None:
    wire.then(COMMIT, THROTTLED_ACTION, THROTTLED_ACTION)
    assert gateway.submit().status == 201
    wire.always(COMMIT, THROTTLED_ACTION)
    assert gateway.submit(quantity="0.05").code == "THROTTLED"


def test_transaction_when_in_progress_or_its_token_mismatches_then_looked_up(gateway: Gateway, wire: Wire) -> None:
    for code in ("TransactionInProgressException", "IdempotentParameterMismatchException"):
        wire.then(COMMIT, *[answer_error(400, code)] * SDK_SENDS)
        assert gateway.submit(quantity=f"0.0{len(code)}").status == 201


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException", "ResourceNotFoundException"])
def test_transaction_when_refused_for_good_then_503_and_no_approval(gateway: Gateway, wire: Wire, code: str) -> None:
    wire.always(COMMIT, answer_error(400, code))
    order = gateway.order()
    assert gateway.submit(order).status == 503
    wire.heal()
    assert gateway.on_order("GET", order["client_order_id"]).status == 404


class Killed(BaseException):
    """The process ends here, as with SIGKILL: nothing after it runs."""


# A process that ends flushes no metrics either.
@pytest.mark.filterwarnings("ignore:No application metrics to publish")
@pytest.mark.parametrize("committed", [False, True], ids=["before-the-commit", "after-the-commit"])
def test_function_when_killed_then_the_retry_decides_once(gateway: Gateway, wire: Wire, *, committed: bool) -> None:
    def kill(wire: Wire, _operation: str, request: Any) -> None:
        if committed:
            wire.deliver(request)
        raise Killed

    order = gateway.order()
    wire.then(COMMIT, kill)
    with pytest.raises(Killed):
        gateway.submit(order)
    again = gateway.submit(order)
    assert (again.status, again.is_replay) == ((200, True) if committed else (201, False))
    assert audit_events(gateway) == ["account_registered", "order_decided"]
