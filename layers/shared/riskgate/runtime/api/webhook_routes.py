"""The routes by which operators set up webhooks."""

import secrets

from riskgate.app.webhooks.manage_webhooks import (
    create_webhook,
    delete_webhook,
    find_webhook,
    webhook_body,
    webhooks_body,
)
from riskgate.core.access.tokens import Scope
from riskgate.core.webhooks.proof import RANDOM_BYTES
from riskgate.runtime.api.replies import Reply
from riskgate.runtime.api.routes import Api, Request
from riskgate.runtime.api.second_factor import require_totp
from riskgate.runtime.api.webhooks import master_key, webhooks
from riskgate.schemas.http.answers.webhooks import WebhookAnswer, WebhookCreated, WebhooksAnswer
from riskgate.schemas.http.requests.webhooks import WebhookRequest


def new_random() -> bytes:
    """Return what a webhook's secrets are made of."""
    return secrets.token_bytes(RANDOM_BYTES)


def put_webhook(request: Request[WebhookRequest]) -> Reply[WebhookCreated]:
    """Set up a webhook; who may place orders by it is a person's decision."""
    request.caller.require(Scope.ADMIN, request.body.account)
    name = request.path["webhook"]
    known = webhooks().get_webhook(name)
    if known is not None and not known.deleted:
        # Its name must not be taken from whom it serves by who may not act there.
        request.caller.require(Scope.ADMIN, known.account_id)
    require_totp(request)
    wanted = request.body.to_webhook(name, request.caller.operator, request.now)
    body, is_new = create_webhook(
        request.acting, wanted, random_bytes=new_random(), webhooks=webhooks(), master_key=master_key
    )
    return Reply(status=201 if is_new else 200, body=body)


def list_webhooks(request: Request[None]) -> Reply[WebhooksAnswer]:
    """List the webhooks of the accounts that the caller may act for."""
    found = [one for one in webhooks().list_webhooks() if not one.deleted]
    seen = [one for one in found if request.caller.permits_account(one.account_id)]
    return Reply(status=200, body=webhooks_body(seen))


def get_webhook(request: Request[None]) -> Reply[WebhookAnswer]:
    """Get a webhook as it was set up."""
    webhook = find_webhook(request.path["webhook"], webhooks=webhooks())
    request.caller.require(Scope.ADMIN, webhook.account_id)
    return Reply(status=200, body=webhook_body(webhook))


def remove_webhook(request: Request[None]) -> Reply[WebhookAnswer]:
    """Take a webhook away."""
    webhook = find_webhook(request.path["webhook"], webhooks=webhooks())
    request.caller.require(Scope.ADMIN, webhook.account_id)
    return Reply(status=200, body=delete_webhook(request.acting, webhook, webhooks=webhooks()))


def add_webhook_routes(api: Api) -> None:
    """Add the routes to a function's own."""
    api.route("putWebhook", WebhookRequest)(put_webhook)
    api.route("listWebhooks")(list_webhooks)
    api.route("getWebhook")(get_webhook)
    api.route("deleteWebhook")(remove_webhook)
