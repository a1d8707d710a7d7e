"""What proves a sender: two secrets of which hashes are kept, or a signature under a key that nothing keeps.

A key is derived from the gateway's own and a nonce: what is stored gives nobody a valid signature.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256

from riskgate.core.access.tokens import UNKNOWN_TOKEN_HASH, matches_hash
from riskgate.core.webhooks.definition import Proof, Webhook

#: 32 bytes each for the path, the body, and the nonce of a signing key.
RANDOM_BYTES = 96
_PART = 32
_PURPOSE = "riskgate-webhook-1"
#: A header with more signatures than a sender that changes its key has is not read.
_SIGNATURES_MAX = 4


def make_secrets(random_bytes: bytes) -> tuple[str, str, str]:
    """Return the path's secret, the body's, and a nonce, from `RANDOM_BYTES` of a cryptographic source."""
    if len(random_bytes) != RANDOM_BYTES:
        raise ValueError(f"a webhook takes exactly {RANDOM_BYTES} random bytes")
    path, body, nonce = (random_bytes[start : start + _PART] for start in range(0, RANDOM_BYTES, _PART))
    return _text_of(path), _text_of(body), _text_of(nonce)


def derive_key(master: bytes, name: str, nonce: str) -> str:
    """Return the key a sender signs with; no name or nonce holds a line break, so no two webhooks share one."""
    return _text_of(hmac.new(master, f"{_PURPOSE}\n{name}\n{nonce}".encode(), sha256).digest())


def proves_secrets(webhook: Webhook | None, path_secret: str, body_secret: str) -> bool:
    """Tell whether both secrets fit; one that is unknown takes the same steps as a wrong one."""
    fits = webhook is not None and webhook.proof is Proof.SECRETS
    hashes = (webhook.path_hash, webhook.body_hash) if webhook is not None and fits else (UNKNOWN_TOKEN_HASH,) * 2
    path_fits = matches_hash(path_secret, hashes[0])
    return matches_hash(body_secret, hashes[1]) and path_fits and fits


def find_signed_at(header: str, key: str, body: bytes) -> datetime | None:
    """Return when a body was signed as ``t=<unix seconds>,v1=<hex>``, or None for a signature that does not fit."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1"]
    well_formed = len(times) == 1 and times[0].isascii() and times[0].isdigit() and len(times[0]) == len("9999999999")
    if not well_formed or not 1 <= len(signatures) <= _SIGNATURES_MAX:
        return None
    expected = _sign(key, times[0].encode() + b"." + body)
    if not any(hmac.compare_digest(expected.encode(), given.encode()) for given in signatures):
        return None
    return datetime.fromtimestamp(int(times[0]), UTC)


def is_signed(header: str, key: str, body: bytes) -> bool:
    """Tell whether a body was signed as ``sha256=<hex>``."""
    return hmac.compare_digest(f"sha256={_sign(key, body)}".encode(), header.strip().encode())


def _sign(key: str, message: bytes) -> str:
    return hmac.new(key.encode(), message, sha256).hexdigest()


def _text_of(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
