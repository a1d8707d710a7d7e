"""Guards of kill switches: one item that an approval is held against, and no approval after a switch was acknowledged."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError

from functions.control_stream.app import lambda_handler as control_handler
from infra.riskctl.audit import replay_account
from riskgate.adapters.dynamodb import guards
from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.app.ledger.commit_event import Acting, Deps
from riskgate.app.safeguards.set_kill_switch import set_kill_switch, write_kill_switch
from riskgate.core.errors import Contention, VersionConflict
from riskgate.core.kill_switch import KillSwitch, item_name
from riskgate.runtime import wiring
from riskgate.runtime.jobs.control_stream import repair_guards
from riskgate.schemas.log.audit_entry import read_entry
from tests.support.aws import LambdaContext
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE, Gateway
from tests.support.streams import ControlStream
from tests.support.wire import COMMIT, READ, Fault, Wire, answer_error, interleave, lose_reply, pass_through

SCOPES = [("global", ""), ("account", ACCOUNT_ID), ("venue", VENUE), ("strategy", "trend"), ("symbol", BTC)]
ITEMS = ["GLOBAL", f"ACCOUNT#{ACCOUNT_ID}", f"VENUE#{VENUE}", "STRATEGY#trend", f"SYMBOL#{BTC}"]
#: Some of every shard.
ACCOUNTS = [f"account-{number}" for number in range(200)]
ENGAGED, UNREADABLE = "KILL_SWITCH_ENGAGED", "KILL_SWITCH_UNREADABLE"
PUT, QUERY = "PutItem", "Query"
LOGGED = "kill_switch_guards_repaired"
OFF = {"BOOL": False}
CONFLICT = answer_error(400, "TransactionConflictException")


@pytest.fixture
def other(gateway: Gateway) -> Deps:
    """Another instance of the gateway, with a connection that no fault befalls."""
    aws = gateway.aws
    tables = {"state_table": aws.state_table, "control_table": aws.control_table, "audit_table": aws.audit_table}
    return Deps(store=DynamoStore(aws.dynamodb, **tables))


def switch(deps: Deps, gateway: Gateway, scope: str, key: str, *, engaged: bool = True) -> None:
    flag = KillSwitch(scope=scope, key=key, engaged=engaged, reason="drill")
    set_kill_switch(Acting(deps=deps, actor="token:other", now=gateway.now), flag, cancel_open_orders=False)


def read_guard(gateway: Gateway, account: str = ACCOUNT_ID) -> Any:
    key = guards.guard_key(account)
    return gateway.aws.dynamodb.get_item(TableName=gateway.aws.control_table, Key=key).get("Item")


def named(gateway: Gateway, account: str = ACCOUNT_ID) -> set[tuple[str, str]]:
    """Return scope and key of the flags that an account's guard names."""
    guard = guards.parse_guard(read_guard(gateway, account))
    assert guard is not None
    return {(flag.scope, flag.key) for flag in guard.flags}


def checks(wire: Wire) -> list[str]:
    """Return the partition keys of what the last transaction was held against."""
    commit = [sent for sent in wire.sent if sent.operation == COMMIT][-1]
    actions = [action["ConditionCheck"] for action in commit.body["TransactItems"] if "ConditionCheck" in action]
    return [action["Key"]["pk"]["S"] for action in actions]


def on_guards(fault: Callable[[], object], *, at: int = 0) -> tuple[Fault, list[str]]:
    """Return a fault of writes that does something before one of the guards is written, and those that were written."""
    written: list[str] = []

    def watch(_wire: Wire, _operation: str, request: AWSPreparedRequest) -> None:
        assert request.body is not None
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
        if "KILL_SWITCH_GUARD#" in body:
            written.append(body)
            if len(written) == at + 1:
                fault()

    return watch, written


# Decisions


