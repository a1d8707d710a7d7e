"""Commands as they are typed, and who may give them."""

from __future__ import annotations

import pytest

from riskgate.core.operators.commands import Command, CommandName, Role, parse_command

CONFIRMED = {"stop", "resume", "kill", "exit", "unlock"}


def test_commands_when_they_change_something_then_confirmed_and_not_for_who_only_looks() -> None:
    assert {name for name in CommandName if name.is_confirmed} == CONFIRMED
    assert {name for name in CommandName if name.role is Role.CONTROL} == CONFIRMED | {"ack"}


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/status", Command(word="status", arguments=())),
        ("  /KILL demo  now ", Command(word="kill", arguments=("demo", "now"))),
        ("/status@Risk_Bot demo", Command(word="status", arguments=("demo",), addressee="risk_bot")),
        ("/kill\u200bdemo", Command(word="killdemo", arguments=())),
        ("/exit\nBTC/USDT", Command(word="exit", arguments=("BTC/USDT",))),
        ("/" + "a" * 32, Command(word="a" * 32, arguments=())),
        ("/x@" + "b" * 64, Command(word="x", arguments=(), addressee="b" * 64)),
    ],
)
def test_text_when_it_is_a_command_then_read(text: str, command: Command) -> None:
    assert parse_command(text) == command


@pytest.mark.parametrize(
    "text", ["", "   ", "status", "/", "/1", "hey /status", "/sta-tus", "/" + "a" * 33, "/x@", "/x@" + "b" * 65]
)
def test_text_when_it_is_no_command_then_none(text: str) -> None:
    assert parse_command(text) is None


def test_command_when_its_word_is_known_then_named() -> None:
    assert Command(word="kill", arguments=()).name is CommandName.KILL
    assert Command(word="hello", arguments=()).name is None
