"""Signs of life in the background. When they stop, the gateway lets the strategy do nothing but reduce."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from typing import TYPE_CHECKING

from riskgate_client.errors import RiskGateError

if TYPE_CHECKING:
    from riskgate_client.client import AsyncClient, Client

logger = logging.getLogger("riskgate_client")
#: Signs of life per promised interval: two may be lost.
_PER_INTERVAL = 3


class _Beats:
    """What both kinds know of the signs given so far."""

    def __init__(self, strategy: str, interval_seconds: int) -> None:
        self.strategy = strategy
        self.interval_seconds = interval_seconds
        #: The last failure, None after a success.
        self.failure: RiskGateError | None = None

    @property
    def _pause(self) -> float:
        return self.interval_seconds / _PER_INTERVAL

    def _failed(self, error: RiskGateError) -> None:
        self.failure = error
        logger.warning("heartbeat of %s failed: %s", self.strategy, error)


class Heartbeats(_Beats):
    """Gives signs of life from a thread while its body runs.

    Entering gives the first one and raises what it raises. A failure later is logged and in `failure`; the gateway
    denies by itself. Leaving normally releases the strategy from its promise. Leaving by an exception does not: a bot
    that broke off is to be held back.
    """

    def __init__(self, client: Client, strategy: str, interval_seconds: int) -> None:
        super().__init__(strategy, interval_seconds)
        self._client = client
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{strategy}", daemon=True)

    def __enter__(self) -> Heartbeats:
        self._client.heartbeat(self.strategy, self.interval_seconds)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        if kind is None:
            self._client.end_heartbeat(self.strategy)

    def _beat(self) -> None:
        while not self._stopping.wait(self._pause):
            self._give_sign()

    def _give_sign(self) -> None:
        try:
            self._client.heartbeat(self.strategy, self.interval_seconds)
            self.failure = None
        except RiskGateError as error:
            self._failed(error)


class AsyncHeartbeats(_Beats):
    """Gives signs of life from a task; see `Heartbeats`."""

    def __init__(self, client: AsyncClient, strategy: str, interval_seconds: int) -> None:
        super().__init__(strategy, interval_seconds)
        self._client = client
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> AsyncHeartbeats:
        await self._client.heartbeat(self.strategy, self.interval_seconds)
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if kind is None:
            await self._client.end_heartbeat(self.strategy)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._pause)
            try:
                await self._client.heartbeat(self.strategy, self.interval_seconds)
                self.failure = None
            except RiskGateError as error:
                self._failed(error)