def test_approval_then_it_is_held_against_its_guard_alone(gateway: Gateway, wire: Wire) -> None:
    assert gateway.submit().status == 201
    assert wire.operations() == [READ, COMMIT]
    assert checks(wire) == [guards.guard_key(ACCOUNT_ID)["pk"]["S"]]
    assert gateway.submit(quantity="3").status == 422
    assert checks(wire) == []


@pytest.mark.parametrize(("scope", "key"), SCOPES)
def test_approval_when_the_switch_is_acknowledged_after_its_read_then_denied(
    gateway: Gateway, wire: Wire, other: Deps, scope: str, key: str
) -> None:
    wire.then(COMMIT, interleave(lambda: switch(other, gateway, scope, key)))
    assert gateway.submit().code == ENGAGED
    assert wire.is_exhausted


@pytest.mark.parametrize(("scope", "key"), SCOPES)
def test_approval_when_flags_are_read_before_the_switch_and_the_guard_after_it_then_denied(
    gateway: Gateway, other: Deps, scope: str, key: str
) -> None:
    """What a torn read finds: the flags' items of before, the guard of now."""
    switch(other, gateway, scope, key)
    gateway.put_flag(item_name(scope, key), OFF)
    answer = gateway.submit()
    assert (answer.status, answer.code) == (422, ENGAGED)
    assert key in answer.body["detail"]
    entry = read_entry(wiring.deps().store.list_audit(ACCOUNT_ID, after=0, limit=100)[-1].entry)
    held = {flag["scope"]: flag for flag in entry.inputs["kill_switches"]}
    assert held[scope] == {"scope": scope, "key": key, "engaged": True, "reason": "drill"}
    assert replay_account(wiring.deps().store, ACCOUNT_ID).findings == ()


@pytest.mark.parametrize("value", [{"BOOL": True}, {"S": "false"}])
@pytest.mark.parametrize("item", ITEMS)
def test_flag_when_edited_in_the_table_then_the_next_request_obeys_before_any_guard_knows(
    gateway: Gateway, item: str, value: dict[str, Any]
) -> None:
    assert gateway.submit().status == 201
    gateway.put_flag(item, value)
    assert named(gateway) == set()
    assert gateway.submit(quantity="0.01").code in {ENGAGED, UNREADABLE}


def test_flag_when_its_item_and_the_guard_say_so_then_the_reason_is_the_items(gateway: Gateway) -> None:
    assert gateway.kill().status == 200
    item = {
        "pk": {"S": "KILL_SWITCH"},
        "sk": {"S": "GLOBAL"},
        "engaged": {"BOOL": True},
        "reason": {"S": "a newer one"},
    }
    gateway.aws.dynamodb.put_item(TableName=gateway.aws.control_table, Item=item)
    assert "a newer one" in gateway.submit().body["detail"]


def test_global_flag_when_deleted_then_the_next_request_is_denied(gateway: Gateway) -> None:
    key = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "GLOBAL"}}
    gateway.aws.dynamodb.delete_item(TableName=gateway.aws.control_table, Key=key)
    assert gateway.submit().code == UNREADABLE


@pytest.mark.parametrize("item", ITEMS)
def test_flag_when_edited_while_a_decision_is_under_way_then_only_that_one_may_still_be_approved(
    gateway: Gateway, wire: Wire, item: str
) -> None:
    wire.then(COMMIT, interleave(lambda: gateway.put_flag(item)))
    assert gateway.submit().status == 201
    assert gateway.submit(quantity="0.01").code == ENGAGED


BROKEN: list[dict[str, Any]] = [
    {},
    {"flags": {"L": []}},
    {"version": {"S": "a"}},
    {"version": {"N": "1"}, "flags": {"L": []}},
    {"version": {"S": "a"}, "flags": {"S": "none"}},
    {"version": {"S": "a"}, "flags": {"L": [{"S": "GLOBAL"}]}},
    {"version": {"S": "a"}, "flags": {"L": [{"M": {"scope": {"S": "global"}}}]}},
]


