"""Keys of the front door: what a bot signs its requests with, as it would with an exchange's own key.

A key's secret is derived from its id and one master key, so that none is stored. What a key may do is a `Token`, as
for every other caller, which no bearer token ever proves.
"""

import hashlib
import hmac
import re
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from riskgate.core.access.tokens import Scope, Token, new_grant
from riskgate.core.errors import InvalidRequest

#: Begins every key id: who finds one in a file knows what it is for.
KEY_PREFIX = "rgk"
KEY_RANDOM_BYTES = 15
#: A shorter master key could be searched for.
MASTER_LENGTH_MIN = 32
#: What no SHA-256 is: a key's record never matches a bearer token.
NO_TOKEN = "no bearer token"  # noqa: S105 it is none
HEARTBEAT_SECONDS_MIN, HEARTBEAT_SECONDS_MAX = 30, 3600

_KEY = re.compile(rf"{KEY_PREFIX}[a-z2-7]{{24}}")
_VENUE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_MARKET_TYPES = frozenset({"spot", "swap"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ExchangeKey:
    """One key as it is stored.

    `grant` is for one account and one strategy. `venues` are the account's venues that it trades, by market type.
    `default_stop_fraction` of the price gives an entry its stop where the bot names none; `heartbeat_seconds` is how
    soon a bot that asks nothing more counts as silent. None leaves either out. `shows_all` lets the bot see the orders
    of other strategies, `shows_budget` its budget instead of the account's balance.
    """

    grant: Token
    venues: Mapping[str, str]
    default_stop_fraction: Decimal | None = None
    heartbeat_seconds: int | None = None
    shows_all: bool = False
    shows_budget: bool = False

    @property
    def key_id(self) -> str:
        """Return the public id, which a bot sends with each request."""
        return self.grant.token_id

    @property
    def account_id(self) -> str:
        """Return the account the key is for."""
        [account] = self.grant.accounts
        return account

    @property
    def strategy(self) -> str:
        """Return the strategy in whose name the bot acts."""
        [strategy] = self.grant.strategies
        return strategy


def new_key(
    *,
    random_bytes: bytes,
    account_id: str,
    strategy: str,
    venues: Mapping[str, str],
    operator: str,
    created_at: datetime,
    expires_at: datetime,
    scopes: Sequence[str] = (Scope.ORDERS_WRITE, Scope.ACCOUNTS_READ),
    cidrs: Sequence[str] = (),
    default_stop_fraction: Decimal | None = None,
    heartbeat_seconds: int | None = None,
    shows_all: bool = False,
    shows_budget: bool = False,
) -> ExchangeKey:
    """Make a key from `KEY_RANDOM_BYTES` of a cryptographic source, used for nothing else.

    Raises InvalidRequest: code TOKEN_REQUEST_INVALID.
    """
    if len(random_bytes) != KEY_RANDOM_BYTES:
        raise ValueError(f"a key takes exactly {KEY_RANDOM_BYTES} random bytes")
    if not venues or not set(venues) <= _MARKET_TYPES or not all(map(_VENUE.fullmatch, venues.values())):
        raise _invalid("a key names the account's spot venue, its swap venue, or both")
    if set(scopes) - {Scope.ORDERS_WRITE, Scope.ACCOUNTS_READ}:
        raise _invalid(f"a key carries {Scope.ORDERS_WRITE}, {Scope.ACCOUNTS_READ}, or both")
    if account_id == "*" or strategy == "*":
        raise _invalid("a key is for one account and one strategy")
    if default_stop_fraction is not None and not 0 < default_stop_fraction < 1:
        raise _invalid("default_stop_fraction must lie between 0 and 1")
    if heartbeat_seconds is not None and not HEARTBEAT_SECONDS_MIN <= heartbeat_seconds <= HEARTBEAT_SECONDS_MAX:
        raise _invalid(f"heartbeat_seconds must be {HEARTBEAT_SECONDS_MIN} to {HEARTBEAT_SECONDS_MAX}")
    grant = new_grant(
        token_id=KEY_PREFIX + b32encode(random_bytes).decode().lower(),
        token_hash=NO_TOKEN,
        scopes=scopes,
        accounts=(account_id,),
        operator=operator,
        expires_at=expires_at,
        created_at=created_at,
        strategies=(strategy,),
        cidrs=cidrs,
    )
    return ExchangeKey(
        grant=grant,
        venues=dict(venues),
        default_stop_fraction=default_stop_fraction,
        heartbeat_seconds=heartbeat_seconds,
        shows_all=shows_all,
        shows_budget=shows_budget,
    )


def is_key_id(text: str) -> bool:
    """Tell whether a text has the form of a key id."""
    return _KEY.fullmatch(text) is not None


def derive_secret(master: str, key_id: str) -> str:
    """Return the secret of a key: 64 hex digits. Raises ValueError: the master key is too short."""
    if len(master) < MASTER_LENGTH_MIN:
        raise ValueError("the master key is too short")
    return hmac.new(master.encode(), f"riskgate front door key {key_id}".encode(), hashlib.sha256).hexdigest()


def _invalid(detail: str) -> InvalidRequest:
    return InvalidRequest(detail, code="TOKEN_REQUEST_INVALID")
