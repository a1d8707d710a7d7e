"""The risk jobs on moto."""

from __future__ import annotations

import pytest

from tests.support.gateway import Gateway
from tests.support.risk_jobs import RiskDesk, build_queue


@pytest.fixture
def desk(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> RiskDesk:
    """Give a gateway with closes of three assets, and its risk jobs."""
    queue_url = build_queue("jobs")
    monkeypatch.setenv("JOB_QUEUE_URL", queue_url)
    desk = RiskDesk(gateway=gateway, queue_url=queue_url)
    desk.put_closes("BTC", "ETH", "SOL")
    return desk
