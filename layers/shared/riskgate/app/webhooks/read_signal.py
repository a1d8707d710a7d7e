"""Read what a proven sender asks for, in the words its operator set down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from riskgate.core.errors import Forbidden, InvalidRequest
from riskgate.core.webhooks.definition import WORDS, Proof, SizeBy, Webhook, WebhookAction
from riskgate.core.webhooks.template import fill, read_figure, read_time, require_fresh, to_client_order_id
from riskgate.schemas.codec import encode, sha256_hex

_FIGURES = ("price", "trigger_price", "stop_loss_price", "take_profit_price")
#: What chart services leave standing where they know nothing to put: of an indicator's alert, what is a strategy's.
_UNFILLED = re.compile(r"\{\{[^{}]*\}\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """What is asked for: `symbol` in the sender's spelling, `figures` as texts; `order` is what a cancel names.

    `sent_at` is when, as its sender says.
    """

    sent_at: datetime
    action: WebhookAction
    client_order_id: str
    symbol: str
    type: str
    figures: Mapping[str, str]
    order: str | None = None

    @property
    def digest(self) -> str:
        """Return what tells a repetition, which may come later, from another request under the same id."""
        asked = [self.action, self.client_order_id, self.symbol, self.type, dict(self.figures), self.order]
        return sha256_hex(encode(asked))[:32]


def read_signal(webhook: Webhook, body: Mapping[str, Any], signed_at: datetime | None, now: datetime) -> Signal:
    """Return the request in a body, once it is known to be fresh.

    Raises InvalidRequest: WEBHOOK_FIELD_MISSING, WEBHOOK_FIELD_INVALID, WEBHOOK_TIME_INVALID, WEBHOOK_TIME_REFUSED,
    WEBHOOK_ACTION_UNKNOWN; Forbidden: WEBHOOK_ACTION_NOT_PERMITTED.
    """

    def text_of(name: str) -> str | None:
        text = fill(webhook.template_of(name), body)
        if text is not None and (left := _UNFILLED.search(text)) is not None:
            detail = f"{name} has {left[0][:64]} in it, which the sender did not fill in"
            raise InvalidRequest(detail, code="WEBHOOK_FIELD_INVALID")
        return text

    def required(name: str) -> str:
        text = text_of(name)
        if not text:
            detail = f"the body has nothing for {name}: it is read from {webhook.template_of(name)[:64]}"
            raise InvalidRequest(detail, code="WEBHOOK_FIELD_MISSING")
        return text

    # A signature's own time is part of what was signed; without one the body has to tell.
    sent_at = signed_at if webhook.proof is Proof.TIMED_SIGNATURE else read_time(required("time"))
    assert sent_at is not None  # noqa: S101 a signature that fits has a time
    require_fresh(sent_at, now, webhook.age_seconds_max)
    action = _action_of(webhook, text_of("action"), text_of("position"))
    if action not in webhook.actions:
        raise Forbidden(f"this webhook does not {action.value}", code="WEBHOOK_ACTION_NOT_PERMITTED")
    figures = {name: text for name in _list_figures(webhook) if (text := read_figure(text_of(name))) is not None}
    # Only a cancel names another order; a sender's own object may have that name.
    order = text_of("order") if action is WebhookAction.CANCEL else None
    return Signal(
        sent_at=sent_at,
        action=action,
        client_order_id=to_client_order_id(required("client_ref")),
        symbol=required("symbol").strip(),
        type=(text_of("type") or "market").strip().lower(),
        figures=figures,
        order=to_client_order_id(order) if order else None,
    )


def _list_figures(webhook: Webhook) -> Iterator[str]:
    if webhook.size.by is SizeBy.SENDER:
        yield "quantity"
    yield from _FIGURES


def _action_of(webhook: Webhook, action: str | None, position: str | None) -> WebhookAction:
    """Return what is asked for: a strategy whose position is to be flat closes, whatever order takes it there."""
    words = {**WORDS, **webhook.words}
    if position is not None and position.strip().lower() == "flat":
        return WebhookAction.CLOSE
    found = words.get((action or "").strip().lower())
    if found is None:
        raise InvalidRequest("the body's action is none that the webhook knows", code="WEBHOOK_ACTION_UNKNOWN")
    return found
