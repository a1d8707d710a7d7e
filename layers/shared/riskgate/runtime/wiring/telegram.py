"""What the Telegram webhook needs, built on first use."""

from __future__ import annotations

from functools import cache

from riskgate.adapters.aws.clients import dynamodb_client, run_after_restore
from riskgate.adapters.dynamodb.commands import DynamoCommandStore
from riskgate.adapters.telegram_bot import TelegramBot
from riskgate.core.errors import Transient
from riskgate.runtime.wiring import shared as wiring
from riskgate.runtime.wiring.api_settings import load
from riskgate.runtime.wiring.job_settings import TelegramWebhookSettings
from riskgate.schemas.secrets.telegram import read_telegram_secret
from riskgate.schemas.secrets.telegram_access import TelegramAccess, read_telegram_access

NONCE_BYTES = 16


@cache
def commands() -> DynamoCommandStore:
    """Return where updates and pending commands are kept."""
    return DynamoCommandStore(dynamodb_client(), settings().state_table)


@cache
def settings() -> TelegramWebhookSettings:
    """Return the webhook's settings."""
    return load(TelegramWebhookSettings)


def read_access(*, refresh: bool) -> TelegramAccess:
    """Return who may command, read again when asked to."""
    return read_telegram_access(wiring.secrets().get_text(settings().telegram_secret_id, refresh=refresh))


#: The bot of each token and address; a rotated token makes another one.
_BOTS: dict[tuple[str, str], TelegramBot] = {}


def bot() -> TelegramBot:
    """Return the bot that answers in the chats."""
    secret = read_telegram_secret(wiring.secrets().get_text(settings().telegram_secret_id))
    if not secret.token:
        raise Transient("the Telegram secret names no token: the bot is off", code="TELEGRAM_OFF")
    key = (secret.token, secret.api_url)
    if key not in _BOTS:
        _close_bots()
        _BOTS[key] = TelegramBot(*key)
    return _BOTS[key]


def _close_bots() -> None:
    while _BOTS:
        _BOTS.popitem()[1].close()


def forget() -> None:
    """Drop everything built so far: after a SnapStart restore, and between tests."""
    _close_bots()
    for built in (commands, settings):
        built.cache_clear()


run_after_restore(forget)
