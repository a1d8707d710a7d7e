"""The Telegram secret: the bot's token, and which chats hear of what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from riskgate.core.errors import GatewayError
from riskgate.core.severity import Severity
from riskgate.schemas.codec import DecodeError, decode

API_URL = "https://api.telegram.org"
#: The chat that gets what another one does not take.
FALLBACK = "fallback"
#: The chats of severities that name none.
DEFAULT = "default"


@dataclass(frozen=True, kw_only=True, slots=True)
class TelegramSecret:
    """`chats` maps info, yellow, orange, red, default and fallback to chat ids; `api_url` is another server's."""

    token: str
    chats: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
    api_url: str = API_URL

    def chats_of(self, severity: Severity) -> tuple[str, ...]:
        """Return the chats that hear of a severity; an empty list there means nobody, except for red."""
        named = self.chats.get(severity.value)
        if named is None or (severity is Severity.RED and not named):
            named = self.chats.get(DEFAULT, ())
        return tuple(dict.fromkeys(str(chat) for chat in named))

    @property
    def fallback(self) -> str | None:
        """Return the chat that takes what another does not, if any."""
        return next((str(chat) for chat in self.chats.get(FALLBACK, ())), None)


def read_telegram_secret(text: str) -> TelegramSecret:
    """Read the secret's JSON; fields that are not known are left to others.

    Raises GatewayError: code SECRET_UNREADABLE; what was read is not repeated.
    """
    try:
        return decode(text, TelegramSecret)
    except DecodeError:
        # The decoder's message may hold a part of the text.
        raise GatewayError("The Telegram secret does not have the expected form.", code="SECRET_UNREADABLE") from None
