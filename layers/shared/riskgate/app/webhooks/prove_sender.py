"""Prove who sent a delivery."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from riskgate.app.webhooks.manage_webhooks import WebhookStore
from riskgate.app.webhooks.read_delivery import Delivery
from riskgate.core.access.tokens import permits_source
from riskgate.core.errors import InvalidRequest, Unauthorized
from riskgate.core.webhooks.definition import Proof, Webhook
from riskgate.core.webhooks.proof import derive_key, find_signed_at, is_signed, proves_secrets
from riskgate.core.webhooks.template import fill

REFUSED = "WEBHOOK_REFUSED"


def prove_sender(
    delivery: Delivery, *, webhooks: WebhookStore, master_key: Callable[[], bytes], now: datetime
) -> tuple[Webhook, datetime | None]:
    """Return the webhook a delivery proved itself for, and when it was signed, where its signature says so.

    An unknown name and a wrong secret take the same path: one read, one comparison, one answer. What else stands
    against a sender is told only to one that has proven itself.

    Raises Unauthorized: code WEBHOOK_REFUSED, WEBHOOK_EXPIRED or SOURCE_NOT_PERMITTED.
    """
    webhook = webhooks.get_webhook(delivery.name)
    if webhook is not None and webhook.deleted:
        webhook = None
    signed_at: datetime | None = None
    if webhook is None or webhook.proof is Proof.SECRETS:
        proven = proves_secrets(webhook, delivery.path_secret or "", _body_secret(delivery, webhook))
    else:
        proven, signed_at = _check_signature(delivery, webhook, master_key)
    if webhook is None or not proven:
        raise Unauthorized("the request does not prove that it may use this webhook", code=REFUSED)
    if now >= webhook.expires_at:
        raise Unauthorized("the webhook has expired: an operator renews it", code="WEBHOOK_EXPIRED")
    if not permits_source(webhook.cidrs, delivery.source_ip):
        raise Unauthorized("the webhook may not be used from this address", code="SOURCE_NOT_PERMITTED")
    return webhook, signed_at


def _body_secret(delivery: Delivery, webhook: Webhook | None) -> str:
    template = webhook.template_of("secret") if webhook is not None else "{secret}"
    try:
        return fill(template, delivery.fields) or ""
    except InvalidRequest:
        return ""


def _check_signature(
    delivery: Delivery, webhook: Webhook, master_key: Callable[[], bytes]
) -> tuple[bool, datetime | None]:
    key = derive_key(master_key(), webhook.name, webhook.nonce)
    header, body = delivery.header(webhook.signature_header), delivery.text.encode()
    if webhook.proof is Proof.BODY_SIGNATURE:
        return is_signed(header, key, body), None
    signed_at = find_signed_at(header, key, body)
    return signed_at is not None, signed_at
