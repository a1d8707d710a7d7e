"""Everything an order passes, from the API to the phone: a routed account with the alert path behind its log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from infra.simulators.telegram.server import TelegramServer
from riskgate.adapters.aws.lazy import forget
from riskgate.runtime.jobs import telegram_notifier
from tests.component.alerts.conftest import telegram
from tests.component.routing.conftest import routed, simulator, virtual_time
from tests.support.alert_path import Phone, build_phone
from tests.support.routed_account import RoutedAccount

__all__ = ["routed", "simulator", "telegram", "virtual_time"]


@pytest.fixture
def phone(
    routed: RoutedAccount,
    telegram: TelegramServer,
    traveller: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Phone]:
    """Give the phone of a routed account; what its set-up wrote is announced to nobody."""
    phone, environment = build_phone(routed.gateway, telegram, routed.queue_url)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(telegram_notifier, "sleep", lambda seconds: traveller.shift(timedelta(seconds=seconds)))
    forget()
    phone.skip()
    yield phone
    forget()