@pytest.mark.parametrize("attributes", BROKEN)
@pytest.mark.parametrize("item", ITEMS)
def test_guard_when_it_cannot_be_read_then_the_flags_themselves_hold_until_it_is_repaired(
    gateway: Gateway, wire: Wire, attributes: dict[str, Any], item: str
) -> None:
    gateway.lose_guard()
    if attributes:
        broken = guards.guard_key(ACCOUNT_ID) | attributes
        gateway.aws.dynamodb.put_item(TableName=gateway.aws.control_table, Item=broken)
    assert gateway.submit().status == 201
    assert checks(wire) == ["KILL_SWITCH"] * len(ITEMS)
    wire.then(COMMIT, interleave(lambda: gateway.put_flag(item)))
    assert gateway.submit(quantity="0.01").code == ENGAGED
    gateway.put_flag(item, OFF)
    repair_guards()
    assert gateway.submit(quantity="0.01").status == 201
    assert checks(wire) == [guards.guard_key(ACCOUNT_ID)["pk"]["S"]]


def test_guard_when_it_was_lost_and_made_again_then_no_decision_from_before_passes(
    gateway: Gateway, wire: Wire, other: Deps
) -> None:
    def lose() -> None:
        switch(other, gateway, "global", "")
        gateway.lose_guard()
        gateway.put_flag("GLOBAL", OFF)
        gateway.put_guards()
        gateway.put_flag("GLOBAL")

    wire.then(COMMIT, interleave(lose))
    assert gateway.submit().code == ENGAGED


def test_guard_when_too_many_flags_hold_trading_back_then_the_flags_themselves_hold(
    gateway: Gateway, wire: Wire
) -> None:
    for number in range(guards.FLAGS_MAX):
        gateway.put_flag(f"STRATEGY#s{number}")
    gateway.put_guards()
    assert len(named(gateway)) == guards.FLAGS_MAX
    gateway.put_flag("VENUE#elsewhere")
    gateway.put_guards()
    assert "flags" not in read_guard(gateway)
    assert gateway.submit().status == 201
    assert checks(wire) == ["KILL_SWITCH"] * len(ITEMS)
    gateway.put_flag("VENUE#elsewhere", OFF)
    gateway.put_guards()
    assert len(named(gateway)) == guards.FLAGS_MAX


def test_guard_when_a_reason_is_long_then_it_is_cut(gateway: Gateway) -> None:
    item = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "VENUE#elsewhere"}, "engaged": {"BOOL": True}}
    gateway.aws.dynamodb.put_item(TableName=gateway.aws.control_table, Item=item | {"reason": {"S": "x" * 50_000}})
    gateway.put_guards()
    (flag,) = guards.parse_guard(read_guard(gateway)).flags  # type: ignore[union-attr]
    assert flag.reason == "x" * guards.REASON_LENGTH_MAX


# Writers


def test_switch_then_all_guards_know_before_it_is_acknowledged_and_after_its_release(gateway: Gateway) -> None:
    assert {guards.guard_key(account)["pk"]["S"] for account in ACCOUNTS} == {
        f"KILL_SWITCH_GUARD#{shard:02d}" for shard in range(guards.SHARDS)
    }
    for scope, key in (("global", None), ("venue", VENUE)):
        assert gateway.kill(scope, key).status == 200
        assert all(named(gateway, account) == {(scope, key or "")} for account in ACCOUNTS)
        assert gateway.kill(scope, key, engaged=False).status == 200
        assert not any(named(gateway, account) for account in ACCOUNTS)


def test_switch_of_an_account_then_its_guard_alone_is_written(gateway: Gateway, wire: Wire) -> None:
    watch, written = on_guards(lambda: None)
    wire.always(PUT, watch)
    assert gateway.kill("account", ACCOUNT_ID).status == 200
    assert len(written) == 1
    wire.heal()
    assert named(gateway) == {("account", ACCOUNT_ID)}
    gateway.put_guards()
    strangers = [account for account in ACCOUNTS if guards.guard_key(account) != guards.guard_key(ACCOUNT_ID)]
    assert not any(named(gateway, account) for account in strangers)


