"""Limits: versioned, tightened by any administrator, loosened only with a second factor, never edited raw."""

from __future__ import annotations

import pytest

from tests.support.gateway import ACCOUNT_ID, Gateway

PATH = f"/accounts/{ACCOUNT_ID}/limits"


def test_limits_when_tightened_then_no_code_is_asked_and_the_next_order_obeys(gateway: Gateway) -> None:
    answer = gateway.limits(totp=False, position_size_fraction_max="0.04")
    assert answer.status == 200
    assert (answer.body["version"], answer.body["loosened"]) == (2, [])
    assert answer.body["limits"]["position_size_fraction_max"] == "0.04"
    denied = gateway.submit()
    assert (denied.code, denied.body["limits_version"]) == ("POSITION_SIZE", 2)
    assert gateway.call("GET", PATH).body["limits"] == answer.body["limits"]


@pytest.mark.parametrize(
    "change",
    [{"position_size_fraction_max": "0.11"}, {"position_size_fraction_max": None}, {"self_match_prevention": False}],
)
def test_limits_when_loosened_then_a_code_is_needed(gateway: Gateway, change: dict[str, object]) -> None:
    refused = gateway.limits(totp=False, **change)
    assert (refused.status, refused.code) == (401, "TOTP_REQUIRED")
    assert gateway.call("GET", PATH).body["version"] == 1
    accepted = gateway.limits(**change)
    assert (accepted.status, accepted.body["loosened"]) == (200, list(change))


def test_limits_when_the_code_was_used_then_401(gateway: Gateway) -> None:
    header = gateway.next_totp()
    assert gateway.call("PUT", PATH, {"daily_trades_max": 30}, headers=header).status == 200
    again = gateway.call("PUT", PATH, {"daily_trades_max": 40}, headers=header)
    assert (again.status, again.code) == (401, "TOTP_REPLAYED")
    assert gateway.call("GET", PATH).body["limits"]["daily_trades_max"] == 30


def test_limits_when_codes_are_wrong_five_times_then_locked(gateway: Gateway) -> None:
    wrong = f"{(int(gateway.totp()) + 1) % 10**6:06}"
    answers = [gateway.call("PUT", PATH, {"daily_trades_max": 30}, headers={"X-TOTP": wrong}) for _ in range(6)]
    assert [answer.status for answer in answers] == [401, 401, 401, 401, 429, 429]
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"
    assert answers[-1].headers["Retry-After"] == "1"
    assert gateway.limits(daily_trades_max=30).status == 429


def test_limits_when_they_contradict_then_400(gateway: Gateway) -> None:
    answer = gateway.limits(order_notional_min="100", order_notional_max="50")
    assert (answer.status, answer.code) == (400, "LIMITS_CONTRADICTORY")


def test_limits_when_the_account_is_unknown_then_404(gateway: Gateway) -> None:
    assert gateway.limits(totp=False, account="nobody", daily_trades_max=1).code == "ACCOUNT_UNKNOWN"


def test_limits_when_the_daily_loss_is_set_to_the_present_loss_then_reached_is_tripped(gateway: Gateway) -> None:
    gateway.snapshot("97001")
    assert gateway.account()["trading_state"] == "ACTIVE"
    gateway.snapshot("97000")
    account = gateway.account()
    assert account["trading_state"] == "REDUCING"
    assert account["breakers"][0]["observed"] == account["breakers"][0]["limit"] == "0.03"


def test_limits_when_edited_in_the_table_then_every_decision_is_refused(gateway: Gateway) -> None:
    key = {"pk": {"S": "LIMITS"}, "sk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}}
    table = gateway.aws.control_table
    before = gateway.aws.dynamodb.get_item(TableName=table, Key=key)["Item"]
    document = before["document"]["S"].replace('"position_size_fraction_max":"0.1"', '"position_size_fraction_max":"9"')
    assert document != before["document"]["S"]
    for edit in (document, "{}", "not json", document[:-1]):
        gateway.aws.dynamodb.put_item(TableName=table, Item=before | {"document": {"S": edit}})
        answer = gateway.submit()
        assert (answer.status, answer.code) == (503, "LIMITS_UNREADABLE"), answer.text
        assert gateway.check().status == 503
    gateway.aws.dynamodb.delete_item(TableName=table, Key=key)
    assert gateway.submit().code == "LIMITS_UNREADABLE"
    assert gateway.check().code == "LIMITS_UNREADABLE"
    assert gateway.call("GET", f"/accounts/{ACCOUNT_ID}").code == "LIMITS_UNREADABLE"
    gateway.aws.dynamodb.put_item(TableName=table, Item=before)
    assert gateway.submit().status == 201


def test_limits_when_changed_then_the_history_is_kept(gateway: Gateway) -> None:
    gateway.limits(totp=False, daily_trades_max=19)
    gateway.limits(totp=False, daily_trades_max=18)
    history = [
        item["version"]["N"]
        for item in gateway.aws.items(gateway.aws.control_table)
        if item["pk"]["S"] == f"LIMITS_HISTORY#{ACCOUNT_ID}"
    ]
    assert sorted(history) == ["1", "2", "3"]
