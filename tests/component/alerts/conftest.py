"""The alert path, with a Bot API on this machine at its end; waiting moves the test's clock."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
import time_machine

from infra.simulators.telegram.bot_api import BotApi
from infra.simulators.telegram.server import TelegramServer
from riskgate.runtime.clock import utc_now
from tests.support.alert_path import TOKEN, Phone, running_phone
from tests.support.gateway import Gateway


@pytest.fixture
def telegram(traveller: time_machine.Traveller) -> Iterator[TelegramServer]:
    """Give a Bot API whose limits go by the test's clock."""
    del traveller
    api = BotApi(token=TOKEN, clock=lambda: utc_now().timestamp(), enforce_limits=True)
    server = TelegramServer(api)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def phone(
    gateway: Gateway,
    telegram: TelegramServer,
    traveller: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Phone]:
    """Give a gateway with its alert path; what its set-up wrote is announced to nobody."""
    orders_url = boto3.client("sqs").create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    with running_phone(gateway, telegram, orders_url, traveller, monkeypatch) as phone:
        yield phone
