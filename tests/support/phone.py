"""An operator's phone: what a person types and presses, and what the bot's chats show then."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from infra.simulators.telegram.bot_api import BotApi
from infra.simulators.telegram.server import SECRET_HEADER
from tests.support.gateway import Answer, Gateway

TELEGRAM_SECRET_ID = "riskgate/telegram"
WEBHOOK_SECRET = "webhook-secret-of-the-tests-0001"
BOT_TOKEN = "1000000001:token-of-the-tests"
#: Telegram user ids; a private chat has the id of its user.
CONTROLLER, READER, LIMITED, STRANGER, GROUP = 4711, 4712, 4713, 6666, -100200

USERS: dict[str, Any] = {
    str(CONTROLLER): {"operator": "alice", "role": "control", "accounts": ["*"]},
    str(READER): {"operator": "bob", "role": "read", "accounts": ["demo"]},
    str(LIMITED): {"operator": "alice", "role": "control", "accounts": ["demo"]},
}


def secret_of(url: str, **changes: Any) -> str:
    """Return the Telegram secret as it is stored."""
    fields = {"token": BOT_TOKEN, "api_url": url, "webhook_secret": WEBHOOK_SECRET, "users": USERS, "chats": {}}
    return json.dumps(fields | changes)


@dataclass
class Phone:
    """Talk to the bot through the webhook."""

    gateway: Gateway
    api: BotApi
    _updates: Any = field(default_factory=lambda: count(1000))

    def post(
        self, fields: dict[str, Any], *, secret: str | None = WEBHOOK_SECRET, update_id: int | None = None
    ) -> Answer:
        """Post one update as Telegram does."""
        update = {"update_id": next(self._updates) if update_id is None else update_id, **fields}
        headers = {} if secret is None else {SECRET_HEADER: secret}
        return self.gateway.call("POST", "/telegram", update, caller=None, headers=headers)

    def message(self, text: str, user: int = CONTROLLER, chat: int | None = None) -> dict[str, Any]:
        """Return the update of a message."""
        place = {"id": user if chat is None else chat, "type": "private"}
        sender = {"id": user, "is_bot": False, "first_name": "Ann", "language_code": "en"}
        return {"message": {"message_id": 1, "date": 1772625600, "from": sender, "chat": place, "text": text}}

    def say(self, text: str, user: int = CONTROLLER, chat: int | None = None) -> str:
        """Send a message and return what the bot answered, all of it."""
        before = len(self.api.messages)
        answer = self.post(self.message(text, user, chat))
        assert answer.status == 200, answer.text
        return "\n".join(message.text for message in self.api.messages[before:])

    @property
    def buttons(self) -> dict[str, str]:
        """Return the buttons of the last message that has some: label to data."""
        shown = next(message for message in reversed(self.api.messages) if message.buttons)
        return {button["text"]: button["callback_data"] for row in shown.buttons for button in row}

    def callback(self, data: str, user: int = CONTROLLER, chat: int | None = None) -> dict[str, Any]:
        """Return the update of a pressed button."""
        place = {"id": user if chat is None else chat}
        message = {"message_id": self.api.messages[-1].message_id if self.api.messages else 1, "chat": place}
        return {"callback_query": {"id": "q1", "from": {"id": user}, "message": message, "data": data}}

    def press(self, label: str, user: int = CONTROLLER, chat: int | None = None) -> None:
        """Press a button of the last message that has some."""
        (data,) = [data for text, data in self.buttons.items() if label in text]
        assert self.post(self.callback(data, user, chat)).status == 200

    def code(self) -> str:
        """Wait for the next one-time code and return it."""
        self.gateway.advance(seconds=30)
        return self.gateway.totp()

    def confirmed(self, text: str, user: int = CONTROLLER) -> str:
        """Give a command, press its button, send a code, and return the last answer."""
        self.say(text, user)
        self.press("Confirm", user)
        return self.say(self.code(), user)

    def log(self) -> list[tuple[str, str, str, str]]:
        """Return the commands in the gateway's audit chain: actor, command, outcome, detail."""
        entries = self.gateway.call("GET", "/accounts/gateway/audit", query={"limit": "100"}).body["entries"]
        return [
            (entry["actor"], entry["inputs"]["command"], entry["inputs"]["outcome"], entry["inputs"]["detail"])
            for entry in entries
            if entry["event"] == "operator_command"
        ]
