"""Permits: proof, written at approval, that exactly this order may be sent, and until when.

A permit is ``<expiry>.<HMAC-SHA256>`` over the account, the order's id, the digest of its terms and the expiry in
Unix seconds. Whoever can write to the queue or to the order's item, but cannot read the key, makes no order leave.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

_VERSION = "riskgate-permit-1"


class PermitVerdict(StrEnum):
    """What a permit is worth now."""

    VALID = "valid"
    EXPIRED = "expired"
    FORGED = "forged"


def sign_permit(key: bytes, *, account_id: str, order_id: str, terms_hash: str, expires_at: datetime) -> str:
    """Return a permit that is good until `expires_at`, in whole seconds."""
    seconds = int(expires_at.timestamp())
    return f"{seconds}.{_mac(key, account_id, order_id, terms_hash, seconds)}"


def check_permit(
    key: bytes, permit: str, *, account_id: str, order_id: str, terms_hash: str, now: datetime
) -> PermitVerdict:
    """Tell what a permit is worth for an order on these terms; the comparison takes the same time for any text."""
    expiry, _, mac = permit.partition(".")
    seconds = int(expiry) if expiry.isascii() and expiry.isdigit() and len(expiry) <= len("9999999999") else 0
    expected = _mac(key, account_id, order_id, terms_hash, seconds)
    if not hmac.compare_digest(expected.encode(), mac.encode()):
        return PermitVerdict.FORGED
    return PermitVerdict.VALID if now < datetime.fromtimestamp(seconds, UTC) else PermitVerdict.EXPIRED


def _mac(key: bytes, account_id: str, order_id: str, terms_hash: str, seconds: int) -> str:
    # None of the fields can hold a line break, so no two sets of fields give one text.
    text = "\n".join((_VERSION, account_id, order_id, terms_hash, str(seconds)))
    return hmac.new(key, text.encode(), sha256).hexdigest()
