"""Updates as Telegram posts them: what the gateway reads of them; Telegram may add fields at any time."""

from pydantic import ConfigDict, Field

from riskgate.schemas.http.requests.base import RequestModel


class _FromTelegram(RequestModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class TelegramSender(_FromTelegram):
    """Who wrote or pressed."""

    id: int


class TelegramChat(_FromTelegram):
    """Where."""

    id: int


class TelegramMessage(_FromTelegram):
    """A message; a channel's has no sender."""

    message_id: int
    chat: TelegramChat
    sender: TelegramSender | None = Field(None, alias="from")
    text: str = ""


class TelegramCallback(_FromTelegram):
    """A pressed button."""

    id: str
    sender: TelegramSender = Field(alias="from")
    data: str = ""
    message: TelegramMessage | None = None


class TelegramUpdate(_FromTelegram):
    """One update: a message, a pressed button, or something that is no command."""

    update_id: int
    message: TelegramMessage | None = None
    callback_query: TelegramCallback | None = None
