"""The Telegram secret, in two views: the bot's token with the chats, and who may command."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from riskgate.core.access.tokens import ALL_ACCOUNTS
from riskgate.core.errors import SecretUnreadable, Transient
from riskgate.core.operators.commands import Role
from riskgate.core.severity import Severity
from riskgate.schemas.codec import DecodeError, decode

API_URL = "https://api.telegram.org"
#: The chat that gets what another one does not take.
FALLBACK = "fallback"
#: The chats of severities that name none.
DEFAULT = "default"


@dataclass(frozen=True, kw_only=True, slots=True)
class TelegramSecret:
    """`chats` maps info, yellow, orange, red, default and fallback to chat ids; `api_url` is another server's."""

    token: str
    chats: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
    api_url: str = API_URL

    def chats_of(self, severity: Severity) -> tuple[str, ...]:
        """Return the chats that hear of a severity; an empty list there means nobody, except for red."""
        named = self.chats.get(severity.value)
        if named is None or (severity is Severity.RED and not named):
            named = self.chats.get(DEFAULT, ())
        return tuple(dict.fromkeys(str(chat) for chat in named))

    @property
    def fallback(self) -> str | None:
        """Return the chat that takes what another does not, if any."""
        return next((str(chat) for chat in self.chats.get(FALLBACK, ())), None)


def read_telegram_secret(text: str) -> TelegramSecret:
    """Read the secret's JSON; fields that are not known are left to others.

    Raises SecretUnreadable: what was read is not repeated.
    """
    try:
        return decode(text, TelegramSecret)
    except DecodeError:
        # The decoder's message may hold a part of the text.
        raise SecretUnreadable("the Telegram secret does not have the expected form") from None


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
        raise _access_unreadable() from None
    if len(access.webhook_secret) < WEBHOOK_SECRET_LENGTH_MIN:
        raise _access_unreadable()
    return access


def _access_unreadable() -> Transient:
    return Transient("the Telegram secret has no valid webhook_secret or users", code="SECRET_UNREADABLE")
