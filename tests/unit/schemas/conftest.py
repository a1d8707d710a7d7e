"""Bodies as bots send them, and the way a body takes through the schemas."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from riskgate.schemas.http.json_body import BODY_MAX_BYTES, parse_json

# The same examples in every run, on however slow a machine.
settings.register_profile(
    "deterministic", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("deterministic")

type Body = dict[str, Any]


@pytest.fixture
def limit_order() -> Body:
    return {
        "client_order_id": "trend-1",
        "symbol": "BTC/USDT",
        "venue": "binance",
        "strategy": "trend",
        "side": "buy",
        "type": "limit",
        "quantity": "0.1",
        "price": "61000",
    }


@pytest.fixture
def read() -> Callable[..., Body]:
    """Read a raw body the way a route does."""

    def read_body(
        body: bytes | str | None,
        *,
        content_type: str | None = "application/json",
        is_base64: bool = False,
        max_bytes: int = BODY_MAX_BYTES,
        **options: Any,
    ) -> Body:
        return parse_json(body, is_base64=is_base64, content_type=content_type, max_bytes=max_bytes, **options)

    return read_body


@pytest.fixture
def as_sent(read: Callable[..., Body]) -> Callable[[Body], Body]:
    """Turn a body into JSON text and read it back: numbers become exact Decimals."""
    return lambda body: read(json.dumps(body))
