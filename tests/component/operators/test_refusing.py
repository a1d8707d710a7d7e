"""What the webhook refuses: strangers, forged buttons, codes used twice, updates sent twice, wrong secrets; all logged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from riskgate.runtime import wiring
from tests.support.gateway import ACCOUNT_ID
from tests.support.phone import (
    CONTROLLER,
    GROUP,
    LIMITED,
    READER,
    STRANGER,
    TELEGRAM_SECRET_ID,
    WEBHOOK_SECRET,
    Phone,
    secret_of,
)

EVENTS = Path(__file__).parents[3] / "events" / "telegram_webhook"


def is_stopped(phone: Phone) -> bool:
    return bool(phone.gateway.account()["breakers"])


@pytest.mark.parametrize("secret", [None, "", "wrong", WEBHOOK_SECRET[:-1], WEBHOOK_SECRET.upper()])
def test_update_when_the_secret_is_wrong_then_401_and_written_down_once_a_minute(
    phone: Phone, secret: str | None
) -> None:
    for _ in range(3):
        answer = phone.post(phone.message("/kill"), secret=secret)
        assert (answer.status, answer.code) == (401, "WEBHOOK_SECRET_INVALID")
    assert phone.api.messages == []
    (entry,) = phone.log()
    assert entry[:3] == ("telegram:unproven", "webhook", "refused")
    assert "203.0.113.7" in entry[3]

    phone.gateway.advance(minutes=1)
    phone.post(phone.message("/kill"), secret=secret)
    assert len(phone.log()) == 2


def test_update_when_the_secret_was_rotated_then_the_new_one_counts_and_the_old_does_not(phone: Phone) -> None:
    phone.say("/status")
    stored = phone.gateway.aws.secretsmanager.get_secret_value(SecretId=TELEGRAM_SECRET_ID)["SecretString"]
    phone.gateway.aws.secretsmanager.put_secret_value(
        SecretId=TELEGRAM_SECRET_ID, SecretString=stored.replace(WEBHOOK_SECRET, "another-webhook-secret-0002")
    )
    wiring.secrets().clear()

    assert phone.post(phone.message("/status")).status == 401
    assert phone.post(phone.message("/status"), secret="another-webhook-secret-0002").status == 200


def test_secret_when_it_names_no_webhook_secret_or_a_short_one_then_nothing_passes(phone: Phone) -> None:
    for text in (secret_of("http://127.0.0.1:9", webhook_secret=""), '{"token": "1:x"}', "no json"):
        phone.gateway.aws.secretsmanager.put_secret_value(SecretId=TELEGRAM_SECRET_ID, SecretString=text)
        wiring.secrets().clear()
        answer = phone.post(phone.message("/status"), secret="")
        assert (answer.status, answer.code) == (503, "SECRET_UNREADABLE")
        assert text not in answer.text


def test_stranger_when_they_command_then_told_their_id_and_written_down_once_a_minute(phone: Phone) -> None:
    assert f"Your Telegram id is {STRANGER}" in phone.say("/status", STRANGER)
    for text in ("/kill", "123456", "/status"):
        assert phone.say(text, STRANGER) == ""
    # The list is of people, not of chats.
    assert "not on the list" not in phone.say("/kill", STRANGER, CONTROLLER)

    assert [row[:3] for row in phone.log()] == [(f"telegram:{STRANGER}", "status", "refused")]
    phone.gateway.advance(minutes=1)
    phone.say("/kill", STRANGER, GROUP)
    assert [row[1] for row in phone.log()] == ["status", "kill"]


@pytest.mark.parametrize("text", ["/stop", "/resume", "/kill", "/exit all", "/unlock", "/ack"])
def test_reader_when_they_intervene_then_refused_and_written_down(phone: Phone, text: str) -> None:
    assert "read access only" in phone.say(text, READER)

    assert phone.log()[-1][2] == "refused"
    assert phone.log()[-1][3].startswith("ROLE_MISSING")
    assert not any(message.buttons for message in phone.api.messages)


def test_account_when_it_is_not_theirs_then_refused(phone: Phone) -> None:
    phone.gateway.register("second")

    assert "no access to this account" in phone.say("/status second", READER)
    assert "no access to this account" in phone.say("/kill second", LIMITED)
    assert {row[2] for row in phone.log()} == {"refused"}


def test_button_when_pressed_by_another_then_refused_and_the_command_still_waits(phone: Phone) -> None:
    phone.say("/stop", CONTROLLER, GROUP)
    for other in (LIMITED, READER, STRANGER):
        phone.press("Confirm", other, GROUP)
    assert [row[2] for row in phone.log()] == ["confirmation_requested", "refused", "refused", "refused"]
    assert phone.log()[1][3].startswith("CALLBACK_INVALID")
    assert "No command is waiting for a code" in phone.say(phone.code(), LIMITED, GROUP)
    assert not is_stopped(phone)

    phone.press("Confirm", CONTROLLER, GROUP)
    assert "Entries are stopped" in phone.say(phone.gateway.totp(), CONTROLLER, GROUP)


@pytest.mark.parametrize("data", ["", "y:", "y:guess", "n:guess", "x", "y:\u0000", "y" * 64])
def test_button_when_its_data_is_forged_then_refused(phone: Phone, data: str) -> None:
    phone.say("/stop")
    assert phone.post(phone.callback(data)).status == 200

    assert phone.log()[-1][1:3] == ("button", "refused")
    assert "No command is waiting for a code" in phone.say(phone.code())
    assert not is_stopped(phone)


def test_button_when_pressed_in_another_chat_twice_or_too_late_then_refused(phone: Phone) -> None:
    phone.say("/stop")
    phone.press("Confirm", CONTROLLER, GROUP)
    assert phone.log()[-1][2] == "refused"
    buttons = phone.buttons
    phone.press("Confirm")
    assert phone.log()[-1][2] == "confirmation_requested"
    assert phone.post(phone.callback(next(iter(buttons.values())))).status == 200
    assert phone.log()[-1][2] == "refused"

    phone.say("/stop")
    phone.gateway.advance(seconds=121)
    phone.press("Confirm")
    assert phone.log()[-1][2] == "refused"
    assert "No command is waiting" in phone.say(phone.code())
    assert not is_stopped(phone)


def test_command_when_given_anew_then_the_buttons_of_the_first_are_worth_nothing(phone: Phone) -> None:
    phone.say("/kill")
    old = phone.buttons
    phone.say("/stop")
    assert old != phone.buttons
    phone.post(phone.callback(old["✅ Confirm"]))
    assert phone.log()[-1][1:3] == ("button", "refused")
    assert "No command is waiting" in phone.say(phone.code())


def test_code_when_used_before_then_refused_and_the_command_waits_for_the_next(phone: Phone) -> None:
    code = phone.code()
    header = {"X-TOTP": code}
    body = {"scope": "account", "key": "other", "engaged": True, "reason": "drill"}
    assert phone.gateway.call("PUT", "/kill-switch", body, headers=header).status == 200
    phone.say("/stop")
    phone.press("Confirm")

    assert "already used" in phone.say(code)
    assert phone.log()[-1][1:3] == ("stop", "refused")
    assert phone.log()[-1][3].startswith("TOTP_REPLAYED")
    assert not is_stopped(phone)
    assert "Entries are stopped" in phone.say(phone.code())


def test_code_when_wrong_again_and_again_then_the_operator_is_locked_for_every_way_in(phone: Phone) -> None:
    phone.say("/stop")
    phone.press("Confirm")
    wrong = f"{(int(phone.gateway.totp()) + 1) % 10**6:06}"
    for _ in range(5):
        phone.say(wrong)
    assert phone.log()[-1][3].startswith("TOTP_LOCKED")
    assert "locked until" in phone.say(phone.gateway.totp())
    body = {"scope": "global", "engaged": True, "reason": "drill"}
    assert phone.gateway.call("PUT", "/kill-switch", body, headers=phone.gateway.next_totp()).code == "TOTP_LOCKED"
    assert not is_stopped(phone)


def test_code_when_it_comes_too_late_or_nothing_waits_then_refused_and_not_used_up(phone: Phone) -> None:
    phone.say("/stop")
    assert "No command is waiting" in phone.say(phone.code()), "the button was not pressed"
    phone.press("Confirm")
    phone.gateway.advance(seconds=120)
    assert "No command is waiting" in phone.say(phone.gateway.totp())
    assert not is_stopped(phone)
    path = f"/accounts/{ACCOUNT_ID}/breakers/DAILY_LOSS/reset"
    answer = phone.gateway.call("POST", path, {"reason": "x"}, headers={"X-TOTP": phone.gateway.totp()})
    assert answer.code == "BREAKER_NOT_TRIPPED", "the code was still good"


def test_update_when_sent_again_then_ignored_whatever_it_asks_for(phone: Phone) -> None:
    phone.post(phone.message("/stop"), update_id=7)
    shown = len(phone.api.messages)
    for _ in range(3):
        assert phone.post(phone.message("/stop"), update_id=7).status == 200
    assert len(phone.api.messages) == shown
    phone.post(phone.callback(phone.buttons["✅ Confirm"]), update_id=8)
    code = phone.code()
    phone.post(phone.message(code), update_id=9)
    assert is_stopped(phone)
    before = len(phone.log())
    for update_id in (7, 8, 9):
        assert phone.post(phone.message(code), update_id=update_id).status == 200
    assert len(phone.log()) == before


def test_user_when_struck_off_the_list_between_button_and_code_then_refused(phone: Phone) -> None:
    phone.say("/stop")
    phone.press("Confirm")
    stored = phone.gateway.aws.secretsmanager.get_secret_value(SecretId=TELEGRAM_SECRET_ID)["SecretString"]
    phone.gateway.aws.secretsmanager.put_secret_value(
        SecretId=TELEGRAM_SECRET_ID, SecretString=stored.replace(f'"{CONTROLLER}"', '"1"')
    )
    wiring.secrets().clear()

    assert "not on the list" in phone.say(phone.code())
    assert not is_stopped(phone)


BAD: list[Any] = ["", "[]", "null", "{", '{"update_id": "1"}', '{"update_id": 1.5}', '{"message": {}}', "\x00"]


@pytest.mark.parametrize("body", BAD)
def test_update_when_it_is_none_then_400(phone: Phone, body: str) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}
    assert phone.gateway.call("POST", "/telegram", body, caller=None, headers=headers).status == 400


def test_message_when_it_holds_line_breaks_and_emoji_then_read_like_any_other(phone: Phone) -> None:
    assert "demo · ACTIVE" in phone.say("/status\n\n🙂")
    assert "unknown command" in phone.say("/wat \u202e\u200b\N{SLIGHTLY SMILING FACE}")
    entries = phone.gateway.call("GET", "/accounts/gateway/audit").body["entries"]
    assert entries[-1]["inputs"]["arguments"] == "\N{SLIGHTLY SMILING FACE}"


def test_sample_events_when_invoked_then_answered_as_they_say(phone: Phone) -> None:
    statuses = {}
    for path in sorted(EVENTS.glob("*.json")):
        statuses[path.stem] = phone.gateway.send(json.loads(path.read_text())).status
    assert statuses == {"pressed_button": 200, "status": 200, "wrong_secret": 401}
    assert [row[1:3] for row in phone.log()] == [("button", "refused"), ("status", "answered"), ("webhook", "refused")]


@pytest.mark.parametrize("user", [CONTROLLER, STRANGER])
def test_command_when_addressed_to_another_bot_of_the_group_then_ignored(phone: Phone, user: int) -> None:
    for text in (
        f"/status@some_other_bot {ACCOUNT_ID}",
        "/kill@gate_bot_2",
        "/foo@other",
        f"/stop@GATE_BO {ACCOUNT_ID}",
    ):
        assert phone.post(phone.message(text, user, GROUP)).status == 200
    assert phone.api.messages == []
    assert phone.log() == []


@pytest.mark.parametrize("name", ["gate_bot", "Gate_Bot"])
def test_command_when_addressed_to_this_bot_then_obeyed(phone: Phone, name: str) -> None:
    assert "name the account" not in phone.say(f"/kill@{name} {ACCOUNT_ID}")
    assert set(phone.buttons) == {"✅ Confirm", "✖️ Cancel"}
    assert ACCOUNT_ID in phone.say(f"/status@{name} {ACCOUNT_ID}", READER, GROUP)
