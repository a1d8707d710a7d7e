"""Answers of the webhook routes."""

from datetime import datetime
from typing import Annotated, Literal

from riskgate.core.webhooks.definition import Proof, SizeBy, WebhookAction
from riskgate.schemas.http.answers.base import Answer, Money
from riskgate.schemas.http.answers.orders import CancelAnswer


class WebhookSize(Answer):
    """What an entry is sized by; no value where the sender tells."""

    by: SizeBy
    value: Money | None


class WebhookAnswer(Answer):
    """A webhook as it was set up: nothing that proves its sender."""

    name: str
    account: str
    venue: str
    strategy: str
    actions: list[WebhookAction]
    proof: Proof
    signature_header: Annotated[str | None, "The header of the signature; null where secrets prove the sender."]
    size: WebhookSize
    stop_fraction: Money | None
    fields: Annotated[dict[str, str], "The operator's own templates; all others are as shipped."]
    words: Annotated[dict[str, WebhookAction], "The operator's own words for actions, beside the shipped ones."]
    symbols: Annotated[dict[str, str], "Markets by the sender's spelling."]
    sources: Annotated[list[str], "Networks it may come from; none for any."]
    age_seconds_max: int
    operator: Annotated[str, "Who set it up."]
    created_at: datetime
    expires_at: datetime


class WebhookCreated(Answer):
    """A webhook with what proves its sender: shown here alone, and stored nowhere."""

    webhook: WebhookAnswer
    path: Annotated[str, "Where to post, below the API's address."]
    body_secret: Annotated[str | None, "What the body carries; null where signatures prove the sender."]
    signing_key: Annotated[str | None, "The key of HMAC-SHA256, as text; null where secrets prove the sender."]


class WebhooksAnswer(Answer):
    """The webhooks of the accounts that the caller may see."""

    webhooks: list[WebhookAnswer]


class WebhookCancels(Answer):
    """Orders that a delivery had cancelled, as they are now."""

    action: Literal["cancel"]
    orders: list[CancelAnswer]
    look_at: Annotated[list[str], "Where each order's state can be read, below the API's address."]
