from __future__ import annotations

from collections.abc import Iterator

import pytest
from ccxt.base.exchange import BaseExchange


@pytest.fixture(autouse=True, scope="module")
def unthrottled() -> Iterator[None]:
    """Ccxt's rate limiter sleeps; whether it is on is looked at in its own test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseExchange, "throttle", lambda _self, _cost=None: None)
        yield