@pytest.mark.parametrize("step", range(1, 8))
@pytest.mark.parametrize("engaged", [True, False])
@pytest.mark.parametrize("second", [("global", ""), ("venue", VENUE)])
def test_switches_when_one_is_set_at_any_step_of_another_then_every_guard_says_what_the_flags_say(
    gateway: Gateway, wire: Wire, other: Deps, second: tuple[str, str], engaged: bool, step: int
) -> None:
    switch(other, gateway, "global", "", engaged=not engaged)
    sent = count(1)

    def come_between(*_: object) -> None:
        if next(sent) == step:
            switch(other, gateway, *second)

    wire.always("*", come_between)
    # A release that finds the flag engaged by somebody since is not written.
    with suppress(Contention) if second == ("global", "") and not engaged else nullcontext():
        switch(wiring.deps(), gateway, "global", "", engaged=engaged)
    wire.heal()
    assert next(sent) > step
    flags = [stored.flag for stored in other.store.kill_switches.list()]
    held = {(flag.scope, flag.key) for flag in flags if flag is not None and flag.is_engaged}
    assert held >= {second} - {("global", "")}
    assert all(named(gateway, account) == held for account in ACCOUNTS)


@pytest.mark.parametrize("at", [0, 1, guards.SHARDS - 1])
def test_switches_when_two_are_set_at_once_then_no_guard_loses_either(
    gateway: Gateway, wire: Wire, other: Deps, at: int
) -> None:
    watch, _ = on_guards(lambda: switch(other, gateway, "venue", VENUE), at=at)
    wire.always(PUT, watch)
    assert gateway.kill("strategy", "trend").status == 200
    for account in ACCOUNTS:
        assert named(gateway, account) == {("venue", VENUE), ("strategy", "trend")}


def test_flag_when_somebody_else_writes_it_first_then_a_conflict_and_theirs_stands(
    gateway: Gateway, wire: Wire, other: Deps
) -> None:
    """Taken for a failure of the database it would be written again, over theirs."""

    def write(deps: Deps, reason: str) -> int:
        flag = KillSwitch(scope="strategy", key="trend", engaged=True, reason=reason)
        return deps.store.kill_switches.put(flag, cancel_open_orders=False, now=gateway.now, actor="a person")

    wire.then(PUT, interleave(lambda: write(other, "theirs")))
    with pytest.raises(VersionConflict, match="written by somebody else"):
        write(wiring.deps(), "ours")
    stored = other.store.kill_switches.get("strategy", "trend")
    assert stored is not None
    assert stored.flag is not None
    assert (stored.version, stored.flag.reason) == (1, "theirs")


def test_flags_when_listed_then_as_they_are_at_that_instant(gateway: Gateway, wire: Wire) -> None:
    """A read that lags behind would release a guard under a flag that was just engaged."""
    asked: list[dict[str, Any]] = []

    def note(_wire: Wire, _operation: str, request: AWSPreparedRequest) -> None:
        asked.append(json.loads(request.body))

    wire.always(QUERY, note)
    assert wiring.deps().store.kill_switches.list()
    assert asked
    assert all(query["ConsistentRead"] is True for query in asked)


def test_release_when_the_switch_is_engaged_anew_under_it_then_no_guard_forgets_it(
    gateway: Gateway, wire: Wire, other: Deps
) -> None:
    """The release has read the flag as released; engaged and acknowledged before its guard is written, it must stand."""
    assert gateway.kill().status == 200
    wire.then(QUERY, pass_through)
    watch, _ = on_guards(lambda: switch(other, gateway, "global", ""))
    wire.always(PUT, watch)
    assert gateway.kill(engaged=False).status == 200
    assert named(gateway) == {("global", "")}
    assert gateway.submit().code == ENGAGED


