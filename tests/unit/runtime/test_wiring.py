from __future__ import annotations

import pytest

from riskgate.adapters.aws.lazy import forget
from riskgate.core.errors import Unprocessable
from riskgate.runtime import wiring


def test_permits_when_the_deployment_has_no_order_worker_then_routing_is_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PERMIT_SECRET_ID", raising=False)
    forget()
    with pytest.raises(Unprocessable) as caught:
        wiring.permits()
    assert caught.value.code == "ROUTING_UNAVAILABLE"
