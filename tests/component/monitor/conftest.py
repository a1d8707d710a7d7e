"""A routed account with a monitor: its queue beside the order worker's, and an account that is all cash at the venue."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import boto3
import pytest

from riskgate.adapters.aws.clients import s3_client
from tests.component.routing.conftest import routed, simulator, virtual_time
from tests.support.monitored_account import Watch
from tests.support.reconciled_account import BUCKET
from tests.support.routed_account import RoutedAccount
from tests.support.two_exchanges import TwoExchanges
from tests.support.venue import running_bybit

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


@pytest.fixture
def two(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoExchanges]:
    """Give an account with 60,000 USDT at one exchange and 40,000 at the other."""
    s3_client().create_bucket(Bucket=BUCKET)
    monkeypatch.setenv("STATEMENT_BUCKET", BUCKET)
    with running_bybit() as bybit:
        two = TwoExchanges(watch=watch, bybit=bybit)
        two.open()
        two.price(Decimal(50000))
        yield two
