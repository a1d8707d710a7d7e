"""A routed account with a monitor: its queue beside the order worker's, and an account that is all cash at the venue."""

from __future__ import annotations

import boto3
import pytest

from tests.component.routing.conftest import routed, simulator, virtual_time
from tests.support.monitored_account import Watch
from tests.support.routed_account import RoutedAccount

__all__ = ["routed", "simulator", "virtual_time", "watch"]


@pytest.fixture
def watch(routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Give a monitor of an account that holds what it was registered with."""
    queue = boto3.client("sqs").create_queue(QueueName="monitor")["QueueUrl"]
    monkeypatch.setenv("JOB_QUEUE_URL", queue)
    monkeypatch.setenv("SUMMARY_HOUR", "off")
    monkeypatch.setenv("SUMMARY_TIME_ZONE", "UTC")
    watch = Watch(routed=routed)
    watch.fund(spot={"USDT": "100000", "BTC": "0"}, swap={"USDT": "0"})
    return watch
