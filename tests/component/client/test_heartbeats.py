"""Signs of life in the background."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from riskgate_client import Client, Unavailable
from riskgate_client.account import HeartbeatAnswer
from tests.support.client_bot import Bot, refuse
from tests.support.gateway import ACCOUNT_ID, Gateway
from tests.support.http_front import serve
from tests.support.riskctl_transport import GatewayTransport


def _registered(gateway: Gateway) -> set[str]:
    return {row["strategy"] for row in gateway.account()["heartbeats"]}


def test_heartbeats_when_the_body_runs_then_given_until_it_ends(gateway: Gateway, bot: Bot) -> None:
    beats = bot.client.heartbeats("trend", 30)
    beats.interval_seconds = 30
    with beats:
        assert _registered(gateway) == {"trend"}
        assert beats.failure is None
    assert _registered(gateway) == set()


def test_heartbeats_when_the_bot_breaks_off_then_its_promise_stands(gateway: Gateway, bot: Bot) -> None:
    def run() -> None:
        with bot.client.heartbeats("trend", 30):
            raise RuntimeError("bot broke")

    with pytest.raises(RuntimeError):
        run()

    assert _registered(gateway) == {"trend"}


def test_heartbeats_when_the_first_one_fails_then_the_body_does_not_run(bot: Bot) -> None:
    bot.wire.always = refuse
    with pytest.raises(Unavailable), bot.client.heartbeats("trend", 30):
        raise AssertionError("not reached")


def test_thread_when_it_runs_then_signs_come_and_failures_are_seen(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(GatewayTransport()) as url:
        client = Client(url, bot.token, ACCOUNT_ID)
        monkeypatch.setattr("riskgate_client.heartbeats._PER_INTERVAL", 600)
        asked: list[str] = []
        ask = client.heartbeat

        def count(*arguments: Any) -> HeartbeatAnswer:
            asked.append("x")
            return ask(*arguments)

        monkeypatch.setattr(client, "heartbeat", count)
        with client.heartbeats("trend", 6) as beats:
            _wait_until(lambda: len(asked) > 3)

            def fail(*_: object) -> None:
                raise Unavailable("gone")

            monkeypatch.setattr(client, "heartbeat", fail)
            _wait_until(lambda: beats.failure is not None)
            monkeypatch.setattr(client, "heartbeat", ask)
            _wait_until(lambda: beats.failure is None)
        client.close()


def _wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(500):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("never")


async def _until(is_so: Callable[[], bool]) -> None:
    for _ in range(500):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("never")


def test_task_when_it_runs_then_signs_come_and_end(gateway: Gateway, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskgate_client.heartbeats._PER_INTERVAL", 600)

    async def run() -> None:
        async with bot.asynchronous.heartbeats("trend", 6) as beats:
            await _until(lambda: len(bot.wire.paths("PUT")) > 2)
            bot.wire.always = refuse
            await _until(lambda: beats.failure is not None)
            bot.wire.always = None
        assert _registered(gateway) == set()
        with pytest.raises(RuntimeError):
            async with bot.asynchronous.heartbeats("trend", 6):
                raise RuntimeError("bot broke")

    asyncio.run(run())

    assert _registered(gateway) == {"trend"}
