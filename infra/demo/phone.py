"""The operator's phone: what the local Telegram received, and what a person writes to the bot."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from infra.demo.screen import Screen
from infra.demo.trader import StoryBroken
from infra.local.serve_telegram import ON_CALL

WAIT_SECONDS = 60
POLL_SECONDS = 0.2


def wait_for[T](look: Callable[[], T | None], what: str) -> T:
    """Look again and again until there is something to see; StoryBroken when it never comes."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        seen = look()
        if seen is not None:
            return seen
        time.sleep(POLL_SECONDS)
    raise StoryBroken(f"{what}: waited {WAIT_SECONDS} s for it")


@dataclass(kw_only=True)
class Phone:
    """One person's view of the chats, by the local Telegram's address."""

    url: str
    screen: Screen
    seen: set[int] = field(default_factory=set)

    def forget(self) -> None:
        """Take everything so far as read."""
        self.seen |= {message["message_id"] for message in self._messages()}

    def receive(self, *words: str) -> None:
        """Wait for a new message that holds all of the words, and show it."""

        def look() -> dict[str, Any] | None:
            unread = (row for row in self._messages() if row["message_id"] not in self.seen)
            return next((row for row in unread if all(word in row["text"] for word in words)), None)

        message = wait_for(look, f"a Telegram message with {' and '.join(words)}")
        self.seen.add(message["message_id"])
        for number, line in enumerate(message["text"].splitlines()):
            self.screen.say(f"  {'📱' if number == 0 else '  '} {line}")

    def write(self, text: str) -> None:
        """Write to the bot as the person on call."""
        update = {"message_id": 1, "date": 0, "text": text}
        update |= {"from": {"id": int(ON_CALL)}, "chat": {"id": int(ON_CALL), "type": "private"}}
        answer = httpx.post(f"{self.url}/control/updates", json={"message": update}, timeout=WAIT_SECONDS)
        if answer.json() != {"status": 200}:
            raise StoryBroken(f"{text} was answered {answer.text}")
        self.screen.say(f"  📱 > {text}")

    def _messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/control/messages", timeout=WAIT_SECONDS).json()
        return found
