"""Answers of the routes that concern no account."""

from typing import Literal

from riskgate.schemas.http.answers.base import Answer, Sequence


class MarketAnswer(Answer):
    """How many items were stored."""

    stored: Sequence


class HealthAnswer(Answer):
    """The service answers."""

    status: Literal["ok"]
    engine_version: str


class TelegramAnswer(Answer):
    """The update was taken; what it asked for is answered in the chat."""

    ok: bool
