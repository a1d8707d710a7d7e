"""The alert path, with a Bot API on this machine at its end; waiting moves the test's clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest
import time_machine

from infra.simulators.telegram.bot_api import BotApi
from infra.simulators.telegram.server import TelegramServer
from riskgate.adapters.aws.lazy import forget
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs import telegram_notifier
from tests.support.alert_path import TOKEN, Phone, build_phone
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
    phone, environment = build_phone(gateway, telegram, orders_url)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(telegram_notifier, "sleep", lambda seconds: traveller.shift(timedelta(seconds=seconds)))
    forget()
    phone.skip()
    yield phone
    forget()