@pytest.mark.parametrize("fault", [pass_through, lose_reply], ids=["a race", "its own answer lost"])
def test_release_when_the_switch_is_engaged_after_it_began_then_it_is_not_tried_again_over_it(
    gateway: Gateway, wire: Wire, other: Deps, fault: Fault
) -> None:
    assert gateway.kill().status == 200

    def engage_between(*request: Any) -> Any:
        if fault is pass_through:
            switch(other, gateway, "global", "")
            return None
        with pytest.raises(ConnectionClosedError):
            fault(*request)
        switch(other, gateway, "global", "")
        raise ConnectionClosedError(endpoint_url=request[2].url)

    wire.then(PUT, engage_between)
    answer = gateway.kill(engaged=False)
    assert (answer.status, answer.code) == (503, "CONTENTION")
    assert named(gateway) == {("global", "")}
    assert gateway.submit().code == ENGAGED


def test_release_when_a_decision_is_held_against_its_item_then_written_at_the_next_turn(
    gateway: Gateway, wire: Wire
) -> None:
    assert gateway.kill().status == 200
    wire.then(PUT, CONFLICT)
    assert gateway.kill(engaged=False).status == 200
    gateway.refresh_quotes()
    assert gateway.submit().status == 201


def test_switch_when_it_says_what_the_guard_says_already_then_written_all_the_same(
    gateway: Gateway, wire: Wire
) -> None:
    """Somebody's write of what the flags said before may be under way: it must find another version."""
    assert gateway.kill("account", ACCOUNT_ID).status == 200
    before = read_guard(gateway)
    assert gateway.kill("account", ACCOUNT_ID).status == 200
    after = read_guard(gateway)
    assert (after["flags"], after["version"] != before["version"]) == (before["flags"], True)


def test_switch_when_decisions_are_held_against_guards_then_those_alone_are_written_again(
    gateway: Gateway, wire: Wire
) -> None:
    watch, written = on_guards(lambda: None)
    wire.then(PUT, pass_through, CONFLICT, pass_through, CONFLICT, CONFLICT)
    wire.always(PUT, watch)
    assert gateway.kill().status == 200
    # One passed, three did not: 28 more at the first turn, 3 at the second.
    assert len(written) == guards.SHARDS - 1
    assert gateway.submit().code == ENGAGED


@pytest.mark.parametrize("seed", range(5))
def test_switch_when_guards_are_held_four_times_in_five_then_it_is_acknowledged_within_a_second(
    gateway: Gateway, wire: Wire, seed: int
) -> None:
    """Approvals of other strategies, which it does not cover and which do not end by it: it must not grow patient."""
    chance = random.Random(seed)  # noqa: S311 the same refusals each time

    def hold(wire: Wire, operation: str, request: AWSPreparedRequest) -> AWSResponse | None:
        return CONFLICT(wire, operation, request) if chance.random() < 0.8 else None

    wire.always(PUT, hold)
    switch(wiring.deps(), gateway, "strategy", "trend")
    assert wire.operations().count(PUT) > 3 * guards.SHARDS
    assert wire.time.elapsed < 1


def test_switch_when_a_guard_cannot_be_written_then_503_and_every_order_is_denied(gateway: Gateway, wire: Wire) -> None:
    wire.then(PUT, pass_through)
    wire.always(PUT, CONFLICT)
    answer = gateway.kill()
    assert (answer.status, answer.code) == (503, "CONTENTION")
    wire.heal()
    gateway.refresh_quotes()
    assert gateway.submit().code == ENGAGED
    assert gateway.kill().status == 200


def test_release_when_a_guard_still_names_the_flag_then_denied_until_it_is_written(
    gateway: Gateway, wire: Wire
) -> None:
    assert gateway.kill().status == 200
    seen: list[Any] = []
    watch, _ = on_guards(lambda: seen.append(gateway.submit(quantity="0.01").code))
    wire.always(PUT, watch)
    assert gateway.kill(engaged=False).status == 200
    wire.heal()
    gateway.refresh_quotes()
    assert seen == [ENGAGED]
    assert gateway.submit(quantity="0.02").status == 201


