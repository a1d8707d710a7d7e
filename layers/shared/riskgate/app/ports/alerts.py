"""Seams on an alert's way to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from riskgate.core.alerts.alerts import Alert


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingAlert:
    """An alert that is still to be shown in one chat; `key` is its place there."""

    chat: str
    key: str
    alert: Alert
    queued_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """The right to deliver to one chat, with when it last took messages."""

    chat: str
    holder: str
    sent: tuple[datetime, ...] = ()


class AlertSink(Protocol):
    """Where alerts leave the gateway."""

    def send(self, alert: Alert) -> None:
        """Hand an alert over; the same again is dropped within minutes. Transient: sending it again is safe."""


class Outbox(Protocol):
    """Alerts on their way to chats: each taken on once, kept until it was shown. Transient where nothing is known."""

    def add(self, alert: Alert, chats: Sequence[str], now: datetime) -> bool:
        """Take an alert on for all its chats at once; False for a repetition."""

    def list_chats(self) -> Sequence[str]:
        """Return every chat that ever had an alert."""

    def list_pending(self, chat: str) -> Sequence[PendingAlert]:
        """Return what is still to be shown in a chat, account by account, each in its order."""

    def remove(self, pending: Sequence[PendingAlert]) -> None:
        """Note that alerts were shown."""

    def move(self, pending: Sequence[PendingAlert], chat: str) -> None:
        """Let another chat have what this one does not take."""

    def acquire(self, chat: str, holder: str, now: datetime, until: datetime) -> Lane | None:
        """Become the one who delivers to a chat; None while somebody else does, or while the chat must rest."""

    def release(self, lane: Lane, not_before: datetime | None) -> None:
        """Let others deliver to the chat: at once, or from `not_before` on."""


class Messenger(Protocol):
    """Messages to people."""

    def send(self, chat_id: str, html: str, *, silent: bool = False) -> int:
        """Send a message and return its id.

        Raises ChatThrottled: nothing was sent; ChatUnreachable: it never will be; Transient: it may have arrived.
        """

    def check(self) -> str:
        """Return who sends: the messenger answers and takes the token."""
