"""Prove who sends a signed request: the key it names, and that its secret signed exactly this, now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from riskgate.core.access.keys import ExchangeKey, derive_secret, is_key_id
from riskgate.core.access.tokens import check_token
from riskgate.core.front_door.refusals import Refusal, invalid_key, malformed_key, missing
from riskgate.core.front_door.signing import check_window, parse_parameters, verify_signature
from riskgate.schemas.codec import sha256_hex


class KeyReader(Protocol):
    """Where issued keys are kept."""

    def get_key(self, key_id: str) -> ExchangeKey | None:
        """Return the key as it is now, or None."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedRequest:
    """A request as it was received: `query` and `body` are raw, since the signature covers their bytes."""

    method: str
    path: str
    query: str
    body: str
    key_id: str | None
    source_ip: str

    @property
    def fingerprint(self) -> str:
        """Return what tells the request from every other one, and is the same for a repetition byte by byte."""
        return sha256_hex("\n".join((self.method, self.path, self.query, self.body, self.key_id or "")).encode())[:40]


def authenticate(
    request: SignedRequest, *, now: datetime, keys: KeyReader, master: Callable[[bool], str]
) -> tuple[ExchangeKey, dict[str, str]]:
    """Return the key and the request's parameters.

    `master` gives the master key, read anew where its argument says so: one that was rotated works at once. The key is
    read each time, so that one that is revoked works no longer. What is wrong with it is told only to who knows its
    secret. Raises Refusal: -2014, -2015, -1021, -1022, -1100 to -1102, -1131; Transient: keys cannot be read now.
    """
    key_id = _key_id(request)
    parameters = parse_parameters(request.query, request.body)
    check_window(parameters, int(now.timestamp() * 1000))
    if not parameters.get("signature"):
        raise missing("signature")
    key = _read(keys, key_id)
    _verify(request, parameters, key, master)
    _check(key, request, now)
    return key, parameters


def identify(request: SignedRequest, *, now: datetime, keys: KeyReader) -> tuple[ExchangeKey, dict[str, str]]:
    """Return the key that a request names, and its parameters, without a proof: enough for what everybody may know.

    Raises Refusal: -2014, -2015, -1100, -1101; Transient: keys cannot be read now.
    """
    key_id, parameters = _key_id(request), parse_parameters(request.query, request.body)
    key = _read(keys, key_id)
    _check(key, request, now)
    return key, parameters


def _key_id(request: SignedRequest) -> str:
    if request.key_id is None or not is_key_id(request.key_id):
        raise malformed_key()
    return request.key_id


def _read(keys: KeyReader, key_id: str) -> ExchangeKey:
    key = keys.get_key(key_id)
    if key is None:
        raise invalid_key("KEY_UNKNOWN")
    return key


def _check(key: ExchangeKey, request: SignedRequest, now: datetime) -> None:
    refused = check_token(key.grant, request.source_ip, now)
    if refused is not None:
        raise invalid_key(refused.value)


def _verify(
    request: SignedRequest, parameters: dict[str, str], key: ExchangeKey, master: Callable[[bool], str]
) -> None:
    try:
        verify_signature(derive_secret(master(False), key.key_id), parameters, request.query, request.body)
    except Refusal:
        verify_signature(derive_secret(master(True), key.key_id), parameters, request.query, request.body)
