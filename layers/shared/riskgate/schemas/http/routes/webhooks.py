"""Routes of webhooks: those that operators set them up by, and those that senders post to."""

from riskgate.core.access.tokens import Scope
from riskgate.schemas.http.json_body import BATCH_BODY_MAX_BYTES, BODY_MAX_BYTES
from riskgate.schemas.http.routes.route import Route, Tag

_WEBHOOKS = "/webhooks"
_WEBHOOK = f"{_WEBHOOKS}/{{webhook}}"
_DECIDES = (
    "The same decision as on a posted order with `route`: 201 approved, 422 denied. The same `client_ref` again gets "
    "the first answer. Takes JSON, also declared as text/plain."
)

WEBHOOK_ROUTES = (
    Route("GET", _WEBHOOKS, "listWebhooks", Scope.ADMIN, Tag.WEBHOOKS, "List webhooks"),
    Route("GET", _WEBHOOK, "getWebhook", Scope.ADMIN, Tag.WEBHOOKS, "Get a webhook"),
    Route(
        "PUT",
        _WEBHOOK,
        "putWebhook",
        Scope.ADMIN,
        Tag.WEBHOOKS,
        "Set up a webhook",
        description="Shows its secrets once. Set up anew it gets others, and those of before open nothing any more.",
        totp=True,
        body_max_bytes=BATCH_BODY_MAX_BYTES,
    ),
    Route("DELETE", _WEBHOOK, "deleteWebhook", Scope.ADMIN, Tag.WEBHOOKS, "Delete a webhook"),
    Route(
        "POST",
        _WEBHOOK,
        "postSignedWebhook",
        None,
        Tag.WEBHOOKS,
        "Deliver a signal, signed",
        description=f"{_DECIDES} A header signs the body.",
        body_max_bytes=BODY_MAX_BYTES,
        proves_itself=True,
    ),
    Route(
        "POST",
        f"{_WEBHOOK}/{{webhook_secret}}",
        "postWebhook",
        None,
        Tag.WEBHOOKS,
        "Deliver a signal, with secrets",
        description=f"{_DECIDES} One secret is in the path, the other in the body.",
        body_max_bytes=BODY_MAX_BYTES,
        proves_itself=True,
    ),
)
