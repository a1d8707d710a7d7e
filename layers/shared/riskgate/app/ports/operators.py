"""Seams of the operators' commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from riskgate.core.operators.commands import PendingCommand


class OperatorChat(Protocol):
    """Conversation with operators; raises as `Messenger.send` does."""

    def username(self) -> str:
        """Return the name under which people in a group address the bot, without @."""

    def send(self, chat_id: str, html: str, *, buttons: Sequence[Sequence[tuple[str, str]]] = ()) -> int:
        """Send a message with rows of buttons (text, data) and return its id."""

    def send_photo(self, chat_id: str, png: bytes, caption: str) -> int:
        """Send a picture (PNG, at most 10 MB) with HTML of at most 1024 characters below it; return its id."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class EquityChart:
    """Equity over time, oldest first, in `currency`; at least two points."""

    title: str
    subtitle: str
    currency: str
    points: tuple[tuple[datetime, Decimal], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitBar:
    """One limit: how much of it is used (1 is all of it, None unknown), in words, and its alert level's name."""

    name: str
    text: str
    used: Decimal | None
    level: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitsChart:
    """Limits in use, the fullest first."""

    title: str
    subtitle: str
    bars: tuple[LimitBar, ...]


class ChartDrawer(Protocol):
    """Draws what an operator asked to see as PNG."""

    def draw_equity(self, chart: EquityChart) -> bytes:
        """Draw equity with its drawdown from the highest point shown."""

    def draw_limits(self, chart: LimitsChart) -> bytes:
        """Draw each limit as a bar."""
