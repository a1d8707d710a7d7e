"""What nobody calls: schedules, streams and the phone of the deployed gateway."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from infra.local.seed.tokens import ACCOUNT_ID
from tests.support.waiting import wait_for


def test_monitor_when_the_schedule_ticks_then_the_account_is_read_again(stack: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {stack['tokens']['reader']}"}

    def read_at() -> str:
        account = httpx.get(f"{stack['api_url']}/accounts/{ACCOUNT_ID}", headers=headers, timeout=60).json()
        assert {venue["health"] for venue in account["venues"]} == {"healthy"}
        return str(account["equity_at"])

    first = read_at()
    assert wait_for(lambda: at if (at := read_at()) != first else None) > first


@pytest.mark.smoke
def test_kill_switch_item_when_put_into_the_table_then_a_message_arrives(stack: dict[str, Any]) -> None:
    """The bootstrap writes the global flag straight into the table."""

    def look() -> str | None:
        messages = httpx.get(f"{stack['telegram_url']}/control/messages", timeout=60).json()
        texts = (message["text"] for message in messages)
        return next((text for text in texts if "Kill switch released" in text and "table edit" in text), None)

    assert "global" in wait_for(look)


def test_telegram_when_asked_without_its_secret_then_refused(stack: dict[str, Any]) -> None:
    answer = httpx.post(f"{stack['api_url']}/telegram", json={"update_id": 1}, timeout=60)
    assert answer.status_code == 401
    assert answer.json()["code"] == "WEBHOOK_SECRET_INVALID"
