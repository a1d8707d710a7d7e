"""The desk with a monitor: its queue beside the order worker's, and an account that is all cash at the venue."""

from __future__ import annotations

import boto3
import pytest

from tests.component.routing.conftest import desk, simulator, virtual_time
from tests.support.monitored_account import Watch
from tests.support.routed_account import Desk

__all__ = ["desk", "simulator", "virtual_time", "watch"]


@pytest.fixture
def watch(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Give a monitor of an account that holds what it was registered with."""
    queue = boto3.client("sqs").create_queue(QueueName="monitor")["QueueUrl"]
    monkeypatch.setenv("JOB_QUEUE_URL", queue)
    watch = Watch(desk=desk)
    watch.fund(spot={"USDT": "100000", "BTC": "0"}, swap={"USDT": "0"})
    return watch