def test_riskctl_when_it_writes_past_the_api_then_the_guards_know(gateway: Gateway) -> None:
    flag = KillSwitch(scope="venue", key=VENUE, engaged=True, reason="drill")
    write_kill_switch(Acting(deps=wiring.deps(), actor="person", now=gateway.now), flag, cancel_open_orders=False)
    assert named(gateway) == {("venue", VENUE)}


# What nobody told the guards of: an edit in the table, a route of a build that knows none


@pytest.fixture
def stream(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> ControlStream:
    """The control table's stream; accounts are not brought along here."""
    deps = replace(wiring.deps(), sleep=lambda _: None)
    monkeypatch.setattr(wiring, "deps", cache(lambda: deps))
    monkeypatch.setattr(wiring, "queue", cache(lambda: Nobody()))
    return ControlStream(gateway.aws.control_table)


class Nobody:
    def send(self, _message: object) -> None:
        """Take a message to the order worker."""


@pytest.mark.parametrize("item", ITEMS)
def test_flag_when_edited_then_the_stream_tells_the_guards_and_of_its_release_too(
    gateway: Gateway, stream: ControlStream, item: str
) -> None:
    gateway.put_flag(item)
    stream.pump()
    assert [item_name(*flag) for flag in named(gateway)] == [item]
    gateway.put_flag(item, OFF)
    assert gateway.submit().code == ENGAGED
    stream.pump()
    assert named(gateway) == set()
    assert gateway.submit(quantity="0.01").status == 201


def test_flag_when_the_guards_know_it_then_the_stream_leaves_them(gateway: Gateway, stream: ControlStream) -> None:
    assert gateway.kill().status == 200
    before = read_guard(gateway)
    stream.pump()
    assert read_guard(gateway) == before


def test_guards_when_they_say_something_else_then_the_schedule_repairs_them(
    gateway: Gateway, stream: ControlStream, log_output: io.StringIO
) -> None:
    gateway.put_flag(f"VENUE#{VENUE}")
    tick(gateway)
    assert named(gateway) == {("venue", VENUE)}
    assert LOGGED in log_output.getvalue()
    before = read_guard(gateway)
    gateway.advance(minutes=5)
    tick(gateway)
    assert read_guard(gateway) == before
    assert log_output.getvalue().count(LOGGED) == 1


def tick(gateway: Gateway) -> None:
    context = LambdaContext(aws_request_id=f"tick-{gateway.now.isoformat()}")
    control_handler({}, context)  # type: ignore[arg-type]


# A deployment rolls out


def test_rollout_when_an_older_build_decides_under_a_newer_route_then_its_own_checks_stop_it(
    gateway: Gateway, wire: Wire, other: Deps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older build reads no guard, and its transaction checks the five flags."""
    read = DynamoStore.read
    monkeypatch.setattr(DynamoStore, "read", lambda store, asked: replace(read(store, asked), guard_version=""))
    wire.then(COMMIT, interleave(lambda: switch(other, gateway, "venue", VENUE)))
    assert gateway.submit().code == ENGAGED


def test_rollout_when_an_older_route_sets_a_switch_then_the_next_request_obeys_and_the_stream_tells_the_guards(
    gateway: Gateway, stream: ControlStream, other: Deps
) -> None:
    """An older build's route writes the flag, answers, and knows of no guards."""
    for engaged in (True, False):
        flag = KillSwitch(scope="venue", key=VENUE, engaged=engaged, reason="drill")
        other.store.kill_switches.put(
            flag, cancel_open_orders=False, now=gateway.now, actor="token:older", change_id=f"change-{engaged}"
        )
        assert not engaged or gateway.submit().code == ENGAGED
        stream.pump()
        assert named(gateway) == ({("venue", VENUE)} if engaged else set())
    assert gateway.submit(quantity="0.01").status == 201
