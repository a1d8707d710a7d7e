"""A person takes note of an alert from the page, as from the phone."""

from __future__ import annotations

from tests.support.callers import READER
from tests.support.gateway import ACCOUNT_ID, Gateway

PATH = f"/accounts/{ACCOUNT_ID}/alerts"


def test_alert_when_acknowledged_then_the_account_says_so_until_its_level_changes(gateway: Gateway) -> None:
    gateway.lose("98000")
    (alert,) = [row for row in gateway.account()["alerts"] if row["name"] == "DAILY_LOSS"]
    assert (alert["level"], alert["acknowledged"]) == ("yellow", False)

    answer = gateway.call("POST", f"{PATH}/DAILY_LOSS/acknowledge")

    assert answer.body == {"acknowledged": ["DAILY_LOSS"]}
    (alert,) = [row for row in gateway.account()["alerts"] if row["name"] == "DAILY_LOSS"]
    assert alert["acknowledged"]
    gateway.lose("97500")
    (alert,) = [row for row in gateway.account()["alerts"] if row["name"] == "DAILY_LOSS"]
    assert (alert["level"], alert["acknowledged"]) == ("orange", False)


def test_alert_when_acknowledged_twice_then_the_same_answer(gateway: Gateway) -> None:
    gateway.lose("98000")
    answers = [gateway.call("POST", f"{PATH}/DAILY_LOSS/acknowledge") for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].body == answers[1].body


def test_alert_when_there_is_none_then_404(gateway: Gateway) -> None:
    answer = gateway.call("POST", f"{PATH}/DAILY_LOSS/acknowledge")
    assert (answer.status, answer.code) == (404, "ALERT_NOT_FOUND")


def test_alert_when_a_reader_acknowledges_then_403(gateway: Gateway) -> None:
    answer = gateway.call("POST", f"{PATH}/DAILY_LOSS/acknowledge", caller=READER)
    assert (answer.status, answer.code) == (403, "SCOPE_MISSING")
