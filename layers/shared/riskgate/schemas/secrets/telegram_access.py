"""Who may command the gateway by Telegram: a part of the Telegram secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from riskgate.core.access.tokens import ALL_ACCOUNTS
from riskgate.core.errors import Transient
from riskgate.core.operators.commands import Role
from riskgate.schemas.codec import DecodeError, decode

#: A shorter webhook secret could be searched for.
WEBHOOK_SECRET_LENGTH_MIN = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class TelegramUser:
    """One person: the operator whose one-time codes count, the role, and the accounts (``*`` for all)."""

    operator: str
    role: Role = Role.READ
    accounts: tuple[str, ...] = ()

    @property
    def has_all_accounts(self) -> bool:
        """Tell whether no account is kept from this person."""
        return ALL_ACCOUNTS in self.accounts

    def may_see(self, account: str) -> bool:
        """Tell whether an account is this person's business."""
        return self.has_all_accounts or account in self.accounts


@dataclass(frozen=True, kw_only=True, slots=True)
class TelegramAccess:
    """`webhook_secret` is what Telegram sends in a header; `users` maps Telegram user ids to people."""

    webhook_secret: str
    users: Mapping[str, TelegramUser] = field(default_factory=dict)


def read_telegram_access(text: str) -> TelegramAccess:
    """Read the secret's JSON; fields that are not known are left to others.

    Raises Transient: code SECRET_UNREADABLE, until somebody mends it; what was read is not repeated.
    """
    try:
        access = decode(text, TelegramAccess)
    except DecodeError:
        raise _unreadable() from None
    if len(access.webhook_secret) < WEBHOOK_SECRET_LENGTH_MIN:
        raise _unreadable()
    return access


def _unreadable() -> Transient:
    return Transient("the Telegram secret has no valid webhook_secret or users", code="SECRET_UNREADABLE")
