"""Alerts on their way to chats: once, in the order of their account, by one who delivers at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from riskgate.adapters.dynamodb.outbox import CONFLICT_ATTEMPTS, PENDING_DAYS, SEEN_DAYS, DynamoOutbox
from riskgate.core.alerts.alerts import Alert, AlertKind
from riskgate.core.errors import Transient
from riskgate.core.severity import Severity
from tests.support.aws import Aws
from tests.support.builders import DAY, MINUTE, NOW, SECOND

ALERT = Alert(
    id="a1", kind=AlertKind.PROBE, severity=Severity.INFO, account="demo", title="t", at=NOW, audit_sequence=12
)
UNTIL = NOW + MINUTE


@pytest.fixture
def outbox(aws: Aws) -> DynamoOutbox:
    return DynamoOutbox(aws.dynamodb, aws.state_table)


def test_alert_when_added_again_then_known_and_pending_once(outbox: DynamoOutbox) -> None:
    assert outbox.add(ALERT, ["1", "2"], NOW)
    assert not outbox.add(ALERT, ["1", "2", "3"], NOW + MINUTE)
    assert outbox.list_chats() == ("1", "2", "3")
    for chat, expected in (("1", [ALERT]), ("2", [ALERT]), ("3", [])):
        pending = outbox.list_pending(chat)
        assert [item.alert for item in pending] == expected
        assert {(item.chat, item.queued_at) for item in pending} <= {(chat, NOW)}


def test_pending_when_read_then_as_it_is_now(aws: Aws, reads: Any) -> None:
    outbox = DynamoOutbox(reads, aws.state_table)
    outbox.add(ALERT, ["1"], NOW)
    assert outbox.list_chats() == ("1",)
    assert len(outbox.list_pending("1")) == 1


def test_alerts_when_pending_then_by_account_and_its_log_and_those_of_no_log_by_time(outbox: DynamoOutbox) -> None:
    later = [
        replace(ALERT, id="late", audit_sequence=200, at=NOW - DAY),
        ALERT,
        replace(ALERT, id="early", audit_sequence=3, at=NOW + DAY),
        replace(ALERT, id="second", account="", audit_sequence=0, at=NOW + SECOND),
        replace(ALERT, id="first", account="", audit_sequence=0),
    ]
    for alert in later:
        assert outbox.add(alert, ["1"], NOW)
    assert [item.alert.id for item in outbox.list_pending("1")] == ["first", "second", "early", "a1", "late"]


def test_alert_when_shown_or_moved_then_no_longer_pending_there_and_known_still(outbox: DynamoOutbox) -> None:
    other = replace(ALERT, id="a2", audit_sequence=13)
    for alert in (ALERT, other):
        outbox.add(alert, ["1"], NOW)
    shown, moved = outbox.list_pending("1")
    outbox.remove([shown])
    outbox.move([moved], "9")
    assert outbox.list_pending("1") == ()
    [arrived] = outbox.list_pending("9")
    assert (arrived.alert, arrived.queued_at, arrived.key) == (other, NOW, moved.key)
    assert outbox.list_chats() == ("1", "9")
    assert not outbox.add(ALERT, ["1"], NOW)


def test_rows_when_written_then_they_leave_the_table_in_time(aws: Aws, outbox: DynamoOutbox) -> None:
    outbox.add(ALERT, ["1"], NOW)
    ends = {item["pk"]["S"]: item["ttl"]["N"] for item in aws.items(aws.state_table) if "ttl" in item}
    expected = {"ALERT#a1": SEEN_DAYS, "CHAT#1": PENDING_DAYS}
    assert ends == {name: str(int((NOW + days * DAY).timestamp())) for name, days in expected.items()}
    outbox.move(outbox.list_pending("1"), "2")
    [moved] = [item for item in aws.items(aws.state_table) if item["pk"]["S"] == "CHAT#2"]
    assert moved["ttl"]["N"] == ends["CHAT#1"]


def test_lane_when_held_by_another_then_not_acquired_until_it_ends(outbox: DynamoOutbox) -> None:
    lane = outbox.acquire("1", "a", NOW, UNTIL)
    assert lane is not None
    assert (lane.chat, lane.holder, lane.sent) == ("1", "a", ())
    assert outbox.acquire("1", "b", UNTIL - SECOND, UNTIL + MINUTE) is None
    assert outbox.acquire("2", "b", NOW, UNTIL) is not None
    assert outbox.acquire("1", "a", NOW, UNTIL) is not None, "its holder goes on"
    assert outbox.acquire("1", "b", UNTIL, UNTIL + MINUTE) is not None


def test_lane_when_released_then_others_get_it_once_the_chat_has_rested(outbox: DynamoOutbox) -> None:
    lane = outbox.acquire("1", "a", NOW, UNTIL)
    assert lane is not None
    outbox.release(replace(lane, sent=(NOW, NOW + SECOND)), NOW + 5 * SECOND)
    assert outbox.acquire("1", "b", NOW + 4 * SECOND, UNTIL) is None
    assert outbox.acquire("1", "a", NOW + 4 * SECOND, UNTIL) is None
    taken = outbox.acquire("1", "b", NOW + 5 * SECOND, UNTIL)
    assert taken is not None
    assert taken.sent == (NOW, NOW + SECOND)
    outbox.release(taken, None)
    assert outbox.acquire("1", "c", NOW + 6 * SECOND, UNTIL) is not None


def test_lane_when_free_then_one_whose_clock_is_behind_gets_it_at_once(outbox: DynamoOutbox) -> None:
    lane = outbox.acquire("1", "a", NOW, UNTIL)
    assert lane is not None
    outbox.release(lane, NOW + SECOND)
    rested = outbox.acquire("1", "b", NOW + SECOND, UNTIL)
    assert rested is not None
    outbox.release(rested, None)
    assert outbox.acquire("1", "c", NOW - 2 * SECOND, UNTIL) is not None


class Busy:
    """A client whose first transactions are refused, for a reason."""

    def __init__(self, client: Any, times: int, reason: str) -> None:
        self._client, self._times, self._reason = client, times, reason

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **asked: Any) -> Any:
        if self._times:
            self._times -= 1
            response: Any = {
                "Error": {"Code": "TransactionCanceledException", "Message": ""},
                "CancellationReasons": [{"Code": "None"}, {"Code": self._reason}],
            }
            raise ClientError(response, "TransactWriteItems")
        return self._client.transact_write_items(**asked)


@pytest.mark.parametrize(("times", "is_added"), [(CONFLICT_ATTEMPTS - 1, True), (CONFLICT_ATTEMPTS, False)])
def test_alert_when_another_transaction_holds_its_items_then_tried_again(aws: Aws, times: int, is_added: bool) -> None:
    busy: Any = Busy(aws.dynamodb, times, "TransactionConflict")
    outbox = DynamoOutbox(busy, aws.state_table)
    if is_added:
        assert outbox.add(ALERT, ["1"], NOW)
    else:
        with pytest.raises(Transient):
            outbox.add(ALERT, ["1"], NOW)
    assert len(outbox.list_pending("1")) == is_added


def test_alert_when_refused_for_another_reason_then_not_tried_again(aws: Aws) -> None:
    busy: Any = Busy(aws.dynamodb, 1, "ThrottlingError")
    with pytest.raises(Transient):
        DynamoOutbox(busy, aws.state_table).add(ALERT, ["1"], NOW)
    assert busy._times == 0
