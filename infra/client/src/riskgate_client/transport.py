"""Carry out what operations yield, over httpx: the only part that is written twice, for threads and for asyncio."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from riskgate_client.wire import ANSWER_BYTES_MAX, Ask, Effect, Lost, Operation, Outcome, Pause, Reply

T = TypeVar("T")
#: Nothing has left this machine.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_TOKEN_PREFIX = "rg_"  # noqa: S105 the form of every token


def check_url(url: str, *, allow_http: bool) -> str:
    """Return the base URL without a slash at its end.

    Raises ValueError: it is none, holds credentials, or would send the token unencrypted to another machine.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("the gateway's address is not a URL")
    if parts.username or parts.password:
        raise ValueError("the gateway's address must hold no credentials")
    if parts.scheme == "http" and not allow_http and not _is_this_machine(parts.hostname):
        raise ValueError("the token would travel unencrypted: use https")
    return url.rstrip("/")


def check_token(token: str) -> str:
    """Return the header's value. Raises ValueError, without the token in its text."""
    if not token.startswith(_TOKEN_PREFIX) or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(f"a token of the gateway begins with {_TOKEN_PREFIX}")
    return f"Bearer {token}"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _lost(error: Exception) -> Lost:
    # The class alone: texts of errors may quote what was sent.
    return Lost(reason=type(error).__name__, may_have_arrived=not isinstance(error, _NEVER_SENT))


def _reply(response: httpx.Response, chunks: list[bytes]) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(status=response.status_code, headers=headers, text=b"".join(chunks).decode("utf-8", "replace"))


class _Chunks(list[bytes]):
    """An answer as it comes, within bytes and time."""

    def __init__(self, ask: Ask) -> None:
        super().__init__()
        self._left = ANSWER_BYTES_MAX
        self._end = time.monotonic() + ask.timeout_seconds

    def take(self, chunk: bytes) -> None:
        """Keep one more piece. Raises httpx.ReadTimeout: the answer drips."""
        self._left -= len(chunk)
        if self._left < 0 or time.monotonic() > self._end:
            raise httpx.ReadTimeout("the answer does not end")
        self.append(chunk)


class SyncTransport:
    """Runs operations with httpx.Client; threads may share it."""

    def __init__(
        self, url: str, authorization: str, transport: httpx.BaseTransport | None, sleep: Any = time.sleep
    ) -> None:
        self._http = httpx.Client(headers={"Authorization": authorization}, transport=transport, follow_redirects=False)
        self._url = url
        self._sleep = sleep

    def run(self, operation: Operation[T]) -> T:
        """Return the operation's result, or raise what it raises."""
        outcome: Outcome = None
        while True:
            try:
                effect = operation.send(outcome)
            except StopIteration as done:
                result: T = done.value
                return result
            outcome = self._perform(effect)

    def _perform(self, effect: Effect) -> Outcome:
        if isinstance(effect, Pause):
            self._sleep(effect.seconds)
            return None
        chunks = _Chunks(effect)
        try:
            with self._http.stream(
                effect.method,
                self._url + effect.path,
                content=effect.body,
                headers=dict(effect.headers),
                timeout=effect.timeout_seconds,
            ) as response:
                for chunk in response.iter_bytes():
                    chunks.take(chunk)
                return _reply(response, chunks)
        except (httpx.HTTPError, httpx.StreamError) as error:
            return _lost(error)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


class AsyncTransport:
    """Runs operations with httpx.AsyncClient."""

    def __init__(
        self, url: str, authorization: str, transport: httpx.AsyncBaseTransport | None, sleep: Any = asyncio.sleep
    ) -> None:
        self._http = httpx.AsyncClient(
            headers={"Authorization": authorization}, transport=transport, follow_redirects=False
        )
        self._url = url
        self._sleep = sleep

    async def run(self, operation: Operation[T]) -> T:
        """Return the operation's result, or raise what it raises."""
        outcome: Outcome = None
        while True:
            try:
                effect = operation.send(outcome)
            except StopIteration as done:
                result: T = done.value
                return result
            outcome = await self._perform(effect)

    async def _perform(self, effect: Effect) -> Outcome:
        if isinstance(effect, Pause):
            await self._sleep(effect.seconds)
            return None
        chunks = _Chunks(effect)
        try:
            async with self._http.stream(
                effect.method,
                self._url + effect.path,
                content=effect.body,
                headers=dict(effect.headers),
                timeout=effect.timeout_seconds,
            ) as response:
                async for chunk in response.aiter_bytes():
                    chunks.take(chunk)
                return _reply(response, chunks)
        except (httpx.HTTPError, httpx.StreamError) as error:
            return _lost(error)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()
