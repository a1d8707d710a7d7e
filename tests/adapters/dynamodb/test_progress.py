"""Flags of kill switches, and how far each change of one has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from riskgate.adapters.dynamodb import guards
from riskgate.adapters.dynamodb.kill_switches import PROGRESS_LIFETIME, DynamoKillSwitches
from riskgate.core.errors import Contention, Transient, VersionConflict
from riskgate.core.kill_switch import KillSwitch, KillSwitchProgress
from tests.support.aws import Aws
from tests.support.builders import NOW, SECOND


class TestProgress:
    NAME, CHANGE = "ACCOUNT#demo", "c1"

    @pytest.fixture
    def switches(self, aws: Aws) -> DynamoKillSwitches:
        return DynamoKillSwitches(aws.dynamodb, state_table=aws.state_table, control_table=aws.control_table)

    def plan(self, change_id: str, at: datetime = NOW, accounts: int = 3) -> KillSwitchProgress:
        return KillSwitchProgress(change_id=change_id, changed_at=at, accounts=accounts)

    def test_progress_when_parts_and_cancels_come_in_then_summed_for_the_latest_change(
        self, switches: DynamoKillSwitches
    ) -> None:
        name, change = self.NAME, self.CHANGE
        assert switches.list_progress([]) == {}
        assert switches.list_progress([name]) == {}
        switches.put_plan(name, self.plan(change))
        switches.put_part(name, change, 0, noted=2, unreadable=["x"], now=NOW)
        switches.put_part(name, change, 1, noted=3, unreadable=["y", "z"], now=NOW)
        switches.put_part(name, "c0", 2, noted=9, unreadable=["of another change"], now=NOW)
        switches.start_cancels(name, change, "demo", orders=5, now=NOW)
        switches.start_cancels(name, change, "other", orders=2, now=NOW)
        switches.put_cancels(name, change, "demo", still_open=1)
        switches.start_cancels(name, change, "demo", orders=7, now=NOW)
        switches.put_cancels(name, change, "never started", still_open=4)
        found = switches.list_progress([name, "GLOBAL"])
        expected = replace(self.plan(change), noted=5, unreadable=("x", "y", "z"), cancels_sent=7, cancels_confirmed=4)
        assert found == {name: expected}
        switches.put_cancels(name, change, "demo", still_open=8)
        assert switches.list_progress([name])[name].cancels_confirmed == 0, "more is open than was asked for"

    @pytest.mark.parametrize(("later", "latest"), [(timedelta(), "c2"), (SECOND, "c2"), (-SECOND, "c1")])
    def test_plan_when_an_older_change_is_late_then_the_newer_stands(
        self, switches: DynamoKillSwitches, later: timedelta, latest: str
    ) -> None:
        switches.put_plan(self.NAME, self.plan("c1"))
        switches.put_plan(self.NAME, self.plan("c2", NOW + later, 4))
        found = switches.list_progress([self.NAME])[self.NAME]
        assert (found.change_id, found.accounts) == (latest, 4 if latest == "c2" else 3)
        assert found.changed_at == (NOW + later if latest == "c2" else NOW)

    def test_parts_when_written_then_they_leave_the_table_in_time(self, aws: Aws, switches: DynamoKillSwitches) -> None:
        switches.put_part(self.NAME, self.CHANGE, 7, noted=1, unreadable=[], now=NOW)
        switches.start_cancels(self.NAME, self.CHANGE, "demo", orders=1, now=NOW)
        stored = aws.items(aws.state_table)
        assert {item["pk"]["S"] for item in stored} == {"KILL_SWITCH_PROGRESS#ACCOUNT#demo"}
        assert sorted(item["sk"]["S"] for item in stored) == ["c1#CANCEL#demo", "c1#PART#00007"]
        assert {item["ttl"]["N"] for item in stored} == {str(int((NOW + PROGRESS_LIFETIME).timestamp()))}

    def test_flag_when_its_change_is_repeated_then_written_once(self, switches: DynamoKillSwitches) -> None:
        flag = KillSwitch(scope="strategy", key="trend", engaged=True, reason="r")
        write: dict[str, Any] = {"cancel_open_orders": True, "now": NOW, "actor": "alice"}
        assert switches.put(flag, change_id="c1", **write) == 1
        assert switches.put(flag, change_id="c1", **write) == 1
        assert switches.put(flag, change_id="c2", **write) == 2
        assert switches.put(flag, **write) == 3
        assert switches.put(flag, **write) == 4
        stored = switches.get("strategy", "trend")
        assert stored is not None
        assert (stored.item, stored.version, stored.flag, stored.change_id) == ("STRATEGY#trend", 4, flag, "")
        assert (stored.updated_by, stored.updated_at) == ("alice", "2026-11-18T12:00:00.000000Z")
        assert switches.get("strategy", "grid") is None

    @pytest.mark.parametrize(("engaged", "seen", "is_late"), [(True, 1, True), (True, 2, False), (False, 1, False)])
    def test_release_when_it_was_engaged_after_it_was_seen_then_refused(
        self, switches: DynamoKillSwitches, engaged: bool, seen: int, is_late: bool
    ) -> None:
        flag = KillSwitch(scope="strategy", key="trend", engaged=True, reason="r")
        write: dict[str, Any] = {"cancel_open_orders": False, "now": NOW, "actor": "alice"}
        switches.put(flag, **write)
        switches.put(replace(flag, engaged=engaged), **write)
        release = replace(flag, engaged=False)
        if is_late:
            with pytest.raises(Contention, match="somebody engaged"):
                switches.put(release, seen=seen, **write)
        else:
            assert switches.put(release, seen=seen, **write) == 3

    def test_flags_when_the_global_one_is_missing_then_listed_as_unreadable(self, switches: DynamoKillSwitches) -> None:
        [missing] = switches.list()
        assert missing.flag is not None
        assert (missing.flag.scope, missing.flag.is_engaged, missing.item) == ("global", True, "GLOBAL")
        flag = KillSwitch(scope="global", key="", engaged=False, reason="")
        switches.put(flag, cancel_open_orders=False, now=NOW, actor="alice")
        [stored] = switches.list()
        assert stored.flag == flag


class Losing:
    """A client whose writes are refused."""

    def __init__(self, client: Any, code: str) -> None:
        self._client, self._code = client, code

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **_: Any) -> None:
        raise ClientError({"Error": {"Code": self._code, "Message": ""}}, "PutItem")


@pytest.mark.parametrize("code", ["ConditionalCheckFailedException", "TransactionConflictException"])
def test_flag_and_guard_when_somebody_writes_them_at_once_then_a_lost_race(aws: Aws, code: str) -> None:
    """A decision that is held against a guard just then is one of those who may be first."""
    losing: Any = Losing(aws.dynamodb, code)
    switches = DynamoKillSwitches(losing, state_table=aws.state_table, control_table=aws.control_table)
    flag = KillSwitch(scope="strategy", key="trend", engaged=True, reason="r")
    with pytest.raises(VersionConflict, match="somebody else"):
        switches.put(flag, cancel_open_orders=False, now=NOW, actor="alice")
    assert switches.put_guards([3]) == ([], [3])


def test_flag_and_guard_when_the_database_fails_then_no_lost_race(aws: Aws) -> None:
    losing: Any = Losing(aws.dynamodb, "ThrottlingException")
    switches = DynamoKillSwitches(losing, state_table=aws.state_table, control_table=aws.control_table)
    flag = KillSwitch(scope="strategy", key="trend", engaged=True, reason="r")
    with pytest.raises(Transient):
        switches.put(flag, cancel_open_orders=False, now=NOW, actor="alice")
    with pytest.raises(Transient):
        switches.put_guards([3])


def test_guards_when_put_then_they_name_what_holds_their_accounts_and_stale_ones_alone_are_written_again(
    aws: Aws,
) -> None:
    switches = DynamoKillSwitches(aws.dynamodb, state_table=aws.state_table, control_table=aws.control_table)
    [mine] = switches.list_shards("account", "demo")
    everywhere = switches.list_shards("strategy", "trend")
    assert sorted(everywhere) == list(range(guards.SHARDS))
    for scope, key in (("global", ""), ("account", "demo")):
        flag = KillSwitch(scope=scope, key=key, engaged=scope == "account", reason="r")
        switches.put(flag, cancel_open_orders=False, now=NOW, actor="alice")
    assert switches.put_guards(everywhere) == (everywhere, [])
    read = guards.read_guards(aws.dynamodb, aws.control_table, everywhere)
    held = {shard for shard in everywhere if (guard := guards.parse_guard(read[shard])) is not None and guard.flags}
    assert held == {mine}
    assert switches.put_guards(everywhere, stale_alone=True) == ([], [])
    flag = KillSwitch(scope="account", key="demo", engaged=False, reason="over")
    switches.put(flag, cancel_open_orders=False, now=NOW, actor="alice")
    assert switches.put_guards(everywhere, stale_alone=True) == ([mine], [])
