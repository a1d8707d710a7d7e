"""What a webhook's body asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.app.webhooks.read_signal import read_signal
from riskgate.core.errors import InvalidRequest
from riskgate.core.webhooks.definition import Proof, Size, SizeBy, Webhook, WebhookAction

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
WEBHOOK = Webhook(
    name="tv",
    account_id="demo",
    venue="binance",
    strategy="trend",
    actions=tuple(WebhookAction),
    proof=Proof.SECRETS,
    size=Size(by=SizeBy.QUANTITY, value=Decimal(1)),
    operator="alice",
    created_at=NOW,
    expires_at=NOW + timedelta(days=90),
    age_seconds_max=60,
)


def body(action: str) -> dict[str, Any]:
    return {"client_ref": "tv_1", "time": NOW.isoformat(), "action": action, "symbol": "BTCUSDT", "order": {"no": 7}}


def test_signal_when_its_sender_calls_an_object_order_then_only_a_cancel_needs_a_name_there() -> None:
    assert read_signal(WEBHOOK, body("buy"), None, NOW).order is None
    with pytest.raises(InvalidRequest) as refused:
        read_signal(WEBHOOK, body("cancel"), None, NOW)
    assert refused.value.code == "WEBHOOK_FIELD_INVALID"
