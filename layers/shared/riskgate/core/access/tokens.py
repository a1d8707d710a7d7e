"""Who may call what: bearer tokens, the principal they prove, and the checks between the two.

Only SHA-256 of the whole token string is stored. No pepper and no slow hash: the secret is 256 random
bits, so a stolen hash cannot be searched for its token, and a pepper would add a second secret to every
authorizer's start without making that search any harder.
"""

import hashlib
import hmac
import re
from base64 import b32encode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from riskgate.core.errors import Forbidden, InvalidRequest, Unauthorized

#: Stands for every account in a token's account list.
ALL_ACCOUNTS = "*"
#: Stands for every strategy in a token's list of them; a token that names none in the store is for all.
ALL_STRATEGIES = "*"
EVERY_STRATEGY = frozenset({ALL_STRATEGIES})
#: Stands for every source address where a principal travels as text.
ANY_SOURCE = "*"
#: Longer strings are refused before anything is looked up; a token has 59 characters.
TOKEN_LENGTH_MAX = 200
TOKEN_LIFETIME_MAX = timedelta(days=90)
#: With these bounds the longest authorizer answer stays within API Gateway's 8 KB.
ACCOUNTS_MAX = 50
STRATEGIES_MAX = 20
CIDRS_MAX = 20
#: 8 bytes name the token, 32 are its secret.
TOKEN_RANDOM_BYTES = 40
#: Compared against when the token id is unknown, so that this takes the same path as a wrong secret.
UNKNOWN_TOKEN_HASH = "0" * 64

_TOKEN_ID_BYTES = 8
_TOKEN = re.compile(r"rg_([a-z0-9]{12})_[A-Za-z0-9_-]{43}")
# Both end up in API Gateway policies and comma-separated context values: no wildcard, slash or comma.
_ACCOUNT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_STRATEGY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_OPERATOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


class Scope(StrEnum):
    """What a token may do. No scope implies another: an administrator's token lists all it needs."""

    ORDERS_WRITE = "orders:write"
    SNAPSHOTS_WRITE = "snapshots:write"
    TRANSFERS_WRITE = "transfers:write"
    ACCOUNTS_READ = "accounts:read"
    MARKET_WRITE = "market:write"
    ADMIN = "admin"
    METRICS_READ = "metrics:read"


class Role(StrEnum):
    """Who a token is for; money is reported by whoever cannot gain from it, so no role both trades and reports."""

    BOT = "bot"
    FEEDER = "feeder"
    OPERATOR = "operator"
    READER = "reader"


ROLE_SCOPES: Mapping[Role, tuple[Scope, ...]] = {
    Role.BOT: (Scope.ORDERS_WRITE, Scope.ACCOUNTS_READ),
    Role.FEEDER: (Scope.SNAPSHOTS_WRITE, Scope.TRANSFERS_WRITE, Scope.MARKET_WRITE, Scope.ACCOUNTS_READ),
    Role.OPERATOR: (Scope.ADMIN, Scope.TRANSFERS_WRITE, Scope.ACCOUNTS_READ),
    Role.READER: (Scope.ACCOUNTS_READ, Scope.METRICS_READ),
}


