"""Everything an order passes, from the API to the phone: a routed account with the alert path behind its log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from infra.simulators.telegram.server import TelegramServer
from tests.component.alerts.conftest import telegram
from tests.component.routing.conftest import routed, simulator, virtual_time
from tests.support.alert_path import Phone, running_phone
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
    with running_phone(routed.gateway, telegram, routed.queue_url, traveller, monkeypatch) as phone:
        yield phone
