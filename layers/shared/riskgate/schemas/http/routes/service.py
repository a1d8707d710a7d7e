"""Routes of the service itself, open to all."""

from __future__ import annotations

from riskgate.schemas.http.json_body import BATCH_BODY_MAX_BYTES
from riskgate.schemas.http.routes.route import Route, Tag

#: Where Telegram puts the webhook's secret.
TELEGRAM_HEADER = "X-Telegram-Bot-Api-Secret-Token"

SERVICE_ROUTES = (
    Route(
        "POST",
        "/telegram",
        "postTelegram",
        None,
        Tag.SERVICE,
        "Take an update from Telegram",
        description="Telegram's webhook: commands of operators. Proven by the secret that Telegram was given.",
        body_max_bytes=BATCH_BODY_MAX_BYTES,
        secret_header=TELEGRAM_HEADER,
    ),
    Route("GET", "/health", "getHealth", None, Tag.SERVICE, "Tell whether the service answers"),
    Route("GET", "/openapi.json", "getOpenApi", None, Tag.SERVICE, "Get this document"),
)
