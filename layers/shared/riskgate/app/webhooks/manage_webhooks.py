"""Set up, show and take away webhooks; each change is an entry of the gateway's audit chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from riskgate.app.ledger.commit_event import Acting, Effects
from riskgate.app.ledger.gateway_chain import append_to_gateway_chain
from riskgate.core.access.tokens import hash_token
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import NotFound, Unprocessable
from riskgate.core.ledger.gateway_events import WebhookChange, WebhookChanged
from riskgate.core.money import plain_or_none
from riskgate.core.webhooks.definition import Proof, Webhook
from riskgate.core.webhooks.proof import derive_key, make_secrets
from riskgate.schemas.http.answers.webhooks import WebhookAnswer, WebhookCreated, WebhooksAnswer, WebhookSize


class WebhookStore(Protocol):
    """Where webhooks are kept."""

    def get_webhook(self, name: str) -> Webhook | None:
        """Return a webhook as it is now (consistent), a deleted one too, or None."""

    def put_webhook(self, webhook: Webhook) -> None:
        """Store a webhook in the place of one of its name."""

    def list_webhooks(self) -> Sequence[Webhook]:
        """Return all webhooks by name, deleted ones included."""


def create_webhook(
    acting: Acting,
    wanted: Webhook,
    *,
    random_bytes: bytes,
    webhooks: WebhookStore,
    master_key: Callable[[], bytes],
) -> tuple[WebhookCreated, bool]:
    """Set up a webhook, or set one up anew: its secrets are shown once, and those of before open nothing any more.

    `random_bytes` are `RANDOM_BYTES` of a cryptographic source. Returns the answer, and whether the name is new. Raises
    NotFound: unknown account; Unprocessable: VENUE_UNKNOWN, ROUTING_UNAVAILABLE; Contention, Transient, OutcomeUnknown:
    stored perhaps, but nobody knows its secrets.
    """
    state = acting.deps.store.read(ReadRequest(account_id=wanted.account_id)).require_state()
    venue = next((venue for venue in state.venues if venue.venue == wanted.venue), None)
    if venue is None:
        raise Unprocessable("the account has no such venue", code="VENUE_UNKNOWN")
    if venue.secret_name is None:
        raise Unprocessable("the gateway has no key for this venue: it sends no orders", code="ROUTING_UNAVAILABLE")
    path_secret, body_secret, nonce = make_secrets(random_bytes)
    signs = wanted.proof is not Proof.SECRETS
    key = derive_key(master_key(), wanted.name, nonce) if signs else ""
    webhook = (
        replace(wanted, nonce=nonce)
        if signs
        else replace(wanted, path_hash=hash_token(path_secret), body_hash=hash_token(body_secret))
    )
    before = webhooks.get_webhook(wanted.name)
    is_new = before is None or before.deleted
    webhooks.put_webhook(webhook)
    _append(acting, webhook, WebhookChange.CREATED if is_new else WebhookChange.REPLACED)
    path = f"/webhooks/{webhook.name}" if signs else f"/webhooks/{webhook.name}/{path_secret}"
    answer = WebhookCreated(
        webhook=webhook_body(webhook), path=path, body_secret=None if signs else body_secret, signing_key=key or None
    )
    return answer, is_new


def delete_webhook(acting: Acting, webhook: Webhook, *, webhooks: WebhookStore) -> WebhookAnswer:
    """Take a webhook away: its next delivery is refused. Repeating it finishes half a call."""
    webhooks.put_webhook(replace(webhook, deleted=True))
    _append(acting, webhook, WebhookChange.DELETED)
    return webhook_body(webhook)


def find_webhook(name: str, *, webhooks: WebhookStore) -> Webhook:
    """Return a webhook that was not deleted. Raises NotFound: code WEBHOOK_NOT_FOUND."""
    webhook = webhooks.get_webhook(name)
    if webhook is None or webhook.deleted:
        raise NotFound("no such webhook", code="WEBHOOK_NOT_FOUND")
    return webhook


def webhooks_body(found: Sequence[Webhook]) -> WebhooksAnswer:
    """Return several as they are answered."""
    return WebhooksAnswer(webhooks=[webhook_body(webhook) for webhook in found])


def webhook_body(webhook: Webhook) -> WebhookAnswer:
    """Return a webhook as it is answered: nothing that proves it."""
    return WebhookAnswer(
        name=webhook.name,
        account=webhook.account_id,
        venue=webhook.venue,
        strategy=webhook.strategy,
        actions=list(webhook.actions),
        proof=webhook.proof,
        signature_header=webhook.signature_header or None,
        size=WebhookSize(by=webhook.size.by, value=plain_or_none(webhook.size.value)),
        stop_fraction=plain_or_none(webhook.stop_fraction),
        fields=dict(webhook.fields),
        words=dict(webhook.words),
        symbols=dict(webhook.symbols),
        sources=list(webhook.cidrs),
        age_seconds_max=webhook.age_seconds_max,
        operator=webhook.operator,
        created_at=webhook.created_at,
        expires_at=webhook.expires_at,
    )


def _append(acting: Acting, webhook: Webhook, change: WebhookChange) -> None:
    event = WebhookChanged(
        name=webhook.name,
        change=change,
        operator=webhook.operator,
        account_id=webhook.account_id,
        venue=webhook.venue,
        strategy=webhook.strategy,
        actions=tuple(action.value for action in webhook.actions),
        proof=webhook.proof.value,
        size_by=webhook.size.by.value,
        size_value=webhook.size.value,
        stop_fraction=webhook.stop_fraction,
        fields=webhook.fields,
        symbols=webhook.symbols,
        words={word: action.value for word, action in webhook.words.items()},
        cidrs=webhook.cidrs,
        age_seconds_max=webhook.age_seconds_max,
        expires_at=webhook.expires_at,
    )
    append_to_gateway_chain(acting, event, lambda _: Effects())
