"""Routes of the service itself."""

from riskgate.core.access.tokens import Scope
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
        "Receive a Telegram update",
        description="Telegram's webhook for operators' commands. Telegram authenticates with the webhook secret.",
        body_max_bytes=BATCH_BODY_MAX_BYTES,
        secret_header=TELEGRAM_HEADER,
    ),
    Route(
        "GET",
        "/metrics",
        "getMetrics",
        Scope.METRICS_READ,
        Tag.SERVICE,
        "Get metrics for Prometheus",
        description=(
            "The accounts that the token may see, in Prometheus' text format. A token for all accounts also gets "
            "queues and alerts."
        ),
    ),
    Route("GET", "/health", "getHealth", None, Tag.SERVICE, "Check that the service is up"),
    Route("GET", "/openapi.json", "getOpenApi", None, Tag.SERVICE, "Get this document"),
    Route(
        "GET",
        "/dashboard",
        "getDashboard",
        None,
        Tag.SERVICE,
        "Get the live page",
        description="One page without data: it asks this API for all it shows, with a token that is typed in.",
    ),
)
