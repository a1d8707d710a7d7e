"""The risk jobs, and what they read."""

from __future__ import annotations

import pytest

from tests.support.gateway import Gateway
from tests.support.risk_jobs import RiskJobs, build_queue


@pytest.fixture
def jobs(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> RiskJobs:
    """Give a gateway with closes of three assets, and its risk jobs."""
    queue_url = build_queue("jobs")
    monkeypatch.setenv("JOB_QUEUE_URL", queue_url)
    jobs = RiskJobs(gateway=gateway, queue_url=queue_url)
    jobs.put_closes("BTC", "ETH", "SOL")
    return jobs