class RefusalCode(StrEnum):
    """Why a request did not prove who sends it. Logged; the caller sees only 401."""

    HEADER_REPEATED = "HEADER_REPEATED"
    MISSING = "TOKEN_MISSING"
    MALFORMED = "TOKEN_MALFORMED"
    INVALID = "TOKEN_INVALID"
    REVOKED = "TOKEN_REVOKED"
    EXPIRED = "TOKEN_EXPIRED"
    SOURCE_NOT_PERMITTED = "SOURCE_NOT_PERMITTED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """One issued token as it is stored: everything but its secret.

    `accounts` holds account ids or `ALL_ACCOUNTS`, `strategies` names or `ALL_STRATEGIES`; `cidrs` the networks it may
    be used from, empty for any.
    """

    token_id: str
    token_hash: str = field(repr=False)
    scopes: frozenset[str]
    accounts: frozenset[str]
    operator: str
    expires_at: datetime
    revoked: bool
    cidrs: tuple[str, ...]
    created_at: datetime
    strategies: frozenset[str] = EVERY_STRATEGY


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """The proven caller of one request."""

    token_id: str
    operator: str
    scopes: frozenset[str]
    accounts: frozenset[str]
    cidrs: tuple[str, ...] = ()
    strategies: frozenset[str] = EVERY_STRATEGY

    @property
    def has_all_accounts(self) -> bool:
        """Tell whether the caller may act beyond any one account, as with the global kill switch."""
        return ALL_ACCOUNTS in self.accounts

    def permits_account(self, account_id: str) -> bool:
        """Tell whether the caller may act on this account."""
        return self.has_all_accounts or account_id in self.accounts

    def require(self, scope: str, account_id: str | None = None) -> None:
        """Refuse unless the caller holds the scope and, where one is named, the account.

        Raises Forbidden: code SCOPE_MISSING or ACCOUNT_NOT_PERMITTED.
        """
        if scope not in self.scopes:
            raise Forbidden(f"the token lacks the scope {scope}", code="SCOPE_MISSING")
        if account_id is not None and not self.permits_account(account_id):
            raise Forbidden("the token does not permit this account", code="ACCOUNT_NOT_PERMITTED")


def require_strategy(strategies: frozenset[str], strategy: str) -> None:
    """Refuse to act in the name of a strategy that is not among the permitted ones.

    Raises Forbidden: code STRATEGY_NOT_PERMITTED.
    """
    if strategies.isdisjoint({ALL_STRATEGIES, strategy.lower()}):
        raise Forbidden(f"the token does not carry the strategy {strategy}", code="STRATEGY_NOT_PERMITTED")


def new_token(
    *,
    random_bytes: bytes,
    scopes: Sequence[str],
    accounts: Sequence[str],
    operator: str,
    expires_at: datetime,
    created_at: datetime,
    strategies: Sequence[str] = (ALL_STRATEGIES,),
    cidrs: Sequence[str] = (),
) -> tuple[Token, str]:
    """Make a token from `TOKEN_RANDOM_BYTES` of a cryptographic source, used for nothing else.

    Instants are cut to whole seconds, at most `TOKEN_LIFETIME_MAX` apart. Returns what is stored, and the token
    string, which is shown once and never stored. Raises InvalidRequest: code TOKEN_REQUEST_INVALID.
    """
    if len(random_bytes) != TOKEN_RANDOM_BYTES:
        raise ValueError(f"a token takes exactly {TOKEN_RANDOM_BYTES} random bytes")
    token_id = b32encode(random_bytes[:_TOKEN_ID_BYTES]).decode().lower()[:12]
    secret = urlsafe_b64encode(random_bytes[_TOKEN_ID_BYTES:]).decode().rstrip("=")
    text = f"rg_{token_id}_{secret}"
    token = new_grant(
        token_id=token_id,
        token_hash=hash_token(text),
        scopes=scopes,
        accounts=accounts,
        operator=operator,
        expires_at=expires_at,
        created_at=created_at,
        strategies=strategies,
        cidrs=cidrs,
    )
    return token, text


def new_grant(
    *,
    token_id: str,
    token_hash: str,
    scopes: Sequence[str],
    accounts: Sequence[str],
    operator: str,
    expires_at: datetime,
    created_at: datetime,
    strategies: Sequence[str],
    cidrs: Sequence[str],
) -> Token:
    """Return what is granted to a token or to a key of the front door, checked; see `new_token`.

    Raises InvalidRequest: code TOKEN_REQUEST_INVALID.
    """
    created_at, expires_at = _whole_second(created_at), _whole_second(expires_at)
    _check_grants(scopes, accounts, operator)
    _check_strategies(strategies, scopes)
    if not created_at < expires_at <= created_at + TOKEN_LIFETIME_MAX:
        raise _invalid(f"expires_at must lie within {TOKEN_LIFETIME_MAX.days} days from now.")
    return Token(
        token_id=token_id,
        token_hash=token_hash,
        scopes=frozenset(map(str, scopes)),
        accounts=frozenset(accounts),
        operator=operator,
        expires_at=expires_at,
        revoked=False,
        cidrs=_normalized_cidrs(cidrs),
        created_at=created_at,
        strategies=frozenset(strategies),
    )


def hash_token(text: str) -> str:
    """Return the hex SHA-256 of the whole token string."""
    return hashlib.sha256(text.encode()).hexdigest()


def parse_token(text: str) -> str | None:
    """Return the token id a well-formed token string names, or None."""
    if len(text) > TOKEN_LENGTH_MAX:
        return None
    match = _TOKEN.fullmatch(text)
    return match.group(1) if match else None


def matches_hash(text: str, token_hash: str) -> bool:
    """Compare a token string with a stored hash in constant time."""
    return hmac.compare_digest(hash_token(text).encode(), token_hash.encode())


def check_token(token: Token, source_ip: str, now: datetime) -> RefusalCode | None:
    """Return why a token whose secret was proven may not be used, or None; `source_ip` is as API Gateway saw it."""
    if token.revoked:
        return RefusalCode.REVOKED
    if now >= token.expires_at:
        return RefusalCode.EXPIRED
    if not permits_source(token.cidrs, source_ip):
        return RefusalCode.SOURCE_NOT_PERMITTED
    return None


def permits_source(cidrs: Sequence[str], source_ip: str) -> bool:
    """Tell whether an address lies in one of the networks; no networks permit every address.

    An unreadable address or network permits nothing.
    """
    if not cidrs:
        return True
    try:
        address = _canonical_address(source_ip)
        return any(address in ip_network(cidr) for cidr in cidrs)
    except ValueError:
        return False


def to_context(principal: Principal) -> dict[str, str]:
    """Write a principal as the flat strings that API Gateway hands to the API functions."""
    return {
        "token_id": principal.token_id,
        "operator": principal.operator,
        "scopes": " ".join(sorted(principal.scopes)),
        "accounts": ",".join(sorted(principal.accounts)),
        "cidrs": ",".join(principal.cidrs) or ANY_SOURCE,
        "strategies": ",".join(sorted(principal.strategies)),
    }


def from_context(context: Mapping[str, object], source_ip: str) -> Principal:
    """Read back what `to_context` wrote and check the caller's address once more.

    API Gateway reuses an authorizer's answer for other requests with the same token, wherever they come
    from, so the address is checked on every request here.

    Raises Unauthorized: code UNAUTHORIZED when a part is missing, SOURCE_NOT_PERMITTED for a foreign address.
    """
    parts = {key: context.get(key) for key in ("token_id", "operator", "scopes", "accounts", "cidrs")}
    texts = {key: value for key, value in parts.items() if isinstance(value, str) and value}
    if len(texts) != len(parts):
        raise Unauthorized("the request carries no verified identity")
    cidrs = () if texts["cidrs"] == ANY_SOURCE else tuple(texts["cidrs"].split(","))
    if not permits_source(cidrs, source_ip):
        raise Unauthorized("the token may not be used from this address", code=RefusalCode.SOURCE_NOT_PERMITTED)
    # An answer that an authorizer of before cached names no strategies, as its tokens did not.
    strategies = context.get("strategies", ALL_STRATEGIES)
    if not isinstance(strategies, str) or not strategies:
        raise Unauthorized("the request carries no verified identity")
    return Principal(
        token_id=texts["token_id"],
        operator=texts["operator"],
        scopes=frozenset(texts["scopes"].split(" ")),
        accounts=frozenset(texts["accounts"].split(",")),
        cidrs=cidrs,
        strategies=frozenset(strategies.split(",")),
    )


def _check_grants(scopes: Sequence[str], accounts: Sequence[str], operator: str) -> None:
    if not scopes or set(scopes) - set(Scope):
        raise _invalid(f"scopes must be some of {', '.join(Scope)}.")
    if not 1 <= len(accounts) <= ACCOUNTS_MAX:
        raise _invalid(f"a token names 1 to {ACCOUNTS_MAX} accounts, or {ALL_ACCOUNTS} for all")
    if list(accounts) != [ALL_ACCOUNTS] and not all(_ACCOUNT_ID.fullmatch(account) for account in accounts):
        raise _invalid("accounts must be account ids, or the single entry *.")
    if not _OPERATOR.fullmatch(operator):
        raise _invalid("operator must be 1 to 64 of A-Z a-z 0-9 . _ @ -, beginning with a letter or digit.")


def _check_strategies(strategies: Sequence[str], scopes: Sequence[str]) -> None:
    if list(strategies) == [ALL_STRATEGIES]:
        return
    if not 1 <= len(strategies) <= STRATEGIES_MAX or not all(_STRATEGY.fullmatch(name) for name in strategies):
        raise _invalid(f"strategies must be 1 to {STRATEGIES_MAX} names, or the single entry {ALL_STRATEGIES} for all")
    # An operator's exits and heartbeats reach every strategy.
    if Scope.ADMIN in scopes:
        raise _invalid(f"a token with the scope {Scope.ADMIN} is for all strategies")


def _normalized_cidrs(cidrs: Sequence[str]) -> tuple[str, ...]:
    if len(cidrs) > CIDRS_MAX:
        raise _invalid(f"a token names at most {CIDRS_MAX} networks")
    try:
        return tuple(sorted({str(ip_network(cidr)) for cidr in cidrs}))
    except ValueError:
        raise _invalid("cidrs must be networks such as 203.0.113.0/24, without host bits.") from None


def _canonical_address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _whole_second(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("instants carry their time zone")
    return at.astimezone(UTC).replace(microsecond=0)


def _invalid(detail: str) -> InvalidRequest:
    return InvalidRequest(detail, code="TOKEN_REQUEST_INVALID")
