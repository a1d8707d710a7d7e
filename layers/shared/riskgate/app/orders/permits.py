"""Issue permits at approval and check them before an order leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from riskgate.core.errors import SecretUnreadable
from riskgate.core.order import Order
from riskgate.core.orders.permit import PermitVerdict, check_permit, sign_permit
from riskgate.schemas.codec import encode, sha256_hex

#: A shorter key could be searched for.
KEY_LENGTH_MIN = 32


class KeyReader(Protocol):
    """Where the key is read."""

    def get_text(self, secret_id: str, *, refresh: bool = False) -> str:
        """Return a secret's text, from a cache unless `refresh`."""


#: Gives the permits to a use case that turns out to need them: most requests route nothing.
type PermitSource = Callable[[], Permits]


@dataclass(frozen=True, kw_only=True, slots=True)
class Permits:
    """Permits under one key, read each time; `lifetime_seconds` is how long an approval may be acted on."""

    keys: KeyReader
    secret_id: str
    lifetime_seconds: int

    def issue(self, order: Order, order_id: str, quantity: Decimal, now: datetime) -> str:
        """Return a permit to send an order on exactly these terms; raises Transient where the key cannot be read now.

        `quantity` is the whole order's, resolved where the order names a quote quantity.
        """
        return sign_permit(
            self._key(),
            account_id=order.account_id,
            order_id=order_id,
            terms_hash=hash_terms(order, quantity),
            expires_at=now + timedelta(seconds=self.lifetime_seconds),
        )

    def check(self, permit: str, order: Order, order_id: str, quantity: Decimal, now: datetime) -> PermitVerdict:
        """Tell what a permit is worth; one that does not fit is tried against a fresh key before it counts as forged.

        Raises Transient: the key cannot be read now.
        """
        verdict = PermitVerdict.FORGED
        for refresh in (False, True):
            verdict = check_permit(
                self._key(refresh=refresh),
                permit,
                account_id=order.account_id,
                order_id=order_id,
                terms_hash=hash_terms(order, quantity),
                now=now,
            )
            if verdict is not PermitVerdict.FORGED:
                break
        return verdict

    def _key(self, *, refresh: bool = False) -> bytes:
        text = self.keys.get_text(self.secret_id, refresh=refresh)
        if len(text) < KEY_LENGTH_MIN:
            raise SecretUnreadable("the permit key is too short")
        return text.encode()


def hash_terms(order: Order, quantity: Decimal) -> str:
    """Return the digest of everything that makes up an order at the venue."""
    return sha256_hex(encode([order, quantity]))
