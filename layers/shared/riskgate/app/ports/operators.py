"""Seams of the operators' commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from riskgate.core.operators.commands import PendingCommand


class OperatorChat(Protocol):
    """Conversation with operators; raises as `Messenger.send` does."""

    def username(self) -> str:
        """Return the name under which people in a group address the bot, without @."""

    def send(self, chat_id: str, html: str, *, buttons: Sequence[Sequence[tuple[str, str]]] = ()) -> int:
        """Send a message with rows of buttons (text, data) and return its id."""

    def edit(self, chat_id: str, message_id: int, html: str) -> None:
        """Replace a message's text and take its buttons away."""

    def answer_callback(self, callback_id: str, text: str = "") -> None:
        """End the waiting of a pressed button."""


class CommandStore(Protocol):
    """What operators' commands leave behind; Transient where nothing is known."""

    def claim(self, name: str, until: datetime) -> bool:
        """Take something once; False for a repetition."""

    def put_pending(self, pending: PendingCommand) -> None:
        """Let a command wait; it takes the place of what the user asked for before."""

    def get_pending(self, user_id: int) -> PendingCommand | None:
        """Return what waits for a user's confirmation (consistent), expired or not."""

    def replace_pending(self, before: PendingCommand, after: PendingCommand | None) -> bool:
        """Put a command on, or take it off (`after` None), if it is still as `before`."""
