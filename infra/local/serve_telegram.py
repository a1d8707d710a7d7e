"""The stack's local Telegram: start, readiness, and the bot's secret, chats and people."""

import json
from typing import Any

import httpx

from infra.local import emulator, processes
from infra.local.seed.tokens import ADMIN_OPERATOR
from infra.local.settings import HOST, LocalError, Settings
from infra.simulators.telegram.__main__ import DEFAULT_TOKEN

NAME = "telegram"
TIMEOUT_SECONDS = 10.0
#: Everybody's channel, the phone of who is on call, and where to go when that one takes nothing.
CHANNEL, ON_CALL, FALLBACK = "-100200300", "4711", "4712"
CHATS = {"default": [CHANNEL], "orange": [ON_CALL], "red": [ON_CALL], "fallback": [FALLBACK]}
#: A private chat has its user's id.
USERS = {
    ON_CALL: {"operator": ADMIN_OPERATOR, "role": "control", "accounts": ["*"]},
    FALLBACK: {"operator": "reader", "role": "read", "accounts": ["*"]},
}


def url_of(settings: Settings) -> str:
    """Return the local Bot API's address."""
    return f"http://{HOST}:{settings.port_base + 2}"


def is_ready(settings: Settings) -> bool:
    """Tell whether the Bot API answers."""
    try:
        return httpx.get(f"{url_of(settings)}/control/messages", timeout=2).is_success
    except httpx.HTTPError:
        return False


def ensure_running(settings: Settings) -> bool:
    """Start the Bot API unless this stack's own already runs; return whether it was started."""
    return processes.ensure_simulator(settings, NAME, settings.port_base + 2, lambda: is_ready(settings))


def ensure_bot(settings: Settings, secret_id: str, api_url: str) -> None:
    """Give the gateway the bot's token, chats and people, and the bot the gateway's webhook; safe to repeat."""
    client = emulator.client(settings, "secretsmanager")
    held: dict[str, Any] = json.loads(client.get_secret_value(SecretId=secret_id)["SecretString"])
    bot = {"token": DEFAULT_TOKEN, "api_url": url_of(settings), "chats": CHATS, "users": USERS}
    if held | bot != held:
        client.put_secret_value(SecretId=secret_id, SecretString=json.dumps(held | bot))
    answer = httpx.post(
        f"{url_of(settings)}/bot{DEFAULT_TOKEN}/setWebhook",
        json={"url": f"{api_url}/telegram", "secret_token": held["webhook_secret"]},
        timeout=TIMEOUT_SECONDS,
    )
    if not answer.is_success:
        raise LocalError(f"the local Telegram refused the webhook: {answer.text[:300]}")
